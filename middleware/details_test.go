package middleware_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// newScriptApp returns an app whose errors and panics have a script in them.
func newScriptApp(o soay.Options) *soay.App {
	o.Logger = slog.New(slog.DiscardHandler)
	app := soay.New(o)
	app.Get("/panic/{who}", func(soay.Request) soay.Response { panic("<script>alert('value')</script>") })
	app.Get("/nil/{who}", func(soay.Request) soay.Response {
		var cats []string
		cats[len(cats)] = "Tom"
		return response.NoContent()
	})
	app.Get("/error/{who}",
		func(soay.Request) soay.Response { return response.Error(errors.New("<script>alert('error')</script>")) })
	app.Get("/nethttp/{who}", middleware.FromHTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("<script>alert('net/http')</script>")
	})))
	app.Get("/missing/{who}", func(soay.Request) soay.Response { return response.NotFound("no such cat") })
	return app
}

func doFrom(app http.Handler, client, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", target, nil)
	r.RemoteAddr = client
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

func TestWhoSeesDetails(t *testing.T) {
	const remote, local = "203.0.113.9:4711", "127.0.0.1:4711"
	development, production := soay.Options{Env: "development"}, soay.Options{Env: "production"}
	always := soay.Options{Env: "production", ShowErrorDetails: true}
	tests := []struct {
		name    string
		env     [2]string // a variable of the environment
		options soay.Options
		client  string
		header  []string
		want    bool
	}{
		{"production, this machine", [2]string{}, production, local, nil, false},
		{"production, a remote client", [2]string{}, production, remote, nil, false},
		{"development, this machine", [2]string{}, development, local, nil, true},
		{"development, this machine over IPv6", [2]string{}, development, "[::1]:4711", nil, true},
		{"development, IPv4 in IPv6", [2]string{}, development, "[::ffff:127.0.0.1]:4711", nil, true},
		{"development, another loopback address", [2]string{}, development, "127.8.8.8:4711", nil, true},
		{"development, a remote client", [2]string{}, development, remote, nil, false},
		{"development, a remote client that says otherwise", [2]string{}, development, remote,
			[]string{"X-Forwarded-For", "127.0.0.1", "Forwarded", "for=127.0.0.1", "X-Real-Ip", "127.0.0.1", "Host",
				"localhost"}, false},
		{"development, a proxy on this machine that is not trusted", [2]string{}, development, local,
			[]string{"X-Forwarded-For", "203.0.113.9"}, false},
		{"development, another one", [2]string{}, development, local, []string{"Forwarded", "for=_hidden"}, false},
		{"shown to all, behind a proxy", [2]string{}, always, local, []string{"X-Forwarded-For", "203.0.113.9"}, true},
		{"development, an address that is none", [2]string{}, development, "@", nil, false},
		{"local is development", [2]string{}, soay.Options{Env: "local"}, local, nil, true},
		{"dev is development", [2]string{}, soay.Options{Env: "DEV"}, local, nil, true},
		{"anything else is not", [2]string{}, soay.Options{Env: "develop"}, local, nil, false},
		{"development by the environment", [2]string{"APP_ENV", "Development"}, soay.Options{}, local, nil, true},
		{"nothing set", [2]string{}, soay.Options{}, local, nil, false},
		{"options win over the environment", [2]string{"APP_ENV", "development"}, production, local, nil, false},
		{"shown to all", [2]string{}, always, remote, nil, true},
		{"shown to all by the environment", [2]string{"APP_SHOW_ERROR_DETAILS", "Yes"}, production, remote, nil, true},
		{"hidden by the environment", [2]string{"APP_SHOW_ERROR_DETAILS", "0"}, production, remote, nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("APP_ENV", "")
			t.Setenv("APP_SHOW_ERROR_DETAILS", "")
			if tt.env[0] != "" {
				t.Setenv(tt.env[0], tt.env[1])
			}
			app := newScriptApp(tt.options)
			for _, path := range []string{"/panic/x", "/error/x", "/nethttp/x"} {
				for _, accept := range []string{"", "text/html", "application/json"} {
					w := doFrom(app, tt.client, path, append(tt.header, "Accept", accept)...)
					if got := strings.Contains(w.Body.String(), "alert("); got != tt.want || w.Code != 500 {
						t.Errorf("%s for %q: got %d, details: %v, want %v:\n%s", path, accept, w.Code, got, tt.want, w.Body)
					}
				}
			}
		})
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

func TestDetailsAreEscaped(t *testing.T) {
	app := newScriptApp(soay.Options{ShowErrorDetails: true})
	for _, path := range []string{"/panic/", "/nil/", "/error/", "/nethttp/"} {
		w := do(app, "GET", path+"%3Cscript%3Ealert('path')%3C%2Fscript%3E", forPages...)
		body := w.Body.String()
		if !strings.Contains(body, "&lt;script&gt;alert(&#39;path&#39;)") {
			t.Errorf("%s: the page lacks the escaped path:\n%s", path, body)
		}
		for _, found := range tag.FindAllString(body, -1) {
			if name := strings.Trim(strings.Fields(found)[0],
				"</>"); !strings.Contains(" !DOCTYPE html meta title style h1 h2 p b pre ", " "+name+" ") {
				t.Errorf("%s: the page has the tag %s", path, found)
			}
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: headers %v", path, w.Header())
		}
	}
}

func TestDetailsPage(t *testing.T) {
	app := newScriptApp(soay.Options{ShowErrorDetails: true})
	tests := []struct {
		name string
		path string
		want []string // after unescaping
	}{
		{"a panic", "/panic/Tom", []string{
			"500 Internal Server Error", "panic: <script>alert('value')</script>",
			"GET /panic/Tom, route /panic/{who} registered at details_test.go:",
			`soay.Response { panic("<script>alert('value')</script>") })</b>`, "details_test.go:", "newScriptApp.func1"}},
		{"a panic of the runtime", "/nil/Tom", []string{"index out of range [0]", `cats[len(cats)] = "Tom"</b>`}},
		{"a panic in a handler of net/http", "/nethttp/Tom", []string{`panic("<script>alert('net/http')</script>")</b>`,
			"newScriptApp.func"}},
		{"an error", "/error/Tom", []string{"<p><b><script>alert('error')</script></b></p>"}},
	}
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#39;", "'", "&#34;", `"`, "&amp;", "&")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := unescape.Replace(do(app, "GET", tt.path, forPages...).Body.String())
			for _, want := range tt.want {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q:\n%s", want, page)
				}
			}
		})
	}
}

func TestDetailsForPrograms(t *testing.T) {
	app := newScriptApp(soay.Options{ShowErrorDetails: true})
	var got struct {
		Title, Detail string
		Status        int
		Stack         []string
	}
	w := do(app, "GET", "/panic/Tom", forPrograms...)
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Title != "Internal Server Error" || got.Status != 500 ||
		got.Detail != "panic: <script>alert('value')</script>" {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(fmt.Sprint(got.Stack), "details_test.go:") || w.Header().Get("Content-Type") != asProblem {
		t.Errorf("as %s, stack %q", w.Header().Get("Content-Type"), got.Stack)
	}
	text := do(app, "GET", "/panic/Tom")
	if !strings.HasPrefix(text.Body.String(), "500 Internal Server Error: panic: <script>") ||
		!strings.Contains(text.Body.String(), "details_test.go:") ||
		text.Header().Get("Content-Type") != asText {
		t.Errorf("as %s: %s", text.Header().Get("Content-Type"), text.Body)
	}
}

// Details take no header away from an error.
func TestDetailsKeepHeaders(t *testing.T) {
	app := soay.New(soay.Options{ShowErrorDetails: true, Logger: slog.New(slog.DiscardHandler)})
	app.Get("/", func(soay.Request) soay.Response {
		return response.Error(problem.New(503, "").WithHeader("Retry-After", "7"))
	})
	for _, accept := range [][]string{nil, forPages, forPrograms} {
		if got := do(app, "GET", "/", accept...).Header().Values("Retry-After"); !slices.Equal(got, []string{"7"}) {
			t.Errorf("accepting %v: Retry-After %q, want 7", accept, got)
		}
	}
}

// An error of the client has the same page for all clients.
func TestDetailsOfClientErrors(t *testing.T) {
	with, without := newScriptApp(soay.Options{ShowErrorDetails: true}), newScriptApp(soay.Options{Env: "production"})
	for _, path := range []string{"/missing/Tom", "/nowhere"} {
		a, b := do(with, "GET", path, forPages...), do(without, "GET", path, forPages...)
		if a.Code != 404 || a.Body.String() != b.Body.String() {
			t.Errorf("%s: with details %d %q, without %q", path, a.Code, a.Body, b.Body)
		}
	}
}
