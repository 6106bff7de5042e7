package middleware_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// newCatApp returns an app with an access log and all kinds of answers.
func newCatApp(options ...middleware.AccessLogOptions) (*soay.App, *requesttest.Log) {
	app, log := newLoggedApp()
	app.UseAccessLog(options...)
	app.Get("/text", hello)
	app.Get("/cats/{id}", func(soay.Request) soay.Response { return response.JSON(7).WithStatus(201) })
	app.Get("/none", func(soay.Request) soay.Response { return response.NoContent() })
	app.Get("/stream", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			for range 10 {
				io.WriteString(w, "0123456789")
			}
			return nil
		})
	})
	app.Get("/cut", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			io.WriteString(w, "half")
			return errors.New("the disk is gone")
		})
	})
	app.Get("/abort", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		})
	})
	app.Get("/abort/early", func(soay.Request) soay.Response { panic(http.ErrAbortHandler) })
	app.Get("/error", func(soay.Request) soay.Response { return response.Error(errors.New("the disk is gone")) })
	app.Get("/problem", func(soay.Request) soay.Response {
		return response.Error(problem.New(409, "The name is taken.").WithCause(errors.New("unique index cats_name")))
	})
	app.Get("/nethttp", middleware.FromHTTP(writes(strings.Repeat("x", 100_000))))
	return app, log
}

// doCut is do for requests whose connection is cut.
func doCut(app http.Handler, method, target string) (w *httptest.ResponseRecorder, cut bool) {
	defer func() {
		if v := recover(); v != nil {
			if v != http.ErrAbortHandler {
				panic(v)
			}
			cut = true
		}
	}()
	w = httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w, false
}

func TestAccessLog(t *testing.T) {
	tests := []struct {
		name    string
		method  string
		target  string
		want    map[string]any
		wantCut bool
	}{
		{"a text", "GET", "/text", map[string]any{"status": 200., "bytes": 5., "route": "/text"}, false},
		{"its head", "HEAD", "/text", map[string]any{"status": 200., "bytes": 0., "route": "/text"}, false},
		{"a parameter", "GET", "/cats/7", map[string]any{"status": 201., "bytes": 1., "route": "/cats/{id}"}, false},
		{"no content", "GET", "/none", map[string]any{"status": 204., "bytes": 0., "route": "/none"}, false},
		{"a stream", "GET", "/stream", map[string]any{"status": 200., "bytes": 100., "route": "/stream"}, false},
		{"a stream that fails", "GET", "/cut",
			map[string]any{"status": 200., "bytes": 4., "route": "/cut", "error": "the disk is gone"}, true},
		{"a stream that aborts", "GET", "/abort",
			map[string]any{"status": 200., "bytes": 4., "route": "/abort", "error": http.ErrAbortHandler.Error()}, true},
		{"an abort before the first byte", "GET", "/abort/early",
			map[string]any{"status": 0., "bytes": 0., "route": "/abort/early", "error": http.ErrAbortHandler.Error()}, true},
		{"an error", "GET", "/error",
			map[string]any{"status": 500., "bytes": 26., "route": "/error", "error": "the disk is gone"}, false},
		{"a problem with a cause", "GET", "/problem", map[string]any{"status": 409., "bytes": 33., "route": "/problem",
			"error": "409 Conflict: The name is taken.: unique index cats_name"}, false},
		{"a handler of net/http", "GET", "/nethttp", map[string]any{"status": 200., "bytes": 100_000.,
			"route": "/nethttp"}, false},
		{"no route", "GET", "/nowhere", map[string]any{"status": 404., "bytes": 14., "error": "404 Not Found"}, false},
		{"the wrong method", "POST", "/text", map[string]any{"status": 405., "bytes": 23.,
			"error": "405 Method Not Allowed"}, false},
		{"the query is no part of it", "GET", "/text?token=secret",
			map[string]any{"status": 200., "bytes": 5., "route": "/text"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newCatApp()
			if _, cut := doCut(app, tt.method, tt.target); cut != tt.wantCut {
				t.Errorf("the connection was cut: %v, want %v", cut, tt.wantCut)
			}
			lines := log.Records("request")
			if len(lines) != 1 {
				t.Fatalf("%d lines, want one:\n%s", len(lines), log)
			}
			got := lines[0]
			if strings.Contains(log.String(), "secret") {
				t.Errorf("the log has the query:\n%s", log)
			}
			path, _, _ := strings.Cut(tt.target, "?")
			want := map[string]any{"msg": "request", "level": "INFO", "method": tt.method, "path": path, "client": "192.0.2.1"}
			maps.Copy(want, tt.want)
			if d, ok := got["duration"].(float64); !ok || d < 0 {
				t.Errorf("duration is %v", got["duration"])
			}
			delete(got, "duration")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAccessLogComesAfterTheResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newLoggedApp()
		app.UseAccessLog(middleware.AccessLogOptions{Level: slog.LevelDebug})
		app.Get("/", func(soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				time.Sleep(3 * time.Second)
				if log.String() != "" {
					t.Errorf("it was logged before its end:\n%s", log)
				}
				return nil
			})
		})
		do(app, "GET", "/")
		lines := log.Records("request")
		if len(lines) != 1 || lines[0]["duration"] != float64(3*time.Second) || lines[0]["level"] != "DEBUG" {
			t.Errorf("got %v, want a line at level debug with a duration of 3 s", lines)
		}
	})
}

func TestAccessLogSkip(t *testing.T) {
	app, log := newCatApp(middleware.AccessLogOptions{Skip: func(req soay.Request) bool { return req.Path() == "/text" }})
	do(app, "GET", "/text")
	do(app, "GET", "/none")
	if lines := log.Records("request"); len(lines) != 1 || lines[0]["path"] != "/none" {
		t.Errorf("got %v, want a line for /none alone", lines)
	}
}

func TestAccessLogHasTheRequestID(t *testing.T) {
	app, log := newCatApp()
	app.UseRequestID()
	do(app, "GET", "/nowhere", "X-Request-Id", "abc")
	if lines := log.Records("request"); len(lines) != 1 || lines[0]["request_id"] != "abc" {
		t.Errorf("got %v, want the request id", lines)
	}
}

// A client that stops reading is logged with what it took.
func TestAccessLogOfAFailingConnection(t *testing.T) {
	app, log := newCatApp()
	func() {
		defer func() { recover() }()
		app.ServeHTTP(&brokenWriter{header: http.Header{}, left: 42}, httptest.NewRequest("GET", "/stream", nil))
	}()
	lines := log.Records("request")
	if len(lines) != 1 || lines[0]["bytes"] != 42. || lines[0]["status"] != 200. {
		t.Errorf("got %v, want 42 bytes and an error", lines)
	}
}

// brokenWriter is a connection that breaks after some bytes.
type brokenWriter struct {
	header http.Header
	left   int
}

func (w *brokenWriter) Header() http.Header { return w.header }
func (w *brokenWriter) WriteHeader(int)     {}
func (w *brokenWriter) Write(b []byte) (int, error) {
	n := min(len(b), w.left)
	w.left -= n
	if n < len(b) {
		return n, errors.New("broken pipe")
	}
	return n, nil
}

// Whatever a client puts into its path, a line of the log stays one line, with the path as its value.
func FuzzAccessLogInjection(f *testing.F) {
	for _, seed := range []string{
		"/", "/a b", "/a\nlevel=ERROR msg=forged", "/a\r\n", `/","status":200,"x":"`, "/\x1b[31m", "/\u2028", "/\xff",
		"/=", `/\`, "/a\x00", "/" + strings.Repeat("x", 1023), "/" + strings.Repeat("ü", 600), "/" + strings.Repeat("\xbf", 1100),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if !strings.HasPrefix(path, "/") {
			return
		}
		var asText, asJSON bytes.Buffer
		for _, h := range []slog.Handler{slog.NewTextHandler(&asText, nil), slog.NewJSONHandler(&asJSON, nil)} {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(h)})
			app.UseAccessLog()
			r := httptest.NewRequest("GET", "/", nil)
			r.URL = &url.URL{Path: path}
			app.ServeHTTP(httptest.NewRecorder(), r.WithContext(context.Background()))
		}
		for _, got := range []string{asText.String(), asJSON.String()} {
			if strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") || strings.ContainsAny(got, "\r\x00\x1b") {
				t.Errorf("path %q makes the lines %q", path, got)
			}
		}
		var line struct{ Path, Msg string }
		if err := json.Unmarshal(asJSON.Bytes(), &line); err != nil {
			t.Fatalf("path %q: %v", path, err)
		}
		_, value, _ := strings.Cut(asText.String(), " path=")
		value = value[:strings.LastIndex(value, " status=")]
		if strings.HasPrefix(value, `"`) {
			var err error
			if value, err = strconv.Unquote(value); err != nil {
				t.Errorf("path %q makes the line %q", path, asText.String())
			}
		} else if strings.ContainsAny(value, " =\"") {
			t.Errorf("path %q is not quoted in %q", path, asText.String())
		}
		want := path
		if len(path) > 1024 {
			want = strings.TrimSuffix(value, "...")
			if n := len(want); n > 1024 || n < 1020 || !strings.HasPrefix(path, want) {
				t.Errorf("path %q is cut to %q", path, value)
			}
			want += "..."
		}
		if value != want {
			t.Errorf("path %q is logged as text as %q", path, value)
		}
		if line.Msg != "request" || line.Path != string([]rune(want)) {
			t.Errorf("path %q is logged as %q under %q", path, line.Path, line.Msg)
		}
	})
}
