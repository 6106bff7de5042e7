package middleware_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

// overBoth runs a test over HTTP/1.1 and HTTP/2, for each of the ways that an answer can take through an app.
func overBoth(t *testing.T, test func(t *testing.T, app *soay.App, start func() *server)) {
	for _, http2 := range []bool{false, true} {
		for _, way := range nested {
			t.Run(fmt.Sprintf("HTTP 2: %v/%s", http2, way.name), func(t *testing.T) {
				app := newApp()
				way.setUp(app)
				test(t, app, func() *server {
					if !http2 {
						return newServer(t, app)
					}
					s := httptest.NewUnstartedServer(app)
					s.EnableHTTP2 = true
					s.StartTLS()
					t.Cleanup(s.Close)
					return &server{s.URL, s.Close, s.Client()}
				})
			})
		}
	}
}

// get makes a request and returns the answer, its content and the informational answers before it.
func get(t *testing.T, s *server, r *http.Request) (resp *http.Response, content string, informed []string) {
	t.Helper()
	trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		informed = append(informed, fmt.Sprint(code, h))
		return nil
	}}
	resp, err := s.Client().Do(r.WithContext(httptrace.WithClientTrace(t.Context(), trace)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp, string(b), informed
}

func newRequest(t *testing.T, s *server, method string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, s.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestInformationalAnswers(t *testing.T) {
	overBoth(t, func(t *testing.T, app *soay.App, start func() *server) {
		app.UseHeaders(map[string]string{"X-Site": "cats"})
		app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</a.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Set("Link", "</b.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Del("Link")
			w.Header().Set("X-Own", "yes")
			w.WriteHeader(202)
			w.WriteHeader(http.StatusEarlyHints) // too late
			io.WriteString(w, "done")
		})))
		s := start()
		resp, content, informed := get(t, s, newRequest(t, s, "GET", nil))
		want := []string{"103 map[Link:[</a.css>; rel=preload]]", "103 map[Link:[</b.css>; rel=preload]]"}
		if diff := cmp.Diff(want, informed); diff != "" {
			t.Errorf("informational answers (-want +got):\n%s", diff)
		}
		if resp.StatusCode != 202 || content != "done" || resp.Header.Get("Link") != "" || resp.Header.Get("X-Own") != "yes" ||
			resp.Header.Get("X-Site") != "cats" {
			t.Errorf("then got %d %q %v", resp.StatusCode, content, resp.Header)
		}
	})
}

// A body can inform too, with the headers that it has.
func TestInformationalAnswersOfBodies(t *testing.T) {
	app := newApp()
	app.Get("/", func(soay.Request) soay.Response {
		return response.Response{}.WithBody("text/plain", informing{})
	})
	s := newServer(t, app)
	resp, content, informed := get(t, s, newRequest(t, s, "GET", nil))
	if len(informed) != 1 || !strings.HasPrefix(informed[0], "103 ") || !strings.Contains(informed[0], "Link:[</a.css>]") {
		t.Errorf("informational answers %v", informed)
	}
	if content != "done" || resp.StatusCode != 200 {
		t.Errorf("then got %q %v", content, resp.Header)
	}
}

type informing struct{}

// WriteBody implements response.Body.
func (informing) WriteBody(w http.ResponseWriter, _ *http.Request, _ int) error {
	w.Header().Set("Link", "</a.css>")
	w.WriteHeader(http.StatusEarlyHints)
	_, err := io.WriteString(w, "done")
	return err
}

// A client of HTTP/1.0 takes the first answer for the final one (RFC 9110 section 15.2).
func TestNoInformationalAnswersForHTTP10(t *testing.T) {
	app := newApp()
	app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "done")
	})))
	conn, err := net.Dial("tcp", strings.TrimPrefix(newServer(t, app).URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
	if b, err := io.ReadAll(conn); !strings.HasPrefix(string(b), "HTTP/1.0 200 OK\r\n") || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
}

func TestTrailers(t *testing.T) {
	for _, tt := range []struct {
		description string
		handler     http.HandlerFunc
		want        http.Header
		wantContent string
	}{
		{"announced", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum, x-rows")
			io.WriteString(w, "short")
			w.Header().Set("X-Sum", "7")
			w.Header().Set("X-Rows", "1")
			w.Header().Set("X-Late", "no trailer")
		}, http.Header{"X-Sum": {"7"}, "X-Rows": {"1"}}, "short"},
		{"not announced", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "short")
			w.Header().Set(http.TrailerPrefix+"X-Sum", "7")
		}, http.Header{"X-Sum": {"7"}}, "short"},
		{"not announced, set beforehand", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(http.TrailerPrefix+"X-Sum", "7")
			io.WriteString(w, "short")
		}, http.Header{"X-Sum": {"7"}}, "short"},
		{"announced and flushed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, "short")
			w.(http.Flusher).Flush()
			w.Header().Set("X-Sum", "7")
		}, http.Header{"X-Sum": {"7"}}, "short"},
		{"not announced and flushed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(http.TrailerPrefix+"X-First", "1")
			w.(http.Flusher).Flush()
			io.WriteString(w, "short")
			w.Header().Set(http.TrailerPrefix+"X-Sum", "7")
		}, http.Header{"X-First": {"1"}, "X-Sum": {"7"}}, "short"},
		{"of much content", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			io.WriteString(w, strings.Repeat("x", 100_000))
			w.Header().Set("X-Sum", "7")
		}, http.Header{"X-Sum": {"7"}}, strings.Repeat("x", 100_000)},
		{"no content", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			w.WriteHeader(200)
			w.Header().Set("X-Sum", "7")
		}, http.Header{"X-Sum": {"7"}}, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			overBoth(t, func(t *testing.T, app *soay.App, start func() *server) {
				app.Get("/", middleware.FromHTTP(tt.handler))
				s := start()
				resp, content, _ := get(t, s, newRequest(t, s, "GET", nil))
				if diff := cmp.Diff(tt.want, resp.Trailer); diff != "" || content != tt.wantContent || resp.StatusCode != 200 {
					t.Errorf("%d, %d bytes, trailers (-want +got):\n%s", resp.StatusCode, len(content), diff)
				}
			})
		})
	}
}

func TestHeadersSetToNil(t *testing.T) {
	for _, flush := range []bool{false, true} {
		overBoth(t, func(t *testing.T, app *soay.App, start func() *server) {
			app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for _, name := range []string{"Date", "Content-Type", "X-Content-Type-Options"} {
					w.Header()[name] = nil
				}
				io.WriteString(w, "<html>")
				if flush {
					w.(http.Flusher).Flush()
				}
			})))
			s := start()
			resp, content, _ := get(t, s, newRequest(t, s, "GET", nil))
			resp.Header.Del("Content-Length")
			if diff := cmp.Diff(http.Header{}, resp.Header); diff != "" || content != "<html>" {
				t.Errorf("got %q; headers (-want +got):\n%s", content, diff)
			}
		})
	}
}

func TestStatusCodesOfNetHTTP(t *testing.T) {
	for _, flush := range []bool{false, true} {
		for status, want := range map[int]int{-1: 500, 0: 500, 99: 500, 1000: 500, 200: 200, 600: 600, 799: 799, 999: 999} {
			overBoth(t, func(t *testing.T, app *soay.App, start func() *server) {
				app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					io.WriteString(w, "own")
					if flush {
						w.(http.Flusher).Flush()
					}
				})))
				s := start()
				resp, content, _ := get(t, s, newRequest(t, s, "GET", nil))
				if resp.StatusCode != want || (content == "own") != (status == want) {
					t.Errorf("WriteHeader(%d), flush: %v: got %d %q, want %d", status, flush, resp.StatusCode, content, want)
				}
			})
		}
	}
}

func TestResponseControllerBeforeTheFirstFlush(t *testing.T) {
	overBoth(t, func(t *testing.T, app *soay.App, start func() *server) {
		app.Post("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range 2 {
				c := http.NewResponseController(w)
				far := time.Now().Add(time.Hour)
				if err := errors.Join(c.SetReadDeadline(far), c.SetWriteDeadline(far), c.EnableFullDuplex()); err != nil {
					t.Error(err)
				}
				io.Copy(w, r.Body)
				if err := c.Flush(); err != nil { // and then once more
					t.Error(err)
				}
			}
		})))
		s := start()
		if resp, content, _ := get(t, s, newRequest(t, s, "POST", strings.NewReader("hello"))); content != "hello" {
			t.Errorf("got %d %q", resp.StatusCode, content)
		}
	})
}

// Without a connection there is nothing to control.
func TestResponseControllerWithoutAConnection(t *testing.T) {
	app := newApp()
	app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Time{}); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("error %v", err)
		}
	})))
	do(app, "GET", "/")
}

func TestBodyTooLargeForNetHTTP(t *testing.T) {
	upstream := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	target, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	reading := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		if tooMany, ok := errors.AsType[*http.MaxBytesError](err); !ok || tooMany.Limit != 8 {
			t.Errorf("error %#v, want an *http.MaxBytesError", err)
		}
		w.Header().Set("X-Handler", "own")
		http.Error(w, "the handler's own", http.StatusBadRequest)
	})
	for _, tt := range []struct {
		description string
		handler     http.Handler
		want        int
	}{
		{"a handler that looks at the error", reading, 400},
		{"a proxy", proxy, 413},
		{"a handler that flushes its failure", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.WriteHeader(500)
			w.(http.Flusher).Flush()
		}), 413},
		{"a handler that does not read", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
		}), 503},
	} {
		for _, announced := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/announced: %v", tt.description, announced), func(t *testing.T) {
				overBoth(t, func(t *testing.T, app *soay.App, start func() *server) {
					app.Post("/", middleware.FromHTTP(tt.handler)).MaxBody(8)
					s := start()
					var body io.Reader = strings.NewReader("123456789")
					if !announced {
						body = io.MultiReader(body)
					}
					if resp, content, _ := get(t, s, newRequest(t, s, "POST", body)); resp.StatusCode != tt.want {
						t.Errorf("got %d %q, want %d", resp.StatusCode, content, tt.want)
					}
				})
			})
		}
	}
	t.Run("middleware that is a proxy", func(t *testing.T) {
		app := newApp()
		app.Use(middleware.WrapHTTP(func(http.Handler) http.Handler { return proxy }))
		app.Post("/", hello).MaxBody(8)
		s := newServer(t, app)
		resp, _, _ := get(t, s, newRequest(t, s, "POST", strings.NewReader("123456789")))
		if resp.StatusCode != 413 {
			t.Errorf("got %d, want 413", resp.StatusCode)
		}
	})
}

// A proxy passes on what its upstream informs of, and its trailers.
func TestReverseProxy(t *testing.T) {
	upstream := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a.css>")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "up")
		w.Header().Set("X-Sum", "7")
	}))
	target, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	overBoth(t, func(t *testing.T, app *soay.App, start func() *server) {
		app.Get("/", middleware.FromHTTP(httputil.NewSingleHostReverseProxy(target)))
		s := start()
		resp, content, informed := get(t, s, newRequest(t, s, "GET", nil))
		if content != "up" || resp.Trailer.Get("X-Sum") != "7" || resp.Header.Get("Link") != "" ||
			cmp.Diff([]string{"103 map[Link:[</a.css>]]"}, informed) != "" {
			t.Errorf("got %q, trailer %v, headers %v, before that %v", content, resp.Trailer, resp.Header, informed)
		}
	})
}

// What a handler has put into files while it parsed a form is gone when it has returned, as on a server of net/http.
func TestFilesOfMultipartFormsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	parse := func(t *testing.T, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
		}
		if files, _ := filepath.Glob(dir + "/*"); len(files) != 1 {
			t.Errorf("while it runs there are the files %q", files)
		}
	}
	parsing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { parse(t, r) })
	for _, tt := range []struct {
		description string
		setUp       func(*soay.App)
	}{
		{"in a handler", func(app *soay.App) { app.Post("/", middleware.FromHTTP(parsing)) }},
		{"in middleware", func(app *soay.App) {
			app.Use(middleware.WrapHTTP(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					parse(t, r)
					next.ServeHTTP(w, r)
				})
			}))
			app.Post("/", middleware.FromHTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if _, err := r.MultipartForm.File["f"][0].Open(); err != nil {
					t.Errorf("the handler cannot read the file: %v", err)
				}
			})))
		}},
		{"of a request that middleware has changed", func(app *soay.App) {
			app.Use(middleware.WrapHTTP(tagging("a")))
			app.Post("/", func(req soay.Request) soay.Response {
				parse(t, req.HTTP())
				return hello(req)
			})
		}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			tt.setUp(app)
			var form bytes.Buffer
			m := multipart.NewWriter(&form)
			f, err := m.CreateFormFile("f", "cat.txt")
			if err != nil {
				t.Fatal(err)
			}
			f.Write(make([]byte, 100_000))
			m.Close()
			s := newServer(t, app)
			r := newRequest(t, s, "POST", &form)
			r.Header.Set("Content-Type", m.FormDataContentType())
			if resp, content, _ := get(t, s, r); resp.StatusCode != 200 {
				t.Errorf("got %d %q", resp.StatusCode, content)
			}
			s.Close() // waits for the handler
			if files, err := os.ReadDir(dir); len(files) != 0 || err != nil {
				t.Errorf("left are %v, %v", files, err)
			}
		})
	}
}
