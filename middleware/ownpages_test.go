package middleware_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// everything is what curl and fetch send.
var everything = []string{"Accept", "*/*"}

// An app's page in HTML stands in for the default page. Clients that get problem details by default still do.
func TestOwnPagesByAccept(t *testing.T) {
	const own = "<h1>nothing"
	html := func(soay.Request) soay.Response { return response.HTML(own) }
	typed := func(app *soay.App) {
		soay.Get(app, "/", func(soay.Request, struct{}) (string, error) { return "", problem.New(404, "no cat") })
	}
	responding := func(app *soay.App) {
		soay.Get(app, "/", func(soay.Request, struct{}) (soay.Response, error) {
			return soay.Response{}, problem.New(404, "no cat")
		})
	}
	plain := func(app *soay.App) {
		app.Get("/", func(soay.Request) soay.Response { return response.NotFound("no cat") })
	}
	tests := []struct {
		description string
		routes      func(*soay.App)
		page        soay.Handler
		accept      []string
		wantType    string
		want        string
	}{
		{"a browser", plain, html, forPages, asPage, own},
		{"a client for APIs", plain, html, forPrograms, asProblem, `{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"a client for APIs that takes everything else too", plain, html,
			[]string{"Accept", "application/json, text/plain, */*"}, asProblem, `{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"a client that prefers pages", plain, html, []string{"Accept", "text/html, application/json;q=0.5"}, asPage, own},
		{"a client that takes everything", plain, html, everything, asPage, own},
		{"a client that says nothing", plain, html, nil, asPage, own},
		{"a client for text, who has no form of its own", plain, html, []string{"Accept", "text/plain"}, asPage, own},
		{"a browser at a typed route", typed, html, forPages, asPage, own},
		{"a client that takes everything at a typed route", typed, html, everything, asProblem,
			`{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"a client that takes everything at a handler that returns a response", responding, html, everything, asPage, own},
		{"a client for APIs there", responding, html, forPrograms, asProblem, `{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"XHTML", plain, func(soay.Request) soay.Response {
			return response.Bytes("Application/XHTML+xml; charset=utf-8", []byte(own))
		},
			forPrograms, asProblem, `{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"a stream of HTML", plain, func(soay.Request) soay.Response {
			return response.Response{}.WithBody("text/html", failingBody{errors.New("it is not written")})
		}, forPrograms, asProblem, `{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"HTML of a handler for net/http", plain, soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(404)
			fmt.Fprint(w, own)
		})), forPrograms, asProblem, `{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"JSON of the app's own", plain, func(soay.Request) soay.Response { return response.JSON("own") }, forPages, "application/json", `"own"`},
		{"text", plain, func(soay.Request) soay.Response { return response.Text("own") }, forPrograms, asText, "own"},
		{"an error in place of a page", plain, func(soay.Request) soay.Response { return response.Conflict("taken") }, forPrograms,
			asProblem, `{"detail":"taken","status":409,"title":"Conflict"}`},
		{"a page that is no error any more", plain, func(soay.Request) soay.Response { return response.HTML(own).WithStatus(200) },
			forPrograms, asPage, own},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			for way, set := range map[string]func(*soay.App){
				"by status": func(app *soay.App) { app.HandleStatus(404, tt.page) },
				"by type": func(app *soay.App) {
					soay.HandleError(app, func(req soay.Request, _ *problem.Problem) soay.Response { return tt.page(req) })
				},
			} {
				app := newApp()
				tt.routes(app)
				set(app)
				w := do(app, "GET", "/", tt.accept...)
				if got := w.Header().Get("Content-Type"); got != tt.wantType || w.Body.String() != tt.want {
					t.Errorf("%s: %s %q, want %s %q", way, got, w.Body, tt.wantType, tt.want)
				}
				byAccept := tt.want == own && w.Code >= 400 || tt.wantType == asProblem
				if got := w.Header().Get("Vary"); (got == "Accept") != byAccept {
					t.Errorf("%s: Vary is %q, want Accept: %v", way, got, byAccept)
				}
			}
		})
	}
}

// Problem details in place of a page keep what the page says beside its content. What the page hides stays hidden.
func TestOwnPageBecomesAProblem(t *testing.T) {
	app := newApp()
	app.Get("/{status}", func(req soay.Request) soay.Response {
		if req.Param("status") == "403" {
			return response.Forbidden("this is the secret room").WithHeader("X-Room", "7")
		}
		return response.Error(problem.New(503, "closed"))
	})
	app.HandleStatus(403, func(soay.Request) soay.Response {
		return response.HTML("<h1>no such room").WithStatus(404).WithHeader("Content-Language", "en").WithHeader("ETag", `"1"`).
			WithHeader("Content-Security-Policy", "default-src 'none'").WithCookie(response.NewCookie("seen", "1"))
	})
	app.HandleStatus(503, func(soay.Request) soay.Response {
		return response.HTML("<h1>zu").WithHeader("Retry-After", "60").WithHeader("Cache-Control", "no-store")
	})
	tests := []struct {
		path       string
		wantStatus int
		want       string
		wantHeader map[string]string
	}{
		{"/403", 404, `{"status":404,"title":"Not Found"}`, map[string]string{
			"Content-Language": "", "Etag": "", "Content-Security-Policy": "", "X-Room": "7", "Set-Cookie": "seen=1; Path=/; HttpOnly; SameSite=Lax",
		}},
		{"/503", 503, `{"detail":"closed","status":503,"title":"Service Unavailable"}`, map[string]string{
			"Retry-After": "60", "Cache-Control": "no-store",
		}},
	}
	for _, tt := range tests {
		w := do(app, "GET", tt.path, forPrograms...)
		got := map[string]string{}
		for name := range tt.wantHeader {
			got[name] = w.Header().Get(name)
		}
		if diff := cmp.Diff(tt.wantHeader, got); diff != "" || w.Code != tt.wantStatus || w.Body.String() != tt.want {
			t.Errorf("%s: %d %s, want %d %s; headers (-want +got):\n%s", tt.path, w.Code, w.Body, tt.wantStatus, tt.want, diff)
		}
	}
}

// The handler of an error page learns the error behind it, and nobody else does.
func TestErrorOf(t *testing.T) {
	cause := errors.New("out of milk")
	var before, in, after, detached error
	app := newApp()
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			before = soay.ErrorOf(req)
			resp := next(req)
			after = soay.ErrorOf(req)
			return resp
		}
	})
	app.Get("/{how}", func(req soay.Request) soay.Response {
		switch req.Param("how") {
		case "problem":
			return response.NotFound("no cat")
		case "panic":
			panic(cause)
		}
		return response.Error(fmt.Errorf("feed: %w", cause))
	})
	note := func(req soay.Request) soay.Response {
		in, detached = soay.ErrorOf(req), soay.ErrorOf(req.Detach())
		return response.Text(fmt.Sprint(in))
	}
	app.HandleStatus(404, note)
	app.HandleStatus(405, note)
	app.HandleStatus(500, note)
	tests := []struct {
		description, method, path, want string
		wantCause                       bool
	}{
		{"an error", "GET", "/error", "feed: out of milk", true},
		{"a problem", "GET", "/problem", "404 Not Found: no cat", false},
		{"a panic", "GET", "/panic", "panic: out of milk", true},
		{"no route", "GET", "/no/where", "404 Not Found", false},
		{"no method", "PUT", "/error", "405 Method Not Allowed", false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			before, in, after, detached = nil, nil, nil, nil
			if got := do(app, tt.method, tt.path).Body.String(); got != tt.want {
				t.Errorf("the page is %q, want %q", got, tt.want)
			}
			if errors.Is(in, cause) != tt.wantCause || detached != in || before != nil || after != nil {
				t.Errorf("got %v in the page, %v detached, %v before and %v after it", in, detached, before, after)
			}
		})
	}
	if _, ok := errors.AsType[*panics.Error](in); ok {
		t.Error("the error of an earlier request")
	}
	if err := soay.ErrorOf(requesttest.Request("GET", "/")); err != nil {
		t.Errorf("a request of a unit test has %v", err)
	}
}

// A function by type learns the whole error, and a late use gets none.
func TestErrorOfByTypeAndLate(t *testing.T) {
	var kept soay.Request
	app := newApp()
	app.Get("/", func(soay.Request) soay.Response {
		return response.Error(fmt.Errorf("outside: %w", statusError{418, "tea"}))
	})
	soay.HandleError(app, func(req soay.Request, err statusError) soay.Response {
		kept = req
		return response.Text(fmt.Sprint(err, " in ", soay.ErrorOf(req)))
	})
	if got := do(app, "GET", "/").Body.String(); got != "tea in outside: tea" {
		t.Errorf("got %q", got)
	}
	defer func() {
		if v := recover(); !strings.Contains(fmt.Sprint(v), "after its handler returned") {
			t.Errorf("late use is %v, want a panic as of everything", v)
		}
	}()
	t.Errorf("late use returned %v", soay.ErrorOf(kept))
}
