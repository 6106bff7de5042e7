package auth_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
)

// No cache shows the response to one client to another one.
func TestCachesOfResponses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	handlers := map[string]soay.Handler{
		"/user":  whoIs,
		"/hello": hello,
		"/public": func(soay.Request) soay.Response {
			return response.Text("x").WithHeader("Cache-Control", "public, max-age=60")
		},
		"/private": func(soay.Request) soay.Response {
			return response.Text("x").WithHeader("Cache-Control", "private, no-cache")
		},
		"/stored": func(soay.Request) soay.Response {
			return response.Text("x").WithHeader("Cache-Control", "max-age=1, no-store")
		},
		"/varied": func(soay.Request) soay.Response { return response.Text("x").WithHeader("Vary", "Accept") },
		"/error":  func(soay.Request) soay.Response { return response.NotFound() },
		"/file":   func(soay.Request) soay.Response { return response.File(file) },
		"/stream": func(soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err })
		},
		"/http": soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			w.Header().Set("Vary", "Accept")
			_, _ = io.WriteString(w, "x")
		})),
		"/flushed": soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "y")
		})),
	}
	wrapped := soay.WrapHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=60")
			next.ServeHTTP(w, r)
		})
	})
	type want struct {
		Status                int
		Cache, Vary, Referrer string
	}
	tests := []struct {
		name, scheme, path string
		header             []string
		want               want
	}{
		{"a key", "header", "/user", []string{"X-Key", "tom"}, want{200, "private", "X-Key", ""}},
		{"a key, nobody asks", "header", "/hello", []string{"X-Key", "tom"}, want{200, "private", "X-Key", ""}},
		{"a key, a public response", "header", "/public", []string{"X-Key", "tom"}, want{200, "private, max-age=60", "X-Key", ""}},
		{"a key, a private response", "header", "/private", []string{"X-Key", "tom"}, want{200, "private, no-cache", "X-Key", ""}},
		{"a key, no-store stays", "header", "/stored", []string{"X-Key", "tom"}, want{200, "no-store", "X-Key", ""}},
		{"a key, another Vary stays", "header", "/varied", []string{"X-Key", "tom"}, want{200, "private", "Accept, X-Key", ""}},
		{"a key, an error", "header", "/error", []string{"X-Key", "tom"}, want{404, "private", "Accept, X-Key", ""}},
		{"a key, a file", "header", "/file", []string{"X-Key", "tom"}, want{200, "private", "X-Key", ""}},
		{"a key, a part", "header", "/file", []string{"X-Key", "tom", "Range", "bytes=0-1"}, want{206, "private", "X-Key", ""}},
		{"a key, an unchanged file", "header", "/file", []string{"X-Key", "tom", "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"},
			want{304, "private", "X-Key", ""}},
		{"a key, a stream", "header", "/stream", []string{"X-Key", "tom"}, want{200, "private", "X-Key", ""}},
		{"a key, net/http", "header", "/http", []string{"X-Key", "tom"}, want{200, "private, max-age=60", "Accept, X-Key", ""}},
		{"a key, a flush of net/http", "header", "/flushed", []string{"X-Key", "tom"}, want{200, "private, max-age=60", "X-Key", ""}},
		{"a key, middleware of net/http", "header", "/wrapped", []string{"X-Key", "tom"}, want{200, "private, max-age=60", "X-Key", ""}},
		{"a key that nobody asks about", "header", "/free/user", []string{"X-Key", "tom"}, want{200, "private", "X-Key", ""}},
		{"nobody, and nobody asks", "header", "/free/public", nil, want{200, "public, max-age=60", "", ""}},
		{"nobody, but it is asked", "header", "/free/user", nil, want{200, "", "X-Key", ""}},
		{"nobody, and the rule is optional", "header", "/optional/public", nil, want{200, "public, max-age=60", "X-Key", ""}},
		{"a token", "basic", "/user", []string{"Authorization", "Token tom"}, want{200, "private", "Authorization", ""}},
		{"a key in the query", "query", "/user?k=tom", nil, want{200, "no-store", "", "no-referrer"}},
		{"a key in the query, a public response", "query", "/public?k=tom", nil, want{200, "no-store", "", "no-referrer"}},
		{"a key in the query, a file", "query", "/file?k=tom", nil, want{200, "no-store", "", "no-referrer"}},
		{"a key in the query, net/http", "query", "/http?k=tom", nil, want{200, "no-store", "Accept", "no-referrer"}},
		{"a bad key in the query", "query", "/user?k=bad", nil, want{401, "no-store", "Accept", ""}},
		{"a cookie", "cookie", "/user", []string{"Cookie", "k=tom"}, want{200, "private", "Cookie", ""}},
		{"a cookie, a public response", "cookie", "/public", []string{"Cookie", "k=tom"}, want{200, "private, max-age=60", "Cookie", ""}},
		{"nobody, and a cookie is asked for", "cookie", "/free/user", nil, want{200, "private", "Cookie", ""}},
		{"nobody, and the cookie does not matter", "cookie", "/free/public", []string{"Cookie", "k=tom"}, want{200, "public, max-age=60", "", ""}},
		{"a function", "func", "/user", []string{"X-Func", "tom"}, want{200, "private", "Authorization", ""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := loggedApp()
			app.AddScheme("s", map[string]auth.Scheme{
				"header": inHeader("X-Key"), "query": &keys{header: "k", in: "query"}, "cookie": &keys{header: "k", in: "cookie"},
				"func":  auth.Func(func(req soay.Request) (*soay.Identity, error) { return judged(req, req.Header("X-Func")) }),
				"basic": token{},
			}[tt.scheme])
			for path, h := range handlers {
				app.Get(path, h).Auth()
				app.Get("/free"+path, h)
				app.Get("/optional"+path, h).Auth(soay.Auth{Optional: true})
			}
			app.Get("/wrapped", hello).Auth().Use(wrapped)
			w := ask(app, "GET", tt.path, tt.header...)
			h := w.Header()
			got := want{w.Code, h.Get("Cache-Control"), h.Get("Vary"), h.Get("Referrer-Policy")}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// token is a scheme of Authorization.
type token struct{}

func (token) Presented(req soay.Request) bool { return auth.HasCredentials(req, "token") }

func (token) Authenticate(req soay.Request) (*soay.Identity, error) {
	credentials, err := auth.Credentials(req, "token")
	if err != nil {
		return nil, err
	}
	return judged(req, credentials)
}

func (token) Describe() auth.Description {
	d := auth.Description{Challenge: `Token realm="app"`}
	d.Security.Type, d.Security.Scheme = "http", "token"
	return d
}
