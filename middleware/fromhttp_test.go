package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
)

func TestFromHTTP(t *testing.T) {
	files := http.FileServerFS(fstest.MapFS{"a.txt": {Data: []byte("0123456789")}})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /mux/{name}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Pattern, " ", r.PathValue("name"))
	})
	tests := []struct {
		name       string
		pattern    string // registered for all methods that the tests use
		handler    http.HandlerFunc
		method     string
		path       string
		header     []string
		wantStatus int
		wantHeader map[string]string
		wantBody   string
	}{
		{"path values and pattern", "/cats/{id}/{path:rest}", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.Pattern, " ", r.PathValue("id"), " ", r.PathValue("rest"), " ", r.PathValue("none"))
		}, "GET", "/cats/a%2Fb/c/d", nil, 200, nil, "/cats/{id}/{path:rest} a/b c/d "},
		{"text is sniffed", "/", writes("hi"), "GET", "/", nil, 200,
			map[string]string{"Content-Type": "text/plain; charset=utf-8", "Content-Length": "2"}, "hi"},
		{"a page is sniffed and gets no policy", "/", writes("<html>x"), "GET", "/", nil, 200, map[string]string{
			"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff",
			"Cross-Origin-Opener-Policy": "", "Referrer-Policy": "", "Content-Security-Policy": ""}, "<html>x"},
		{"the type it sets counts", "/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/x-cat")
			io.WriteString(w, "<html>")
		}, "GET", "/", nil, 200, map[string]string{"Content-Type": "application/x-cat",
			"Cross-Origin-Opener-Policy": ""}, "<html>"},
		{"only a status", "/", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(418) },
			"GET", "/", nil, 418, map[string]string{"Content-Length": "0", "Content-Type": ""}, ""},
		{"nothing at all", "/", func(http.ResponseWriter, *http.Request) {}, "GET", "/", nil, 200,
			map[string]string{"Content-Length": "0"}, ""},
		{"no content", "/", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204); io.WriteString(w, "x") },
			"GET", "/", nil, 204, map[string]string{"Content-Length": "", "Content-Type": ""}, ""},
		{"headers after the status come too late", "/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-A", "1")
			w.WriteHeader(201)
			w.Header().Set("X-A", "2")
			w.WriteHeader(500)
		}, "GET", "/", nil, 201, map[string]string{"X-A": "1"}, ""},
		{"informational answers are not final", "/", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(202)
		}, "GET", "/", nil, 202, nil, ""},
		{"HEAD has the length and no content", "/", writes("hi"), "HEAD", "/", nil, 200,
			map[string]string{"Content-Length": "2", "Content-Type": "text/plain; charset=utf-8"}, ""},
		{"HEAD may announce a length", "/", func(w http.ResponseWriter,
			r *http.Request) {
			w.Header().Set("Content-Length", "99")
		},
			"HEAD", "/", nil, 200, map[string]string{"Content-Length": "99"}, ""},
		{"errors of net/http", "/", func(w http.ResponseWriter,
			r *http.Request) {
			http.Error(w, "no cats", http.StatusGone)
		},
			"GET", "/", nil, 410, map[string]string{"Content-Type": "text/plain; charset=utf-8"}, "no cats\n"},
		{"redirects of net/http", "/", http.RedirectHandler("/there", http.StatusSeeOther).ServeHTTP, "POST", "/", nil, 303,
			map[string]string{"Location": "/there"}, ""},
		{"files below a prefix", "/files/*", http.StripPrefix("/files", files).ServeHTTP, "GET", "/files/a.txt", nil, 200,
			map[string]string{"Content-Length": "10", "Accept-Ranges": "bytes"}, "0123456789"},
		{"ranges of files", "/files/*", http.StripPrefix("/files", files).ServeHTTP, "GET", "/files/a.txt",
			[]string{"Range", "bytes=2-4"}, 206, map[string]string{"Content-Range": "bytes 2-4/10"}, "234"},
		{"a mux inside", "/mux/*", mux.ServeHTTP, "GET", "/mux/tom", nil, 200, nil, "GET /mux/{name} tom"},
		{"a line break in a header is no response", "/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-A", "1\r\nSet-Cookie: a=b")
			io.WriteString(w, "secret")
		}, "GET", "/", nil, 500, map[string]string{"Set-Cookie": ""}, "500 Internal Server Error\n"},
		{"a status that is none", "/", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(99999) },
			"GET", "/", nil, 500, nil, "500 Internal Server Error\n"},
		{"less content than announced", "/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "short")
		}, "GET", "/", nil, 500, nil, "500 Internal Server Error\n"},
		{"a panic", "/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "half"); panic("secret") },
			"GET", "/", nil, 500, nil, "500 Internal Server Error\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.Route(tt.pattern, middleware.FromHTTP(tt.handler), "GET", "HEAD", "POST")
			w := do(app, tt.method, tt.path, tt.header...)
			if w.Code != tt.wantStatus || w.Body.String() != tt.wantBody {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.wantStatus, tt.wantBody)
			}
			for name, want := range tt.wantHeader {
				if got := strings.Join(w.Result().Header[name], "|"); got != want {
					t.Errorf("header %s = %q, want %q", name, got, want)
				}
			}
		})
	}
}

// writes returns a handler that writes a text.
func writes(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, s) }
}

func TestFromHTTPKeepsAllValuesOfAHeader(t *testing.T) {
	app := newApp()
	app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Link", "<a>")
		w.Header().Add("Link", "<b>")
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Add("Vary", "Origin")
		w.Header().Add("Vary", "Accept")
	})))
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			return next(req).WithCookie(&http.Cookie{Name: "c", Value: "3"}).WithHeader("Vary", "Cookie")
		}
	})
	got := do(app, "GET", "/").Result().Header
	want := http.Header{
		"Content-Length": {"0"}, "X-Content-Type-Options": {"nosniff"}, "Link": {"<a>", "<b>"},
		"Set-Cookie": {"a=1", "b=2", "c=3"}, "Vary": {"Origin, Accept, Cookie"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestFromHTTPLargeContent(t *testing.T) {
	page := "<!DOCTYPE html>" + strings.Repeat("0123456789abcdef", 1<<16)
	tests := []struct {
		name  string
		piece int // how much each Write gets
	}{
		{"in one piece", len(page)},
		{"in pieces that fit into the buffer", 4096},
		{"in odd pieces", 10007},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			var status int
			app.Use(func(next soay.Handler) soay.Handler {
				return func(req soay.Request) soay.Response {
					resp := next(req)
					status = resp.Status()
					return resp.WithHeader("X-After", "yes")
				}
			})
			app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(203)
				for rest := page; rest != ""; {
					n, err := io.WriteString(w, rest[:min(tt.piece, len(rest))])
					if err != nil {
						t.Errorf("Write: %v", err)
						return
					}
					rest = rest[n:]
				}
			})))
			w := do(app, "GET", "/")
			if w.Code != 203 || status != 203 || w.Header().Get("X-After") != "yes" {
				t.Errorf("status %d, %d for middleware, header of middleware %q", w.Code, status, w.Header().Get("X-After"))
			}
			if w.Body.String() != page {
				t.Errorf("got %d bytes of content, want the %d written", w.Body.Len(), len(page))
			}
			if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
				t.Errorf("Content-Type = %q, want that of a page", got)
			}
			if got := w.Header().Get("Content-Security-Policy"); got != "" {
				t.Errorf("a page that the app did not make has the policy %q", got)
			}
		})
	}
}

func TestFromHTTPBodyLimit(t *testing.T) {
	tests := []struct {
		name     string
		body     io.Reader
		wantRead int64
		wantFail bool
	}{
		{"within the limit", strings.NewReader("12345678"), 8, false},
		{"announced beyond the limit", strings.NewReader("123456789"), 0, true},
		{"of unknown length beyond the limit", io.MultiReader(strings.NewReader("123456789")), 8, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.Post("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, err := io.Copy(io.Discard, r.Body)
				if n != tt.wantRead || (err != nil) != tt.wantFail {
					t.Errorf("read %d bytes and %v, want %d and an error: %v", n, err, tt.wantRead, tt.wantFail)
				}
			}))).MaxBody(8)
			server := newServer(t, app)
			resp, err := server.Client().Post(server.URL, "text/plain", tt.body)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		})
	}
}
