package router_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

func TestMethods(t *testing.T) {
	table := newTable(t, lenient,
		"GET /cats", "POST /cats", "GET /own", "HEAD /own", "OPTIONS /own", "POST /post", "HEAD /head",
		"TRACE /trace", "CONNECT /trace", "PURGE /cache/{key}", "GET /cache/{key}", "OPTIONS /{any}", "GET /files/*",
		"OPTIONS /")
	askAll(t, table, []asked{
		{"GET", "GET /cats", "GET /cats"},
		{"another method", "POST /cats", "POST /cats"},
		{"HEAD from GET", "HEAD /cats", "GET /cats"},
		{"HEAD from GET with a parameter", "HEAD /cache/k", `GET /cache/{key} key="k"`},
		{"HEAD from GET of a catch-all", "HEAD /files/a", `GET /files/* tail="a"`},
		{"own HEAD", "HEAD /own", "HEAD /own"},
		{"no HEAD from POST", "HEAD /post", "405 Allow: OPTIONS, POST"},
		{"no GET from HEAD", "GET /head", "405 Allow: HEAD, OPTIONS"},
		{"extension method", "PURGE /cache/k", `PURGE /cache/{key} key="k"`},
		{"methods are case-sensitive", "get /cats", "405 Allow: GET, HEAD, OPTIONS, POST"},
		{"Allow of a literal", "DELETE /cats", "405 Allow: GET, HEAD, OPTIONS, POST"},
		{"Allow of a parameter", "DELETE /cache/k", "405 Allow: GET, HEAD, OPTIONS, PURGE"},
		{"Allow of a catch-all", "PUT /files/a/b", "405 Allow: GET, HEAD, OPTIONS"},
		{"no path, no Allow", "DELETE /nothing/here", "404"},
		{"OPTIONS", "OPTIONS /cache/k", "204 Allow: GET, HEAD, OPTIONS, PURGE"},
		{"OPTIONS of a catch-all", "OPTIONS /files/a/b", "204 Allow: GET, HEAD, OPTIONS"},
		{"own OPTIONS", "OPTIONS /own", "OPTIONS /own"},
		{"own OPTIONS of the root", "OPTIONS /", "OPTIONS /"},
		{"own OPTIONS of a pattern that matches too", "OPTIONS /cats", `OPTIONS /{any} any="cats"`},
		{"OPTIONS without a path", "OPTIONS /nothing/here", "404"},
		{"TRACE where it is registered", "TRACE /trace", "TRACE /trace"},
		{"TRACE elsewhere", "TRACE /cats", "405 Allow: GET, HEAD, OPTIONS, POST"},
		{"TRACE without a path", "TRACE /nothing/here", "404"},
		{"CONNECT where it is registered", "CONNECT /trace", "CONNECT /trace"},
		{"CONNECT elsewhere", "CONNECT /cats", "405 Allow: GET, HEAD, OPTIONS, POST"},
		{"Allow has TRACE and CONNECT where they are", "GET /trace", "405 Allow: CONNECT, OPTIONS, TRACE"},
		{"OPTIONS of the server", "OPTIONS *", "204 Allow: CONNECT, GET, HEAD, OPTIONS, POST, PURGE, TRACE"},
		{"the server has no other methods", "GET *", "400"},
		{"an escaped star is a path", "GET /%2A", "405 Allow: OPTIONS"},
	})
}

func TestOptionsOfTheServerWithoutRoutes(t *testing.T) {
	askAll(t, newTable(t, lenient), []asked{
		{"OPTIONS *", "OPTIONS *", "204 Allow: OPTIONS"},
		{"OPTIONS of a path", "OPTIONS /", "404"},
		{"GET", "GET /", "404"},
	})
}

func TestStarIsNoCatchAllForTheServer(t *testing.T) {
	table := newTable(t, lenient, "OPTIONS /*", "GET /*")
	askAll(t, table, []asked{
		{"OPTIONS * leads to no route", "OPTIONS *", "204 Allow: GET, HEAD, OPTIONS"},
		{"OPTIONS of any path does", "OPTIONS /x", `OPTIONS /* tail="x"`},
	})
}

func TestAllVerbs(t *testing.T) {
	r := router.New(lenient)
	g := r.Root().Group("/v")
	verbs := map[string]func(string, router.Handler) *router.Route{
		"GET": g.Get, "POST": g.Post, "PUT": g.Put, "PATCH": g.Patch, "DELETE": g.Delete,
		"HEAD": g.Head, "OPTIONS": g.Options, "TRACE": g.Trace, "CONNECT": g.Connect,
	}
	for method, verb := range verbs {
		verb("/{id}", named(method))
	}
	g.Route("/several/{id}", named("several"), "PUT", "LOCK")
	table := build(t, r)
	for method := range verbs {
		if got, want := ask(t, table, method+" /v/7"), method+` id="7"`; got != want {
			t.Errorf("%s: got %s, want %s", method, got, want)
		}
	}
	askAll(t, table, []asked{
		{"Allow has them all", "LOCK /v/7", "405 Allow: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE"},
		{"Route with several methods, the first", "PUT /v/several/7", `several id="7"`},
		{"Route with several methods, the second", "LOCK /v/several/7", `several id="7"`},
		{"Route with several methods, another", "GET /v/several/7", "405 Allow: LOCK, OPTIONS, PUT"},
	})
}

// What a server can is what its routes can, those behind filters too.
func TestOptionsOfTheServer(t *testing.T) {
	tests := []struct {
		description string
		routes      []string
		want        string
	}{
		{"GET alone", []string{"GET /a"}, "GET, HEAD, OPTIONS"},
		{"no GET", []string{"POST /a", "DELETE /b/{id}"}, "DELETE, OPTIONS, POST"},
		{"HEAD alone", []string{"HEAD /a"}, "HEAD, OPTIONS"},
		{"a catch-all", []string{"PUT /a/*"}, "OPTIONS, PUT"},
		{"methods of one's own", []string{"PURGE /a", "GET /b"}, "GET, HEAD, OPTIONS, PURGE"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			for _, filtered := range []bool{false, true} {
				r := router.New(lenient)
				g := r.Root()
				if filtered {
					g = g.Group("/").Host("api.test")
				}
				register(g, test.routes...)
				if got := ask(t, build(t, r), "OPTIONS *"); got != "204 Allow: "+test.want {
					t.Errorf("filtered: %t: got %s, want %s", filtered, got, test.want)
				}
			}
		})
	}
}

// Whoever lists no methods has forgotten them, or expects them all.
func TestRouteWithoutMethods(t *testing.T) {
	for _, register := range []func(router.Group){
		func(g router.Group) { g.Route("/b", named("x")) },
		func(g router.Group) { g.Route("/b", named("x"), []string{}...).Name("n").Use() },
	} {
		r := router.New(lenient)
		register(r.Root().Group("/a"))
		if got := buildError(r); !strings.Contains(got, "method_test.go:") ||
			!strings.Contains(got, ": route /a/b: no method is given") || strings.Contains(got, "\n") {
			t.Errorf("got %q, want one error with the place and the pattern", got)
		}
	}
}

func TestMistakesInMethods(t *testing.T) {
	tests := []struct{ description, method, want string }{
		{"small letters", "get", `route /cats: method "get" is spelled GET`},
		{"mixed letters", "Options", `route /cats: method "Options" is spelled OPTIONS`},
		{"empty", "", `route /cats: "" is no method`},
		{"space", "GET ", `route /cats: "GET " is no method`},
		{"two in one", "GET,POST", `route /cats: "GET,POST" is no method`},
		{"star", "*", ""},
		{"extension method in small letters", "purge", ""},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(lenient)
			source := router.Source()
			r.Root().Handle(test.method, "/cats", named("x")) // one line below
			want := test.want
			if want != "" {
				want = nextLine(t, source) + ": " + want
			}
			if got := buildError(r); got != want {
				t.Errorf("method %q: got %q, want %q", test.method, got, want)
			}
		})
	}
}

// The star is also the pseudo-method of the tree below.
func TestStarIsAnOrdinaryMethod(t *testing.T) {
	askAll(t, newTable(t, lenient, "* /{id}", "GET /{id}/x"), []asked{
		{"registered", "* /7", `* /{id} id="7"`},
		{"another method", "GET /7", "405 Allow: *, OPTIONS"},
		{"not registered", "* /7/x", "405 Allow: GET, HEAD, OPTIONS"},
	})
}
