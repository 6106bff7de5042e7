package middleware_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

var validID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// newIDApp returns an app that answers with the id of the request and logs a line.
func newIDApp(options ...middleware.RequestIDOptions) (*soay.App, *requesttest.Log) {
	app, log := newLoggedApp()
	app.UseRequestID(options...)
	app.Get("/", func(req soay.Request) soay.Response {
		req.Logger().Info("in the handler")
		return response.Text(middleware.RequestID(req))
	})
	return app, log
}

func TestRequestID(t *testing.T) {
	tests := []struct {
		name    string
		options middleware.RequestIDOptions
		header  []string
		want    string // "" for a new one
	}{
		{"none", middleware.RequestIDOptions{}, nil, ""},
		{"a good one", middleware.RequestIDOptions{}, []string{"X-Request-Id", "Abc_123-x"}, "Abc_123-x"},
		{"one as long as they may be", middleware.RequestIDOptions{}, []string{"X-Request-Id", strings.Repeat("a", 64)},
			strings.Repeat("a", 64)},
		{"a longer one", middleware.RequestIDOptions{}, []string{"X-Request-Id", strings.Repeat("a", 65)}, ""},
		{"100 kB", middleware.RequestIDOptions{}, []string{"X-Request-Id", strings.Repeat("a", 100_000)}, ""},
		{"an empty one", middleware.RequestIDOptions{}, []string{"X-Request-Id", ""}, ""},
		{"a line break", middleware.RequestIDOptions{}, []string{"X-Request-Id", "a\nb"}, ""},
		{"a carriage return", middleware.RequestIDOptions{}, []string{"X-Request-Id", "a\rb"}, ""},
		{"a NUL", middleware.RequestIDOptions{}, []string{"X-Request-Id", "a\x00b"}, ""},
		{"a space", middleware.RequestIDOptions{}, []string{"X-Request-Id", "a b"}, ""},
		{"quotes", middleware.RequestIDOptions{}, []string{"X-Request-Id", `a"b`}, ""},
		{"letters beyond ASCII", middleware.RequestIDOptions{}, []string{"X-Request-Id", "schäf"}, ""},
		{"a full-width digit", middleware.RequestIDOptions{}, []string{"X-Request-Id", "１"}, ""},
		{"a broken encoding", middleware.RequestIDOptions{}, []string{"X-Request-Id", "a\xff"}, ""},
		{"of two the first", middleware.RequestIDOptions{}, []string{"X-Request-Id", "first", "X-Request-Id", "second"},
			"first"},
		{"ignored", middleware.RequestIDOptions{Ignore: true}, []string{"X-Request-Id", "abc"}, ""},
		{"in another header", middleware.RequestIDOptions{Header: "X-Trace"}, []string{"X-Trace", "abc"}, "abc"},
		{"in the header that does not count", middleware.RequestIDOptions{Header: "X-Trace"},
			[]string{"X-Request-Id", "abc"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newIDApp(tt.options)
			name := tt.options.Header
			if name == "" {
				name = "X-Request-Id"
			}
			w := do(app, "GET", "/", tt.header...)
			got := w.Body.String()
			if !validID.MatchString(got) {
				t.Fatalf("id %q is not valid", got)
			}
			switch {
			case tt.want != "" && got != tt.want:
				t.Errorf("got the id %q, want %q", got, tt.want)
			case tt.want == "" && len(got) != 22:
				t.Errorf("got the id %q, want a new one of 22 characters", got)
			case tt.want == "" && len(tt.header) > 0 && got == tt.header[1]:
				t.Errorf("the id %q of the request was taken over", got)
			}
			if header := w.Header().Values(name); len(header) != 1 || header[0] != got {
				t.Errorf("header %s is %q, want the id %q", name, header, got)
			}
			if lines := log.Records("in the handler"); len(lines) != 1 || lines[0]["request_id"] != got {
				t.Errorf("the log does not have the id %q: %v", got, lines)
			}
		})
	}
}

func TestRequestIDsDiffer(t *testing.T) {
	app, _ := newIDApp()
	seen := map[string]bool{}
	for range 1000 {
		seen[do(app, "GET", "/").Body.String()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 requests got %d different ids", len(seen))
	}
}

func TestRequestIDWithoutMiddleware(t *testing.T) {
	app := newApp()
	app.Get("/", func(req soay.Request) soay.Response { return response.Text("[" + middleware.RequestID(req) + "]") })
	if got := do(app, "GET", "/", "X-Request-Id", "abc").Body.String(); got != "[]" {
		t.Errorf("got %q, want no id", got)
	}
}

// An id is taken over exactly if it has the documented form.
func FuzzRequestID(f *testing.F) {
	for _, seed := range []string{"", "abc", "a b", "a\nb", "-_", strings.Repeat("a", 64), strings.Repeat("a", 65),
		"ä", "\x00"} {
		f.Add(seed)
	}
	app, _ := newIDApp()
	f.Fuzz(func(t *testing.T, id string) {
		got := do(app, "GET", "/", "X-Request-Id", id).Body.String()
		if !validID.MatchString(got) {
			t.Errorf("%q led to the id %q", id, got)
		}
		if (got == id) != validID.MatchString(id) {
			t.Errorf("%q led to the id %q", id, got)
		}
	})
}
