package cors_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// Both servers do the same, and over HTTP/2 so does net/http's.
func TestOverTheWire(t *testing.T) {
	for _, tt := range []struct {
		description string
		options     soay.Options
		proto       string
		serve       func(*testing.T, *soay.App) (*http.Client, string)
	}{
		{"the app's own server", soay.Options{}, "HTTP/1.1", overHTTP1},
		{"the standard server", soay.Options{StandardServer: true}, "HTTP/1.1", overHTTP1},
		{"HTTP/2", soay.Options{}, "HTTP/2.0", overHTTP2},
	} {
		t.Run(tt.description, func(t *testing.T) {
			tt.options.Env, tt.options.Logger, tt.options.DrainDelay = "production", new(requesttest.Log).Logger(), -1
			app := soay.New(tt.options)
			app.UseCORS(soay.CORS{Origins: []string{"https://*.app.example"}, Credentials: true, RequestHeaders: []string{"X-A"}})
			app.Put("/", func(req soay.Request) soay.Response { return response.Text(req.HTTP().Proto) })
			client, base := tt.serve(t, app)
			want := map[string]string{"Allow-Origin": "https://a.app.example", "Allow-Credentials": "true", "Vary": "Origin"}
			actual := exchange(t, client, http.MethodPut, base, http.Header{"X-A": {"1"}})
			if diff := cmp.Diff(want, corsOf(actual.Header)); diff != "" || actual.StatusCode != 200 || actual.Proto != tt.proto {
				t.Errorf("%d over %s, headers (-want +got):\n%s", actual.StatusCode, actual.Proto, diff)
			}
			want["Vary"], want["Allow-Methods"], want["Allow-Headers"], want["Max-Age"] = varyPreflight, "PUT", "x-a", "600"
			asked := exchange(t, client, http.MethodOptions, base, http.Header{prefix + "Request-Method": {"PUT"}, prefix + "Request-Headers": {"x-a"}})
			if diff := cmp.Diff(want, corsOf(asked.Header)); diff != "" || asked.StatusCode != 204 {
				t.Errorf("the preflight is answered with %d, headers (-want +got):\n%s", asked.StatusCode, diff)
			}
		})
	}
}

func overHTTP1(t *testing.T, app *soay.App) (*http.Client, string) {
	return http.DefaultClient, serve(t, app)
}

func overHTTP2(t *testing.T, app *soay.App) (*http.Client, string) {
	s := httptest.NewUnstartedServer(app)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Client(), s.URL
}

// exchange sends a request of a script of https://a.app.example.
func exchange(t *testing.T, client *http.Client, method, url string, header http.Header) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	r.Header.Set("Origin", "https://a.app.example")
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}
