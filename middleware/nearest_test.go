package middleware_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

const remoteClient, localClient = "203.0.113.9:4711", "127.0.0.1:4711"

// newListing returns an app with two routes.
func newListing(o soay.Options, set func(*soay.App)) *soay.App {
	o.Logger = slog.New(slog.DiscardHandler)
	app := soay.New(o)
	app.Get("/cats/{int:id}", func(soay.Request) soay.Response { return response.NotFound("no such cat") })
	app.Group("/x").Header("X-A", "<script>").Post("/<b>", hello)
	if set != nil {
		set(app)
	}
	return app
}

// In development a browser on this machine sees the routes that it may have meant.
func TestRoutesOfNotFound(t *testing.T) {
	development := soay.Options{Env: "development"}
	tests := []struct {
		description string
		options     soay.Options
		set         func(*soay.App)
		method      string
		client      string
		target      string
		accept      []string
		want        bool
	}{
		{"a browser", development, nil, "GET", localClient, "/cats/tom", forPages, true},
		{"a form", development, nil, "POST", localClient, "/cats", forPages, true},
		{"a fallback without an answer", development, func(a *soay.App) {
			a.Fallback(func(soay.Request) soay.Response { return response.NotFound("no <page>") })
		}, "GET", localClient, "/cats/tom", forPages, true},
		{"a remote browser", development, nil, "GET", remoteClient, "/cats/tom", forPages, false},
		{"a client for APIs", development, nil, "GET", localClient, "/cats/tom", forPrograms, false},
		{"a client that takes everything", development, nil, "GET", localClient, "/cats/tom", everything, false},
		{"production", soay.Options{Env: "production"}, nil, "GET", localClient, "/cats/tom", forPages, false},
		{"production that shows details", soay.Options{Env: "production", ShowErrorDetails: true}, nil, "GET", localClient,
			"/cats/tom", forPages, false},
		{"a route that finds nothing", development, nil, "GET", localClient, "/cats/7", forPages, false},
		{"another method", development, nil, "PUT", localClient, "/cats/7", forPages, false},
		{"a page of the app's own", development, func(a *soay.App) { a.HandleStatus(404, hello) }, "GET", localClient,
			"/cats/tom", forPages, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newListing(tt.options, tt.set)
			w := doFrom(withMethod{app, tt.method}, tt.client, tt.target, tt.accept...)
			const why = "&#34;tom&#34; does not fit the value pattern {int:id}"
			listed := strings.Contains(w.Body.String(), "<b>GET /cats/{int:id}</b> registered at nearest_test.go:")
			if listed != tt.want || strings.Contains(w.Body.String(), why) != (tt.want && tt.target == "/cats/tom") {
				t.Errorf("the page is\n%s\nwant routes: %v", w.Body, tt.want)
			}
			if got := w.Header().Get("Cache-Control"); (got == "no-store") != tt.want {
				t.Errorf("Cache-Control is %q", got)
			}
			if got := w.Header().Get("Vary"); got != "Accept" && tt.set == nil {
				t.Errorf("Vary is %q", got)
			}
			if tt.want && w.Code != 404 {
				t.Errorf("status %d", w.Code)
			}
		})
	}
}

// withMethod changes the method of requests.
type withMethod struct {
	http.Handler
	method string
}

func (m withMethod) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Method = m.method
	m.Handler.ServeHTTP(w, r)
}

// Nothing of a request, a pattern or a filter is HTML in the list, and neither grows it.
func TestRoutesOfNotFoundAreEscapedAndBounded(t *testing.T) {
	app := newListing(soay.Options{Env: "development"}, func(a *soay.App) {
		for i := range 300 {
			a.Get(fmt.Sprintf("/many/%d", i), hello)
		}
		a.Fallback(func(soay.Request) soay.Response { return response.NotFound("<i>nothing</i>") })
	})
	for _, target := range []string{
		"/x/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/" + strings.Repeat("%3Ci%3E", 10_000), strings.Repeat("/x", 20_000),
	} {
		w := doFrom(app, localClient, target, forPages...)
		page := w.Body.String()
		if w.Code != 404 || len(page) > 20_000 {
			t.Errorf("%.40s: %d with %d bytes", target, w.Code, len(page))
		}
		_, body, _ := strings.Cut(page, "</style>")
		for _, tag := range []string{"<script>", "<i>", "/<b>"} {
			if strings.Contains(body, tag) {
				t.Errorf("%.40s: the page has %s:\n%s", target, tag, body)
			}
		}
		if n := strings.Count(body, "<dt>"); n != 20 || !strings.Contains(body, "20 of the 302 routes") {
			t.Errorf("%.40s: %d routes are listed", target, n)
		}
	}
}
