package middleware_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

// through is middleware for net/http that does nothing.
func through(h http.Handler) http.Handler { return h }

type contextKey string

// tagging passes a context value and a header on, and sets a header of the response.
func tagging(tag string) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("X-Tag", tag)
			w.Header().Set("X-"+tag, "seen")
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey(tag), tag+"!")))
		})
	}
}

func TestWrapHTTPPassesTheRequestOn(t *testing.T) {
	app := newApp()
	app.Use(middleware.WrapHTTP(tagging("outer")), middleware.WrapHTTP(tagging("inner")))
	g := app.Group("/cats",
		middleware.WrapHTTP(func(h http.Handler) http.Handler { return http.StripPrefix("/cats", h) }))
	g.Get("/{id}", func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprint(req.Context().Value(contextKey("outer")), req.Context().Value(contextKey("inner")),
			" ", req.Header("X-Tag"), " ", req.Path(), " ", req.Param("id"), " ", req.Route().Pattern))
	})
	w := do(app, "GET", "/cats/tom")
	if got, want := w.Body.String(), "outer!inner! inner /tom tom /cats/{id}"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if w.Header().Get("X-outer") != "seen" || w.Header().Get("X-inner") != "seen" {
		t.Errorf("headers of the middleware are missing: %v", w.Header())
	}
	if w := do(app, "GET", "/nowhere"); w.Code != 404 || w.Header().Get("X-outer") != "seen" {
		t.Errorf("without a route got %d %v", w.Code, w.Header())
	}
}

func TestWrapHTTPSeesPathValues(t *testing.T) {
	app := newApp()
	var saw string
	app.Use(middleware.WrapHTTP(func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			saw = r.Pattern + " " + r.PathValue("id")
			h.ServeHTTP(w, r)
		})
	}))
	app.Get("/cats/{id}", hello)
	do(app, "GET", "/cats/7")
	if want := "/cats/{id} 7"; saw != want {
		t.Errorf("the middleware saw %q, want %q", saw, want)
	}
}

func TestWrapHTTPShortCircuit(t *testing.T) {
	app := newApp()
	app.Use(middleware.WrapHTTP(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "busy", http.StatusTooManyRequests)
		})
	}))
	app.Get("/", func(soay.Request) soay.Response {
		t.Error("the handler was called")
		return response.NoContent()
	})
	w := do(app, "GET", "/")
	if w.Code != 429 || w.Body.String() != "busy\n" || w.Header().Get("Retry-After") != "1" {
		t.Errorf("got %d %q %v", w.Code, w.Body, w.Header())
	}
}

// gzipping is compression the way middleware for net/http does it.
func gzipping(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z := &zipWriter{ResponseWriter: w, zip: gzip.NewWriter(w)}
		defer z.zip.Close()
		h.ServeHTTP(z, r)
	})
}

type zipWriter struct {
	http.ResponseWriter
	zip *gzip.Writer
}

func (z *zipWriter) WriteHeader(status int) {
	z.Header().Del("Content-Length")
	z.Header().Set("Content-Encoding", "gzip")
	z.ResponseWriter.WriteHeader(status)
}

func (z *zipWriter) Write(b []byte) (int, error) { return z.zip.Write(b) }

func (z *zipWriter) Flush() {
	z.zip.Flush()
	http.NewResponseController(z.ResponseWriter).Flush()
}

func TestWrapHTTPWrapsTheWriter(t *testing.T) {
	long := strings.Repeat("0123456789", 1<<17)
	tests := []struct {
		name     string
		handler  soay.Handler
		want     string
		wantType string
	}{
		{"a text", func(soay.Request) soay.Response { return response.Text("hello") }, "hello",
			"text/plain; charset=utf-8"},
		{"a long text", func(soay.Request) soay.Response { return response.Text(long) }, long, "text/plain; charset=utf-8"},
		{"a stream", func(soay.Request) soay.Response {
			return response.Stream("text/x-log", func(w io.Writer) error {
				for range 3 {
					if _, err := io.WriteString(w, "line\n"); err != nil {
						return err
					}
				}
				return nil
			})
		}, "line\nline\nline\n", "text/x-log"},
		{"a handler of net/http that names no type", middleware.FromHTTP(writes("plain")), "plain",
			"text/plain; charset=utf-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.Use(middleware.WrapHTTP(gzipping))
			app.Get("/", tt.handler)
			w := do(app, "GET", "/")
			if w.Code != 200 || w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Content-Type") != tt.wantType {
				t.Errorf("got %d %v", w.Code, w.Header())
			}
			if length := w.Header().Get("Content-Length"); length != "" && length != fmt.Sprint(w.Body.Len()) {
				t.Errorf("Content-Length is %s for %d bytes", length, w.Body.Len())
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(z); err != nil || string(got) != tt.want {
				t.Errorf("unzipped %.20q (%d bytes), %v; want %.20q", got, len(got), err, tt.want)
			}
		})
	}
}

// signing is middleware that adds to the content without wrapping the writer.
func signing(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r)
		io.WriteString(w, " Yours, Tom")
	})
}

func TestWrapHTTPAddsToTheContent(t *testing.T) {
	long := strings.Repeat("0123456789", 1<<14)
	for _, text := range []string{"", "hello", long} {
		app := newApp()
		app.Use(middleware.WrapHTTP(signing))
		app.Get("/", func(soay.Request) soay.Response { return response.Text(text) })
		app.Get("/nethttp", middleware.FromHTTP(writes(text)))
		server := newServer(t, app)
		for _, path := range []string{"/", "/nethttp"} {
			resp, err := server.Client().Get(server.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(b) != text+" Yours, Tom" || err != nil {
				t.Errorf("GET %s: got %d bytes, %v; want the %d and what was added", path, len(b), err, len(text))
			}
		}
	}
}

// untyped writes zipped content whose type it does not say.
func untyped(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	io.WriteString(z, "hello")
	z.Close()
}

func TestEncodedContentIsNotSniffed(t *testing.T) {
	app := newApp()
	app.Get("/", middleware.FromHTTP(http.HandlerFunc(untyped)))
	for _, method := range []string{"GET", "HEAD"} {
		r, err := http.NewRequest(method, newServer(t, app).URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Header.Get("Content-Type"); got != "" || resp.ContentLength <= 0 {
			t.Errorf("%s: Content-Type %q and length %d, want no type and a length", method, got, resp.ContentLength)
		}
	}
}

func TestWrapHTTPSession(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name    string
		handler soay.Handler
	}{
		{"a short response", func(req soay.Request) soay.Response {
			req.Session.Set("cat", "Tom")
			return response.Text("hello")
		}},
		{"a long response", func(req soay.Request) soay.Response {
			req.Session.Set("cat", "Tom")
			return response.Text(long)
		}},
		{"a stream", func(req soay.Request) soay.Response {
			req.Session.Set("cat", "Tom")
			return response.Stream("text/plain", func(w io.Writer) error {
				_, err := io.WriteString(w, "hello")
				return err
			})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.UseSessions(soay.NewKey())
			app.Use(middleware.WrapHTTP(through))
			app.Get("/set", tt.handler)
			app.Get("/get", func(req soay.Request) soay.Response { return response.Text(fmt.Sprint(req.Session.Get("cat"))) })
			w := do(app, "GET", "http://localhost/set")
			cookies := w.Result().Cookies()
			if len(cookies) != 1 {
				t.Fatalf("got the cookies %v", cookies)
			}
			if got := do(app, "GET", "http://localhost/get", "Cookie", cookies[0].String()).Body.String(); got != "Tom" {
				t.Errorf("the session holds %q, want Tom", got)
			}
		})
	}
}

func TestWrapHTTPBodyLimit(t *testing.T) {
	tests := []struct {
		name string
		wrap func(http.Handler) http.Handler
		size int
		want string
	}{
		{"the handler reads", through, 8, "200 8"},
		{"the handler reads too much", through, 9, "413 "},
		{"the middleware reads and puts back", rereading(t, false), 8, "200 8"},
		{"the middleware reads too much", rereading(t, true), 9, "413 "},
		{"a limit of the middleware's own", func(h http.Handler) http.Handler { return http.MaxBytesHandler(h, 4) }, 5,
			"413 "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.Use(middleware.WrapHTTP(tt.wrap))
			app.Post("/", func(req soay.Request) soay.Response {
				b, err := req.Bytes()
				if err != nil {
					return response.StateOf(response.Error(err)).WithPage(response.Text(""))
				}
				return response.Text(fmt.Sprint(len(b)))
			}).MaxBody(8)
			r := httptest.NewRequest("POST", "/", io.MultiReader(strings.NewReader(strings.Repeat("x",
				tt.size)))) // of unknown length
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			if got := fmt.Sprint(w.Code, " ", w.Body); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// rereading is middleware that looks at the whole body first, such as one that checks a signature.
func rereading(t *testing.T, wantFail bool) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if (err != nil) != wantFail || len(b) > 8 {
				t.Errorf("the middleware read %d bytes, %v", len(b), err)
			}
			if err != nil {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			r.Body = io.NopCloser(strings.NewReader(string(b)))
			h.ServeHTTP(w, r)
		})
	}
}

func TestWrapHTTPTimeout(t *testing.T) {
	tests := []struct {
		name   string
		takes  time.Duration
		want   string
		wantIn time.Duration
	}{
		{"in time", time.Second, "200 hello", time.Second},
		{"too slow", time.Hour, "503 too slow", time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := newApp()
				app.Use(middleware.WrapHTTP(func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "too slow") }))
				app.Get("/", func(req soay.Request) soay.Response {
					select {
					case <-time.After(tt.takes):
					case <-req.Context().Done():
					}
					return response.Text("hello")
				})
				start := time.Now()
				w := do(app, "GET", "/")
				if got := fmt.Sprint(w.Code, " ", w.Body); got != tt.want || time.Since(start) != tt.wantIn {
					t.Errorf("got %q after %v, want %q after %v", got, time.Since(start), tt.want, tt.wantIn)
				}
			})
		})
	}
}

func TestWrapHTTPKeepsWhatMiddlewareOutsideAdds(t *testing.T) {
	app := newApp()
	app.UseRequestID()
	app.UseHeaders(map[string]string{"X-Site": "cats", "X-Handler": "default"})
	app.Use(middleware.WrapHTTP(through))
	app.Get("/", func(soay.Request) soay.Response {
		return response.Text("hello").WithHeader("X-Handler", "own").WithCookie(response.NewCookie("a", "1")).
			WithCookie(response.NewCookie("b", "2")).WithStatus(203)
	})
	w := do(app, "GET", "/", "X-Request-Id", "abc")
	w.Header().Del("Set-Cookie")
	want := http.Header{
		"Content-Type": {"text/plain; charset=utf-8"}, "Content-Length": {"5"}, "X-Content-Type-Options": {"nosniff"},
		"X-Request-Id": {"abc"}, "X-Site": {"cats"}, "X-Handler": {"own"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if got := len(w.Result().Cookies()); w.Code != 203 || got != 2 {
		t.Errorf("got %d and %d cookies, want 203 and 2", w.Code, got)
	}
}
