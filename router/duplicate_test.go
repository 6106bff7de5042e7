package router_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

var duplicates = []struct {
	description   string
	options       router.Options
	first, second string
	want          bool
}{
	{"same text", lenient, "GET /cats", "GET /cats", true},
	{"root", lenient, "GET /", "GET /", true},
	{"other parameter name", lenient, "GET /{a}", "GET /{b}", true},
	{"other syntax", lenient, "GET /{a}", "GET /:a", true},
	{"other syntax and name", lenient, "GET /<a>", "GET /:b", true},
	{"str is the plain parameter", lenient, "GET /{a}", "GET /{str:a}", true},
	{"string is str", lenient, "GET /{string:a}", "GET /<str:b>", true},
	{"same value pattern", lenient, "GET /{int:a}/x", "GET /{int:b}/x", true},
	{"star is a catch-all", lenient, "GET /files/*", "GET /files/{path:rest}", true},
	{"encoded literal", lenient, "GET /café", "GET /caf%C3%A9", true},
	{"case of an escape", lenient, "GET /a%2Fb", "GET /a%2fb", true},
	{"needless escape", lenient, "GET /%63ats", "GET /cats", true},
	{"slash at the end when lenient", lenient, "GET /cats", "GET /cats/", true},
	{"slash behind a parameter when lenient", lenient, "GET /{a}/", "GET /{b}", true},
	{"slash at the end when strict", strict, "GET /cats", "GET /cats/", false},
	{"slash at the end with redirects", redirect, "GET /cats", "GET /cats/", false},
	{"same with a slash when strict", strict, "GET /{a}/", "GET /{b}/", true},
	{"other method", lenient, "GET /cats", "POST /cats", false},
	{"own HEAD", lenient, "GET /cats", "HEAD /cats", false},
	{"HEAD twice", lenient, "HEAD /cats", "HEAD /cats", true},
	{"literal and parameter", lenient, "GET /cats", "GET /{a}", false},
	{"value patterns that overlap", lenient, "GET /{int:a}", "GET /{float:a}", false},
	{"value pattern and parameter", lenient, "GET /{int:a}", "GET /{a}", false},
	{"catch-all and the end before it", lenient, "GET /files", "GET /files/*", false},
	{"catch-all and parameter", lenient, "GET /files/{a}", "GET /files/*", false},
	{"case of a literal", lenient, "GET /cats", "GET /Cats", false},
	{"encoded slash and slash", lenient, "GET /a%2Fb", "GET /a/b", false},
	{"literal that looks like a parameter", lenient, "GET /{str}", "GET /%7Bstr%7D", false},
	{"literal that looks like a plain parameter", lenient, "GET /{a}", "GET /%7Bstr%7D", false},
	{"literal that looks like a plain parameter's start", lenient, "GET /{a}", "GET /%7Bstr", false},
	{"literal that looks like a value pattern", lenient, "GET /{int:a}", "GET /%7Bint%7D", false},
	{"literal that looks like a catch-all", lenient, "GET /*", "GET /%2A", false},
}

func TestDuplicates(t *testing.T) {
	for _, test := range duplicates {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(test.options)
			register(r.Root(), test.first)
			register(r.Root(), test.second)
			got := buildError(r)
			conflict := regexp.MustCompile(`^helpers_test\.go:\d+: route ` + regexp.QuoteMeta(test.second) +
				` conflicts with ` + regexp.QuoteMeta(test.first) + ` at helpers_test\.go:\d+$`)
			if !test.want && got != "" || test.want && !conflict.MatchString(got) {
				t.Errorf("%s and %s: got %q, want a conflict: %t", test.first, test.second, got, test.want)
			}
		})
	}
}

// The message leads to both places.
func TestDuplicateNamesBothPlaces(t *testing.T) {
	r := router.New(lenient)
	first := router.Source()
	r.Root().Get("/cats/{id}", named("first")) // one line below
	api := r.Root().Group("/cats")
	second := router.Source()
	api.Route("/:name", named("second"), "PUT", "GET") // one line below
	want := nextLine(t, second) + ": route GET /cats/:name conflicts with GET /cats/{id} at " + nextLine(t, first)
	if got := buildError(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDuplicatesOfSeveralMethods(t *testing.T) {
	r := router.New(lenient)
	r.Root().Route("/cats", named("first"), "GET", "POST", "PUT")
	r.Root().Route("/cats", named("second"), "PUT", "DELETE", "GET")
	r.Root().Route("/dogs", named("itself"), "GET", "GET")
	got := buildError(r)
	for _, want := range []string{"PUT /cats", "GET /cats", "GET /dogs"} {
		if strings.Count(got, "route "+want+" conflicts") != 1 {
			t.Errorf("want a conflict of %s once, in\n%s", want, got)
		}
	}
	if lines := strings.Count(got, "\n") + 1; lines != 3 {
		t.Errorf("%d lines, want 3:\n%s", lines, got)
	}
}

func TestSamePatternBehindDifferentFilters(t *testing.T) {
	r := router.New(lenient)
	a, b := r.Root().Group("").Host("a.test"), r.Root().Group("").Host("b.test")
	inner, equal := a.Group("").Header("X", "1"), r.Root().Group("").Host("a.test")
	for _, g := range []router.Group{r.Root(), a, b, inner, equal} {
		register(g, "GET /{id}")
	}
	if got := buildError(r); got != "" {
		t.Errorf("Build: got %q, want no error", got)
	}
}

func TestDuplicatesAcrossGroups(t *testing.T) {
	tests := []struct {
		description string
		groups      func(root router.Group) (first, second router.Group)
	}{
		{"root and a group", func(root router.Group) (first, second router.Group) { return root, root.Group("") }},
		{"groups side by side", func(root router.Group) (first, second router.Group) {
			return root.Group(""), root.Group("/")
		}},
		{"one group with a filter", func(root router.Group) (first, second router.Group) {
			g := root.Group("").Host("a.test")
			return g, g
		}},
		{"inside a group with a filter", func(root router.Group) (first, second router.Group) {
			g := root.Group("").Host("a.test")
			return g.Group("").Group(""), g
		}},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(lenient)
			first, second := test.groups(r.Root())
			register(first, "GET /x/{id}", "POST /x/{id}")
			register(second, "GET /x/{name}", "PUT /x/{name}")
			const want = "route GET /x/{name} conflicts with GET /x/{id} at "
			if got := buildError(r); strings.Count(got, want) != 1 {
				t.Errorf("got %q, want %q once", got, want)
			}
		})
	}
}

func TestNamesThatStandTwice(t *testing.T) {
	r := router.New(lenient)
	first := router.Source()
	r.Root().Get("/cats", named("x")).Name("home") // one line below
	second := router.Source()
	r.Root().Get("/dogs", named("x")).Name("home") // one line below
	r.Root().Get("/birds", named("x")).Name("Home")
	want := nextLine(t, second) + `: the name "home" is that of the route at ` + nextLine(t, first)
	if got := buildError(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
