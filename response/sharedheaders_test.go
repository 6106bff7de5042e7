package response_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// vandal is middleware for net/http that changes header values in place, which it is allowed to do.
func vandal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(vandalWriter{w}, r)
		spoil(w.Header())
	})
}

func spoil(h http.Header) {
	for _, values := range h {
		for i := range values {
			values[i] = "SPOILT"
		}
		_ = append(values, "SPOILT")
	}
}

type vandalWriter struct{ http.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w vandalWriter) WriteHeader(status int) {
	kept := w.Header().Clone()
	spoil(w.Header())
	clear(w.Header())
	maps.Copy(w.Header(), kept)
	w.ResponseWriter.WriteHeader(status)
	spoil(w.Header())
}

// spoilingBody changes the header values of the writer that it is given.
type spoilingBody struct{}

// WriteBody implements response.Body.
func (spoilingBody) WriteBody(w http.ResponseWriter, _ *http.Request, _ int) error {
	w.WriteHeader(200)
	spoil(w.Header())
	return nil
}

// ask lets app answer a GET without a network.
func ask(app http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w
}

var prepared = response.HTML("<p>hello").WithHeader("X-A", "1").AddHeader("X-A", "2").WithHeader("Vary", "Origin").
	WithCookie(response.NewCookie("a", "1"))

// Code for net/http may change the values in a header map. Another response must not be changed by it.
func TestHeaderValuesAreNotShared(t *testing.T) {
	answers := map[string]soay.Handler{
		"/text":     func(soay.Request) soay.Response { return response.Text("hello") },
		"/json":     func(soay.Request) soay.Response { return response.JSON(1) },
		"/prepared": func(soay.Request) soay.Response { return prepared },
		"/empty":    func(soay.Request) soay.Response { return response.NoContent() },
		"/body":     func(soay.Request) soay.Response { return prepared.WithBody("text/plain", spoilingBody{}) },
		"/file":     func(soay.Request) soay.Response { return response.File("doc.go") },
		"/missing":  func(soay.Request) soay.Response { return response.NotFound() },
		"/old":      soay.FromHTTP(http.FileServer(http.Dir("."))),
	}
	newAnswering := func() *soay.App {
		app := newApp()
		for path, h := range answers {
			app.Get(path, h)
		}
		return app
	}
	wrapped := newAnswering()
	wrapped.Use(soay.WrapHTTP(vandal))
	for _, tt := range []struct {
		description string
		app         http.Handler
	}{
		{"middleware around the app", vandal(newAnswering())},
		{"middleware in the app", wrapped},
		{"a body", newAnswering()},
	} {
		t.Run(tt.description, func(t *testing.T) {
			server := newServer(t, tt.app)
			witness := newAnswering()
			for path := range answers {
				want := ask(newAnswering(), path).Header().Clone()
				for range 40 { // more than one piece of memory for values
					resp, err := http.Get(server.URL + path)
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					spoil(ask(tt.app, path).Header())
				}
				if diff := cmp.Diff(want, ask(witness, path).Header()); diff != "" {
					t.Errorf("GET %s: headers of another answer (-want +got):\n%s", path, diff)
				}
			}
		})
	}
}
