package view_test

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/view"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

func TestURL(t *testing.T) {
	tests := []struct{ name, page, want string }{
		{"a route", `<a href="{{url "cat" .}}">`, `<a href="/cats/7">`},
		{"in a script", `<script>go({{url "cat" .}})</script>`, `<script>go("/cats/7")</script>`},
		{"in a template with its own dot", `{{with "x"}}{{url "cat" 3}}{{end}}`, `/cats/3`},
		{"an asset without static files", `<link href="{{asset "/static/app.css"}}" integrity="{{integrity "/static/app.css"}}">`, `<link href="/static/app.css" integrity="">`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if resp := rendered(t, map[string]string{"pages/a.html": test.page}, "a", 7); resp.Status != 200 || resp.Text() != test.want {
				t.Errorf("%d %s, want %s", resp.Status, resp.Text(), test.want)
			}
		})
	}
	for name, page := range map[string]string{
		"an unknown route": `{{url "dog"}}`, "too few values": `{{url "cat"}}`, "a value that does not fit": `{{url "cat" "x"}}`,
	} {
		if resp := rendered(t, map[string]string{"pages/a.html": page}, "a", 7); resp.Status != 500 {
			t.Errorf("%s: %d %s", name, resp.Status, resp.Text())
		}
	}
}

// static is what an app with static files tells requests.
type static struct{}

func (static) URL(path string) (string, bool) {
	return strings.Replace(path, ".css", ".123.css", 1), strings.HasSuffix(path, ".css")
}

func (static) Integrity(path string) (string, bool) {
	return "sha384-abc", strings.HasSuffix(path, ".css")
}

func TestAsset(t *testing.T) {
	for _, test := range []struct {
		path   string
		reload bool
		want   string
	}{
		{"/s/app.css", false, "/s/app.123.css sha384-abc"},
		{"/s/app.css", true, "/s/app.123.css sha384-abc"},
		{"/s/no.js", false, "/s/no.js "},
		{"/s/no.js", true, "500"},
	} {
		set, err := view.New(files(map[string]string{"pages/a.html": `{{asset .}} {{integrity .}}`}), view.Options{}, test.reload)
		if err != nil {
			t.Fatal(err)
		}
		req := requestOf(t, set, static{})
		if got := text(view.Render(req, "a", test.path)); got != test.want {
			t.Errorf("%s, reload %t: %q, want %q", test.path, test.reload, got, test.want)
		}
	}
	req := requestOf(t, nil, static{})
	for path, want := range map[string]string{"/s/app.css": "/s/app.123.css", "/s/no.js": "/s/no.js"} {
		if got := req.Asset(path); got != want {
			t.Errorf("Asset(%q) = %q, want %q", path, got, want)
		}
	}
	if got := requesttest.Request("GET", "/").Asset("/s/app.css"); got != "/s/app.css" {
		t.Errorf("Asset without static files is %q", got)
	}
}

// requestOf returns a request of an app with views and static files.
func requestOf(t testing.TB, set *view.Set, files request.Assets) soay.Request {
	t.Helper()
	var services inject.Container
	inject.AddInstance(&services, set, nil, "here")
	plan, err := services.Compile()
	if err != nil && set != nil {
		t.Fatal(err)
	}
	settings := &request.Settings{Assets: files}
	if err == nil {
		if settings.Services, err = plan.Start(); err != nil {
			t.Fatal(err)
		}
	}
	return request.NewExchange(settings).Begin(httptest.NewRequest("GET", "/", nil))
}

// text returns the content of a response, and the status of an error.
func text(resp soay.Response) string {
	w := httptest.NewRecorder()
	if resp.Err() != nil {
		return strconv.Itoa(resp.Status())
	}
	if _, err := response.StateOf(resp).Write(w, httptest.NewRequest("GET", "/", nil), 0); err != nil {
		return err.Error()
	}
	return w.Body.String()
}

// sessionApp is an app in production with sessions and a page, at / and, as an error page, at /missing.
func sessionApp(page string) *soay.App {
	app := quiet("production")
	app.UseSessions(soay.NewKey())
	app.UseViews(files(map[string]string{"pages/a.html": page}))
	app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, "a", nil) })
	app.Get("/stream", func(req soay.Request) soay.Response { return view.Stream(req, "a", nil) })
	app.Get("/flash/{text}", func(req soay.Request) soay.Response {
		req.Session.Flash("note", req.Param("text"))
		return response.NoContent()
	})
	app.Post("/", func(soay.Request) soay.Response { return response.Text("posted") })
	app.HandleStatus(404, func(req soay.Request) soay.Response { return view.Render(req, "a", nil) })
	return app
}

func TestTokens(t *testing.T) {
	for _, test := range []struct{ name, page, before, after string }{
		{"a field", `<form>{{antiForgeryField}}</form>`, ` value="`, `"></form>`},
		{"a token in an attribute", `<form data-token="{{antiForgeryToken}}"></form>`, `token="`, `"></form>`},
		{"a token in a script", `<script>let t = {{antiForgeryToken}};</script>`, `t = "`, `";`},
		{"a token in an attribute with code", `<p onclick="send({{antiForgeryToken}})">`, `send(&#34;`, `&#34;)`},
	} {
		for _, path := range []string{"/", "/stream", "/missing"} {
			c := requesttest.New(t, sessionApp(test.page), requesttest.Options{OldBrowser: true}).WithHeader("Accept", "text/html")
			resp := c.Get(path)
			_, rest, _ := strings.Cut(resp.Text(), test.before)
			token, _, ok := strings.Cut(rest, test.after)
			if !ok || len(token) < 40 {
				t.Errorf("%s at %s: there is no token in %s", test.name, path, resp.Text())
			}
			if got := resp.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s at %s: Cache-Control is %q", test.name, path, got)
			}
			form := requesttest.With{Form: map[string][]string{antiforgery.DefaultFieldName: {token}}}
			if got := c.Post("/", form); got.Status != 200 {
				t.Errorf("%s at %s: the form is answered with %d %s", test.name, path, got.Status, got.Text())
			}
			if got := c.Post("/", requesttest.With{Form: map[string][]string{"x": {"y"}}}); got.Status != 403 {
				t.Errorf("%s at %s: the form without its token is answered with %d", test.name, path, got.Status)
			}
		}
	}
}

// The field is safe wherever it stands, though only as text of a page it is a field.
func TestFieldInOtherContexts(t *testing.T) {
	for _, test := range []struct{ page, want string }{
		{`<p title="{{antiForgeryField}}">`, `<p title="">`},
		{`<script>let f = {{antiForgeryField}};</script>`, `\u003cinput type=\"hidden\"`},
		{`<textarea>{{antiForgeryField}}</textarea>`, `<textarea>&lt;input`},
	} {
		resp := requesttest.New(t, sessionApp(test.page)).Get("/")
		if got := resp.Text(); !strings.Contains(got, test.want) || strings.Contains(strings.TrimPrefix(got, "<textarea>"), "<input") {
			t.Errorf("%s: %s, want %s", test.page, got, test.want)
		}
	}
}

func TestFlash(t *testing.T) {
	const page = `{{with flash "note"}}<p>{{.}}</p>{{end}}`
	c := requesttest.New(t, sessionApp(page)).WithHeader("Accept", "text/html")
	c.Get("/flash/saved")
	resp := c.Get("/")
	if got := resp.Text(); got != "<p>saved</p>" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%q %v", got, resp.Header)
	}
	if resp = c.Get("/"); resp.Text() != "" || resp.Header.Get("Cache-Control") != "private" {
		t.Errorf("the next page has %q %v", resp.Text(), resp.Header)
	}
	if got := c.Get("/stream").Status; got != 500 {
		t.Errorf("a stream with a flash: %d", got)
	}
	plain := requesttest.New(t, sessionApp("<p>")).Get("/")
	if got := plain.Header.Get("Cache-Control"); got != "" {
		t.Errorf("a page without a session has Cache-Control %q", got)
	}
}

// away is a store that cannot be reached.
type away struct{ sessions.Store }

func (away) Load(context.Context, string) (sessions.Record, error) {
	return sessions.Record{}, errors.New("away")
}

// A store that cannot be reached is a 503 as elsewhere, and no mistake of the template.
func TestStoreThatIsAway(t *testing.T) {
	for name, page := range map[string]string{"flash": `{{flash "note"}}`, "a token": `{{antiForgeryField}}`} {
		app := quiet("production")
		app.UseSessionStore(away{memstore.New()})
		app.UseViews(files(map[string]string{"pages/a.html": page}))
		app.Get("/", func(req soay.Request) soay.Response { return view.Render(req, "a", nil).WithStatus(422) })
		c := requesttest.New(t, app)
		c.SetCookie(&http.Cookie{Name: "session", Value: strings.Repeat("A", 43)})
		if resp := c.Get("/"); resp.Status != 503 || resp.Header.Get("Retry-After") != "1" {
			t.Errorf("%s: %d %s %v", name, resp.Status, resp.Text(), resp.Header)
		}
	}
}

func TestForRequest(t *testing.T) {
	calls := 0
	options := view.Options{ForRequest: func(req soay.Request) template.FuncMap {
		calls++
		return template.FuncMap{
			"path":   func() string { return req.Path() },
			"header": func(name string) string { return req.Header(name) },
		}
	}}
	app := quiet("production")
	app.UseViews(files(map[string]string{"pages/a.html": `{{path}} {{header "X-A"}}`, "pages/b.html": "B"}), options)
	app.Get("/a/{n}", func(req soay.Request) soay.Response { return view.Render(req, "a", nil) })
	app.Get("/b", func(req soay.Request) soay.Response { return view.Render(req, "b", nil) })
	app.Get("/stream", func(req soay.Request) soay.Response { return view.Stream(req, "a", nil) })
	c := requesttest.New(t, app).WithHeader("X-A", "<x>")
	for _, path := range []string{"/a/1", "/a/2", "/stream"} {
		if got, want := c.Get(path).Text(), path+" &lt;x&gt;"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	before := calls
	if c.Get("/b"); calls != before {
		t.Error("ForRequest was called for a page that uses none of its functions")
	}
}

// Functions of another request never stay behind.
func TestForRequestWithOtherFunctions(t *testing.T) {
	for name, second := range map[string]template.FuncMap{
		"none": nil, "another type": {"who": func() int { return 1 }},
	} {
		first := true
		options := view.Options{ForRequest: func(req soay.Request) template.FuncMap {
			if first || req.Path() == "/ada" {
				first = false
				return template.FuncMap{"who": func() string { return req.Path() }}
			}
			return second
		}}
		var log requesttest.Log
		app := soay.New(soay.Options{Env: "production", Logger: log.Logger()})
		app.UseViews(files(map[string]string{"pages/a.html": `{{who}}`}), options)
		app.Get("/{who}", func(req soay.Request) soay.Response { return view.Render(req, "a", nil) })
		c := requesttest.New(t, app)
		if got := c.Get("/ada").Text(); got != "/ada" {
			t.Errorf("%s: %s", name, got)
		}
		if got := c.Get("/bob"); got.Status != 500 || !strings.Contains(log.String(), "Options.ForRequest returns") {
			t.Errorf("%s: %d %s\n%s", name, got.Status, got.Text(), log.String())
		}
	}
}

// Errors are pages, and pages of errors are views.
func TestErrorPages(t *testing.T) {
	app := quiet("production")
	app.UseViews(files(map[string]string{
		"layouts/base.html": `<title>{{template "title" .}}</title>{{template "content" .}}`,
		"pages/error.html":  `{{define "title"}}{{.}}{{end}}<p>Sorry.</p>`,
		"pages/broken.html": `{{define "title"}}{{.Nothing}}{{end}}x`,
	}))
	app.HandleStatus(404, func(req soay.Request) soay.Response { return view.Render(req, "error", "Not found") })
	soay.HandleError(app, func(req soay.Request, e *teapot) soay.Response {
		return view.Render(req, "error", e.Error()).WithStatus(418)
	})
	app.Get("/tea", func(soay.Request) soay.Response { return response.Error(&teapot{}) })
	app.Get("/broken", func(req soay.Request) soay.Response { return view.Render(req, "broken", "") })
	app.HandleStatus(410, func(req soay.Request) soay.Response { return view.Render(req, "broken", "") })
	app.Get("/gone", func(soay.Request) soay.Response { return response.Error(&gone{}) })
	app.HandleStatus(500, func(req soay.Request) soay.Response {
		if middleware.ErrorOf(req) == nil {
			t.Error("the page knows no error")
		}
		return view.Render(req, "error", "Wrong")
	})
	c := requesttest.New(t, app).WithHeader("Accept", "text/html")
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/nowhere", 404, "<title>Not found</title><p>Sorry.</p>"},
		{"/tea", 418, "<title>teapot</title><p>Sorry.</p>"},
		{"/broken", 500, "<title>Wrong</title><p>Sorry.</p>"},
	} {
		if resp := c.Get(test.path); resp.Status != test.status || resp.Text() != test.want {
			t.Errorf("%s: %d %s, want %d %s", test.path, resp.Status, resp.Text(), test.status, test.want)
		}
	}
	if resp := c.Get("/gone"); resp.Status != 500 || strings.Contains(resp.Text(), "Nothing") {
		t.Errorf("an error page that fails: %d %s", resp.Status, resp.Text())
	}
}

type gone struct{ teapot }

func (*gone) StatusCode() int { return http.StatusGone }
