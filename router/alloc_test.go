package router_test

import (
	"fmt"
	"testing"

	"github.com/soay-go/soay/router"
)

func TestMatchDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("pools are not themselves under the race detector")
	}
	r := router.New(lenient)
	register(r.Root(), "GET /static/path", "GET /user/{name}", "GET /user/me", "POST /user/{name}",
		"GET /five/{a}/{b}/{c}/{d}/{e}", "GET /n/{int:n}", "GET /files/*")
	register(r.Root().Group("/api").Host("api.test").Header("X-Version", "2"), "GET /{id}")
	for i := range 1000 {
		register(r.Root(), fmt.Sprintf("GET /many/word%d", i))
	}
	register(r.Root(), "GET /many/{word}")
	table := build(t, r)
	tests := []struct{ description, request, want string }{
		{"literals", "GET /static/path", "/static/path"},
		{"literals with a slash at the end", "GET /static/path/", "/static/path"},
		{"HEAD", "HEAD /static/path", "/static/path"},
		{"one parameter", "GET /user/gordon", "/user/{name}"},
		{"one parameter with a slash at the end", "GET /user/gordon/", "/user/{name}"},
		{"literal beside a parameter", "GET /user/me", "/user/me"},
		{"five parameters", "GET /five/1/2/3/4/5", "/five/{a}/{b}/{c}/{d}/{e}"},
		{"parameter outside ASCII", "GET /user/gr%C3%B6%C3%9Fe", "/user/{name}"},
		{"value pattern", "GET /n/12345", "/n/{int:n}"},
		{"catch-all", "GET /files/a/b/c.txt", "/files/*"},
		{"filters", "GET /api/7", "/api/{id}"},
		{"literal among a thousand", "GET /many/word999", "/many/word999"},
		{"parameter beside a thousand", "GET /many/others", "/many/{word}"},
		{"404", "GET /nothing/here", ""},
		{"404 of a value pattern", "GET /n/x", ""},
		{"405 of literals", "PUT /static/path", ""},
		{"405 of a parameter", "DELETE /user/gordon", ""},
		{"405 of five parameters", "PUT /five/1/2/3/4/5", ""},
		{"OPTIONS", "OPTIONS /user/gordon", ""},
		{"400", "GET /user/%FF", ""},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			method, target := cutSpace(test.request)
			hr := newHTTP(t, method, target)
			hr.Host = "api.test"
			hr.Header.Set("X-Version", "2")
			req, m := begin(hr), new(router.Matcher)
			if got := table.Match(m, req).Pattern; got != test.want {
				t.Fatalf("%s: pattern %q, want %q", test.request, got, test.want)
			}
			if got := testing.AllocsPerRun(200, func() { table.Match(m, req) }); got != 0 {
				t.Errorf("%s: %v allocations, want 0", test.request, got)
			}
		})
	}
}

// Reading a parameter shows a part of the path and copies nothing.
func TestParamDoesNotAllocate(t *testing.T) {
	table := newTable(t, lenient, "GET /{a}/x/{b}/*")
	req := route(table, newHTTP(t, "GET", "/one/x/two/three/four"))
	for name, want := range map[string]string{"a": "one", "tail": "three/four", "none": ""} {
		got := ""
		allocs := testing.AllocsPerRun(200, func() { got = req.Param(name) })
		if allocs != 0 || got != want {
			t.Errorf("Param(%s) = %q with %v allocations, want %q with 0", name, got, allocs, want)
		}
	}
}
