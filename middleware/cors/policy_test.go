package cors_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
)

// What browsers are told, by the origins of policies and those of requests.
func TestOrigins(t *testing.T) {
	tests := []struct {
		allowed []string
		origin  string
		want    bool
	}{
		{[]string{page}, page, true},
		{[]string{evil, page}, page, true},
		{[]string{page}, evil, false},
		{[]string{page}, "http://app.example", false},
		{[]string{page}, page + ":444", false},
		{[]string{page}, page + ":443", false},
		{[]string{page}, page + "/", false},
		{[]string{page}, "https://APP.example", false},
		{[]string{page}, "https://app.example.", false},
		{[]string{page}, "https://app.example.evil.example", false},
		{[]string{page}, "https://evilapp.example", false},
		{[]string{page}, "null", false},
		{[]string{page}, "*", false},
		{[]string{page}, page + " " + page, false},
		{[]string{page}, page + "\t", false},
		{[]string{"https://*.app.example"}, page, false},
		{[]string{"https://*.app.example"}, "https://a.app.example", true},
		{[]string{"https://*.app.example"}, "https://a.b-1.c_2.app.example", true},
		{[]string{"https://*.app.example"}, "https://.app.example", false},
		{[]string{"https://*.app.example"}, "https://a..app.example", false},
		{[]string{"https://*.app.example"}, "https://evil.example/.app.example", false},
		{[]string{"https://*.app.example"}, "https://evil.example?.app.example", false},
		{[]string{"https://*.app.example"}, "https://user@a.app.example", false},
		{[]string{"https://*.app.example"}, "https://a.app.example:8443", false},
		{[]string{"https://*.app.example"}, "http://a.app.example", false},
		{[]string{"https://*.app.example"}, "https://evil.com:80.app.example", false},
		{[]string{"https://*.app.example:8443"}, "https://a.app.example:8443", true},
		{[]string{"https://*.app.example:*"}, "https://a.app.example:8443", true},
		{[]string{"http://localhost:*"}, "http://localhost", true},
		{[]string{"http://localhost:*"}, "http://localhost:5173", true},
		{[]string{"http://localhost:*"}, "http://localhost:", false},
		{[]string{"http://localhost:*"}, "http://localhost:05173", false},
		{[]string{"http://localhost:*"}, "http://localhost:80", false},
		{[]string{"http://localhost:*"}, "http://localhost:65536", false},
		{[]string{"http://localhost:*"}, "http://localhost:5173.evil.example", false},
		{[]string{"http://localhost:*"}, "http://a.localhost:5173", false},
		{[]string{"http://[::1]:*"}, "http://[::1]:5173", true},
		{[]string{"http://[::1]:*"}, "http://[::2]:5173", false},
		{[]string{"http://127.0.0.1:3000"}, "http://127.0.0.1:3000", true},
		{[]string{"capacitor://localhost"}, "capacitor://localhost", true},
	}
	for _, tt := range tests {
		t.Run(tt.allowed[0]+" and "+tt.origin, func(t *testing.T) {
			app, _ := newApp()
			app.UseCORS(soay.CORS{Origins: tt.allowed, Credentials: true, ResponseHeaders: []string{"X-A", "X-B"}})
			app.Get("/", hello)
			actual, asked := ask(app, "GET", "/", "Origin", tt.origin), preflight(app, "/", tt.origin, "GET")
			if !tt.want {
				wantCORS(t, actual, 200, "Vary", "Origin")
				wantCORS(t, asked, 403, "Vary", varyPreflight)
				return
			}
			wantCORS(t, actual, 200, "Vary", "Origin", "Allow-Origin", tt.origin, "Allow-Credentials", "true", "Expose-Headers", "X-A, X-B")
			wantCORS(t, asked, 204, "Vary", varyPreflight, "Allow-Origin", tt.origin, "Allow-Credentials", "true", "Max-Age", "600")
		})
	}
}

// Everybody may be allowed, and nobody.
func TestAllAndNone(t *testing.T) {
	app, _ := newApp()
	app.UseCORS(soay.CORS{Origins: []string{"*"}})
	app.Get("/", hello)
	app.Get("/closed", hello).CORS(soay.CORS{})
	wantCORS(t, ask(app, "GET", "/", "Origin", evil), 200, "Allow-Origin", "*")
	wantCORS(t, ask(app, "GET", "/"), 200, "Allow-Origin", "*")
	wantCORS(t, preflight(app, "/", "null", "GET"), 204, "Allow-Origin", "*", "Max-Age", "600", "Vary", varyPreflight)
	wantCORS(t, ask(app, "GET", "/closed", "Origin", evil), 200, "Vary", "Origin")
	wantCORS(t, preflight(app, "/closed", evil, "GET"), 403, "Vary", varyPreflight)
}

// A request without an origin, or with two, gets the answer without permission, and caches learn what it depends on.
func TestNoOrigin(t *testing.T) {
	app, _ := newApp()
	app.UseCORS(soay.CORS{Origins: []string{page}})
	app.Get("/", hello)
	wantCORS(t, ask(app, "GET", "/"), 200, "Vary", "Origin")
	wantCORS(t, ask(app, "GET", "/", "Origin", page, "Origin", page), 200, "Vary", "Origin")
	wantCORS(t, ask(app, "OPTIONS", "/", "Origin", page, "Origin", page, prefix+"Request-Method", "GET"), 204, "Vary", "Origin")
}

// manyNames returns a list of n names of 5 bytes, in order.
func manyNames(n int) string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("x%04d", i))
	}
	return strings.Join(names, ",")
}

// What a preflight may ask for, by the methods, the headers and the time of a policy.
func TestPreflight(t *testing.T) {
	with := func(change func(*soay.CORS)) soay.CORS {
		policy := soay.CORS{Origins: []string{page}}
		change(&policy)
		return policy
	}
	headers := func(names ...string) soay.CORS { return with(func(p *soay.CORS) { p.RequestHeaders = names }) }
	methods := func(names ...string) soay.CORS { return with(func(p *soay.CORS) { p.Methods = names }) }
	age := func(d time.Duration) soay.CORS { return with(func(p *soay.CORS) { p.MaxAge = d }) }
	tests := []struct {
		description string
		policy      soay.CORS
		method      string
		names       []string // lines of Access-Control-Request-Headers
		status      int
		want        []string // besides Allow-Origin, Max-Age and Vary
	}{
		{"a safelisted method", methods(), "POST", nil, 204, nil},
		{"HEAD of GET", methods(), "HEAD", nil, 204, nil},
		{"another method of the path", methods(), "PUT", nil, 204, []string{"Allow-Methods", "PUT"}},
		{"a method of the list", methods("PUT"), "PUT", nil, 204, []string{"Allow-Methods", "PUT"}},
		{"a safelisted method beside a list", methods("PUT"), "GET", nil, 204, nil},
		{"a method that is not in the list", methods("PUT"), "DELETE", nil, 403, nil},
		{"a method of the list that the path lacks", methods("PATCH"), "PATCH", nil, 405, nil},
		{"a method that the path lacks", methods(), "PATCH", nil, 405, nil},
		{"the methods of the path itself", methods(), "OPTIONS", nil, 403, nil},
		{"a method in another case", methods(), "put", nil, 405, nil},
		{"no method at all", methods(), "P UT", nil, 405, nil},
		{"a method that no browser sends", methods(), "TRACE", nil, 403, nil},
		{"an empty list of headers", headers(), "GET", []string{""}, 204, nil},
		{"a header that is not allowed", headers(), "GET", []string{"x-a"}, 403, nil},
		{"a header", headers("X-A"), "GET", []string{"x-a"}, 204, []string{"Allow-Headers", "x-a"}},
		{"some headers", headers("X-C", "x-a", "X-B"), "GET", []string{"x-a,x-c"}, 204, []string{"Allow-Headers", "x-a,x-b,x-c"}},
		{"blanks", headers("X-C", "x-a"), "GET", []string{" x-a ,\tx-c"}, 204, []string{"Allow-Headers", "x-a,x-c"}},
		{"many blanks", headers("X-C", "x-a"), "GET", []string{"x-a,   x-c"}, 403, nil},
		{"two lines", headers("X-C", "x-a"), "GET", []string{"x-a", "x-c"}, 204, []string{"Allow-Headers", "x-a,x-c"}},
		{"16 empty elements", headers("x-a"), "GET", []string{",,,,,,,,,,,,,,,,x-a"}, 204, []string{"Allow-Headers", "x-a"}},
		{"17 empty elements", headers("x-a"), "GET", []string{",,,,,,,,,,,,,,,,,x-a"}, 403, nil},
		{"capitals", headers("X-A"), "GET", []string{"X-A"}, 403, nil},
		{"not in order", headers("X-A", "X-B"), "GET", []string{"x-b,x-a"}, 403, nil},
		{"twice", headers("X-A"), "GET", []string{"x-a,x-a"}, 403, nil},
		{"any header", headers("*"), "GET", []string{"x-a,x-b"}, 204, []string{"Allow-Headers", "*"}},
		{"any header is not Authorization", headers("*"), "GET", []string{"authorization"}, 403, nil},
		{"any header and Authorization", headers("*", "Authorization"), "GET", []string{"authorization,x-a"}, 204,
			[]string{"Allow-Headers", "*,authorization"}},
		{"many headers", headers("*"), "GET", []string{manyNames(1000)}, 204, []string{"Allow-Headers", "*"}},
		{"too many headers", headers("*"), "GET", []string{manyNames(2000)}, 403, nil},
		{"any header is a header", headers("*"), "GET", []string{"x a"}, 403, nil},
		{"any header in capitals", headers("*"), "GET", []string{"X-A"}, 403, nil},
		{"not remembered", age(-1), "GET", nil, 204, []string{"Max-Age", "0"}},
		{"a time of its own", age(90 * time.Second), "GET", nil, 204, []string{"Max-Age", "90"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			app.UseCORS(tt.policy)
			app.Route("/", hello, "GET", "POST", "PUT", "DELETE", "TRACE")
			w := preflight(app, "/", page, tt.method, tt.names...)
			if tt.status != 204 {
				wantCORS(t, w, tt.status, "Vary", varyPreflight)
				return
			}
			if w.Body.Len() > 0 {
				t.Errorf("the body is %q", w.Body)
			}
			wantCORS(t, w, 204, append([]string{"Allow-Origin", page, "Vary", varyPreflight, "Max-Age", "600"}, tt.want...)...)
		})
	}
}

// A preflight for a network that is more private gets no permission for it.
func TestNoPrivateNetwork(t *testing.T) {
	app, _ := newApp()
	app.UseCORS(soay.CORS{Origins: []string{page}})
	app.Get("/", hello)
	w := ask(app, http.MethodOptions, "/", "Origin", page, prefix+"Request-Method", "GET", prefix+"Request-Private-Network", "true")
	wantCORS(t, w, 204, "Allow-Origin", page, "Max-Age", "600", "Vary", varyPreflight)
}
