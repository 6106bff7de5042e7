package router_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// quiet returns options of an app that says nothing.
func quiet(mode router.TrailingSlash) soay.Options {
	return soay.Options{TrailingSlash: mode, Logger: slog.New(slog.DiscardHandler)}
}

// echo answers with the pattern and the parameters.
func echo(req soay.Request) soay.Response {
	var text strings.Builder
	text.WriteString(req.Method() + " " + req.Route().Pattern)
	for name, value := range req.Params() {
		text.WriteString(" " + name + "=" + value)
	}
	return response.Text(text.String())
}

func TestAppRoutes(t *testing.T) {
	app := soay.New(quiet(router.Lenient))
	app.Get("/", echo)
	app.Get("/cats/{id}", echo)
	app.Post("/cats/{int:n}", echo)
	app.Head("/own", func(soay.Request) soay.Response { return response.NoContent().WithHeader("Own", "HEAD") })
	app.Get("/own", echo)
	app.Trace("/trace", echo)
	app.Get("/files/*", echo)
	api := app.Group("/api").Header("X-Version", "2")
	api.Get("/{id}", echo)
	c := requesttest.New(t, app)
	tests := []struct {
		description, method, path string
		status                    int
		allow, body               string
	}{
		{"root", "GET", "/", 200, "", "GET /"},
		{"parameter", "GET", "/cats/tom%2Fjerry", 200, "", "GET /cats/{id} id=tom/jerry"},
		{"value pattern", "POST", "/cats/7", 200, "", "POST /cats/{int:n} n=7"},
		{"HEAD from GET has no body", "HEAD", "/cats/7", 200, "", ""},
		{"own HEAD", "HEAD", "/own", 204, "", ""},
		{"405", "DELETE", "/cats/7", 405, "GET, HEAD, OPTIONS, POST", "405 Method Not Allowed"},
		{"405 of a value that does not fit", "POST", "/cats/tom", 405, "GET, HEAD, OPTIONS", "405 Method Not Allowed"},
		{"405 of an unknown method", "BREW", "/", 405, "GET, HEAD, OPTIONS", "405 Method Not Allowed"},
		{"OPTIONS", "OPTIONS", "/cats/7", 204, "GET, HEAD, OPTIONS, POST", ""},
		{"TRACE", "TRACE", "/trace", 200, "", "TRACE /trace"},
		{"TRACE elsewhere", "TRACE", "/", 405, "GET, HEAD, OPTIONS", "405 Method Not Allowed"},
		{"404", "GET", "/nothing", 404, "", "404 Not Found"},
		{"404 to OPTIONS", "OPTIONS", "/nothing", 404, "", "404 Not Found"},
		{"404 to HEAD has no body", "HEAD", "/nothing", 404, "", ""},
		{"404 of a filter", "GET", "/api/7", 404, "", "404 Not Found"},
		{"400", "GET", "/cats/%FF", 400, "", "400 Bad Request"},
		{"400 of a NUL", "GET", "/cats/%00", 400, "", "400 Bad Request"},
		{"dot segment", "GET", "/files/a/%2e%2e/b", 404, "", "404 Not Found"},
		{"slash at the end", "GET", "/cats/7/", 200, "", "GET /cats/{id} id=7"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			got := c.Do(test.method, test.path)
			if got.Status != test.status || got.Header.Get("Allow") != test.allow {
				t.Errorf("%s %s: status %d, Allow %q; want %d, %q",
					test.method, test.path, got.Status, got.Header.Get("Allow"), test.status, test.allow)
			}
			if text := got.Text(); !strings.HasPrefix(text, test.body) || test.body == "" && text != "" {
				t.Errorf("%s %s: body %q, want %q", test.method, test.path, text, test.body)
			}
		})
	}
}

func TestAppRedirects(t *testing.T) {
	app := soay.New(quiet(router.Redirect))
	app.Route("/cats/{id}", echo, "GET", "POST")
	app.Get("/dogs/", echo)
	c := requesttest.New(t, app)
	for _, test := range []struct {
		method, path, location string
		status                 int
		final                  string
	}{
		{"GET", "/cats/a%2Fb/?x=1", "/cats/a%2Fb?x=1", 301, "GET /cats/{id} id=a/b"},
		{"POST", "/cats/7/", "/cats/7", 308, "POST /cats/{id} id=7"},
		{"GET", "/dogs", "/dogs/", 301, "GET /dogs/"},
	} {
		got := c.Do(test.method, test.path)
		if location := got.Header.Get("Location"); got.Status != test.status || location != test.location {
			t.Errorf("%s %s: %d to %s, want %d to %s",
				test.method, test.path, got.Status, location, test.status, test.location)
		}
		final := c.Do(test.method, test.path, requesttest.With{FollowRedirects: true}).Text()
		if final != test.final {
			t.Errorf("%s %s leads to %s, want %s", test.method, test.path, final, test.final)
		}
	}
}

func TestAppMiddlewareSeesMisses(t *testing.T) {
	var seen []string
	app := soay.New(quiet(router.Lenient))
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			resp := next(req)
			if route := req.Route(); route != nil {
				t.Errorf("%s has the route %s", req.Path(), route.Pattern)
			}
			seen = append(seen, http.StatusText(resp.Status()))
			return resp.WithHeader("Seen", "yes")
		}
	})
	app.Fallback(func(req soay.Request) soay.Response {
		return response.Text("nothing at " + req.Path()).WithStatus(http.StatusNotFound)
	})
	app.Post("/cats/{id}", echo)
	c := requesttest.New(t, app)
	if got := c.Get("/nothing"); got.Text() != "nothing at /nothing" || got.Header.Get("Seen") != "yes" {
		t.Errorf("GET /nothing = %q, Seen %q; want the fallback inside the middleware",
			got.Text(), got.Header.Get("Seen"))
	}
	for _, text := range []string{"GET /cats/7", "OPTIONS /cats/7", "GET /cats/%FF"} {
		method, path := cutSpace(text)
		if got := c.Do(method, path); got.Header.Get("Seen") != "yes" {
			t.Errorf("%s: the middleware did not see it", text)
		}
	}
	want := []string{"Not Found", "Method Not Allowed", "No Content", "Bad Request"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
}

func TestAppURL(t *testing.T) {
	app := soay.New(quiet(router.Lenient))
	app.Group("/api").Get("/cats/{id}", echo).Name("cat")
	if got, err := app.URL("cat", 7); err == nil {
		t.Errorf("URL before the start = %s, want an error", got)
	}
	c := requesttest.New(t, app)
	path, err := app.URL("cat", "a/b?c")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Get(path).Text(), "GET /api/cats/{id} id=a/b?c"; got != want {
		t.Errorf("GET %s = %s, want %s", path, got, want)
	}
}

// serveRaw serves an app on a port of its own and returns a function that sends a request as it is.
func serveRaw(t *testing.T, app *soay.App) func(line string) (status int, header http.Header, body string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return func(line string) (int, http.Header, string) {
		t.Helper()
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = io.WriteString(conn, line+" HTTP/1.1\r\nHost: victim.test\r\nConnection: close\r\n\r\n")
		if err != nil {
			t.Fatal(err)
		}
		method, _ := cutSpace(line)
		resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return resp.StatusCode, resp.Header, string(body)
	}
}

// Request lines that no decent client sends, as an attacker writes them.
func TestAppAgainstRawRequests(t *testing.T) {
	app := soay.New(quiet(router.Redirect))
	app.Get("/", echo)
	app.Get("/{a}", echo)
	app.Get("/{a}/{b}/", echo)
	app.Get("/files/*", echo)
	send := serveRaw(t, app)
	for _, test := range []struct {
		line     string
		status   int
		location string
	}{
		{"GET //", 301, "/"},
		{"GET //evil.test/", 404, ""},
		{"GET //evil.test/%2e%2e/", 404, ""},
		{`GET /\evil.test/`, 301, "/%5Cevil.test"},
		{`GET /\evil.test/x`, 301, "/%5Cevil.test/x/"},
		{"GET /%5Cevil.test/", 301, "/%5Cevil.test"},
		{"GET /%5c%5cevil.test/", 301, "/%5C%5Cevil.test"},
		{"GET /%2Fevil.test/", 301, "/%2Fevil.test"},
		{"GET /%2f%2fevil.test/", 301, "/%2F%2Fevil.test"},
		{"GET /%09/evil.test", 301, "/%09/evil.test/"},
		{"GET /a/?//evil.test", 301, "/a?//evil.test"},
		{"GET /a%0D%0ASet-Cookie:x=1/", 301, "/a%0D%0ASet-Cookie:x=1"},
		{"GET http://evil.test/a/", 301, "/a"},
		{"GET http://evil.test//a/", 404, ""},
		{"GET http://evil.test", 200, ""},
		{"GET /files/../secret", 404, ""},
		{"GET /files/a/..%2Fsecret", 404, ""},
		{"GET /files/a/..%5Csecret", 404, ""},
		{"GET /../files/a", 404, ""},
		{"GET /%2e", 404, ""},
		{"GET /%FF", 400, ""},
		{"GET /%00", 400, ""},
		{"GET /%zz", 400, ""},
		{"GET *", 400, ""},
		{"GET a", 400, ""},
		{"CONNECT evil.test:443", 405, ""},
		{"TRACE /", 405, ""},
	} {
		status, header, body := send(test.line)
		if location := header.Get("Location"); status != test.status || location != test.location {
			t.Errorf("%s: %d to %q, want %d to %q", test.line, status, location, test.status, test.location)
		}
		if header.Get("Set-Cookie") != "" || strings.Contains(body, "secret") {
			t.Errorf("%s: cookie %q, body %q", test.line, header.Get("Set-Cookie"), body)
		}
	}
}

func TestAppOptionsOfTheServer(t *testing.T) {
	app := soay.New(quiet(router.Lenient))
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { return next(req).WithHeader("Seen", "yes") }
	})
	app.Put("/cats/{id}", func(soay.Request) soay.Response { return response.NoContent() })
	send := serveRaw(t, app)
	status, header, body := send("OPTIONS *")
	const want = "OPTIONS, PUT"
	if allow := header.Get("Allow"); status != http.StatusNoContent || allow != want || body != "" {
		t.Errorf("OPTIONS *: %d, Allow %q, body %q; want 204, %q and no body", status, allow, body, want)
	}
	if header.Get("Seen") != "yes" {
		t.Error("OPTIONS * did not pass the middleware of the app")
	}
}
