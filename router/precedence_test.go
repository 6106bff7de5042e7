package router_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/soay-go/soay/router"
)

// precedence lists for each path the routes that match it, the most specific first.
var precedence = []struct {
	description, path string
	routes            []string // and what each answers
}{
	{"all kinds in one place", "/7", []string{
		"/7", `/{int:i} i="7"`, `/{float:f} f="7"`, `/{p} p="7"`, `/* tail="7"`,
	}},
	{"uuid before plain", "/123e4567-e89b-12d3-a456-426614174000", []string{
		`/{uuid:u} u="123e4567-e89b-12d3-a456-426614174000"`, `/{p} p="123e4567-e89b-12d3-a456-426614174000"`,
	}},
	{"the first difference decides", "/a/b/c", []string{
		"/a/b/c", `/a/b/{z} z="c"`, `/a/b/* tail="c"`, `/a/{y}/c y="b"`, `/a/{y}/{z} y="b" z="c"`,
		`/a/{y}/* y="b" tail="c"`, `/a/* tail="b/c"`, `/{x}/b/c x="a"`, `/{x}/b/{z} x="a" z="c"`,
		`/{x}/b/* x="a" tail="c"`, `/{x}/{y}/c x="a" y="b"`, `/{x}/{y}/{z} x="a" y="b" z="c"`,
		`/{x}/{y}/* x="a" y="b" tail="c"`, `/{x}/* x="a" tail="b/c"`, `/* tail="a/b/c"`,
	}},
	{"value pattern on the left beats a literal on the right", "/1/b", []string{
		`/{int:i}/{y} i="1" y="b"`, `/{x}/b x="1"`,
	}},
	{"parameter before a catch-all", "/a/b", []string{
		"/a/b", `/a/{y} y="b"`, `/a/* tail="b"`, `/{x}/{y} x="a" y="b"`, `/{x}/* x="a" tail="b"`, `/* tail="a/b"`,
	}},
	{"catch-all for nothing before an end without its slash", "/a/b/", []string{
		`/a/b/* tail=""`, "/a/b", `/a/{y}/* y="b" tail=""`, `/a/{y} y="b"`, `/a/* tail="b/"`,
		`/{x}/{y} x="a" y="b"`, `/* tail="a/b/"`,
	}},
	{"end with its slash before a catch-all for nothing", "/a/b/", []string{
		"/a/b/", `/a/b/* tail=""`, `/a/{y}/ y="b"`, `/a/{y}/* y="b" tail=""`, `/a/* tail="b/"`,
		`/{x}/{y}/ x="a" y="b"`, `/* tail="a/b/"`,
	}},
	{"longer catch-all first", "/a/b/c", []string{
		`/a/b/* tail="c"`, `/a/{y}/* y="b" tail="c"`, `/a/* tail="b/c"`, `/* tail="a/b/c"`,
	}},
	{"root", "/", []string{"/", `/* tail=""`}},
}

// TestPrecedence leaves out the most specific route again and again, the others being registered in any order.
func TestPrecedence(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, test := range precedence {
		t.Run(test.description, func(t *testing.T) {
			for first := range test.routes {
				for range 20 {
					left := slices.Clone(test.routes[first:])
					rng.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
					r := router.New(lenient)
					for _, route := range left {
						pattern, _ := cutSpace(route)
						r.Root().Get(pattern, named(pattern))
					}
					if got := ask(t, build(t, r), "GET "+test.path); got != test.routes[first] {
						t.Fatalf("GET %s with %q: got %s, want %s", test.path, left, got, test.routes[first])
					}
				}
			}
		})
	}
}

func TestLessSpecificRouteWithTheMethod(t *testing.T) {
	table := newTable(t, lenient,
		"DELETE /cats/{id}", "GET /cats/new", "POST /cats/{int:n}", "PUT /cats/*", "PATCH /{kind}/new")
	askAll(t, table, []asked{
		{"literal has it", "GET /cats/new", "GET /cats/new"},
		{"parameter has it", "DELETE /cats/new", `DELETE /cats/{id} id="new"`},
		{"catch-all has it", "PUT /cats/new", `PUT /cats/* tail="new"`},
		{"another branch has it", "PATCH /cats/new", `PATCH /{kind}/new kind="cats"`},
		{"value pattern does not fit", "POST /cats/new", "405 Allow: DELETE, GET, HEAD, OPTIONS, PATCH, PUT"},
		{"value pattern fits", "POST /cats/7", `POST /cats/{int:n} n="7"`},
		{"Allow of all that match", "GET /cats/7", "405 Allow: DELETE, OPTIONS, POST, PUT"},
	})
}

// A tree that does not come back from a branch that leads nowhere would miss these.
func TestBranchesThatLeadNowhere(t *testing.T) {
	table := newTable(t, lenient,
		"GET /a/b/c", "GET /a/{y}/d", "GET /{x}/b/e", "GET /{x}/{y}/f", "GET /{int:n}/b/g", "GET /a/b/{int:n}/h",
		"GET /a/*")
	askAll(t, table, []asked{
		{"literals", "GET /a/b/c", "GET /a/b/c"},
		{"back once", "GET /a/b/d", `GET /a/{y}/d y="b"`},
		{"catch-all on the left of a parameter", "GET /a/b/e", `GET /a/* tail="b/e"`},
		{"back twice", "GET /z/b/e", `GET /{x}/b/e x="z"`},
		{"back to the parameters", "GET /z/b/f", `GET /{x}/{y}/f x="z" y="b"`},
		{"value pattern beside literal and parameter", "GET /1/b/g", `GET /{int:n}/b/g n="1"`},
		{"value pattern that does not fit", "GET /z/b/g", "404"},
		{"deeper", "GET /a/b/5/h", `GET /a/b/{int:n}/h n="5"`},
		{"deeper, and nothing", "GET /a/b/x/h", `GET /a/* tail="b/x/h"`},
		{"too deep", "GET /z/b/f/g", "404"},
		{"not deep enough", "GET /z/b", "404"},
	})
}

func TestEveryRouteKeepsItsOwnNames(t *testing.T) {
	table := newTable(t, lenient,
		"GET /{a}/x", "GET /{b}/y", "POST /{c}/x", "GET /{int:d}/x", "GET /{e}/{f}/z", "GET /{f}/{e}/w")
	askAll(t, table, []asked{
		{"one", "GET /v/x", `GET /{a}/x a="v"`},
		{"another pattern", "GET /v/y", `GET /{b}/y b="v"`},
		{"another method", "POST /v/x", `POST /{c}/x c="v"`},
		{"value pattern", "GET /1/x", `GET /{int:d}/x d="1"`},
		{"two", "GET /1/2/z", `GET /{e}/{f}/z e="1" f="2"`},
		{"the same two swapped", "GET /1/2/w", `GET /{f}/{e}/w f="1" e="2"`},
	})
}

// A thousand literals beside a parameter are in a map, before and behind the place that tells them apart.
func TestManyLiteralsBesideAParameter(t *testing.T) {
	const count = 1000
	r := router.New(lenient)
	register(r.Root(),
		"GET /{any}", "GET /{int:n}", "GET /{any}/{id}/end", "GET /{any}/*", "POST /word500/{id}/end")
	for i := range count {
		register(r.Root(), fmt.Sprintf("GET /word%d", i), fmt.Sprintf("GET /word%d/{id}/end", i))
		register(r.Root(), fmt.Sprintf("GET /x/{key}/word%d", i), fmt.Sprintf("DELETE /word%d/{int:n}/end", i))
	}
	table := build(t, r)
	for i := range count {
		word := fmt.Sprintf("word%d", i)
		post := ""
		if i == 500 {
			post = ", POST"
		}
		for request, want := range map[string]string{
			"GET /" + word:               "GET /" + word,
			"GET /" + word + "s":         `GET /{any} any="` + word + `s"`,
			"GET /" + word + "/7/end":    "GET /" + word + `/{id}/end id="7"`,
			"GET /x/k/" + word:           "GET /x/{key}/" + word + ` key="k"`,
			"GET /" + word + "s/7/end":   `GET /{any}/{id}/end any="` + word + `s" id="7"`,
			"GET /" + word + "/7/8/9":    `GET /{any}/* any="` + word + `" tail="7/8/9"`,
			"DELETE /" + word + "/7/end": "DELETE /" + word + `/{int:n}/end n="7"`,
			"PUT /" + word + "/7/end":    "405 Allow: DELETE, GET, HEAD, OPTIONS" + post,
			"DELETE /" + word + "/y/end": "405 Allow: GET, HEAD, OPTIONS" + post,
		} {
			if got := ask(t, table, request); got != want {
				t.Fatalf("%s:\n got %s\nwant %s", request, got, want)
			}
		}
	}
}
