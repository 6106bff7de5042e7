package router

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
)

// Route is one registered route. Its methods refine it and return it again; they belong before the
// start of the app.
type Route struct {
	router     *Router
	group      *group
	methods    []string
	text       string // the whole pattern
	name       string
	source     string
	handler    Handler
	middleware []Middleware
	maxBody    int64
	exempt     bool // from the check against forged requests
	doc        Doc
	typed      *typed // nil for a plain Handler

	pattern pattern
	slash   bool           // pattern was registered with a slash at its end, which it lacks
	live    *request.Route // what requests get to know, made by Build
}

// Name names the route for URL. Names are unique in an app.
func (r *Route) Name(name string) *Route {
	if r.router.open("Name") {
		r.name = name
	}
	return r
}

// Use adds middleware to this route, inside that of its groups.
func (r *Route) Use(middleware ...Middleware) *Route {
	if r.router.open("Use") {
		r.middleware = append(r.middleware, r.router.checked(middleware)...)
	}
	return r
}

// MaxBody sets how many bytes a request body may have on this route, in place of the app's limit.
func (r *Route) MaxBody(bytes int64) *Route {
	if bytes <= 0 {
		r.router.fail("MaxBody: %d is not positive", bytes)
	} else if r.router.open("MaxBody") {
		r.maxBody = bytes
	}
	return r
}

// IgnoreAntiForgery exempts the route from the check against forged requests: for one with another
// proof of who sends, such as a signed webhook. It shows in App.Routes.
func (r *Route) IgnoreAntiForgery() *Route {
	if r.router.open("IgnoreAntiForgery") {
		r.exempt = true
	}
	return r
}

// Info describes the routes of an app, one entry for each method.
type Info struct {
	Method  string
	Pattern string
	Name    string
	Source  string // the file and line where it was registered

	IgnoreAntiForgery bool // it is exempt from the check against forged requests
}

func (r *Route) info(method string) Info {
	return Info{Method: method, Pattern: r.text, Name: r.name, Source: r.source, IgnoreAntiForgery: r.exempt}
}

// knownMethods are those of RFC 9110 and RFC 5789.
var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// checkMethod refuses what no client sends. Methods are case-sensitive (RFC 9110 section 9.1), so
// get is a method of its own that nobody means.
func checkMethod(method string) error {
	if !header.IsToken(method) {
		return fmt.Errorf("%q is no method", method)
	}
	if up := strings.ToUpper(method); up != method && slices.Contains(knownMethods, up) {
		return fmt.Errorf("method %q is spelled %s", method, up)
	}
	return nil
}
