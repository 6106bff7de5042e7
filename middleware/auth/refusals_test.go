package auth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// pagesApp has sessions with a page for signing in, and keys.
func pagesApp(options ...func(*soay.App)) *soay.App {
	app, _ := loggedApp()
	app.UseSessions(soay.NewKey())
	app.AddScheme("key", inHeader("X-Key"))
	app.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/sign-in"}))
	app.AddPolicy("none", func(soay.Request, *soay.Identity) error { return auth.ErrDenied })
	app.AddPolicy("away", func(soay.Request, *soay.Identity) error { return &auth.UnavailableError{} })
	app.Get("/sign-in", hello)
	app.Get("/page", hello).Auth()
	app.Post("/page", hello).Auth()
	app.Get("/denied", hello).Auth(soay.Auth{Policies: []string{"none"}})
	app.Get("/away", hello).Auth(soay.Auth{Policies: []string{"away"}})
	app.Get("/asks", func(req soay.Request) soay.Response {
		if err := auth.Authorize(req, "none"); err != nil {
			return response.Error(err).WithHeader("X-Handler", "1").AddHeader("Link", "</a>; rel=next")
		}
		return response.Text("allowed")
	})
	soay.Get(app, "/data", func(soay.Request, struct{}) (map[string]int, error) { return nil, nil }).Auth()
	soay.Get(app, "/typed-page", func(soay.Request, struct{}) (soay.Response, error) { return response.Text("page"), nil }).Auth()
	soay.Get(app, "/typed-asks", func(req soay.Request, _ struct{}) (soay.Response, error) {
		return response.Text("allowed"), auth.Authorize(req, "none")
	})
	for _, o := range options {
		o(app)
	}
	return app
}

// Browsers that show a page are sent to sign in. All else learns the status.
func TestNavigations(t *testing.T) {
	const sent, refused = "302 /sign-in?return=", "401 "
	html := []string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}
	navigation := append(html, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "none", "Sec-Fetch-Dest", "document")
	tests := []struct {
		name         string
		method, path string
		header       []string
		want         string
	}{
		{"a browser", "GET", "/page", navigation, sent + "%2Fpage"},
		{"a browser asks for the head", "HEAD", "/page", navigation, sent + "%2Fpage"},
		{"with a query", "GET", "/page?a=1&b=2", navigation, sent + "%2Fpage%3Fa%3D1%26b%3D2"},
		{"a form", "POST", "/page", append(html, "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Site", "same-origin"), refused},
		{"a browser over http, without Sec-Fetch", "GET", "/page", html, sent + "%2Fpage"},
		{"fetch", "GET", "/page", []string{"Accept", "*/*", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Site", "same-origin"}, refused},
		{"fetch that names HTML", "GET", "/page", append(html, "Sec-Fetch-Mode", "cors"), refused},
		{"an image", "GET", "/page", []string{"Accept", "image/*", "Sec-Fetch-Mode", "no-cors"}, refused},
		{"an image that names HTML", "GET", "/page", append(html, "Sec-Fetch-Mode", "no-cors"), refused},
		{"a WebSocket", "GET", "/page", []string{"Sec-Fetch-Mode", "websocket"}, refused},
		{"two modes", "GET", "/page", append(navigation, "Sec-Fetch-Mode", "navigate"), refused},
		{"a mode in other letters", "GET", "/page", append(html, "Sec-Fetch-Mode", "Navigate"), refused},
		{"Sec-Fetch-Site alone", "GET", "/page", append(html, "Sec-Fetch-Site", "none"), refused},
		{"Sec-Fetch-Dest alone", "GET", "/page", append(html, "Sec-Fetch-Dest", "document"), refused},
		{"Sec-Fetch-User alone", "GET", "/page", append(html, "Sec-Fetch-User", "?1"), refused},
		{"XMLHttpRequest over http", "GET", "/page", append(html, "X-Requested-With", "XMLHttpRequest"), refused},
		{"curl", "GET", "/page", []string{"Accept", "*/*"}, refused},
		{"no Accept", "GET", "/page", nil, refused},
		{"JSON", "GET", "/page", []string{"Accept", "application/json"}, refused},
		{"any text", "GET", "/page", []string{"Accept", "text/*"}, refused},
		{"HTML behind others", "GET", "/page", []string{"Accept", "application/json, text/html;q=0.1"}, sent + "%2Fpage"},
		{"HTML in capitals", "GET", "/page", []string{"Accept", "TEXT/HTML"}, sent + "%2Fpage"},
		{"HTML in a second line", "GET", "/page", []string{"Accept", "application/json", "Accept", "text/html"}, sent + "%2Fpage"},
		{"HTML as part of a name", "GET", "/page", []string{"Accept", "text/html-like"}, refused},
		{"data", "GET", "/data", navigation, refused},
		{"a typed page", "GET", "/typed-page", navigation, sent + "%2Ftyped-page"},
		{"a bad key is not signed in", "GET", "/page", append(navigation, "X-Key", "bad"), refused},
		{"an expired key", "GET", "/page", append(navigation, "X-Key", "expired"), refused},
		{"a key that may not", "GET", "/denied", append(navigation, "X-Key", "tom"), "403 "},
		{"a handler asks", "GET", "/asks", navigation, sent + "%2Fasks"},
		{"a handler asks, for fetch", "GET", "/asks", []string{"Sec-Fetch-Mode", "cors"}, refused},
		{"a handler denies", "GET", "/asks", append(navigation, "X-Key", "tom"), "403 "},
		{"a typed handler asks", "GET", "/typed-asks", navigation, sent + "%2Ftyped-asks"},
		{"another method", "DELETE", "/page", navigation, refused},
		{"no such page", "GET", "/none", navigation, "404 "},
		{"the page for signing in", "GET", "/sign-in", navigation, "200 "},
		{"an outage", "GET", "/page", append(navigation, "X-Key", "outage"), "503 "},
	}
	app := pagesApp()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := ask(app, tt.method, tt.path, append([]string{"Host", "example.com"}, tt.header...)...)
			if got := statusAndReason(w.Code, "")[:4] + w.Header().Get("Location"); got != tt.want {
				t.Errorf("%s %s = %q, want %q\n%s", tt.method, tt.path, got, tt.want, w.Body)
			}
			if w.Code != 200 && w.Code != 404 && w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d with Cache-Control %q, want no-store", w.Code, w.Header().Get("Cache-Control"))
			}
			var want []string
			if w.Code == 401 {
				want = []string{`key realm="app"`, `Session realm="app"`}
			}
			if diff := cmp.Diff(want, w.Header()["Www-Authenticate"]); diff != "" {
				t.Errorf("challenges (-want +got):\n%s", diff)
			}
		})
	}
}

// Whoever makes the page of a refusal, it keeps the status, the challenges, no-store and Retry-After.
func TestPagesOfRefusals(t *testing.T) {
	page := func(text string) soay.Handler {
		return func(req soay.Request) soay.Response {
			e, _ := soay.ErrorOf(req).(interface{ StatusCode() int })
			return response.Text(text+" of "+strings.Repeat("I", e.StatusCode()/100)+" for "+soay.User(req).String()).
				WithHeader("X-Page", "1")
		}
	}
	status := func(a *soay.App) {
		for _, s := range []int{400, 401, 403, 503} {
			a.HandleStatus(s, page("the page"))
		}
	}
	failure := func(a *soay.App) {
		soay.HandleError(a, func(_ soay.Request, e *auth.RefusedError) soay.Response {
			return response.Text("refused: " + string(e.Reason) + " " + e.Subject)
		})
	}
	hidden := func(a *soay.App) {
		soay.HandleError(a, func(soay.Request, *auth.RefusedError) soay.Response { return response.NotFound() })
	}
	changing := func(a *soay.App) {
		a.Use(func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response { return next(req).WithHeader("X-Use", "1") }
		})
	}
	type want struct {
		Status                     int
		Text                       string
		Challenges                 []string
		Cache, Retry, Handler, Use string
	}
	both := []string{`key realm="app"`, `Session realm="app"`}
	tests := []struct {
		name, path, key string
		option          func(*soay.App)
		want            want
	}{
		{"the usual page", "/page", "", nil, want{401, "401 Unauthorized: Credentials are needed.", both, "no-store", "", "", ""}},
		{"the page of a status", "/page", "", status, want{401, "the page of IIII for nobody", both, "no-store", "", "", ""}},
		{"the page of a bad key", "/page", "bad", status, want{401, "the page of IIII for nobody", both, "no-store", "", "", ""}},
		{"the page of one that cannot be read", "/page", "malformed", status, want{400, "the page of IIII for nobody", nil, "no-store", "", "", ""}},
		{"the page of a denial", "/denied", "tom", status, want{403, `the page of IIII for "tom"`, nil, "no-store", "", "", ""}},
		{"the page of an outage cannot ask, either", "/page", "outage", status, want{503, "503 Service Unavailable", nil, "no-store", "1", "", ""}},
		{"the page of a policy's outage", "/away", "tom", status, want{503, `the page of IIIII for "tom"`, nil, "no-store", "1", "", ""}},
		{"the handler of the error", "/page", "", failure, want{401, "refused: credentials-missing", both, "no-store", "", "", ""}},
		{"the handler of the error of a bad key", "/page", "bad", failure, want{401, "refused: credentials-invalid", both, "no-store", "", "", ""}},
		{"the handler of the error of a denial", "/denied", "tom", failure, want{403, "refused: not-allowed tom", nil, "no-store", "", "", ""}},
		{"the handler hides it", "/denied", "tom", hidden, want{404, "404 Not Found", nil, "no-store", "", "", ""}},
		{"the handler hides that it is closed", "/page", "", hidden, want{404, "404 Not Found", nil, "no-store", "", "", ""}},
		{"a handler asks", "/asks", "", nil, want{401, "401 Unauthorized: Credentials are needed.", both, "no-store", "", "1", ""}},
		{"a handler asks, the page of a status", "/asks", "", status, want{401, "the page of IIII for nobody", both, "no-store", "", "1", ""}},
		{"a handler asks, the handler of the error", "/asks", "tom", failure, want{403, "refused: not-allowed tom", nil, "no-store", "", "1", ""}},
		{"a handler asks, hidden", "/asks", "", hidden, want{404, "404 Not Found", nil, "private", "", "1", ""}},
		{"a handler asks, middleware adds to it", "/asks", "tom", changing,
			want{403, "403 Forbidden: This is not allowed with these credentials.", nil, "no-store", "", "1", "1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var options []func(*soay.App)
			if tt.option != nil {
				options = append(options, tt.option)
			}
			w := ask(pagesApp(options...), "GET", tt.path, "X-Key", tt.key)
			h := w.Header()
			got := want{w.Code, strings.TrimSpace(w.Body.String()), h["Www-Authenticate"], h.Get("Cache-Control"), h.Get("Retry-After"),
				h.Get("X-Handler"), h.Get("X-Use")}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A handler of errors runs once for the refusal of a handler, and one event is told of it.
func TestRefusalsOfHandlersAreToldOnce(t *testing.T) {
	pages, events := 0, 0
	app := pagesApp(func(a *soay.App) {
		soay.HandleError(a, func(soay.Request, *auth.RefusedError) soay.Response { pages++; return response.Text("no") })
		a.UseAuthentication(auth.Options{OnEvent: func(auth.Event) { events++ }})
	})
	if w := ask(app, "GET", "/asks", "X-Key", "tom"); w.Code != 403 || pages != 1 || events != 1 {
		t.Errorf("%d, %d pages and %d events, want 403 and one of each", w.Code, pages, events)
	}
}

// What a group's middleware makes of a refusal stays as it is.
func TestMiddlewareThatAnswersForRefusals(t *testing.T) {
	app := pagesApp(func(a *soay.App) {
		g := a.Group("/g", func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response {
				if resp := next(req); resp.Status() == 403 {
					return response.Text("nothing here").WithStatus(404)
				} else {
					return resp
				}
			}
		})
		g.Get("/asks", func(req soay.Request) soay.Response { return response.Error(auth.Authorize(req, "none")) })
	})
	if w := ask(app, "GET", "/g/asks", "X-Key", "tom"); w.Code != 404 || w.Body.String() != "nothing here" {
		t.Errorf("got %d %q, want the answer of the middleware", w.Code, w.Body)
	}
	if w := ask(app, "GET", "/g/asks"); w.Code != 401 || len(w.Header()["Www-Authenticate"]) != 2 {
		t.Errorf("as nobody: %d %q, want 401 with challenges", w.Code, w.Header()["Www-Authenticate"])
	}
}

// What a policy or a handler returns decides the status; nothing but nil lets anybody in.
func TestErrorsOfPolicies(t *testing.T) {
	tests := []struct {
		name   string
		policy auth.Policy
		want   string
		retry  string
	}{
		{"nil", func(soay.Request, *soay.Identity) error { return nil }, "200 hello", ""},
		{"denied", func(soay.Request, *soay.Identity) error { return auth.ErrDenied }, "403 not-allowed", ""},
		{"any error", func(soay.Request, *soay.Identity) error { return errors.New("no") }, "403 not-allowed", ""},
		{"an error with a status below 500", func(soay.Request, *soay.Identity) error { return problem.New(404, "") }, "403 not-allowed", ""},
		{"the end of a context", func(soay.Request, *soay.Identity) error { return context.DeadlineExceeded }, "403 not-allowed", ""},
		{"an outage", func(soay.Request, *soay.Identity) error { return problem.New(502, "") }, "502 ", ""},
		{"a wrapped outage", func(soay.Request, *soay.Identity) error { return fmt.Errorf("x: %w", problem.New(500, "")) }, "500 ", ""},
		{"an outage without more", func(soay.Request, *soay.Identity) error { return &auth.UnavailableError{} }, "503 ", "1"},
		{"a panic", func(soay.Request, *soay.Identity) error { panic("wrong") }, "500 ", ""},
		{"another policy's answer", func(req soay.Request, _ *soay.Identity) error { return auth.Authorize(req, "none") }, "403 not-allowed", ""},
		{"a policy that nobody knows", func(req soay.Request, _ *soay.Identity) error { return auth.Authorize(req, "unknown") }, "403 not-allowed", ""},
		{"a reason of its own", func(soay.Request, *soay.Identity) error {
			return &auth.RefusedError{Reason: auth.ReasonTooMany, RetryAfter: 1500 * time.Millisecond}
		}, "429 too-many-attempts", "2"},
		{"a status of its own", func(soay.Request, *soay.Identity) error {
			return &auth.RefusedError{Reason: auth.ReasonNotAllowed, Status: 404}
		}, "404 not-allowed", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := pagesApp(func(a *soay.App) {
				a.AddPolicy("asked", tt.policy)
				a.Get("/rule", hello).Auth(soay.Auth{Policies: []string{"asked"}})
				a.Get("/handler", func(req soay.Request) soay.Response {
					if err := auth.Authorize(req, "asked"); err != nil {
						return response.Error(err)
					}
					return hello(req)
				})
			})
			for _, path := range []string{"/rule", "/handler"} {
				w := ask(app, "GET", path, "X-Key", "tom", "Accept", "application/json")
				if got := statusAndReason(w.Code, w.Body.String()); got != tt.want || w.Header().Get("Retry-After") != tt.retry {
					t.Errorf("GET %s: %q with Retry-After %q, want %q with %q", path, got, w.Header().Get("Retry-After"), tt.want, tt.retry)
				}
			}
		})
	}
}
