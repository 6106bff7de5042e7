package request

import (
	"errors"
	"fmt"
)

// errNoRoutes is the error in tests of single handlers, which have no app.
var errNoRoutes = errors.New("the request has no routes; those of an app have, see requesttest.New")

// errNoURLs is the error of a late use.
var errNoURLs = errors.New("the request has ended")

// URLFor returns the path of a named route of the app, with its parameters replaced by args in their order:
//
//	app.Get("/cats/{int:id}", show).Name("cat")
//
//	location, err := req.URLFor("cat", 7) // "/cats/7"
//
// Values are escaped. An unknown name, a missing or surplus value and one that the route would not match are
// errors. So is a request of a unit test, which has no app, and one that has ended. A detached request still knows
// the routes. Several goroutines may call it.
func (r Request) URLFor(name string, args ...any) (string, error) {
	if !r.live() {
		return "", fmt.Errorf("soay: URL of route %q: %w", name, errNoURLs)
	}
	find := r.exchange.settings.URL
	if find == nil {
		return "", fmt.Errorf("soay: URL of route %q: %w", name, errNoRoutes)
	}
	return find(name, args...)
}

// Asset returns the URL of a static file for its plain path, such as /static/app.css: one that changes with the content of
// the file, so that browsers may keep it for ever. It returns the path itself where the app has no such file, in an app without
// static files, in a unit test, and when the request has ended. Several goroutines may call it.
func (r Request) Asset(path string) string {
	if files := StateOf(r).Assets(); files != nil {
		if url, ok := files.URL(path); ok {
			return url
		}
	}
	return path
}
