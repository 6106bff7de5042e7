package router_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

func TestRoutes(t *testing.T) {
	r := router.New(lenient)
	if got := r.Routes(); len(got) > 0 {
		t.Errorf("a new router has routes: %v", got)
	}
	source := router.Source()
	r.Root().Get("/cats/{id}/", named("x")).Name("cat") // one line below
	here := nextLine(t, source)
	register(r.Root().Group("/api").Group("/v1").Host("api.test"), "DELETE /:id", "OPTIONS /")
	r.Root().Route("/*", named("x"), "PUT", "POST").Name("rest")
	got := r.Routes()
	there := got[1].Source
	if !regexp.MustCompile(`^helpers_test\.go:\d+$`).MatchString(there) {
		t.Errorf("source %q, want a line of helpers_test.go", there)
	}
	want := []router.Info{
		{Method: "GET", Pattern: "/cats/{id}/", Name: "cat", Source: here},
		{Method: "DELETE", Pattern: "/api/v1/:id", Source: there},
		{Method: "OPTIONS", Pattern: "/api/v1", Source: there},
		{Method: "PUT", Pattern: "/*", Name: "rest", Source: got[3].Source},
		{Method: "POST", Pattern: "/*", Name: "rest", Source: got[3].Source},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Routes (-want +got):\n%s", diff)
	}
	build(t, r)
	if diff := cmp.Diff(want, r.Routes()); diff != "" {
		t.Errorf("Routes after Build (-want +got):\n%s", diff)
	}
}

// The route of a request says where it was registered, as Routes does.
func TestSourceOfTheRoute(t *testing.T) {
	r := router.New(lenient)
	source := router.Source()
	r.Root().Group("/g").Post("/{id}", named("x")) // one line below
	route := build(t, r).Match(new(router.Matcher), begin(newHTTP(t, "POST", "/g/7")))
	if got, want := route.Source, nextLine(t, source); got != want {
		t.Errorf("source %s, want %s", got, want)
	}
	if got, want := route.Pattern, "/g/{id}"; got != want {
		t.Errorf("pattern %s, want %s", got, want)
	}
}

func TestMaxBodyOfTheRoute(t *testing.T) {
	r := router.New(lenient)
	r.Root().Post("/{id}", named("x")).MaxBody(10)
	r.Root().Put("/{id}", named("x"))
	table := build(t, r)
	for method, want := range map[string]int64{"POST": 10, "PUT": request.DefaultMaxBody} {
		if got := route(table, newHTTP(t, method, "/7")).BodyLimit(); got != want {
			t.Errorf("%s: the body may have %d bytes, want %d", method, got, want)
		}
	}
	for _, bytes := range []int64{0, -1} {
		r := router.New(lenient)
		r.Root().Post("/{id}", named("x")).MaxBody(bytes)
		want := fmt.Sprintf("MaxBody: %d is not positive", bytes)
		if got := buildError(r); !strings.Contains(got, want) {
			t.Errorf("MaxBody(%d): got %q, want %s", bytes, got, want)
		}
	}
}

func TestNilIsAMistake(t *testing.T) {
	tests := []struct {
		description string
		register    func(root router.Group)
		want        string
	}{
		{"handler", func(g router.Group) { g.Get("/cats", nil) }, "route /cats: the handler is nil"},
		{"handler in a group", func(g router.Group) { g.Group("/a").Put("/b", nil) }, "route /a/b: the handler is nil"},
		{"handler of two methods", func(g router.Group) { g.Route("/cats", nil, "GET", "PUT") }, "the handler is nil"},
		{"middleware of the root", func(g router.Group) { g.Use(nil) }, "middleware is nil"},
		{"middleware of a group", func(g router.Group) { g.Group("/a", nil) }, "middleware is nil"},
		{"middleware among others", func(g router.Group) {
			g.Group("/a").Use(newRecorder().middleware("x"), nil)
		}, "middleware is nil"},
		{"middleware of a route", func(g router.Group) { g.Get("/x", named("x")).Use(nil) }, "middleware is nil"},
		{"middleware of a route with a mistake", func(g router.Group) {
			g.Get("/cats", nil).Name("n").Use(newRecorder().middleware("x")).MaxBody(1)
		}, "route /cats: the handler is nil"},
		{"filter", func(g router.Group) { g.Group("").Filter(nil) }, "Filter: the function is nil"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(lenient)
			test.register(r.Root())
			got := buildError(r)
			if !regexp.MustCompile(`^register_test\.go:\d+: .*` + regexp.QuoteMeta(test.want) + `$`).MatchString(got) {
				t.Errorf("got %q, want the place and %q", got, test.want)
			}
		})
	}
}

func TestRegisteringAfterBuild(t *testing.T) {
	var late []error
	r := router.New(router.Options{Late: func(err error) { late = append(late, err) }})
	g := r.Root().Group("/g")
	route := g.Get("/{id}", named("before")).Name("before")
	table := build(t, r)
	c := newRecorder()
	tests := []struct {
		description string
		call        func()
		want        string
	}{
		{"route", func() { r.Root().Get("/late", named("late")) }, "route [GET] /late: the app has started"},
		{"route of a group", func() { g.Put("/{id}", named("late")) }, "route [PUT] /g/{id}: the app has started"},
		{"the same route", func() { g.Get("/{id}", named("late")) }, "route [GET] /g/{id}: the app has started"},
		{"malformed route", func() { g.Get("/{", named("late")) }, "route [GET] /g/{: the app has started"},
		{"group", func() { r.Root().Group("/late") }, "Group: the app has started"},
		{"middleware of a group", func() { g.Use(c.middleware("late")) }, "Use: the app has started"},
		{"middleware of a route", func() { route.Use(c.middleware("late")) }, "Use: the app has started"},
		{"name", func() { route.Name("late") }, "Name: the app has started"},
		{"limit", func() { route.MaxBody(1) }, "MaxBody: the app has started"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			late = nil
			test.call()
			place := regexp.MustCompile(`^register_test\.go:\d+: ` + regexp.QuoteMeta(test.want))
			if len(late) != 1 || !place.MatchString(late[0].Error()) {
				t.Errorf("got %q, want the place and %q", late, test.want)
			}
		})
	}
	askAll(t, table, []asked{
		{"nothing was added", "GET /late", "404"},
		{"nothing was replaced", "GET /g/7", `before id="7"`},
		{"no method was added", "PUT /g/7", "405 Allow: GET, HEAD, OPTIONS"},
	})
	if path, err := table.URL("before", 7); err != nil || path != "/g/7" {
		t.Errorf("URL(before) = %s, %v; want /g/7", path, err)
	}
	if len(c.made) > 0 || len(r.Routes()) != 1 {
		t.Errorf("late middleware made: %v, routes: %v", c.made, r.Routes())
	}
}

// Without Late, late calls change nothing and say nothing.
func TestRegisteringAfterCloseWithoutLate(t *testing.T) {
	r := router.New(lenient)
	register(r.Root(), "GET /before")
	build(t, r)
	r.Root().Group("/g", nil).Get("{", nil).Name("x").Use(nil).MaxBody(-1)
	if got := buildError(r); got != "" || len(r.Routes()) != 1 {
		t.Errorf("got %q and the routes %v, want the one from before", got, r.Routes())
	}
}

func TestBuildJoinsErrors(t *testing.T) {
	r := router.New(lenient)
	register(r.Root(), "GET /{", "GET /}", "GET /ok")
	table, err := r.Build(router.Config{})
	joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err)
	if table != nil || !ok || len(joined.Unwrap()) != 2 {
		t.Errorf("Build = %v, %v; want no table and two joined errors", table, err)
	}
}

// A table is safe for concurrent use; this is for the race detector.
func TestConcurrentMatches(t *testing.T) {
	table := newTable(t, redirect,
		"GET /{a}/{b}", "POST /{a}/x", "GET /static", "GET /f/*", "PUT /{int:n}/x")
	want := map[string]string{
		"GET /1/2":    `GET /{a}/{b} a="1" b="2"`,
		"PATCH /1/x":  "405 Allow: GET, HEAD, OPTIONS, POST, PUT",
		"PATCH /a/x":  "405 Allow: GET, HEAD, OPTIONS, POST",
		"GET /static": "GET /static",
		"GET /f/1/2":  `GET /f/* tail="1/2"`,
		"OPTIONS /1/": "404",
		"GET /1/2/":   "301 Location: /1/2",
	}
	done := make(chan string)
	for range 8 {
		go func() {
			m, state := new(router.Matcher), request.NewExchange(&request.Settings{Strict: true})
			for range 50 {
				for text, want := range want {
					method, target := cutSpace(text)
					got := describe(table.Serve(state, m, state.Begin(newHTTP(t, method, target))))
					state.End()
					if got != want {
						done <- fmt.Sprintf("%s: got %s, want %s", text, got, want)
						return
					}
				}
			}
			done <- ""
		}()
	}
	for range 8 {
		if problem := <-done; problem != "" {
			t.Error(problem)
		}
	}
}
