package router_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

// urlTable has one named route for each pattern; the name is the pattern.
func urlTable(t testing.TB, options router.Options, patterns ...string) *router.Table {
	t.Helper()
	r := router.New(options)
	for _, pattern := range patterns {
		r.Root().Get(pattern, named(pattern)).Name(pattern)
	}
	return build(t, r)
}

type id int

func (i id) String() string { return fmt.Sprintf("id-%d", int(i)) }

func TestURL(t *testing.T) {
	tests := []struct {
		description, pattern string
		args                 []any
		want                 string
	}{
		{"root", "/", nil, "/"},
		{"literal", "/cats/new", nil, "/cats/new"},
		{"parameter", "/cats/{id}", []any{"7"}, "/cats/7"},
		{"number", "/cats/{id}", []any{7}, "/cats/7"},
		{"Stringer", "/cats/{id}", []any{id(7)}, "/cats/id-7"},
		{"error", "/cats/{id}", []any{errors.New("x")}, "/cats/x"},
		{"in their order", "/{b}/x/{a}", []any{"1", "2"}, "/1/x/2"},
		{"slash", "/cats/{id}", []any{"a/b"}, "/cats/a%2Fb"},
		{"question mark and number sign", "/cats/{id}", []any{"a?b#c"}, "/cats/a%3Fb%23c"},
		{"percent sign", "/cats/{id}", []any{"100%"}, "/cats/100%25"},
		{"what is encoded already", "/cats/{id}", []any{"%2F"}, "/cats/%252F"},
		{"space and plus", "/cats/{id}", []any{"a b+c"}, "/cats/a%20b+c"},
		{"outside ASCII", "/cats/{id}", []any{"größe"}, "/cats/gr%C3%B6%C3%9Fe"},
		{"line break", "/cats/{id}", []any{"a\r\nb"}, "/cats/a%0D%0Ab"},
		{"backslash", "/cats/{id}", []any{`\\evil.test`}, "/cats/%5C%5Cevil.test"},
		{"host", "/{id}", []any{"//evil.test"}, "/%2F%2Fevil.test"},
		{"backslash at the start", "/{id}", []any{`\evil.test`}, "/%5Cevil.test"},
		{"catch-all", "/files/*", []any{"a/b c/d"}, "/files/a/b%20c/d"},
		{"catch-all of nothing", "/files/*", []any{""}, "/files/"},
		{"catch-all with a slash at its ends", "/files/*", []any{"/a/"}, "/files//a/"},
		{"catch-all with two slashes", "/files/*", []any{"a//b//"}, "/files/a//b//"},
		{"named catch-all", "/files/{path:rest}", []any{"a?/b"}, "/files/a%3F/b"},
		{"catch-all at the root", "/*", []any{"a/b"}, "/a/b"},
		{"catch-all at the root, of nothing", "/*", []any{""}, "/"},
		{"catch-all that starts like a host", "/*", []any{"/evil.test"}, "/%2Fevil.test"},
		{"catch-all that starts with two slashes", "/*", []any{"//evil.test"}, "/%2F/evil.test"},
		{"catch-all with a backslash", "/*", []any{`\evil.test`}, "/%5Cevil.test"},
		{"slash before a catch-all", "/u/{user}/*", []any{"a/b", "c"}, "/u/a%2Fb/c"},
		{"catch-all behind an encoded slash", "/a%2F..%2Fb/*", []any{"c//d"}, "/a%2F..%2Fb/c//d"},
		{"value pattern", "/{int:id}", []any{42}, "/42"},
		{"encoded literal", "/%3Aid/a%2Fb/caf%C3%A9/%2A", nil, "/:id/a%2Fb/caf%C3%A9/%2A"},
		{"literal outside ASCII", "/größe/{id}", []any{1}, "/gr%C3%B6%C3%9Fe/1"},
		{"percent sign in a literal", "/100%25/{id}", []any{1}, "/100%25/1"},
		{"slash at the end", "/cats/{id}/", []any{"7"}, "/cats/7"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			got, err := urlTable(t, lenient, test.pattern).URL(test.pattern, test.args...)
			if err != nil || got != test.want {
				t.Errorf("pattern %s, %q: got %s, %v; want %s", test.pattern, test.args, got, err, test.want)
			}
		})
	}
}

func TestURLKeepsTheSlashWhereItCounts(t *testing.T) {
	for _, mode := range []router.TrailingSlash{router.Strict, router.Redirect} {
		table := urlTable(t, router.Options{TrailingSlash: mode}, "/cats/{id}/", "/cats/{id}", "/dogs/", "/")
		for pattern, want := range map[string]string{"/cats/{id}/": "/cats/7/", "/cats/{id}": "/cats/7"} {
			if got, err := table.URL(pattern, 7); err != nil || got != want {
				t.Errorf("mode %d, %s: got %s, %v; want %s", mode, pattern, got, err, want)
			}
		}
		if got, err := table.URL("/dogs/"); err != nil || got != "/dogs/" {
			t.Errorf("mode %d, /dogs/: got %s, %v", mode, got, err)
		}
	}
}

func TestURLErrors(t *testing.T) {
	table := urlTable(t, router.Options{ValuePatterns: ownPatterns()}, "/cats/{id}", "/n/{int:n}/{uuid:u}", "/files/*", "/static", "/u/{user}/*",
		"/u/{user}/files/*", "/{slashed:a}/*")
	tests := []struct {
		description, name string
		args              []any
		want              string
	}{
		{"unknown name", "dogs", nil, `soay: URL of route "dogs": no route has this name`},
		{"no name", "", nil, `soay: URL of route "": no route has this name`},
		{"missing", "/cats/{id}", nil, `soay: URL of route "/cats/{id}": the value of {id} is missing`},
		{"second missing", "/n/{int:n}/{uuid:u}", []any{1}, `the value of {u} is missing`},
		{"catch-all missing", "/files/*", nil, `the value of {tail} is missing`},
		{"surplus", "/cats/{id}", []any{1, 2}, `2 values for 1 parameters`},
		{"surplus without parameters", "/static", []any{1}, `1 values for 0 parameters`},
		{"empty", "/cats/{id}", []any{""}, `value "" of {id} cannot be matched`},
		{"dot", "/cats/{id}", []any{"."}, `value "." of {id} cannot be matched`},
		{"two dots", "/cats/{id}", []any{".."}, `value ".." of {id} cannot be matched`},
		{"value pattern", "/n/{int:n}/{uuid:u}", []any{-1, "x"}, `value "-1" of {n} does not fit the pattern int`},
		{"second value pattern", "/n/{int:n}/{uuid:u}", []any{1, "x"}, `"x" of {u} does not fit the pattern uuid`},
		{"NUL", "/cats/{id}", []any{"a\x00b"}, `value "a\x00b" of {id} is no text`},
		{"no text", "/cats/{id}", []any{"a\xff"}, `value "a\xff" of {id} is no text`},
		{"NUL in a catch-all", "/files/*", []any{"a/\x00"}, `value "a/\x00" of {tail} is no text`},
		{"no text in a catch-all", "/files/*", []any{"\xc3/a"}, `value "\xc3/a" of {tail} is no text`},
		{"dot segment in a catch-all", "/files/*", []any{"a/../b"}, `value "a/../b" of {tail} has a dot segment`},
		{"dot segment alone", "/files/*", []any{".."}, `value ".." of {tail} has a dot segment`},
		{"dot segment behind a backslash", "/files/*", []any{`a\..`}, `of {tail} has a dot segment`},
		{
			"slash before a text and a catch-all", "/u/{user}/files/*", []any{"a/b", "c"},
			`soay: URL of route "/u/{user}/files/*": the path /u/a%2Fb/files/c leads elsewhere once it is cleaned`,
		},
		{"backslash before a text and a catch-all", "/u/{user}/files/*", []any{`a\b`, "c"}, `/u/a%5Cb/files/c leads elsewhere`},
		{"a slash alone before a catch-all", "/u/{user}/*", []any{"/", "c"}, `/u/%2F/c leads elsewhere`},
		{"value that needs its slash before a catch-all", "/{slashed:a}/*", []any{"a/b", "c"}, `/a%2Fb/c leads elsewhere`},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			got, err := table.URL(test.name, test.args...)
			if got != "" || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("URL(%q, %q) = %q, %v; want the error %s", test.name, test.args, got, err, test.want)
			}
		})
	}
}

// routeBack returns the name and the values of the route that a path leads to.
func routeBack(t testing.TB, table *router.Table, path string) (name string, values []string) {
	t.Helper()
	req := route(table, newHTTP(t, "GET", path))
	for _, value := range req.Params() {
		values = append(values, value)
	}
	if route := req.Route(); route != nil {
		name = route.Name
	}
	return name, values
}

func TestURLLeadsBack(t *testing.T) {
	values := []string{
		"a", "7", "a/b", "/", "//", "/a", "a/", "%", "%2F", "%252F", "%00", "?", "#", "a?b#c", " ", "+", "a b", "é",
		"%C3%A9", "🐑", `\`, `\a`, ":", ":id", "*", "{id}", "a;b", "a,b", "a=b&c", "@", "a:b", "~", "'", `"`, "<", ">",
		"^", "`", "|", "\r\n", "\t", "\x7f", "...", ".a", "a.", "a..b", "\u2028", "\ufeff", "http://evil.test/",
		strings.Repeat("x/", 1000),
	}
	patterns := []string{"/{a}", "/p/{a}", "/p/{a}/x", "/{a}/y/{b}", "/f/*", "/{a}/z/*", "/*", "/%2F%3A/{a}/é"}
	for _, mode := range []router.TrailingSlash{router.Lenient, router.Strict, router.Redirect} {
		for _, pattern := range patterns {
			table := urlTable(t, router.Options{TrailingSlash: mode}, pattern)
			for i, value := range values {
				params := strings.Count(pattern, "{") + strings.Count(pattern, "*")
				want := []string{value, values[(i+1)%len(values)]}[:params]
				args := make([]any, len(want))
				for i := range want {
					args[i] = want[i]
				}
				path, err := table.URL(pattern, args...)
				if pattern == "/{a}/z/*" && strings.ContainsAny(want[0], `/\`) {
					continue // see TestURLErrors
				}
				if err != nil {
					t.Errorf("mode %d, URL(%s, %q): %v", mode, pattern, args, err)
					continue
				}
				if leavesHost(path) {
					t.Errorf("mode %d, URL(%s, %q) = %s, which is another host", mode, pattern, args, path)
				}
				if name, got := routeBack(t, table, path); name != pattern || !slices.Equal(got, want) {
					t.Errorf("mode %d, URL(%s, %q) = %s, which leads to %q with %q",
						mode, pattern, args, path, name, got)
				}
			}
		}
	}
}

// The route of a request knows its name, for links back to itself.
func TestNameOfTheRoute(t *testing.T) {
	r := router.New(lenient)
	r.Root().Get("/cats/{id}", named("x")).Name("first").Name("cat")
	r.Root().Get("/dogs/{id}", named("x"))
	table := build(t, r)
	for path, want := range map[string]string{"/cats/7": "cat", "/dogs/7": ""} {
		if got := table.Match(new(router.Matcher), begin(newHTTP(t, "GET", path))).Name; got != want {
			t.Errorf("GET %s: name %q, want %q", path, got, want)
		}
	}
	if got, err := table.URL("first", 1); err == nil {
		t.Errorf("URL of a name that was replaced = %s, want an error", got)
	}
}
