package bind_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

const (
	browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	axios   = "application/json, text/plain, */*"
)

// asks returns a With with a body of JSON and the headers.
func asks(body string, header ...string) requesttest.With {
	w := requesttest.With{Header: http.Header{}}
	if body != "" {
		w.Body = strings.NewReader(body)
		w.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		w.Header.Add(header[i], header[i+1])
	}
	return w
}

// The same violations in all forms of error pages.
func TestFormsOfViolations(t *testing.T) {
	app, _ := newApp()
	soay.Put(app, "/{owner}/lambs/{id}", echoes[putLamb])
	c := requesttest.New(t, app)
	const (
		program = `{"detail":"The request has 3 faults.","errors":[` +
			`{"parameter":"id","in":"path","rule":"integer","detail":"id must be an integer"},` +
			`{"pointer":"/name","in":"body","rule":"max","param":"10","detail":"name must be a maximum of 10 characters in length"},` +
			`{"pointer":"/age","in":"body","rule":"lte","param":"30","detail":"age must be 30 or less"}],` +
			`"status":400,"title":"Bad Request"}`
		text = "400 Bad Request: The request has 3 faults.\n- path id: id must be an integer\n" +
			"- /name: name must be a maximum of 10 characters in length\n- /age: age must be 30 or less\n"
		item = "<li><code>/age</code>: <bdi>age must be 30 or less</bdi></li>"
	)
	tests := []struct {
		description string
		accept      []string
		wantType    string
		want        string // the whole body, or a part of a page
	}{
		{"nothing accepted", nil, "application/problem+json", program},
		{"everything", []string{"Accept", "*/*"}, "application/problem+json", program},
		{"JSON", []string{"Accept", "application/json"}, "application/problem+json", program},
		{"problems", []string{"Accept", "application/problem+json"}, "application/problem+json", program},
		{"a program that takes text as well", []string{"Accept", axios}, "application/problem+json", program},
		{"a browser", []string{"Accept", browser}, "text/html; charset=utf-8", item},
		{"text", []string{"Accept", "text/plain"}, "text/plain; charset=utf-8", text},
		{"something else", []string{"Accept", "image/png"}, "text/plain; charset=utf-8", text},
	}
	for _, tt := range tests {
		resp := c.Put("/anna/lambs/tom", asks(`{"name":"Minka the Second","age":31}`, tt.accept...))
		got := resp.Text()
		if isPage := strings.Contains(tt.wantType, "html"); isPage && !strings.Contains(got, tt.want) || !isPage && got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.description, got, tt.want)
		}
		if resp.Status != 400 || resp.Header.Get("Content-Type") != tt.wantType {
			t.Errorf("%s: %d %s, want 400 %s", tt.description, resp.Status, resp.Header.Get("Content-Type"), tt.wantType)
		}
		if got := resp.Header.Get("Content-Language"); got != "en" {
			t.Errorf("%s: language %q", tt.description, got)
		}
	}
}

// No form of an error page repeats a value that the client has sent.
func TestPagesDoNotEchoValues(t *testing.T) {
	app, log := newApp(soay.Options{ShowErrorDetails: true})
	soay.Put(app, "/{owner}/lambs/{id}", echoes[putLamb])
	soay.Get(app, "/q", echoes[struct {
		N int `query:"n"`
		C int `cookie:"c"`
		H int `header:"X-H"`
	}])
	c := requesttest.New(t, app)
	for _, accept := range []string{browser, axios, "text/plain"} {
		for _, resp := range []*requesttest.Response{
			c.Put("/SECRET/lambs/SECRET", asks(`{"name":"SECRET SECRET","age":"SECRET"}`, "Accept", accept)),
			c.Put("/SECRET/lambs/SECRET", asks(`{"name":SECRET}`, "Accept", accept)),
			c.Get("/q?n=SECRET&n=SECRET", asks("", "Accept", accept, "Cookie", "c=SECRET", "X-H", "SECRET")),
		} {
			if resp.Status != 400 || strings.Contains(fmt.Sprint(resp.Header, resp.Text()), "SECRET") {
				t.Errorf("%d %v %s", resp.Status, resp.Header, resp.Text())
			}
		}
	}
	if strings.Contains(log.String(), "SECRET") {
		t.Errorf("the log says %s", log)
	}
}

func TestLanguagesOfViolations(t *testing.T) {
	app, _ := newApp()
	soay.Post(app, "/lambs", echoes[newLamb])
	c := requesttest.New(t, app)
	tests := []struct {
		description string
		header      []string
		want        string
		wantText    string
	}{
		{"none", nil, "en", "name is a required field"},
		{"German", []string{"Accept-Language", "de"}, "de", "name ist ein Pflichtfeld"},
		{"German of Austria", []string{"Accept-Language", "de-AT,de;q=0.9,en;q=0.8"}, "de", "name ist ein Pflichtfeld"},
		{"English first", []string{"Accept-Language", "en, de;q=0.9"}, "en", "name is a required field"},
		{"a language that is not there", []string{"Accept-Language", "tlh"}, "en", "name is a required field"},
		{"one that is not there, and one that is", []string{"Accept-Language", "tlh, fr;q=0.1"}, "fr", "name est un champ obligatoire"},
		{"two lines", []string{"Accept-Language", "tlh", "Accept-Language", "de;q=0.1"}, "de", "name ist ein Pflichtfeld"},
		{"nonsense", []string{"Accept-Language", ";;;,q=1,\"de\""}, "en", "name is a required field"},
		{"anything but English", []string{"Accept-Language", "en;q=0"}, "en", "name is a required field"},
	}
	for _, tt := range tests {
		resp := c.Post("/lambs", asks(`{}`, tt.header...))
		if got := resp.Header["Content-Language"]; !slices.Equal(got, []string{tt.want}) {
			t.Errorf("%s: language %q, want %q", tt.description, got, tt.want)
		}
		if resp.Status != 422 || !strings.Contains(resp.Text(), tt.wantText) {
			t.Errorf("%s: %d %s, want %s", tt.description, resp.Status, resp.Text(), tt.wantText)
		}
	}
	resp := c.Post("/lambs", asks(`{"name":"Minka"}`, "Accept-Language", "de"))
	if resp.Status != 200 || resp.Header.Get("Content-Language") != "" || resp.Header.Get("Vary") != "" {
		t.Errorf("a request without violations: %d %v", resp.Status, resp.Header)
	}
}

// varies returns the names in all lines of Vary.
func varies(h http.Header) []string {
	names := strings.Split(strings.Join(h.Values("Vary"), ","), ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	slices.Sort(names)
	return names
}

func TestVaryOfViolations(t *testing.T) {
	app, _ := newApp()
	app.UseSessions(soay.NewKey())
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { return next(req).WithHeader("Vary", "X-Theme") }
	})
	soay.Post(app, "/lambs", echoes[newLamb]).Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			sessions.GetOr(req.Session, "user", "")
			return next(req)
		}
	})
	soay.Post(app, "/plain", echoes[newLamb])
	c := requesttest.New(t, app)
	tests := []struct {
		description string
		path, body  string
		want        []string
	}{
		{"faults", "/plain", `{}`, []string{"Accept", "Accept-Language", "X-Theme"}},
		{"violations, and a session that was read", "/lambs", `{}`, []string{"Accept", "Accept-Language", "Cookie", "X-Theme"}},
		{"no violations", "/plain", `{"name":"a"}`, []string{"X-Theme"}},
		{"no violations, and a session that was read", "/lambs", `{"name":"a"}`, []string{"Cookie", "X-Theme"}},
	}
	for _, tt := range tests {
		for _, language := range [][]string{nil, {"Accept-Language", "de"}} {
			resp := c.Post(tt.path, asks(tt.body, language...))
			if diff := cmp.Diff(tt.want, varies(resp.Header)); diff != "" {
				t.Errorf("%s: Vary (-want +got):\n%s", tt.description, diff)
			}
		}
	}
}

// An app's own handlers of errors take the place of the built-in pages.
func TestOwnPagesForViolations(t *testing.T) {
	tests := []struct {
		description string
		own         func(*soay.App)
		wantStatus  int
		want        string
	}{
		{"of the type", func(a *soay.App) {
			soay.HandleError(a, func(_ soay.Request, e *bind.Error) soay.Response {
				return response.Text(fmt.Sprint(len(e.Violations), " ", e.Language, " ", e.Violations[0].Pointer))
			})
		}, 422, "1 de /name"},
		{"of the type, with a status", func(a *soay.App) {
			soay.HandleError(a, func(_ soay.Request, e *bind.Error) soay.Response {
				return response.Text("own").WithStatus(400)
			})
		}, 400, "own"},
		{"of problems", func(a *soay.App) {
			soay.HandleError(a, func(_ soay.Request, p *problem.Problem) soay.Response {
				return response.Text(fmt.Sprint(p.Status, " ", p.Violations[0].Rule))
			})
		}, 422, "422 required"},
		{"of the status", func(a *soay.App) {
			a.HandleStatus(422, func(soay.Request) soay.Response { return response.Text("own") })
		}, 422, "own"},
		{"of another status", func(a *soay.App) {
			a.HandleStatus(400, func(soay.Request) soay.Response { return response.Text("own") })
		}, 422, "name ist ein Pflichtfeld"},
		{"of type and status", func(a *soay.App) {
			a.HandleStatus(422, func(soay.Request) soay.Response { return response.Text("status") })
			soay.HandleError(a, func(soay.Request, *bind.Error) soay.Response { return response.Text("type") })
		}, 422, "type"},
		{"that panics", func(a *soay.App) {
			soay.HandleError(a, func(soay.Request, *bind.Error) soay.Response { panic("SECRET") })
		}, 500, `{"status":500,"title":"Internal Server Error"}`},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			tt.own(app)
			soay.Post(app, "/lambs", echoes[newLamb])
			c := requesttest.New(t, app)
			resp := c.Post("/lambs", asks(`{"age":3}`, "Accept-Language", "de"))
			if resp.Status != tt.wantStatus || !strings.Contains(resp.Text(), tt.want) {
				t.Errorf("%d %s, want %d %s", resp.Status, resp.Text(), tt.wantStatus, tt.want)
			}
			if !slices.Contains(varies(resp.Header), "Accept-Language") && resp.Status != 500 {
				t.Errorf("Vary %v, want Accept-Language in it", resp.Header["Vary"])
			}
		})
	}
}

// A page of the app sets Content-Language itself.
func TestLanguageOfOwnPages(t *testing.T) {
	app, _ := newApp()
	app.HandleStatus(422, func(soay.Request) soay.Response {
		return response.Text("Ovis non est apta.").WithHeader("Content-Language", "la")
	})
	soay.Post(app, "/lambs", echoes[newLamb])
	resp := requesttest.New(t, app).Post("/lambs", asks(`{}`, "Accept-Language", "de"))
	if got := resp.Header["Content-Language"]; !slices.Equal(got, []string{"la"}) {
		t.Errorf("language %q, want that of the page alone", got)
	}
}

// Errors that binding did not make have no language. An error of a Binder is not changed.
func TestErrorsWithoutViolations(t *testing.T) {
	app, _ := newApp()
	soay.Post(app, "/lambs", echoes[newLamb])
	soay.Get(app, "/problem", func(soay.Request, struct{}) (int, error) { return 0, problem.New(422, "too late") })
	soay.Get(app, "/binder", echoes[moody])
	c := requesttest.New(t, app)
	tests := []struct {
		description string
		resp        *requesttest.Response
		wantStatus  int
		want        string
	}{
		{"a content type", c.Post("/lambs", requesttest.With{Body: strings.NewReader("a")}), 415, "must be application/json"},
		{"a handler's own 422", c.Get("/problem"), 422, "too late"},
		{"a binder's problem", c.Get("/binder?mood=bad"), 409, "bad mood"},
		{"a binder's failure", c.Get("/binder?mood=worse"), 500, `{"status":500,"title":"Internal Server Error"}`},
		{"a binder's success", c.Get("/binder?mood=good"), 200, "GET {mood:good}"},
	}
	for _, tt := range tests {
		if tt.resp.Status != tt.wantStatus || !strings.Contains(tt.resp.Text(), tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.description, tt.resp.Status, tt.resp.Text(), tt.wantStatus, tt.want)
		}
		if got := tt.resp.Header.Get("Content-Language"); got != "" {
			t.Errorf("%s: language %q, want none", tt.description, got)
		}
	}
}

// moody is an input that binds itself.
type moody struct{ mood string }

// BindRequest implements bind.Binder.
func (m *moody) BindRequest(req soay.Request) error {
	switch m.mood = req.Query("mood"); m.mood {
	case "bad":
		return problem.New(409, "bad mood").WithCause(errors.New("SECRET"))
	case "worse":
		return errors.New("SECRET")
	}
	return nil
}
