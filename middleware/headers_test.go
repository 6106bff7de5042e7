package middleware_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

func TestHeaders(t *testing.T) {
	headers := map[string]string{
		"X-Site": "cats", "content-security-policy": "default-src 'self'", "Cache-Control": "no-cache",
		"Vary": "Accept-Language",
	}
	app := newApp()
	app.UseHeaders(headers)
	headers["X-Site"] = "dogs" // too late
	app.Get("/", hello)
	app.Get("/page", func(soay.Request) soay.Response { return response.HTML("<p>") })
	app.Get("/own", func(soay.Request) soay.Response {
		return response.Text("hello").WithHeader("x-site", "own").WithHeader("Vary", "Cookie")
	})
	app.Get("/panic", func(soay.Request) soay.Response { panic("secret") })
	tests := []struct {
		name       string
		method     string
		path       string
		wantStatus int
		wantSite   string
		wantVary   string
	}{
		{"a response", "GET", "/", 200, "cats", "Accept-Language"},
		{"its head", "HEAD", "/", 200, "cats", "Accept-Language"},
		{"a page", "GET", "/page", 200, "cats", "Accept-Language"},
		{"one that has the header", "GET", "/own", 200, "own", "Cookie, Accept-Language"},
		{"no route", "GET", "/none", 404, "cats", "Accept, Accept-Language"},
		{"the wrong method", "POST", "/", 405, "cats", "Accept, Accept-Language"},
		{"the built-in answer to OPTIONS", "OPTIONS", "/", 204, "cats", "Accept-Language"},
		{"a panic", "GET", "/panic", 500, "cats", "Accept, Accept-Language"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := do(app, tt.method, tt.path)
			h := w.Header()
			if w.Code != tt.wantStatus || h.Get("X-Site") != tt.wantSite || h.Get("Vary") != tt.wantVary {
				t.Errorf("got %d, X-Site %q, Vary %q; want %d, %q, %q", w.Code, h.Get("X-Site"), h.Get("Vary"), tt.wantStatus,
					tt.wantSite, tt.wantVary)
			}
			if got := h.Get("Content-Security-Policy"); got != "default-src 'self'" {
				t.Errorf("Content-Security-Policy is %q, want that of the app in place of the default", got)
			}
		})
	}
}

func TestHeadersRefused(t *testing.T) {
	tests := []struct {
		name    string
		headers map[string]string
		wantErr bool
	}{
		{"none", nil, false},
		{"a good one", map[string]string{"X-A": "1"}, false},
		{"an empty name", map[string]string{"": "1"}, true},
		{"a space in the name", map[string]string{"X A": "1"}, true},
		{"a line break in the value", map[string]string{"X-A": "1\r\nX-B: 2"}, true},
		{"a NUL in the value", map[string]string{"X-A": "1\x00"}, true},
		{"one that is the server's", map[string]string{"transfer-encoding": "chunked"}, true},
		{"two spellings of one", map[string]string{"X-A": "1", "x-a": "2"}, true},
		{"a challenge", map[string]string{"WWW-Authenticate": "Basic"}, false},
		{"one that is merged", map[string]string{"Vary": "Accept"}, false},
	}
	for _, name := range []string{"Set-Cookie", "set-cookie", "Content-Length", "Content-Type", "Content-Encoding",
		"Content-Range", "ETag", "Last-Modified", "Location", "Allow", "Date", "Connection", "Keep-Alive", "Proxy-Connection",
		"TE", "Trailer", "Upgrade", "Transfer-Encoding"} {
		if _, err := middleware.NewHeaders(map[string]string{name: "x"}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("NewHeaders with %s: %v, want an error that names it", name, err)
		}
		if _, err := middleware.NewRequestID(middleware.RequestIDOptions{Header: name}); err == nil {
			t.Errorf("NewRequestID accepts the header %s", name)
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := middleware.NewHeaders(tt.headers); (err != nil) != tt.wantErr {
				t.Errorf("NewHeaders: %v, want an error: %v", err, tt.wantErr)
			}
		})
	}
	for _, name := range []string{"", "X-Trace"} {
		if _, err := middleware.NewRequestID(middleware.RequestIDOptions{Header: name}); err != nil {
			t.Errorf("NewRequestID with the header %q: %v", name, err)
		}
	}
	for _, name := range []string{"X Trace", "X-Trace\n", "Transfer-Encoding", http.CanonicalHeaderKey("ä")} {
		if _, err := middleware.NewRequestID(middleware.RequestIDOptions{Header: name}); err == nil {
			t.Errorf("NewRequestID accepts the header %q", name)
		}
	}
}

func TestNewSessionWithoutManager(t *testing.T) {
	if m, err := middleware.NewSession(nil); m != nil || err == nil {
		t.Errorf("NewSession without a manager: %v, want an error", err)
	}
}

// A header that would take the place of the session's cookie stops the start, and so does each other one.
func TestHeadersStopTheStart(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.UseHeaders(map[string]string{"Set-Cookie": "a=1", "Content-Length": "0", "X-A": "1"})
	_, err := app.Handler()
	for _, want := range []string{
		"headers_test.go:", "UseHeaders: header Content-Length is about one response", "UseHeaders: header Set-Cookie would take the place",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the start fails with %v, want %q", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "X-A") {
		t.Errorf("the start fails with %v, and X-A is a good one", err)
	}
}
