package router_test

import (
	"testing"

	"github.com/soay-go/soay/router"
)

// Find returns what a request of another method would get, and nil where no route of the app has the path.
func TestFind(t *testing.T) {
	for _, options := range []router.Options{{}, {TrailingSlash: router.Redirect}, {TrailingSlash: router.Strict}} {
		table := newTable(t, options, "GET /", "GET /cats", "POST /cats", "PUT /cats/{id}", "GET /files/*", "OPTIONS /own", "GET /own")
		for _, target := range []string{"/", "/cats", "/cats/", "/cats/7", "/files/a/b", "/files//a", "/own", "/none", "/a%2Fb", "/cats/%FF", "*"} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "get", ""} {
				asks := newHTTP(t, "OPTIONS", target)
				asks.RequestURI = target
				found := table.Find(begin(asks), method)
				want := table.Match(new(router.Matcher), begin(newHTTP(t, method, target)))
				switch {
				case found == nil:
					if want.Pattern != "" {
						t.Errorf("%s %s: nothing, want %s", method, target, want.Pattern)
					}
				case found != want:
					t.Errorf("%s %s: %q, want %q", method, target, found.Pattern, want.Pattern)
				}
			}
		}
	}
	table := newTable(t, router.Options{}, "GET /cats")
	for target, want := range map[string]bool{"/cats": true, "/none": false, "/cats/%FF": false, "*": false} {
		if found := table.Find(begin(newHTTP(t, "OPTIONS", target)), "PUT"); (found != nil) != want {
			t.Errorf("PUT %s: %v, want one that answers 405: %t", target, found, want)
		}
	}
}
