package router_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

// A path that is another one once it is decoded and cleaned, as it is by what opens files, does not lead to a catch-all
// and so past the route of that other path.
func TestCatchAllsDoNotTakeThePathsOfOthers(t *testing.T) {
	routes := []string{"GET /*", "GET /admin/*", "GET /deep/admin/{file}", "GET /admins/plan.txt", "POST /posts/*"}
	tests := []asked{
		{"the guarded path", "GET /admin/private.txt", `GET /admin/* tail="private.txt"`},
		{"another path", "GET /admins/private.txt", `GET /* tail="admins/private.txt"`},
		{"the folder without its slash", "GET /admin", `GET /* tail="admin"`},
		{"encoded slash", "GET /admin%2Fprivate.txt", "404"},
		{"encoded slash in small letters", "GET /admin%2fprivate.txt", "404"},
		{"encoded slash at the start", "GET /%2Fadmin/private.txt", "404"},
		{"encoded slash at the end", "GET /admin%2F", "404"},
		{"encoded backslash", "GET /admin%5Cprivate.txt", "404"},
		{"encoded backslash in small letters", "GET /admin%5cprivate.txt", "404"},
		{"backslash", `GET /admin\private.txt`, "404"},
		{"backslash at the start", `GET /\admin\private.txt`, "404"},
		{"two slashes at the start", "GET //admin/private.txt", "404"},
		{"three slashes", "GET ///admin///private.txt", "404"},
		{"dot segment", "GET /./admin/private.txt", "404"},
		{"encoded dot segments", "GET /public/%2e%2E/admin/private.txt", "404"},
		{"a route with a parameter", "GET /deep//admin/plan.txt", "404"},
		{"a value with a backslash", `GET /deep//admin/a\b`, "404"},
		{"a value with an encoded slash", "GET /deep//admin/a%2Fb", "404"},
		{"a value with both", `GET /deep//admin/a%2Fb\c`, "404"},
		{"a route without parameters", "GET /admins%2Fplan.txt", "404"},
		{"the same with a slash", "GET /admins//plan.txt/", "404"},
		{"a route of another method", "GET /posts%2Fx", `GET /* tail="posts/x"`},
		{"the other methods of the clean path", "PUT /posts%2Fx", "404"},
		{"the same ones", "PUT /admin%2Fx", "405 Allow: GET, HEAD, OPTIONS"},
		{"HEAD", "HEAD /admin%2Fprivate.txt", "404"},
		{"OPTIONS", "OPTIONS /posts%2Fx", "404"},
		{"nearly the guarded path", "GET /admin%252Fprivate.txt", `GET /* tail="admin%2Fprivate.txt"`},
		{"encoded letters", "GET /%61dmin/x", `GET /admin/* tail="x"`},
	}
	t.Run("tried", func(t *testing.T) { askAll(t, newTable(t, lenient, routes...), tests) })
	for i := range 20 { // so many that they are looked up
		routes = append(routes, fmt.Sprintf("GET /more%d/*", i))
	}
	t.Run("looked up", func(t *testing.T) { askAll(t, newTable(t, lenient, routes...), tests) })
}

// A path that is the catch-all's once it is clean is taken as it was sent.
func TestCatchAllsTakeTheirOwnPathsAsSent(t *testing.T) {
	askAll(t, newTable(t, lenient, "GET /*", "GET /admin/*", "GET /u/{user}/*", "GET /v/{user}/files/*", "GET /a%2Fb/*",
		`GET /c\d/{x}/*`, "GET /n/{int:n}/*"), []asked{
		{"two slashes at the start", "GET //b/x", `GET /* tail="/b/x"`},
		{"two slashes inside and at the end", "GET /a//b//", `GET /* tail="a//b//"`},
		{"slashes alone", "GET ///", `GET /* tail="//"`},
		{"encoded slash", "GET /a%2Fb%20c", `GET /* tail="a/b c"`},
		{"encoded slash alone", "GET /%2F", `GET /* tail="/"`},
		{"encoded slash at the end", "GET /public%2F", `GET /* tail="public/"`},
		{"backslash", "GET /\"<>{}|^`\\", "GET /* tail=\"\\\"<>{}|^`\\\\\""},
		{"encoded backslash", "GET /a%5Cb", `GET /* tail="a\\b"`},
		{"URL in a path", "GET /http://a.test/b", `GET /* tail="http://a.test/b"`},
		{"hidden file", "GET /.well-known/x", `GET /* tail=".well-known/x"`},
		{"dot segment", "GET /a/../b", "404"},
		{"below a folder", "GET /admin//x%2Fy", `GET /admin/* tail="/x/y"`},
		{"a value before it", "GET /u/tom/x", `GET /u/{user}/* user="tom" tail="x"`},
		{"encoded slash in a value before it", "GET /u/a%2Fb/c", `GET /u/{user}/* user="a/b" tail="c"`},
		{"encoded backslash in a value before it", "GET /u/a%5Cb/c", `GET /u/{user}/* user="a\\b" tail="c"`},
		{"the same before a text", "GET /v/a%2Fb/files/c", "404"},
		{"at the end of a value before a text", "GET /v/a%2F/files/c", `GET /v/{user}/files/* user="a/" tail="c"`},
		{"a slash as the value", "GET /u/%2F/c", "404"},
		{"value pattern", "GET /n/7//x", `GET /n/{int:n}/* n="7" tail="/x"`},
		{"encoded slash of the pattern", "GET /a%2fb/c", `GET /a%2Fb/* tail="c"`},
		{"the same and more", "GET /a%2Fb//c%2Fd", `GET /a%2Fb/* tail="/c/d"`},
		{"backslash of the pattern", "GET /c%5Cd/e%5Cf/g", `GET /c\d/{x}/* x="e\\f" tail="g"`},
		{"405", "PUT /a//b", "405 Allow: GET, HEAD, OPTIONS"},
		{"OPTIONS", "OPTIONS /a//b", "204 Allow: GET, HEAD, OPTIONS"},
	})
}

// The clean path passes the same filters.
func TestCatchAllsOfGroups(t *testing.T) {
	r := router.New(lenient)
	register(r.Root(), "GET /*", "PUT /files/*")
	register(r.Root().Group("").Header("Guarded", "yes"), "GET /admin/*")
	table := build(t, r)
	guarded := withHeader("Guarded", "yes")
	for _, test := range []struct {
		text   string
		change []func(*http.Request)
		want   string
	}{
		{"GET /admin%2Fx", nil, `GET /* tail="admin/x"`},
		{"GET /admin%2Fx", []func(*http.Request){guarded}, "404"},
		{"GET //admin", []func(*http.Request){guarded}, `GET /* tail="/admin"`},
		{"PUT /files//x", []func(*http.Request){guarded}, `PUT /files/* tail="/x"`},
	} {
		if got := ask(t, table, test.text, test.change...); got != test.want {
			t.Errorf("%s, %d headers: got %s, want %s", test.text, len(test.change), got, test.want)
		}
	}
}

// With a slash that counts, a path and the one with the slash are two, clean or not.
func TestCatchAllsAndTheSlashAtTheEnd(t *testing.T) {
	routes := []string{"GET /*", "GET /files/*", "GET /plan.txt"}
	for _, test := range []struct {
		options router.Options
		want    string
	}{
		{lenient, "404"}, {strict, `GET /* tail="/plan.txt/"`}, {redirect, `GET /* tail="/plan.txt/"`},
	} {
		askAll(t, newTable(t, test.options, routes...), []asked{
			{"without", "GET //plan.txt", "404"},
			{"with", "GET //plan.txt/", test.want},
			{"folder without", "GET //files", `GET /* tail="/files"`},
			{"folder with", "GET //files/", "404"},
			{"folder with two", "GET /files//", `GET /files/* tail="/"`},
			{"below with two", "GET /files/a//", `GET /files/* tail="a//"`},
		})
	}
}

// A redirect leads to a path that is served.
func TestCatchAllsAndRedirects(t *testing.T) {
	askAll(t, newTable(t, redirect, "GET /u/{user}/*", "GET /u/tom/admin/"), []asked{
		{"to a catch-all", "GET /u/a%2Fb", "301 Location: /u/a%2Fb/"},
		{"which takes it", "GET /u/a%2Fb/", `GET /u/{user}/* user="a/b" tail=""`},
		{"to none that does not take it", "GET /u/tom%2Fadmin", "404"},
		{"which it does not", "GET /u/tom%2Fadmin/", "404"},
	})
}

// However many catch-alls there are, only those whose texts are those of the path are compared with it.
func TestManyCatchAllsBehindAParameter(t *testing.T) {
	const count = 2000
	for _, beside := range []string{"", "GET /{counted:a}/{b}", "GET /{counted:a}/{b}/{c}/"} {
		asks := 0
		r := router.New(router.Options{ValuePatterns: []router.ValuePattern{{Name: "counted", Match: func(string) bool {
			asks++
			return true
		}}}})
		for i := range count {
			register(r.Root(), fmt.Sprintf("GET /{counted:p}/x%d/*", i))
		}
		if beside != "" {
			register(r.Root(), beside)
		}
		table := build(t, r)
		value := strings.Repeat("v", long)
		for target, want := range map[string]string{
			"/" + value + "/x1999/a": fmt.Sprintf("GET /{counted:p}/x1999/* p=%q tail=\"a\"", value),
			"/" + value + "/y/a/b/c": "404",
			"/" + value + "/x/a/b/c": "404",
			"/x1/" + value + "/x1/1": "404",
		} {
			asks = 0
			if got := ask(t, table, "GET "+target); got != want {
				t.Errorf("beside %q: got %s, want %s", beside, shorten(got), shorten(want))
			}
			if asks > 3 {
				t.Errorf("beside %q: %s was compared with a value pattern %d times", beside, shorten(target), asks)
			}
		}
	}
}
