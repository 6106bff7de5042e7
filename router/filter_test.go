package router_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

func TestHostFilter(t *testing.T) {
	tests := []struct {
		description, filter, host string
		want                      bool
	}{
		{"same", "api.test", "api.test", true},
		{"another", "api.test", "www.test", false},
		{"case of the host", "api.test", "API.Test", true},
		{"case of the filter", "Api.TEST", "api.test", true},
		{"any port", "api.test", "api.test:8080", true},
		{"port of the filter", "api.test:8080", "api.test:8080", true},
		{"another port", "api.test:8080", "api.test:80", false},
		{"no port", "api.test:8080", "api.test", false},
		{"empty port", "api.test", "api.test:", true},
		{"suffix is not enough", "api.test", "my-api.test", false},
		{"prefix is not enough", "api.test", "api.test.evil.test", false},
		{"name below", "api.test", "v1.api.test", false},
		{"no host", "api.test", "", false},
		{"port alone", "api.test", ":8080", false},
		{"all names below", "*.api.test", "v1.api.test", true},
		{"all names further below", "*.api.test", "a.v1.api.test", true},
		{"names below, any port", "*.api.test", "v1.api.test:8080", true},
		{"names below, case", "*.api.test", "V1.API.test", true},
		{"names below are not the name", "*.api.test", "api.test", false},
		{"names below need a name", "*.api.test", ".api.test", false},
		{"names below need a dot", "*.api.test", "evilapi.test", false},
		{"names below, another host behind", "*.api.test", "v1.api.test.evil.test", false},
		{"names below with a port", "*.api.test:8080", "v1.api.test:8080", true},
		{"names below with another port", "*.api.test:8080", "v1.api.test", false},
		{"IPv4 address", "192.0.2.1", "192.0.2.1:80", true},
		{"IPv6 address", "[2001:db8::1]", "[2001:db8::1]", true},
		{"IPv6 address, any port", "[2001:db8::1]", "[2001:db8::1]:8080", true},
		{"IPv6 address, case", "[2001:DB8::1]", "[2001:db8::1]:8080", true},
		{"IPv6 address with a port", "[2001:db8::1]:80", "[2001:db8::1]:80", true},
		{"IPv6 address with another port", "[2001:db8::1]:80", "[2001:db8::1]:8080", false},
		{"IPv6 address is no port", "[2001:db8::1]", "[2001:db8::]", false},
		{"IPv6 address in another spelling", "[2001:db8::1]", "[2001:DB8:0:0::0:1]", true},
		{"filter for an IPv6 address in another spelling", "[2001:db8:0::1]", "[2001:db8::1]", true},
		{"IPv6 address without brackets", "[2001:db8::1]", "2001:db8::1", false},
		{"IPv6 address, text behind", "[2001:db8::1]", "[2001:db8::1]evil", false},
		{"IPv6 address, port that is no number", "[2001:db8::1]", "[2001:db8::1]:evil", false},
		{"IPv6 address, bracket not closed", "[2001:db8::1]", "[2001:db8::1", false},
		{"IPv6 address with a zone", "[fe80::1]", "[fe80::1%25eth0]", false},
		{"port that is no number", "api.test", "api.test:evil", false},
		{"port that is a host", "api.test", "api.test:evil.test", false},
		{"port with a sign", "api.test", "api.test:+80", false},
		{"port with a space", "api.test", "api.test: 80", false},
		{"port that is too large", "api.test", "api.test:65536", false},
		{"two ports", "api.test", "api.test:80:80", false},
		{"two colons", "api.test", "api.test::80", false},
		{"empty port, port of the filter", "api.test:80", "api.test:", false},
		{"names below, port that is no number", "*.api.test", "v1.api.test:evil", false},
		{"user", "api.test", "user@api.test", false},
		{"user and password", "api.test", "user:80@api.test", false},
		{"host as a user", "api.test", "api.test:80@evil.test", false},
		{"dot at the end", "api.test", "api.test.", true},
		{"dot at the end and a port", "api.test", "api.test.:80", true},
		{"dot at the end of the filter", "api.test.", "api.test", true},
		{"two dots at the end", "api.test", "api.test..", false},
		{"names below, dot at the end", "*.api.test", "v1.api.test.", true},
		{"names below need a name, two dots", "*.api.test", "..api.test", false},
		{"names below, empty label", "*.api.test", "v1..api.test", false},
		{"dot alone", "*.api.test", ".", false},
		{"path", "api.test", "api.test/evil", false},
		{"space", "api.test", "api.test ", false},
		{"list", "api.test", "api.test,evil.test", false},
		{"line break", "api.test", "api.test\r\n", false},
		{"encoded letters", "api.test", "%61pi.test", false},
		{"letter that only folds to the same", "kiosk.test", "\u212aiosk.test", false},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := router.New(lenient)
			register(r.Root().Group("").Host(test.filter), "GET /{id}", "GET /static")
			table := build(t, r)
			for _, request := range []string{"GET /7", "GET /static"} {
				got := ask(t, table, request, withHost(test.host))
				if matched := got != "404"; matched != test.want {
					t.Errorf("filter %q, host %q: %s gets %s, want a match: %t",
						test.filter, test.host, request, got, test.want)
				}
			}
		})
	}
}

// A malformed host passes no filter for hosts, and is answered by the routes without one.
func TestMalformedHostsPassNoFilter(t *testing.T) {
	r := router.New(lenient)
	register(r.Root(), "GET /{id}")
	r.Root().Group("").Host("api.test").Get("/{id}", named("api"))
	r.Root().Group("").Host("*.test").Get("/{id}", named("below"))
	table := build(t, r)
	for host, want := range map[string]string{
		"api.test": `api id="7"`, "www.test": `below id="7"`, "api.test:evil": `GET /{id} id="7"`, "www.test:evil": `GET /{id} id="7"`,
		"": `GET /{id} id="7"`, "evil@api.test": `GET /{id} id="7"`,
	} {
		if got := ask(t, table, "GET /7", withHost(host)); got != want {
			t.Errorf("host %q: got %s, want %s", host, got, want)
		}
	}
}

// A filter for what no request can name would hide its routes from everybody.
func TestMistakesInHostFilters(t *testing.T) {
	for _, host := range []string{
		"", "*.", "*", "*.*.test", "http://api.test", "api.test/v1", "api.test:http", "api.test:99999", "a b",
		"user@api.test", "api..test", ".api.test", "größe.test", "[::1", "::1", "*.[::1]", "[fe80::1%25eth0]", "api.test,www.test",
	} {
		r := router.New(lenient)
		register(r.Root().Group("").Host(host), "GET /a")
		got := buildError(r)
		if !strings.Contains(got, "filter_test.go:") || !strings.Contains(got, fmt.Sprintf("Host: %q is no host", host)) {
			t.Errorf("the host %q: %q, want an error with the place and the host", host, got)
		}
	}
}

func TestHeaderAndQueryFilters(t *testing.T) {
	r := router.New(lenient)
	register(r.Root().Group("/h").Header("x-version", "2"), "GET /{id}")
	register(r.Root().Group("/q").Query("v", "a b"), "GET /{id}")
	register(r.Root().Group("/both").Header("X-Version", "2").Query("v", "2"), "GET /{id}")
	table := build(t, r)
	version := withHeader("X-Version", "2")
	twice := func(hr *http.Request) { hr.Header["X-Version"] = []string{"1", "2"} }
	tests := []struct {
		description, request string
		change               func(*http.Request)
		want                 string
	}{
		{"header", "GET /h/7", version, `GET /{id} id="7"`},
		{"no header", "GET /h/7", nil, "404"},
		{"another value", "GET /h/7", withHeader("X-Version", "20"), "404"},
		{"value with spaces around it", "GET /h/7", withHeader("X-Version", "2 "), "404"},
		{"the first value counts", "GET /h/7", twice, "404"},
		{"query", "GET /q/7?v=a%20b", nil, `GET /{id} id="7"`},
		{"query with a plus", "GET /q/7?x&v=a+b", nil, `GET /{id} id="7"`},
		{"no query", "GET /q/7", nil, "404"},
		{"query with another case", "GET /q/7?V=a+b", nil, "404"},
		{"the first parameter counts", "GET /q/7?v=&v=a+b", nil, "404"},
		{"both", "GET /both/7?v=2", version, `GET /{id} id="7"`},
		{"one of both", "GET /both/7?v=2", nil, "404"},
		{"the other of both", "GET /both/7", version, "404"},
		{"another method of a filtered path", "POST /h/7", version, "405 Allow: GET, HEAD, OPTIONS"},
		{"another method of a hidden path", "POST /h/7", nil, "404"},
		{"OPTIONS of a filtered path", "OPTIONS /h/7", version, "204 Allow: GET, HEAD, OPTIONS"},
		{"OPTIONS of a hidden path", "OPTIONS /h/7", nil, "404"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			var change []func(*http.Request)
			if test.change != nil {
				change = append(change, test.change)
			}
			if got := ask(t, table, test.request, change...); got != test.want {
				t.Errorf("%s: got %s, want %s", test.request, got, test.want)
			}
		})
	}
}

// TestFilterPrecedence registers in both orders: filters come before none, specific patterns before filters.
func TestFilterPrecedence(t *testing.T) {
	for _, filteredFirst := range []bool{true, false} {
		r := router.New(lenient)
		api := r.Root().Group("").Host("api.test")
		steps := []func(){
			func() {
				register(r.Root(),
					"GET /{id}", "GET /static", "DELETE /{id}", "GET /*", "GET /only/{id}", "POST /static")
			},
			func() {
				api.Get("/{key}", named("api /{key}"))
				api.Get("/static", named("api /static"))
				api.Put("/{key}", named("api PUT"))
				api.Get("/*", named("api /*"))
				api.Head("/{key}", named("api HEAD"))
				api.Options("/only/{key}", named("api OPTIONS"))
			},
		}
		if filteredFirst {
			steps[0], steps[1] = steps[1], steps[0]
		}
		steps[0]()
		steps[1]()
		table := build(t, r)
		for _, test := range []struct{ host, request, want string }{
			{"api.test", "GET /7", `api /{key} key="7"`},
			{"www.test", "GET /7", `GET /{id} id="7"`},
			{"api.test", "GET /static", "api /static"},
			{"www.test", "GET /static", "GET /static"},
			{"api.test", "GET /a/b", `api /* tail="a/b"`},
			{"www.test", "GET /a/b", `GET /* tail="a/b"`},
			{"api.test", "DELETE /7", `DELETE /{id} id="7"`}, // the filtered routes do not have it
			{"api.test", "POST /static", "POST /static"},
			{"api.test", "GET /only/7", `GET /only/{id} id="7"`}, // more specific than the filtered catch-all
			{"api.test", "HEAD /7", `api HEAD key="7"`},
			{"www.test", "HEAD /7", `GET /{id} id="7"`},
			{"api.test", "OPTIONS /only/7", `api OPTIONS key="7"`},
			{"www.test", "OPTIONS /only/7", "204 Allow: GET, HEAD, OPTIONS"},
			{"api.test", "POST /7", "405 Allow: DELETE, GET, HEAD, OPTIONS, PUT"},
			{"www.test", "POST /7", "405 Allow: DELETE, GET, HEAD, OPTIONS"},
			{"api.test", "OPTIONS /7", "204 Allow: DELETE, GET, HEAD, OPTIONS, PUT"},
			{"www.test", "PUT /7", "405 Allow: DELETE, GET, HEAD, OPTIONS"},
		} {
			if got := ask(t, table, test.request, withHost(test.host)); got != test.want {
				t.Errorf("filtered first: %t, %s at %s: got %s, want %s",
					filteredFirst, test.request, test.host, got, test.want)
			}
		}
	}
}

func TestFiltersOfNestedGroups(t *testing.T) {
	var asked []string
	filter := func(name string, answer bool) func(request.Request) bool {
		return func(request.Request) bool {
			asked = append(asked, name)
			return answer
		}
	}
	r := router.New(lenient)
	outer := r.Root().Group("/a").Filter(filter("outer", true))
	register(outer.Group("/b").Filter(filter("no", false)).Filter(filter("behind no", true)), "GET /{id}")
	register(outer.Group("/{x}").Filter(filter("yes", true)), "GET /{id}")
	register(r.Root(), "GET /elsewhere/{id}")
	table := build(t, r)
	if got, want := ask(t, table, "GET /a/b/7"), `GET /{id} x="b" id="7"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := strings.Join(asked, ", "), "outer, no, outer, yes"; got != want {
		t.Errorf("filters asked: %s; want %s", got, want)
	}
	asked = nil
	for _, request := range []string{"GET /elsewhere/7", "GET /a/b", "GET /a/b/c/d", "GET /"} {
		ask(t, table, request)
	}
	if asked != nil {
		t.Errorf("filters asked for other paths: %q", asked)
	}
}

// Filters run before the route is known. With a recycled state they must not see that of an earlier request.
func TestFiltersKnowNoRoute(t *testing.T) {
	r := router.New(lenient)
	leaked := ""
	register(r.Root().Group("/f").Filter(func(req request.Request) bool {
		leaked = req.Param("id")
		return req.Route() != nil || leaked != ""
	}), "GET /{id}")
	register(r.Root(), "GET /{any}/{id}")
	table := build(t, r)
	state, m := request.NewExchange(&request.Settings{Strict: true}), new(router.Matcher)
	for i := range 2 {
		got := describe(table.Serve(state, m, state.Begin(newHTTP(t, "GET", "/f/7"))))
		if want := `GET /{any}/{id} any="f" id="7"`; got != want {
			t.Errorf("request %d: got %s, want %s; the filter saw the parameter %q", i, got, want, leaked)
		}
		state.End()
	}
}

// A filter makes an inner group: the group itself, and what is set on it, stay as they are.
func TestFiltersMakeInnerGroups(t *testing.T) {
	r := router.New(lenient)
	outer := r.Root().Group("/g").MaxBody(7)
	register(outer.Query("v", "2"), "GET /{id}")
	register(outer, "GET /all/{id}")
	table := build(t, r)
	for request, want := range map[string]string{
		"GET /g/7?v=2": `GET /{id} id="7"`, "GET /g/7": "404", "GET /g/all/7": `GET /all/{id} id="7"`,
	} {
		if got := ask(t, table, request); got != want {
			t.Errorf("%s: got %s, want %s", request, got, want)
		}
	}
	for _, route := range r.Routes() {
		if got := route.Settings["MaxBody"]; got != int64(7) {
			t.Errorf("%s: MaxBody is %v, want that of the group", route.Pattern, got)
		}
	}
}
