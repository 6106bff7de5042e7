package router_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

func TestFallback(t *testing.T) {
	for description, options := range map[string]router.Options{
		"lenient":  {},
		"strict":   {TrailingSlash: router.Strict},
		"redirect": {TrailingSlash: router.Redirect},
	} {
		t.Run(description, func(t *testing.T) {
			r := router.New(options)
			register(r.Root(), "GET /cats/{int:id}", "GET /static", "GET /files/*")
			register(r.Root().Group("").Host("api.test"), "GET /hidden/{id}")
			table, err := r.Build(router.Config{Fallback: named("fallback")})
			if err != nil {
				t.Fatal(err)
			}
			askAll(t, table, []asked{
				{"nothing matches", "GET /nothing", "fallback"},
				{"root", "GET /", "fallback"},
				{"any method", "POST /nothing/here", "fallback"},
				{"OPTIONS too", "OPTIONS /nothing", "fallback"},
				{"value does not fit", "GET /cats/x", "fallback"},
				{"filter does not pass", "GET /hidden/7", "fallback"},
				{"dot segment", "GET /files/../x", "fallback"},
				{"dot segment to a route", "GET /x/../files/a", "404"},
				{"dot segments to a route, encoded", "GET /x/%2e%2E/%2e/files/a", "404"},
				{"dot segment below a catch-all", "GET /files/x/../a", "404"},
				{"dot segment at the end", "GET /x/nothing/..", "fallback"},
				{"dot segment at the end, to a route", "GET /static/.", "404"},
				{"dot segments to above the root", "GET /../../static", "404"},
				{"dot segment and encoded slash", "GET /x%2F../y", "404"},
				{"dot segment and backslash", `GET /x\..\y`, "404"},
				{"hidden file", "GET /.env", "fallback"},
				{"empty segment", "GET //static", "404"},
				{"empty segment to another method", "POST //static", "404"},
				{"empty segment to OPTIONS", "OPTIONS //static", "404"},
				{"empty segment inside", "GET /nothing//here", "fallback"},
				{"two slashes at the end", "GET /nothing//", "fallback"},
				{"encoded slash", "GET /files%2Fa", "404"},
				{"encoded slash to nowhere", "GET /nothing%2Fa", "fallback"},
				{"encoded slash of a value", "GET /cats%2F7", "404"},
				{"encoded backslash", "GET /files%5Ca", "404"},
				{"encoded backslash to nowhere", "GET /nothing%5Ca", "fallback"},
				{"backslash", `GET /files\a`, "404"},
				{"slash at the end", "GET /nothing/here/", "fallback"},
				{"twice encoded slash", "GET /files%252Fa", "fallback"},
				{"a route matches", "GET /cats/7", `GET /cats/{int:id} id="7"`},
				{"another method is 405", "POST /static", "405 Allow: GET, HEAD, OPTIONS"},
				{"no text is 400", "GET /nothing/%FF", "400"},
				{"OPTIONS of the server", "OPTIONS *", "204 Allow: GET, HEAD, OPTIONS"},
			})
		})
	}
}

func TestFallbackHasNoRoute(t *testing.T) {
	r := router.New(lenient)
	register(r.Root(), "GET /{a}/{b}")
	table, err := r.Build(router.Config{Fallback: func(req request.Request) response.Response {
		for name, value := range req.Params() {
			t.Errorf("parameter %s = %q", name, value)
		}
		if req.Route() != nil || req.Param("a") != "" {
			t.Errorf("Route() = %+v, Param = %q; want none", req.Route(), req.Param("a"))
		}
		return response.NoContent()
	}})
	if err != nil {
		t.Fatal(err)
	}
	// The second request uses the state of the first.
	state, m := request.NewExchange(&request.Settings{Strict: true}), new(router.Matcher)
	for target, want := range map[string]string{"/1/2": `GET /{a}/{b} a="1" b="2"`, "/1/2/3": "204", "/": "204"} {
		if got := describe(table.Serve(state, m, state.Begin(newHTTP(t, "GET", target)))); got != want {
			t.Errorf("GET %s: got %s, want %s", target, got, want)
		}
		state.End()
	}
}

// TestAnswer checks that every error response of the router itself passes through Answer.
func TestAnswer(t *testing.T) {
	r := router.New(redirect)
	register(r.Root(), "GET /cats", "POST /{id}", "GET /a/slash/")
	table, err := r.Build(router.Config{Answer: func(resp response.Response, _ *router.ErrorHandlers) router.Handler {
		if resp.Err() == nil {
			t.Errorf("Answer got status %d, which is no error response", resp.Status())
		}
		status, allow := resp.Status(), resp.Header("Allow")
		return named("own page for " + strconv.Itoa(status) + " " + allow)
	}})
	if err != nil {
		t.Fatal(err)
	}
	askAll(t, table, []asked{
		{"404", "GET /nothing/here", "own page for 404 "},
		{"400", "GET /%FF", "own page for 400 "},
		{"405", "PUT /dogs", "own page for 405 OPTIONS, POST"},
		{"405 of two patterns", "PUT /cats", "own page for 405 GET, HEAD, OPTIONS, POST"},
		{"405 of two patterns again", "DELETE /cats", "own page for 405 GET, HEAD, OPTIONS, POST"},
		{"OPTIONS is no error", "OPTIONS /cats", "204 Allow: GET, HEAD, OPTIONS, POST"},
		{"a redirect is no error", "GET /a/slash", "301 Location: /a/slash/"},
	})
}

func TestEndpointGoesAroundHandlersInsideMiddleware(t *testing.T) {
	stamp := func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response { return next(req).WithHeader("Endpoint", "yes") }
	}
	var seen string
	look := func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			resp := next(req)
			seen = resp.Header("Endpoint")
			return resp
		}
	}
	r := router.New(lenient)
	register(r.Root(), "GET /app")
	register(r.Root().Group("", look), "GET /group")
	r.Root().Get("/route/{id}", named("route")).Use(look)
	table, err := r.Build(router.Config{Middleware: []router.Middleware{look}, Endpoint: stamp})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"GET /app", "GET /group", "GET /route/7", "GET /nothing", "PUT /app", "OPTIONS /app", "GET /%FF",
	} {
		seen = ""
		if ask(t, table, text); seen != "yes" {
			t.Errorf("%s: middleware sees the response before Endpoint", text)
		}
	}
}

func TestServeReturnsWhatTheHandlerReturns(t *testing.T) {
	r := router.New(lenient)
	want := response.Text("teapot").WithStatus(http.StatusTeapot).WithHeader("X", "1")
	r.Root().Get("/{id}", func(request.Request) response.Response { return want })
	got := serve(build(t, r), new(router.Matcher), newHTTP(t, "GET", "/7"))
	if got.Status() != want.Status() || got.Header("X") != "1" {
		t.Errorf("got status %d, X %q; want %d, 1", got.Status(), got.Header("X"), want.Status())
	}
}
