package router_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// slashRoutes have slashes at their ends and have none; only strict tables tell /both and /both/ apart.
var slashRoutes = []string{
	"GET /", "GET /plain", "POST /plain", "GET /slash/", "GET /p/{id}", "GET /q/{id}/", "GET /files/*",
	"GET /e%2F",
}

func TestLenientSlash(t *testing.T) {
	askAll(t, newTable(t, lenient, slashRoutes...), []asked{
		{"root", "GET /", "GET /"},
		{"literal", "GET /plain", "GET /plain"},
		{"literal with a slash", "GET /plain/", "GET /plain"},
		{"literal with two slashes", "GET /plain//", "404"},
		{"pattern with a slash", "GET /slash/", "GET /slash/"},
		{"pattern with a slash, without", "GET /slash", "GET /slash/"},
		{"parameter", "GET /p/7", `GET /p/{id} id="7"`},
		{"parameter with a slash", "GET /p/7/", `GET /p/{id} id="7"`},
		{"parameter and pattern with a slash", "GET /q/7/", `GET /q/{id}/ id="7"`},
		{"pattern with a slash, parameter without", "GET /q/7", `GET /q/{id}/ id="7"`},
		{"nothing where a parameter stands", "GET /p/", "404"},
		{"two slashes where a parameter stands", "GET /p//", "404"},
		{"catch-all keeps its slash", "GET /files/a/", `GET /files/* tail="a/"`},
		{"catch-all without its slash", "GET /files", "404"},
		{"catch-all for nothing", "GET /files/", `GET /files/* tail=""`},
		{"catch-all keeps two slashes", "GET /files/a//", `GET /files/* tail="a//"`},
		{"catch-all of two slashes", "GET /files//", `GET /files/* tail="/"`},
		{"catch-all of slashes", "GET /files///", `GET /files/* tail="//"`},
		{"encoded slash at the end", "GET /plain%2F", "404"},
		{"encoded slash as a value", "GET /p/%2F", `GET /p/{id} id="/"`},
		{"encoded slash and a slash", "GET /p/%2F/", `GET /p/{id} id="/"`},
		{"encoded slash of a literal", "GET /e%2f", "GET /e%2F"},
		{"encoded slash of a literal and a slash", "GET /e%2F/", "GET /e%2F"},
		{"405 with a slash", "DELETE /plain/", "405 Allow: GET, HEAD, OPTIONS, POST"},
		{"OPTIONS with a slash", "OPTIONS /plain/", "204 Allow: GET, HEAD, OPTIONS, POST"},
	})
}

func TestStrictSlash(t *testing.T) {
	routes := append([]string{"GET /both", "GET /both/", "GET /r/{id}", "GET /r/{id}/"}, slashRoutes...)
	askAll(t, newTable(t, strict, routes...), []asked{
		{"root", "GET /", "GET /"},
		{"two slashes", "GET //", "404"},
		{"literal", "GET /plain", "GET /plain"},
		{"literal with a slash", "GET /plain/", "404"},
		{"pattern with a slash", "GET /slash/", "GET /slash/"},
		{"pattern with a slash, without", "GET /slash", "404"},
		{"both", "GET /both", "GET /both"},
		{"both with a slash", "GET /both/", "GET /both/"},
		{"parameter", "GET /p/7", `GET /p/{id} id="7"`},
		{"parameter with a slash", "GET /p/7/", "404"},
		{"pattern with a slash behind a parameter", "GET /q/7/", `GET /q/{id}/ id="7"`},
		{"the same without", "GET /q/7", "404"},
		{"both behind a parameter", "GET /r/7", `GET /r/{id} id="7"`},
		{"both behind a parameter, with a slash", "GET /r/7/", `GET /r/{id}/ id="7"`},
		{"catch-all without its slash", "GET /files", "404"},
		{"catch-all for a slash", "GET /files/", `GET /files/* tail=""`},
		{"catch-all keeps its slash", "GET /files/a/", `GET /files/* tail="a/"`},
	})
}

func TestRedirectSlash(t *testing.T) {
	routes := append([]string{"GET /both", "GET /both/", "GET /x/{a}/{b}"}, slashRoutes...)
	askAll(t, newTable(t, redirect, routes...), []asked{
		{"root", "GET /", "GET /"},
		{"literal", "GET /plain", "GET /plain"},
		{"to the literal without", "GET /plain/", "301 Location: /plain"},
		{"HEAD", "HEAD /plain/", "301 Location: /plain"},
		{"POST keeps its method", "POST /plain/", "308 Location: /plain"},
		{"a method that is not there either", "DELETE /plain/", "308 Location: /plain"},
		{"OPTIONS", "OPTIONS /plain/", "308 Location: /plain"},
		{"405 comes before a redirect", "DELETE /both", "405 Allow: GET, HEAD, OPTIONS"},
		{"to the literal with", "GET /slash", "301 Location: /slash/"},
		{"one slash at a time", "GET /slash//", "301 Location: /slash/"},
		{"not two", "GET /plain//", "404"},
		{"both", "GET /both", "GET /both"},
		{"both with a slash", "GET /both/", "GET /both/"},
		{"catch-all without its slash", "GET /files", "301 Location: /files/"},
		{"catch-all for nothing", "GET /files/", `GET /files/* tail=""`},
		{"parameter", "GET /p/7/", "301 Location: /p/7"},
		{"parameter with", "GET /q/7", "301 Location: /q/7/"},
		{"query stays", "GET /plain/?a=1&b=%2F&c", "301 Location: /plain?a=1&b=%2F&c"},
		{"query with a URL", "GET /plain/?next=//evil.test/", "301 Location: /plain?next=//evil.test/"},
		{"query with question marks", "GET /plain/??a=/", "301 Location: /plain??a=/"},
		{"query with a backslash", `GET /plain/?a=\b`, "301 Location: /plain?a=%5Cb"},
		{"empty query", "GET /plain/?", "301 Location: /plain"},
		{"encoded slash stays encoded", "GET /p/a%2Fb/", "301 Location: /p/a%2Fb"},
		{"encoded slash beside characters outside ASCII", "GET /p/é%2Fb/", "301 Location: /p/%C3%A9%2Fb"},
		{"encoded percent sign", "GET /p/a%252Fb/", "301 Location: /p/a%252Fb"},
		{"encoded question mark", "GET /p/a%3Fb/", "301 Location: /p/a%3Fb"},
		{"encoded number sign", "GET /p/a%23b/", "301 Location: /p/a%23b"},
		{"encoded line break", "GET /p/a%0D%0Ab/", "301 Location: /p/a%0D%0Ab"},
		{"encoded slash at the end", "GET /e%2F/", "301 Location: /e%2F"},
		{"nothing there", "GET /nothing/", "404"},
		{"no text", "GET /q/%FF", "400"},
		{"NUL", "GET /q/%00", "400"},
		{"dot segment", "GET /q/%2e%2e", "404"},
	})
}

// leavesHost reports whether a browser at http://victim.test would go elsewhere. Browsers take \ for / and drop tabs
// and line breaks, which a parser of URLs does not.
func leavesHost(location string) bool {
	location = strings.NewReplacer(`\`, "/", "\t", "", "\r", "", "\n", "").Replace(location)
	base := &url.URL{Scheme: "http", Host: "victim.test", Path: "/"}
	u, err := base.Parse(location)
	return err != nil || u.Host != "victim.test" || u.Scheme != "http"
}

// evilTargets are request targets that a browser may take for another host if a redirect repeats them.
func evilTargets() []string {
	starts := []string{
		"/", "//", "///", `/\`, `/\\`, "/%2F", "/%2f%2F", "/%5C", "/%5c/", "/%09/", "/%0A", "/%20", "/.", "/..//",
		"/%2e%2e/",
	}
	hosts := []string{
		"", "evil.test", "evil%2Etest", "user@evil.test", "user:p@evil.test:80", "http:", "http://evil.test",
		"javascript:alert(1)",
	}
	ends := []string{
		"", "/", "//", `\`, "%2F", "%2f/", "%5C/", "/%2F", "/a/b", "/a/b/", "/x", "/x/", "?/", "/?a", "/?//evil.test/",
	}
	var targets []string
	for _, start := range starts {
		for _, host := range hosts {
			for _, end := range ends {
				targets = append(targets, start+host+end)
			}
		}
	}
	return targets
}

func TestRedirectsNeverLeaveTheHost(t *testing.T) {
	// These patterns match much, but have no catch-all at the root, which would leave nothing to redirect.
	table := newTable(t, redirect,
		"GET /{a}", "GET /{a}/{b}", "GET /{a}/{b}/{c}/", "GET /", "GET /%2Fevil.test", `GET /\evil.test/x/`,
		"GET /x/*")
	redirects := 0
	for _, target := range evilTargets() {
		location, found := strings.CutPrefix(ask(t, table, "GET "+target), "301 Location: ")
		if !found {
			continue
		}
		redirects++
		if leavesHost(location) || !strings.HasPrefix(location, "/") {
			t.Errorf("GET %s: redirect to %s", target, location)
		}
		if again := ask(t, table, "GET "+location); kindOfAnswer(again) != "route" {
			t.Errorf("GET %s: redirect to %s, which answers %s", target, location, again)
		}
		u := newHTTP(t, "GET", target).URL
		if path, query, _ := strings.Cut(location, "?"); query != u.RawQuery || !sameButSlash(path, u) {
			t.Errorf("GET %s: redirect to %s, which is another resource", target, location)
		}
	}
	if redirects < 100 {
		t.Errorf("only %d redirects, so this has tested little", redirects)
	}
}

// sameButSlash reports whether a path is that of u but for slashes at its ends.
func sameButSlash(path string, u *url.URL) bool {
	decoded, err := url.PathUnescape(path)
	return err == nil && strings.Trim(decoded, "/") == strings.Trim(u.Path, "/")
}

// A request in absolute form, as proxies get it, is redirected on this host all the same.
func TestRedirectOfAbsoluteForm(t *testing.T) {
	table := newTable(t, redirect, "GET /{a}")
	for _, target := range []string{
		"http://evil.test/cats/", "http://evil.test:80/cats/", "https://user:p@evil.test/cats/",
	} {
		if got := ask(t, table, http.MethodGet+" "+target); got != "301 Location: /cats" {
			t.Errorf("GET %s: got %s, want a redirect to /cats", target, got)
		}
	}
}
