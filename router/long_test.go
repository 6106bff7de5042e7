package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

// long is the size of the largest request line and headers that a server of the app takes by default.
const long = 64 << 10

func TestLongPaths(t *testing.T) {
	table := newTable(t, lenient,
		"GET /p/{id}", "GET /{a}/{b}/end", "GET /{a}/{b}/{c}/{d}/e", "GET /f/*", "GET /n/{int:n}", "POST /{any}")
	value, slashes, digits := strings.Repeat("a", long), strings.Repeat("/", long), strings.Repeat("7", long)
	deep, dotted := strings.Repeat("/a", long/2), strings.Repeat("/...", long/4)
	id := func(value string) string { return fmt.Sprintf("GET /p/{id} id=%q", value) }
	tail := func(value string) string { return fmt.Sprintf("GET /f/* tail=%q", value) }
	tests := []struct{ description, target, want string }{
		{"long value", "/p/" + value, id(value)},
		{"long value with a slash at the end", "/p/" + value + "/", id(value)},
		{"long value, encoded", "/p/" + strings.Repeat("%61", long/3), id(value[:long/3])},
		{"long value of encoded slashes", "/p/" + strings.Repeat("%2F", long/3), id(slashes[:long/3])},
		{"long value of twice encoded slashes", "/p/" + strings.Repeat("%252F", 9), id(strings.Repeat("%2F", 9))},
		{"long number", "/n/" + digits, fmt.Sprintf("GET /n/{int:n} n=%q", digits)},
		{"long number that is none", "/n/" + digits + "a", "404"},
		{
			"two long values", "/" + value + "/" + value + "/end",
			fmt.Sprintf("GET /{a}/{b}/end a=%q b=%q", value, value),
		},
		{"two long values to nowhere", "/" + value + "/" + value + "/other", "404"},
		{"long path without a route", "/" + value + "/" + value, "404"},
		{"deep path without a route", deep, "404"},
		{"many slashes", slashes, "404"},
		{"deep catch-all", "/f" + deep, tail(deep[1:])},
		{"catch-all of slashes", "/f" + slashes, tail(slashes[1:])},
		{"catch-all of encoded slashes", "/f/" + strings.Repeat("%2F", long/3), tail(slashes[:long/3])},
		{"catch-all of backslashes", "/f/" + strings.Repeat(`\`, long), tail(strings.Repeat(`\`, long))},
		{"catch-all with dots at the end", "/f" + deep + "/..", "404"},
		{"catch-all of dots", "/f" + dotted, tail(dotted[1:])},
		{"long dots", "/p/" + strings.Repeat(".", long), id(strings.Repeat(".", long))},
		{"long path that is no text", "/p/" + value + "%FF", "400"},
		{"long path with a NUL", "/" + value + "/%00", "400"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			if got := ask(t, table, "GET "+test.target); got != test.want {
				t.Errorf("got %s, want %s", shorten(got), shorten(test.want))
			}
		})
	}
}

func shorten(s string) string {
	if len(s) <= 100 {
		return s
	}
	return fmt.Sprintf("%s…%s (%d bytes)", s[:50], s[len(s)-50:], len(s))
}

func TestDeepPatterns(t *testing.T) {
	const depth = 300
	var params, literals, mixed, target strings.Builder
	for i := range depth {
		fmt.Fprintf(&params, "/{p%d}", i)
		fmt.Fprintf(&literals, "/s%d", i)
		if i%2 == 0 {
			fmt.Fprintf(&mixed, "/s%d", i)
		} else {
			fmt.Fprintf(&mixed, "/{m%d}", i)
		}
		fmt.Fprintf(&target, "/v%d", i)
	}
	table := newTable(t, lenient,
		"GET "+params.String(), "GET "+literals.String(), "POST "+mixed.String(), "PUT "+literals.String()+"/*")
	req := route(table, newHTTP(t, "GET", target.String()))
	for i := range depth {
		if got, want := req.Param(fmt.Sprintf("p%d", i)), fmt.Sprintf("v%d", i); got != want {
			t.Fatalf("parameter %d is %q, want %q", i, got, want)
		}
	}
	for text, want := range map[string]string{
		"GET " + literals.String():        literals.String(),
		"POST " + literals.String():       mixed.String(),
		"PUT " + literals.String() + "/x": literals.String() + "/*",
		"GET " + literals.String() + "/x": "",
		"GET " + target.String() + "/x":   "",
	} {
		method, path := cutSpace(text)
		if got := table.Match(new(router.Matcher), begin(newHTTP(t, method, path))).Pattern; got != want {
			t.Errorf("%s: got %s, want %s", shorten(text), shorten(got), shorten(want))
		}
	}
}

// Long literals take part in redirects and links like short ones.
func TestLongLiterals(t *testing.T) {
	literal := "/" + strings.Repeat("ä", long/2)
	table := urlTable(t, redirect, literal, literal+"/{id}")
	path, err := table.URL(literal+"/{id}", strings.Repeat("ö", long/2))
	if err != nil {
		t.Fatal(err)
	}
	name, values := routeBack(t, table, path)
	if name != literal+"/{id}" || len(values) != 1 || values[0] != strings.Repeat("ö", long/2) {
		t.Errorf("URL leads to %s with %s", shorten(name), shorten(fmt.Sprint(values)))
	}
	if got, want := ask(t, table, "GET "+path+"/"), "301 Location: "+path; got != want {
		t.Errorf("got %s, want %s", shorten(got), shorten(want))
	}
}

// A request that was begun with a Matcher which has seen a long path is not influenced by it.
func TestMatcherIsRecycled(t *testing.T) {
	table := newTable(t, lenient, "GET /{a}/{b}/{c}", "GET /{a}", "GET /x/*", "GET /static")
	state, m := request.NewExchange(&request.Settings{Strict: true}), new(router.Matcher)
	for range 3 {
		for _, test := range [][2]string{
			{"/" + strings.Repeat("a/", 3), `GET /{a}/{b}/{c} a="a" b="a" c="a"`},
			{"/b", `GET /{a} a="b"`},
			{"/x/y/z/0", `GET /x/* tail="y/z/0"`},
			{"/1/2", "404"},
			{"/static", "GET /static"},
			{"/%FF", "400"},
			{"/1/2/3/4", "404"},
		} {
			if got := describe(table.Serve(state, m, state.Begin(newHTTP(t, "GET", test[0])))); got != test[1] {
				t.Errorf("GET %s: got %s, want %s", test[0], got, test[1])
			}
			state.End()
		}
	}
}
