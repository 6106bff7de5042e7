package router_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

func TestGroupPrefixes(t *testing.T) {
	tests := []struct {
		description string
		prefixes    []string
		pattern     string
		want        string // the whole pattern, or what is wrong with it
	}{
		{"prefix and pattern", []string{"/api"}, "/cats", "/api/cats"},
		{"nested", []string{"/api", "/v1"}, "/cats", "/api/v1/cats"},
		{"deeply nested", []string{"/a", "/b", "/c", "/d"}, "/e", "/a/b/c/d/e"},
		{"root of a group", []string{"/api"}, "/", "/api"},
		{"nothing in a group", []string{"/api"}, "", "/api"},
		{"root of a nested group", []string{"/api", "/v1"}, "/", "/api/v1"},
		{"empty prefix", []string{""}, "/cats", "/cats"},
		{"prefix of a slash", []string{"/"}, "/cats", "/cats"},
		{"prefix of a slash, root", []string{"/"}, "/", "/"},
		{"empty prefix inside", []string{"/api", ""}, "/cats", "/api/cats"},
		{"slash inside", []string{"/api", "/"}, "/cats", "/api/cats"},
		{"slash at the end of the prefix", []string{"/api/"}, "/cats", "/api/cats"},
		{"slash at the end of a nested prefix", []string{"/api/", "/v1/"}, "/cats", "/api/v1/cats"},
		{"slash at the end of the pattern", []string{"/api"}, "/cats/", "/api/cats/"},
		{"parameter in the prefix", []string{"/{tenant}"}, "/{id}", "/{tenant}/{id}"},
		{"catch-all", []string{"/api"}, "/*", "/api/*"},
		{"pattern without a slash", []string{"/api"}, "cats", `pattern "cats" does not start with a slash`},
		{"parameter without a slash", []string{"/api"}, "{id}", `pattern "{id}" does not start with a slash`},
		{"prefix without a slash", []string{"api"}, "/cats", `prefix "api" does not start with a slash`},
		{"nested prefix without a slash", []string{"/api", "v1"}, "/cats", `prefix "v1" does not start with a slash`},
		{"nothing at the root", []string{""}, "", `pattern "" does not start with a slash`},
		{"two slashes", []string{"/api/"}, "//cats", `pattern "/api//cats": a segment is empty`},
		{"name in prefix and pattern", []string{"/{id}"}, "/{id}", `parameter "id" stands twice`},
		{"catch-all in the prefix", []string{"/*"}, "/cats", "a catch-all stands only at the end"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(lenient)
			g := r.Root()
			for _, prefix := range test.prefixes {
				g = g.Group(prefix)
			}
			g.Get(test.pattern, named("x"))
			got := buildError(r)
			if got == "" {
				got = r.Routes()[0].Pattern
			}
			if test.want[0] == '/' && got != test.want || !strings.Contains(got, test.want) {
				t.Errorf("prefixes %q, pattern %q: got %s, want %s", test.prefixes, test.pattern, got, test.want)
			}
		})
	}
}

// recorder counts how often middleware is made and notes in which order it runs.
type recorder struct {
	made map[string]int
	ran  []string
}

func newRecorder() *recorder { return &recorder{made: map[string]int{}} }

func (c *recorder) middleware(name string) router.Middleware {
	return func(next router.Handler) router.Handler {
		c.made[name]++
		return func(req request.Request) response.Response {
			c.ran = append(c.ran, name)
			resp := next(req)
			c.ran = append(c.ran, "/"+name)
			return resp
		}
	}
}

// order returns what ran for a request.
func (c *recorder) order(t *testing.T, table *router.Table, request string) string {
	t.Helper()
	c.ran = nil
	answer := ask(t, table, request)
	return strings.Join(append(c.ran, answer), " ")
}

func TestMiddlewareOrder(t *testing.T) {
	c := newRecorder()
	r := router.New(lenient)
	api := r.Root().Group("/api", c.middleware("api1"), c.middleware("api2"))
	api.Get("/{id}", named("handler"))
	bare := api.Group("/bare")
	bare.Get("/{id}", named("handler"))
	inner := bare.Group("/inner", c.middleware("inner"))
	deepest := inner.Get("/{id}", named("handler"))
	deepest.Use(c.middleware("route1"), c.middleware("route2")).Use(c.middleware("route3"))
	inner.Get("/static", named("handler"))
	r.Root().Get("/{id}", named("handler")).Use(c.middleware("route"))
	api.Use(c.middleware("late1"))
	api.Use(c.middleware("late2"))
	r.Root().Use(c.middleware("root"))
	table, err := r.Build(router.Config{
		Middleware: []router.Middleware{c.middleware("app1"), c.middleware("app2")},
		Endpoint:   c.middleware("endpoint"),
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ description, request, want string }{
		{"group", "GET /api/7", "app1 app2 endpoint root api1 api2 late1 late2 endpoint"},
		{"group without middleware of its own", "GET /api/bare/7", "app1 app2 endpoint root api1 api2 late1 late2 endpoint"},
		{
			"nested group and route", "GET /api/bare/inner/7",
			"app1 app2 endpoint root api1 api2 late1 late2 inner route1 route2 route3 endpoint",
		},
		{"literal path", "GET /api/bare/inner/static", "app1 app2 endpoint root api1 api2 late1 late2 inner endpoint"},
		{"outside the group", "GET /7", "app1 app2 endpoint root route endpoint"},
		{"404 runs the app's alone", "GET /nothing/here", "app1 app2 endpoint"},
		{"405 runs the app's alone", "POST /api/7", "app1 app2 endpoint"},
		{"OPTIONS runs the app's alone", "OPTIONS /api/7", "app1 app2 endpoint"},
		{"400 runs the app's alone", "GET /api/%FF", "app1 app2 endpoint"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			got := c.order(t, table, test.request)
			if before, _, _ := strings.Cut(got, " /"); before != test.want {
				t.Errorf("%s: got %s, want %s", test.request, before, test.want)
			}
		})
	}
	want := "app1 app2 endpoint root route endpoint /endpoint /route /root /endpoint /app2 /app1 handler id=\"7\""
	if got := c.order(t, table, "GET /7"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMiddlewareIsMadeOnce(t *testing.T) {
	c := newRecorder()
	r := router.New(lenient)
	g := r.Root().Group("/g", c.middleware("group"))
	copied := g
	shared := c.middleware("shared")
	a, b := g.Group("/a", shared), g.Group("/b", shared)
	for _, group := range []router.Group{g, copied.Group("/c"), a, b, a.Group("/d")} {
		register(group, "GET /1", "GET /2", "POST /2", "GET /{id}", "GET /{id}/*")
	}
	g.Route("/route", named("x"), "GET", "POST", "PUT").Use(c.middleware("route"))
	r.Root().Group("/unused", c.middleware("unused"))
	if len(c.made) > 0 {
		t.Errorf("made before the start: %v", c.made)
	}
	table, err := r.Build(router.Config{Middleware: []router.Middleware{c.middleware("app")}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"app": 1, "group": 1, "shared": 2, "route": 1}
	if diff := cmp.Diff(want, c.made); diff != "" {
		t.Errorf("made at the start (-want +got):\n%s", diff)
	}
	for _, request := range []string{"GET /g/1", "POST /g/a/2", "GET /g/b/7/x", "PUT /g/route", "GET /404"} {
		ask(t, table, request)
	}
	if diff := cmp.Diff(want, c.made); diff != "" {
		t.Errorf("made while serving (-want +got):\n%s", diff)
	}
}

// Middleware that keeps state has one for its group, whatever route is asked for.
func TestMiddlewareKeepsItsState(t *testing.T) {
	count := 0
	r := router.New(lenient)
	g := r.Root().Group("/g", func(next router.Handler) router.Handler {
		calls := 0
		return func(req request.Request) response.Response {
			calls++
			count = calls
			return next(req)
		}
	})
	register(g, "GET /a", "GET /{id}/b")
	register(g.Group("/inner"), "GET /*")
	table := build(t, r)
	for i, request := range []string{"GET /g/a", "GET /g/7/b", "GET /g/inner/x/y", "HEAD /g/a"} {
		if ask(t, table, request); count != i+1 {
			t.Errorf("%s: call %d of the middleware, want %d", request, count, i+1)
		}
	}
}

func TestMiddlewareThatAnswersItself(t *testing.T) {
	c := newRecorder()
	r := router.New(lenient)
	refuse := func(router.Handler) router.Handler {
		return func(request.Request) response.Response { return response.Forbidden() }
	}
	g := r.Root().Group("/g", c.middleware("outer"), refuse, c.middleware("inner"))
	register(g, "GET /{id}")
	if got, want := c.order(t, build(t, r), "GET /g/7"), "outer /outer 403"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
