package router_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

// bytesChooser makes choices out of the bytes of a fuzzer, and zeros when they run out.
func bytesChooser(b []byte) chooser {
	return func(n int) int {
		if len(b) == 0 {
			return 0
		}
		c := int(b[0])
		b = b[1:]
		return c % n
	}
}

func FuzzMatchEqualsNaiveMatcher(f *testing.F) {
	for seed := range uint64(8) {
		b := make([]byte, 256)
		rng := rand.New(rand.NewPCG(seed, 0))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, choices []byte) {
		choose := bytesChooser(choices)
		n := newNaive(choose)
		table := n.table(t)
		for range 4 {
			if got, want, request := n.compare(t, table, new(router.Matcher), choose); got != want {
				t.Fatalf("%s\n%s\n got %s\nwant %s", n, request, got, want)
			}
		}
	})
}

// FuzzURLLeadsBack states that the path which URL makes of a pattern and values leads to the pattern with these
// values.
func FuzzURLLeadsBack(f *testing.F) {
	for _, pattern := range []string{
		"/", "/a/{b}", "/:a/<b>/{c}", "/{int:n}/x/{uuid:u}", "/f/*", "/*", "/{a}/{path:rest}", "/%2F/%3A/é/{a}/",
		"/{vowels:v}/*", "/{a", "/{a}.x", "//", "/a b/{x}", "/%00", "/\xff", "/%", "/../{a}", "/{slashed:s}",
		"/<float:f>/", `/\/{a}`, "/a:b/{c}",
	} {
		for _, value := range []string{
			"7", "a/b", "/", "//evil.test", "..", "a/../b", "%2F", "", "é?#", "aeiou", "\x00", "\xff", `\`,
		} {
			f.Add(pattern, value, uint8(len(pattern)))
		}
	}
	f.Fuzz(func(t *testing.T, pattern, value string, mode uint8) {
		r := router.New(router.Options{TrailingSlash: router.TrailingSlash(mode % 3), ValuePatterns: ownPatterns()})
		r.Root().Get(pattern, named("x")).Name("name")
		table, err := r.Build(router.Config{})
		if err != nil {
			if !strings.Contains(err.Error(), fmt.Sprintf("pattern %q", pattern)) {
				t.Fatalf("pattern %q: the error does not name it: %v", pattern, err)
			}
			return
		}
		links := 0
		for n := range strings.Count(pattern, "/") + 1 {
			path, err := table.URL("name", slices.Repeat([]any{value}, n)...)
			if err != nil {
				continue
			}
			links++
			checkLink(t, table, pattern, path, slices.Repeat([]string{value}, n))
		}
		if links > 1 {
			t.Errorf("pattern %q takes %q in different numbers", pattern, value)
		}
		if links == 0 && strings.Trim(value, "abc") == "" && value != "" && !strings.Contains(pattern, ":") {
			t.Errorf("pattern %q refuses %q", pattern, value)
		}
	})
}

// checkLink checks where a path leads to.
func checkLink(t *testing.T, table *router.Table, pattern, path string, values []string) {
	t.Helper()
	if leavesHost(path) {
		t.Errorf("pattern %q, values %q: %s is another host", pattern, values, path)
	}
	if _, ok := split(path); !ok || !isASCII(path) {
		t.Errorf("pattern %q, values %q: %s is not properly encoded", pattern, values, path)
	}
	if name, got := routeBack(t, table, path); name != "name" || !slices.Equal(got, values) {
		t.Errorf("pattern %q, values %q: %s leads to %q with %q", pattern, values, path, name, got)
	}
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// FuzzMatchOfAnyPath states what holds for every path: values never are dot segments, and those of catch-alls have
// none; a redirect stays on the host and leads to a route; the answer does not depend on what the Matcher has seen.
func FuzzMatchOfAnyPath(f *testing.F) {
	for _, path := range []string{
		"/", "//", "/a", "/a/", "/7/x", "/a/b/c/", "/f/../x", "/f/%2e%2e%2f", `/\evil.test/`, "/%FF", "/%00",
		"/é%2F/", "//evil.test/", "/%5Cevil.test", "/%2F%2Fevil.test/x",
	} {
		f.Add(path)
	}
	routes := []string{
		"GET /{a}", "GET /{int:n}/x/", "GET /a/{b}/c", "GET /f/*", "GET /a/b/", "POST /a/b", "GET /{x}/{y}/{z}/",
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, mode := range []router.TrailingSlash{router.Lenient, router.Strict, router.Redirect} {
			checkPath(t, newTable(t, router.Options{TrailingSlash: mode}, routes...), path)
		}
	})
}

func checkPath(t *testing.T, table *router.Table, path string) {
	hr := newHTTP(t, "GET", "/")
	hr.URL.Path, hr.URL.RawPath = path, ""
	if decoded, ok := split("/" + path); ok {
		hr.URL.Path, hr.URL.RawPath = "/"+strings.Join(decoded, "/"), "/"+path
	}
	m := new(router.Matcher)
	req := begin(hr)
	first := table.Match(m, req)
	if again := table.Match(m, req); again != first {
		t.Errorf("path %q: two answers of one Matcher", path)
	}
	for name, value := range route(table, hr).Params() {
		if strings.Contains(value, "\x00") || hasDot(value) || value == "" && name != "tail" {
			t.Errorf("path %q: parameter %s is %q", path, name, value)
		}
	}
	checkRedirect(t, table, path, describe(serve(table, m, hr)))
}

func checkRedirect(t *testing.T, table *router.Table, path, answer string) {
	t.Helper()
	_, location, found := strings.Cut(answer, " Location: ")
	if !found {
		return
	}
	if leavesHost(location) {
		t.Errorf("path %q: redirect to %s", path, location)
	}
	if answer := ask(t, table, "GET "+location); kindOfAnswer(answer) != "route" {
		t.Errorf("path %q: redirect to %s, which answers %s", path, location, answer)
	}
}
