package router_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// catError is an error of the business, and dogError another one.
type (
	catError struct{}
	dogError struct{}
)

func (catError) Error() string { return "cat" }
func (dogError) Error() string { return "dog" }

// says answers with a text alone.
func says(text string) soay.Handler {
	return func(soay.Request) soay.Response { return response.Text(text) }
}

// onCat and onProblem set handlers that answer with a text.
func onCat(to router.ErrorScope, text string) {
	soay.HandleError(to, func(soay.Request, catError) soay.Response { return response.Text(text) })
}

func onProblem(to router.ErrorScope, text string) {
	soay.HandleError(to, func(soay.Request, *problem.Problem) soay.Response { return response.Text(text) })
}

// fails answers with an error, panics or does nothing, as the query says.
func fails(req soay.Request) soay.Response {
	switch req.Query("with") {
	case "cat":
		return response.Error(catError{})
	case "dog":
		return response.Error(dogError{})
	case "panic":
		panic(catError{})
	}
	return response.NotFound()
}

// failsFirst is middleware that fails before the handler is asked.
func failsFirst(soay.Handler) soay.Handler { return fails }

// newNested returns an app with handlers of errors at three levels, and routes at each.
func newNested() *soay.App {
	app := soay.New(quiet(router.Lenient))
	onCat(app, "app cat")
	app.HandleStatus(404, says("app 404"))
	app.HandleStatus(405, says("app 405"))
	app.HandleStatus(500, says("app 500"))
	app.Get("/fail", fails)

	shop := app.Group("/shop")
	shop.Get("/before", fails) // before its handlers are set
	onProblem(shop, "shop problem")
	onCat(shop, "second, which is not asked")
	soay.HandleError(shop, func(soay.Request, catError) soay.Response { return response.Text("third") })
	shop.Get("/fail", fails)
	shop.Get("/middleware", says("hello")).Use(failsFirst)
	shop.Post("/only", fails)

	inner := shop.Group("/inner", func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			if req.Query("at") == "group" {
				return fails(req)
			}
			return next(req)
		}
	})
	inner.HandleStatus(500, says("inner 500"))
	inner.HandleStatus(404, says("inner 404"))
	inner.Get("/fail", fails)
	inner.Post("/only", fails)

	app.Group("/users/{int:id}").HandleStatus(404, says("user 404"))
	app.Group("/users/me").HandleStatus(404, says("me 404"))
	app.Group("/users").HandleStatus(404, says("users 404"))
	app.Group("/plain").Get("/fail", fails)
	return app
}

func TestErrorsOfGroups(t *testing.T) {
	tests := []struct{ description, method, target, want string }{
		{"the app's, by type", "GET", "/fail?with=cat", "500 app cat"},
		{"the app's, by status", "GET", "/fail", "404 app 404"},
		{"a group without any", "GET", "/plain/fail?with=cat", "500 app cat"},
		{"a group before the app", "GET", "/shop/fail?with=cat", "500 second, which is not asked"},
		{"a group's for a route that was there before", "GET", "/shop/before", "404 shop problem"},
		{"a group by type before the app by status", "GET", "/shop/fail", "404 shop problem"},
		{"what the group has none for, the app answers", "GET", "/shop/fail?with=dog", "500 app 500"},
		{"an inner group by status before an outer one by type", "GET", "/shop/inner/fail", "404 inner 404"},
		{"the same for 500", "GET", "/shop/inner/fail?with=cat", "500 inner 500"},
		{"a panic", "GET", "/shop/fail?with=panic", "500 second, which is not asked"},
		{"the middleware of a route", "GET", "/shop/middleware?with=cat", "500 second, which is not asked"},
		{"a panic in the middleware of a route", "GET", "/shop/middleware?with=panic", "500 second, which is not asked"},
		{"the middleware of a group", "GET", "/shop/inner/fail?at=group&with=dog", "500 inner 500"},
		{"a panic in the middleware of a group", "GET", "/shop/inner/fail?at=group&with=panic", "500 inner 500"},

		{"405 in a group", "GET", "/shop/only", "405 shop problem"},
		{"405 in an inner group", "GET", "/shop/inner/only", "405 shop problem"},
		{"405 elsewhere", "POST", "/fail", "405 app 405"},

		{"404 elsewhere", "GET", "/nowhere", "404 app 404"},
		{"404 below a prefix", "GET", "/shop/nowhere", "404 shop problem"},
		{"404 at the prefix", "GET", "/shop", "404 shop problem"},
		{"404 at the prefix with a slash", "GET", "/shop/", "404 shop problem"},
		{"404 below the prefix of an inner group", "POST", "/shop/inner/no/where", "404 inner 404"},
		{"a prefix ends with its segment", "GET", "/shopping", "404 app 404"},
		{"a group with a parameter", "GET", "/users/7/cats", "404 user 404"},
		{"a literal is more specific", "GET", "/users/me/cats", "404 me 404"},
		{"a value that does not fit the parameter", "GET", "/users/tom/cats", "404 users 404"},
		{"a prefix in another encoding", "GET", "/sh%6Fp/nowhere", "404 shop problem"},
		{"an encoded slash is not the end of a segment", "GET", "/shop%2Fnowhere", "404 app 404"},
		{"dot segments, which no group's value can be", "GET", "/shop/%2e%2e/fail", "404 shop problem"},
	}
	c := requesttest.New(t, newNested())
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			got := c.Do(tt.method, tt.target)
			if text := fmt.Sprint(got.Status, " ", got.Text()); text != tt.want {
				t.Errorf("%s %s = %q, want %q", tt.method, tt.target, text, tt.want)
			}
		})
	}
}

// A group with filters answers for the requests that pass them.
func TestErrorsOfGroupsWithFilters(t *testing.T) {
	app := soay.New(quiet(router.Lenient))
	app.HandleStatus(404, says("app"))
	app.HandleStatus(405, says("app"))
	api := app.Group("").Host("api.example.com")
	api.HandleStatus(404, says("api"))
	api.HandleStatus(405, says("api"))
	api.Get("/cats", fails)
	app.Get("/cats", fails)
	second := api.Group("/v2")
	second.HandleStatus(404, says("second"))
	beta := second.Header("X-Beta", "yes")
	beta.HandleStatus(404, says("beta"))
	tests := []struct{ description, method, host, path, beta, want string }{
		{"its route", "GET", "api.example.com", "/cats", "", "404 api"},
		{"the same path elsewhere", "GET", "example.com", "/cats", "", "404 app"},
		{"no route", "GET", "api.example.com", "/dogs", "", "404 api"},
		{"no route elsewhere", "GET", "example.com", "/dogs", "", "404 app"},
		{"405", "PUT", "api.example.com", "/cats", "", "405 api"},
		{"405 elsewhere", "PUT", "example.com", "/cats", "", "405 app"},
		{"an inner group", "GET", "api.example.com", "/v2/dogs", "", "404 second"},
		{"an inner group of a group that the request does not pass", "GET", "example.com", "/v2/dogs", "", "404 app"},
		{"the group with more filters", "GET", "api.example.com", "/v2/dogs", "yes", "404 beta"},
	}
	c := requesttest.New(t, app)
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			got := c.Do(tt.method, tt.path, requesttest.With{Header: http.Header{"Host": {tt.host}, "X-Beta": {tt.beta}}})
			if text := fmt.Sprint(got.Status, " ", got.Text()); text != tt.want {
				t.Errorf("got %q, want %q", text, tt.want)
			}
		})
	}
}

// Below a group's prefix nothing but the error page is the group's: an unknown path has no settings of it, and its
// fallback is the app's.
func TestMissingRoutesHaveTheSettingsOfTheApp(t *testing.T) {
	app := soay.New(quiet(router.Lenient))
	api := app.Group("/api").MaxBody(3)
	api.HandleStatus(404, says("api"))
	api.Get("/known", says("known"))
	var answered []string
	app.Fallback(func(req soay.Request) soay.Response {
		_, err := req.Bytes()
		answered = append(answered, fmt.Sprint(req.Path(), " ", req.Route() == nil, " ", err))
		return response.NotFound()
	})
	c := requesttest.New(t, app)
	got := c.Post("/api/unknown", requesttest.With{Body: strings.NewReader("more than three")})
	if got.Status != 404 || got.Text() != "api" {
		t.Errorf("got %d %q", got.Status, got.Text())
	}
	if got := c.Get("/api//unknown%2Fcats"); got.Status != 404 || got.Text() != "api" {
		t.Errorf("a path that is another one once it is cleaned: %d %q", got.Status, got.Text())
	}
	if got := c.Get("/api//known"); got.Status != 404 || got.Text() != "api" {
		t.Errorf("a path that is a route's once it is cleaned: %d %q", got.Status, got.Text())
	}
	if diff := cmp.Diff([]string{"/api/unknown true <nil>", "/api//unknown/cats true <nil>"}, answered); diff != "" {
		t.Errorf("the fallback (-want +got):\n%s", diff)
	}
}

// A function of the app that panics while a route is sought gets the error page of the app, not that of the group
// whose request came before.
func TestErrorsBeforeARouteIsFound(t *testing.T) {
	broken := router.ValuePattern{Name: "broken", Match: func(s string) bool { panic(catError{}) }}
	app := soay.New(soay.Options{Logger: quiet(router.Lenient).Logger, Env: "production", ValuePatterns: []router.ValuePattern{broken}})
	onCat(app, "app")
	group := app.Group("/group")
	onCat(group, "group")
	group.Get("/fail", fails)
	app.Get("/values/{broken:v}", fails)
	c := requesttest.New(t, app)
	for range 3 {
		if got := c.Get("/group/fail?with=cat").Text(); got != "group" {
			t.Fatalf("in the group: %q", got)
		}
		if got := c.Get("/values/a").Text(); got != "app" {
			t.Errorf("a value pattern that panics: %q", got)
		}
	}
}

func TestErrorHandlersThatAreWrong(t *testing.T) {
	app := soay.New(quiet(router.Lenient))
	group := app.Group("/a")
	group.HandleStatus(404, nil)
	group.HandleStatus(200, says(""))
	group.HandleStatus(404, says(""))
	group.HandleStatus(404, says(""))
	app.HandleStatus(404, says("")) // another scope
	soay.HandleError[catError](group, nil)
	err := app.Start(t.Context())
	var setup *soay.SetupError
	if !errors.As(err, &setup) {
		t.Fatalf("the start says %v", err)
	}
	var got []string
	for _, e := range setup.Unwrap() {
		_, text := cutSpace(e.Error())
		got = append(got, text)
	}
	want := []string{
		"HandleStatus: the handler is nil", "HandleStatus: 200 is no error status; 400 to 599 are",
		"HandleStatus: there is one for 404 already", "HandleError: the function is nil",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestErrorHandlersAfterTheStart(t *testing.T) {
	log := new(requesttest.Log)
	app := soay.New(soay.Options{Env: "production", Logger: log.Logger()})
	group := app.Group("/a")
	group.Get("/fail", fails)
	c := requesttest.New(t, app)
	onProblem(group, "late")
	group.HandleStatus(404, says("late"))
	if got := c.Get("/a/fail").Text(); got == "late" {
		t.Error("a handler that was set after the start answers")
	}
	if n := len(log.Lines(slog.LevelError)); n != 2 {
		t.Errorf("the log has %d lines, want 2:\n%s", n, log)
	}
}

// App.Routes says which errors a route has handlers for.
func TestErrorHandlersInRoutes(t *testing.T) {
	for _, info := range newNested().Routes() {
		if info.Pattern == "/shop/inner/fail" {
			const want = "404 500 *problem.Problem router_test.catError router_test.catError router_test.catError 404 405 500"
			if got := fmt.Sprint(info.Settings["HandleError"]); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	}
}
