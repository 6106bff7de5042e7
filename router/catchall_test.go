package router_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

// A path that would be another one once it is decoded and cleaned, as it is by what opens files, does not lead to a
// catch-all and so past the routes of that other path.
func TestCatchAllsTakeCleanPathsOnly(t *testing.T) {
	routes := []string{"GET /*", "GET /admin/*", "GET /u/{user}/*", "GET /a%2Fb/*"}
	tests := []asked{
		{"the guarded path", "GET /admin/private.txt", `GET /admin/* tail="private.txt"`},
		{"another path", "GET /admins/private.txt", `GET /* tail="admins/private.txt"`},
		{"the folder without its slash", "GET /admin", `GET /* tail="admin"`},
		{"encoded slash", "GET /admin%2Fprivate.txt", "404"},
		{"encoded slash in small letters", "GET /admin%2fprivate.txt", "404"},
		{"encoded slash at the start", "GET /%2Fadmin/private.txt", "404"},
		{"encoded slash at the end", "GET /public%2F", "404"},
		{"encoded slash alone", "GET /%2F", "404"},
		{"encoded slash behind the guard", "GET /admin/a%2Fb", "404"},
		{"encoded backslash", "GET /admin%5Cprivate.txt", "404"},
		{"encoded backslash in small letters", "GET /admin%5cprivate.txt", "404"},
		{"backslash", `GET /admin\private.txt`, "404"},
		{"backslash at the start", `GET /\admin\private.txt`, "404"},
		{"two slashes at the start", "GET //admin/private.txt", "404"},
		{"two slashes inside", "GET /public//private.txt", "404"},
		{"two slashes at the end", "GET /public//", "404"},
		{"dot segment", "GET /./admin/private.txt", "404"},
		{"encoded dot segments", "GET /public/%2e%2E/admin/private.txt", "404"},
		{"slash at the end", "GET /public/", `GET /* tail="public/"`},
		{"twice encoded slash", "GET /admin%252Fprivate.txt", `GET /* tail="admin%2Fprivate.txt"`},
		{"twice encoded backslash", "GET /admin%255C", `GET /* tail="admin%5C"`},
		{"other encoded characters", "GET /%61dmins/a%20b%3F", `GET /* tail="admins/a b?"`},
		{"encoded letters of the guarded path", "GET /%61dmin/x", `GET /admin/* tail="x"`},
		{"a value before a catch-all", "GET /u/tom/x", `GET /u/{user}/* user="tom" tail="x"`},
		{"encoded slash in a value before it", "GET /u/tom%2Fadmin/x", "404"},
		{"encoded backslash in a value before it", "GET /u/tom%5Cadmin/x", "404"},
		{"encoded slash of the pattern", "GET /a%2fb/c", `GET /a%2Fb/* tail="c"`},
		{"405 for a clean path", "PUT /admin/x", "405 Allow: GET, HEAD, OPTIONS"},
		{"404 for another", "PUT /admin%2Fx", "404"},
		{"OPTIONS for another", "OPTIONS /admin%2Fx", "404"},
	}
	t.Run("tried", func(t *testing.T) { askAll(t, newTable(t, lenient, routes...), tests) })
	for i := range 20 { // so many that they are looked up
		routes = append(routes, fmt.Sprintf("GET /more%d/*", i))
	}
	t.Run("looked up", func(t *testing.T) { askAll(t, newTable(t, lenient, routes...), tests) })
}

// Who wants the other paths says so.
func TestCatchAllsOfAllPaths(t *testing.T) {
	askAll(t, newTable(t, lenient, "GET /{any:key}", "GET /admin/*", "GET /u/{user}/{any:key}", "PUT /both/*",
		"PUT /both/{any:key}"), []asked{
		{"clean", "GET /a/b", `GET /{any:key} key="a/b"`},
		{"encoded slash", "GET /a%2Fb", `GET /{any:key} key="a/b"`},
		{"encoded backslash", "GET /a%5Cb", `GET /{any:key} key="a\\b"`},
		{"empty segments", "GET //a//b//", `GET /{any:key} key="/a//b//"`},
		{"URL in a path", "GET /http://a.test/b", `GET /{any:key} key="http://a.test/b"`},
		{"dot segments stay out", "GET /a/../b", "404"},
		{"behind a value with a slash", "GET /u/a%2Fb/c//d", `GET /u/{user}/{any:key} user="a/b" key="c//d"`},
		{"clean paths go to the other catch-all", "PUT /both/a", `PUT /both/* tail="a"`},
		{"all others do not", "PUT /both/a%2Fb", `PUT /both/{any:key} key="a/b"`},
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
