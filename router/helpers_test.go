package router_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// The three ways to treat a slash at the end.
var (
	lenient  = router.Options{}
	strict   = router.Options{TrailingSlash: router.Strict}
	redirect = router.Options{TrailingSlash: router.Redirect}
)

// named returns a handler that answers with a name and the parameters it got.
func named(name string) router.Handler {
	return func(req request.Request) response.Response {
		var b strings.Builder
		b.WriteString(name)
		for name, value := range req.Params() {
			fmt.Fprintf(&b, " %s=%q", name, value)
			if alone := req.Param(name); alone != value {
				fmt.Fprintf(&b, " or %q", alone)
			}
		}
		return response.NoContent().WithStatus(http.StatusOK).WithHeader("Answer", b.String())
	}
}

// cutSpace cuts a text at its first space.
func cutSpace(s string) (before, after string) {
	before, after, _ = strings.Cut(s, " ")
	return before, after
}

// register adds routes such as "GET /cats/{id}", each of which answers with this text.
func register(g router.Group, routes ...string) {
	for _, text := range routes {
		method, pattern := cutSpace(text)
		g.Handle(method, pattern, named(text))
	}
}

// build returns the table of a router without mistakes.
func build(t testing.TB, r *router.Router) *router.Table {
	t.Helper()
	table, err := r.Build(router.Config{})
	if err != nil {
		t.Fatalf("Build: %v", err)
	}
	return table
}

// newTable returns the table of some routes.
func newTable(t testing.TB, options router.Options, routes ...string) *router.Table {
	t.Helper()
	r := router.New(options)
	register(r.Root(), routes...)
	return build(t, r)
}

// newHTTP returns a request as a server reads it.
func newHTTP(t testing.TB, method, target string) *http.Request {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		t.Fatalf("target %q: %v", target, err)
	}
	return &http.Request{Method: method, URL: u, RequestURI: target, Host: "localhost", Header: http.Header{}}
}

func begin(hr *http.Request) request.Request {
	return request.NewExchange(&request.Settings{Strict: true}).Begin(hr)
}

// serve returns the response of a table to a request.
func serve(table *router.Table, m *router.Matcher, hr *http.Request) response.Response {
	state := request.NewExchange(&request.Settings{Strict: true})
	return table.Serve(state, m, state.Begin(hr))
}

// route returns a request that a table has found a route for.
func route(table *router.Table, hr *http.Request) request.Request {
	state := request.NewExchange(&request.Settings{Strict: true})
	req := state.Begin(hr)
	state.SetRoute(table.Match(new(router.Matcher), req))
	return req
}

// ask returns what a table answers to a request such as "GET /cats/7": the answer of a handler, or a status with
// what belongs to it.
func ask(t testing.TB, table *router.Table, text string, change ...func(*http.Request)) string {
	t.Helper()
	method, target := cutSpace(text)
	hr := newHTTP(t, method, target)
	for _, f := range change {
		f(hr)
	}
	return describe(serve(table, new(router.Matcher), hr))
}

func describe(resp response.Response) string {
	if answer := resp.Header("Answer"); answer != "" {
		return answer
	}
	var text strings.Builder
	text.WriteString(strconv.Itoa(resp.Status()))
	for _, name := range []string{"Allow", "Location"} {
		if value := resp.Header(name); value != "" {
			text.WriteString(" " + name + ": " + value)
		}
	}
	return text.String()
}

// asked is a line of a table of requests to one table of routes.
type asked struct{ description, request, want string }

func askAll(t *testing.T, table *router.Table, tests []asked) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			if got := ask(t, table, test.request); got != test.want {
				t.Errorf("%s:\n got %s\nwant %s", test.request, got, test.want)
			}
		})
	}
}

// buildError returns the text of what Build complains about, "" for nothing.
func buildError(r *router.Router) string {
	if _, err := r.Build(router.Config{}); err != nil {
		return err.Error()
	}
	return ""
}

// nextLine returns the place one line below another.
func nextLine(t *testing.T, source string) string {
	t.Helper()
	file, line, _ := strings.Cut(source, ":")
	n, err := strconv.Atoi(line)
	if err != nil {
		t.Fatalf("Source() = %q, want a file and a line", source)
	}
	return fmt.Sprintf("%s:%d", file, n+1)
}

// withHeader returns a change of a request for ask.
func withHeader(name, value string) func(*http.Request) {
	return func(hr *http.Request) { hr.Header.Set(name, value) }
}

func withHost(host string) func(*http.Request) {
	return func(hr *http.Request) { hr.Host = host }
}
