package corstest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
)

// question is what a script wants to do.
type question struct {
	origin string
	method string
	names  []string // lines of Access-Control-Request-Headers
}

// verdict is what a browser makes of the answers.
type verdict struct {
	preflight  bool // it goes on without credentials
	credential bool // it goes on with credentials
	maxAge     string
	readable   bool   // the script may read the answer to a GET without credentials
	exposed    string // headers that it may read
	both       bool   // and with credentials
}

// ask asks a server, and judges as the CORS protocol of the Fetch Standard says (CORS-preflight fetch, CORS check).
func (q question) ask(h http.Handler) verdict {
	var v verdict
	get := httptest.NewRequest(http.MethodGet, "/", nil)
	get.Header["Origin"] = []string{q.origin}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, get)
	v.readable, v.both = q.passes(w.Header(), false), q.passes(w.Header(), true)
	if v.readable {
		v.exposed = strings.ToLower(strings.Join(listOf(w.Header(), "Access-Control-Expose-Headers"), ","))
	}
	asked := httptest.NewRequest(http.MethodOptions, "/", nil)
	asked.Header["Origin"] = []string{q.origin}
	asked.Header["Access-Control-Request-Method"] = []string{q.method}
	if q.names != nil {
		asked.Header["Access-Control-Request-Headers"] = q.names
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, asked)
	if w.Code < 200 || w.Code > 299 {
		return v
	}
	v.preflight, v.credential = q.goesOn(w.Header(), false), q.goesOn(w.Header(), true)
	if v.preflight {
		v.maxAge = w.Header().Get("Access-Control-Max-Age")
	}
	return v
}

// passes is the CORS check.
func (q question) passes(h http.Header, credentials bool) bool {
	origin := strings.Join(h.Values("Access-Control-Allow-Origin"), ", ")
	switch {
	case origin == "":
		return false
	case !credentials && origin == "*":
		return true
	case origin != q.origin:
		return false
	}
	return !credentials || h.Get("Access-Control-Allow-Credentials") == "true"
}

// goesOn reports whether a browser sends the request behind a preflight with this answer.
func (q question) goesOn(h http.Header, credentials bool) bool {
	if !q.passes(h, credentials) {
		return false
	}
	methods := listOf(h, "Access-Control-Allow-Methods")
	if !slices.Contains([]string{"GET", "HEAD", "POST"}, q.method) && !slices.Contains(methods, q.method) &&
		(credentials || !slices.Contains(methods, "*")) {
		return false
	}
	names := listOf(h, "Access-Control-Allow-Headers")
	for name := range strings.SplitSeq(strings.Join(q.names, ","), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name == "" || slices.Contains(names, name) {
			continue
		}
		if credentials || name == "authorization" || !slices.Contains(names, "*") {
			return false
		}
	}
	return true
}

// listOf returns the elements of the lines of a header in order, and in lower case unless they are methods.
func listOf(h http.Header, name string) []string {
	var list []string
	for element := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
		if element = strings.TrimSpace(element); element == "" {
			continue
		}
		if name != "Access-Control-Allow-Methods" {
			element = strings.ToLower(element)
		}
		list = append(list, element)
	}
	slices.Sort(list)
	return list
}
