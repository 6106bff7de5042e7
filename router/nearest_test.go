package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

// nearestOf returns the nearest routes and the reasons, one line each.
func nearestOf(t *testing.T, table *router.Table, text string, limit int) []string {
	t.Helper()
	method, target := cutSpace(text)
	near, _ := table.Nearest(begin(newHTTP(t, method, target)), limit)
	var lines []string
	for _, n := range near {
		lines = append(lines, n.Methods+" "+n.Pattern+": "+strings.Join(n.Why, "; "))
	}
	return lines
}

func TestNearest(t *testing.T) {
	r := router.New(lenient)
	register(r.Root(), "GET /", "GET /cats", "POST /cats", "GET /cats/{int:id}", "GET /cats/{int:id}/photos/{name}",
		"GET /files/{path:rest}", "GET /api/dogs")
	register(r.Root().Group("/beta").Host("beta.example").Header("X-Beta", "yes").Query("beta", "1").
		Filter(func(request.Request) bool { return false }), "GET /", "GET /fish")
	table := build(t, r)
	tests := []struct {
		description, request string
		want                 []string
	}{
		{"a slip in a literal", "GET /cast", []string{
			`GET /cats: the path has "cast" in place of "cats"`,
			`POST /cats: the path has "cast" in place of "cats"; the method is "GET"`,
		}},
		{"another case", "HEAD /Cats", []string{`GET /cats: the path has "Cats" in place of "cats"`}},
		{"a value that does not fit", "GET /cats/tom", []string{`GET /cats/{int:id}: "tom" does not fit the value pattern {int:id}`}},
		{"a value that does not fit, further on", "GET /cats/tom/photos/a", []string{
			`GET /cats/{int:id}/photos/{name}: "tom" does not fit the value pattern {int:id}`,
		}},
		{"a value that does not fit, and the method", "DELETE /cats/tom", []string{
			`GET /cats/{int:id}: "tom" does not fit the value pattern {int:id}; the method is "DELETE"`,
		}},
		{"a path that ends too soon", "GET /cats/7/photos", []string{
			`GET /cats/{int:id}/photos/{name}: the path ends before {name}`, `GET /cats/{int:id}: the path goes on with "/photos"`,
		}},
		{"a prefix that is missing", "GET /dogs", []string{`GET /api/dogs: the path has "dogs" in place of "api"`}},
		{"a long name without its prefix", "GET /files", []string{`GET /files/{path:rest}: the path ends before {path:rest}`}},
		{"a dot segment", "GET /files/a/%2e%2e/b", []string{`GET /files/{path:rest}: the path has a dot segment`}},
		{"an encoded slash", "GET /cats%2F7", []string{`GET /cats: the path has "cats%2F7" in place of "cats"`}},
		{"filters", "GET /beta/fish", []string{`GET /beta/fish: Host("beta.example") refuses the request; ` +
			`Header("X-Beta", "yes") refuses the request; Query("beta", "1") refuses the request; Filter at nearest_test.go:31 refuses the request`}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, nearestOf(t, table, tt.request, len(tt.want))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.request, diff)
			}
		})
	}
	if near, all := table.Nearest(begin(newHTTP(t, "GET", "/x")), 100); len(near) != 9 || all != 9 {
		t.Errorf("%d of %d routes, want all 9", len(near), all)
	}
}

func TestNearestWhereTheSlashCounts(t *testing.T) {
	table := newTable(t, strict, "GET /cats/", "GET /dogs")
	for request, want := range map[string]string{
		"GET /cats":  `GET /cats/: the path ends before the slash at the end`,
		"GET /dogs/": `GET /dogs: the path goes on with "/"`,
	} {
		if got := nearestOf(t, table, request, 1); got[0] != want {
			t.Errorf("%s: %s, want %s", request, got, want)
		}
	}
}

// The route whose path a request has is always the first, however many others there are, and what it costs does
// not grow with the request.
func TestNearestOfManyAndLong(t *testing.T) {
	var routes []string
	for i := range 500 {
		routes = append(routes, fmt.Sprintf("GET /items/%d/{int:id}", i))
	}
	table := newTable(t, lenient, routes...)
	want := `GET /items/321/{int:id}: "x" does not fit the value pattern {int:id}`
	if got := nearestOf(t, table, "GET /items/321/x", 1); got[0] != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, target := range []string{"/" + strings.Repeat("x", 1<<16), strings.Repeat("/x", 1<<15), "/" + strings.Repeat("%C3%A4", 1<<13)} {
		for _, line := range nearestOf(t, table, "GET "+target, 20) {
			if len(line) > 400 {
				t.Errorf("a line of %d bytes for a path of %d: %.100s", len(line), len(target), line)
			}
		}
	}
}
