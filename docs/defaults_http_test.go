package docs_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func headerDefaults() map[string]check {
	return map[string]check{
		"All responses":                          headersOf(text("hi")),
		"Policy of pages":                        headersOf(page),
		"Referrer of pages":                      headersOf(page),
		"Windows of pages":                       headersOf(page),
		"Pages in files, and of `soay.FromHTTP`": says("none of these three", pagesFromElsewhere),
		"Challenge of a 401":                     headersOf(func(soay.Request) soay.Response { return response.Unauthorized() }),
		"Line break in a header":                 says("500, and nothing is sent", func(t *testing.T) { checkResponseHeaders(t) }),
		"CORS":                                   says("no header of it", noCORS),
	}
}

func page(soay.Request) soay.Response { return response.HTML("<p>hi") }

// pagesFromElsewhere checks that the app adds no policy to pages that it did not make.
func pagesFromElsewhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("<p>hi"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, h := range []soay.Handler{
		func(soay.Request) soay.Response { return response.File(file) },
		soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })),
	} {
		got := newClient(t, h).Get("/").Header
		for _, name := range []string{"Content-Security-Policy", "Referrer-Policy", "Cross-Origin-Opener-Policy"} {
			if got[name] != nil {
				t.Errorf("a page from elsewhere has %s: %s", name, got[name])
			}
		}
	}
}

// headersOf is a check of the headers that the page names.
func headersOf(h soay.Handler) check {
	return func(t *testing.T, cell string) { sameHeaders(t, newClient(t, h).Get("/").Header, cell) }
}

func noCORS(t *testing.T) {
	c := newClient(t, text("hi"))
	for _, method := range []string{"GET", "OPTIONS"} {
		got := c.Do(method, "/", requesttest.With{Header: http.Header{
			"Origin": {"https://cats.example"}, "Access-Control-Request-Method": {"POST"},
		}})
		for name := range got.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s is answered with %s", method, name)
			}
		}
	}
}

func bodyDefaults() map[string]check {
	return map[string]check{
		"JSON of another content type":          jsonStatus("text/plain", `{"name": "Minka"}`),
		"Name that is there twice, in any case": jsonStatus("application/json", `{"name": "Minka", "Name": "Muck"}`),
		"Data behind the JSON":                  jsonStatus("application/json", `{"name": "Minka"} x`),
		"Text that is not UTF-8":                jsonStatus("application/json", "{\"name\": \"\xff\"}"),
		"Name in another case": says("a field that nobody knows", func(t *testing.T) {
			jsonStatus("application/json", `{"NAME": 7}`)(t, "200")
		}),
		"Body with a `Content-Encoding`": func(t *testing.T, cell string) {
			c := newClient(t, func(req soay.Request) soay.Response { return response.Error(req.JSON(new(any))) })
			got := c.Post("/", requesttest.With{Body: strings.NewReader("{}"), Header: http.Header{
				"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"},
			}})
			if got.Status != number(t, cell, "") {
				t.Errorf("a compressed body is answered with %d, the page says %s", got.Status, cell)
			}
		},
		"Body that was compressed, with `UseDecompression`": ratioOfBodies,
		"Field that nobody knows": says("passed over", func(t *testing.T) {
			jsonStatus("application/json", `{"name": "Minka", "color": "black"}`)(t, "200")
		}),
	}
}

// ratioOfBodies sends bodies of which as much comes out as the page says and a little more.
func ratioOfBodies(t *testing.T, cell string) {
	ratio := 0
	if _, err := fmt.Sscanf(cell, "up to %d times larger beyond 64 KiB, else 413", &ratio); err != nil {
		t.Fatal(err)
	}
	app := quiet()
	app.UseDecompression()
	app.Post("/", readBody)
	c := requesttest.New(t, app)
	for n, want := range map[int]int{64 << 10: 204, 512 << 10: 413} { // of one letter, which deflates by some 1000
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(bytes.Repeat([]byte("a"), n))
		_ = w.Close()
		if n > 64<<10 && n < ratio*b.Len() {
			t.Fatalf("%d bytes became %d, want less for a ratio of %d", n, b.Len(), ratio)
		}
		got := c.Post("/", requesttest.With{Body: &b, Header: http.Header{"Content-Encoding": {"gzip"}}})
		if got.Status != want {
			t.Errorf("%d bytes are answered with %d, want %d", n, got.Status, want)
		}
	}
}

// jsonStatus is a check of the status of a body that is read as JSON.
func jsonStatus(contentType, body string) check {
	return func(t *testing.T, cell string) {
		c := newClient(t, func(req soay.Request) soay.Response {
			var cat struct{ Name string }
			if err := req.JSON(&cat); err != nil {
				return response.Error(err)
			}
			return response.Text(cat.Name)
		})
		got := c.Post("/", requesttest.With{Body: strings.NewReader(body), Header: http.Header{"Content-Type": {contentType}}})
		if got.Status != number(t, cell, "") {
			t.Errorf("%s as %s is answered with %d, the page says %s", body, contentType, got.Status, cell)
		}
	}
}

func routingDefaults() map[string]check {
	return map[string]check{
		"Slash at the end of a path":   slashAtTheEnd,
		"Method without a route":       statusOf("PATCH", "/"),
		"`TRACE` and `CONNECT`":        func(t *testing.T, cell string) { statusOf("TRACE", "/")(t, cell); statusOf("CONNECT", "/")(t, cell) },
		"Encoded text in a path":       says("decoded once", func(t *testing.T) { parameterOf(t, "/one/%252e", "%2e") }),
		"Encoded slash in a parameter": says("part of the value", func(t *testing.T) { parameterOf(t, "/one/a%2Fb", "a/b") }),
		"Encoded slash or empty segment in a catch-all": says("part of the value", func(t *testing.T) {
			parameterOf(t, "/rest/a%2Fb//c", "a/b//c")
		}),
		"The same where the clean path is another route's": func(t *testing.T, cell string) {
			for _, path := range []string{"/rest/own%2Fb", "/rest/own%5Cb", "/rest//own/b"} {
				statusOf("GET", path)(t, cell)
			}
			parameterOf(t, "/rest/own/b", "own")
		},
		"The same with a fallback in place of the catch-all": func(t *testing.T, cell string) {
			for _, path := range []string{"/one%2Fb", "/one%5Cb", "//one/b"} {
				statusOf("GET", path)(t, cell)
			}
			parameterOf(t, "/none%2Fb", "fallback")
		},
		"`..` as a value": func(t *testing.T, cell string) {
			statusOf("GET", "/one/%2e%2e")(t, cell)
			statusOf("GET", "/rest/a/%2e%2e/b")(t, cell)
		},
		"Redirect to another site": statusOf("GET", "/redirect?to=https://cats.example"),
	}
}

func newRoutes(t *testing.T) *requesttest.Client {
	t.Helper()
	app := quiet()
	app.Get("/", text("hi"))
	app.Get("/cats", text("cats"))
	app.Get("/one/{value}", func(req soay.Request) soay.Response { return response.Text(req.Param("value")) })
	app.Get("/rest/{path:value}", func(req soay.Request) soay.Response { return response.Text(req.Param("value")) })
	app.Get("/rest/own/*", text("own"))
	app.Fallback(text("fallback"))
	app.Get("/redirect", func(req soay.Request) soay.Response { return response.Redirect(req.Query("to")) })
	return requesttest.New(t, app)
}

func slashAtTheEnd(t *testing.T, cell string) {
	for _, path := range names(cell) {
		if got := newRoutes(t).Get(path).Text(); got != "cats" {
			t.Errorf("GET %s = %q", path, got)
		}
	}
}

// statusOf is a check of the status of a request.
func statusOf(method, path string) check {
	return func(t *testing.T, cell string) {
		if got := newRoutes(t).Do(method, path).Status; got != number(t, cell, "") {
			t.Errorf("%s %s is answered with %d, the page says %s", method, path, got, cell)
		}
	}
}

func parameterOf(t *testing.T, path, want string) {
	t.Helper()
	if got := newRoutes(t).Get(path).Text(); got != want {
		t.Errorf("GET %s = %q, want %q", path, got, want)
	}
}

func errorDefaults() map[string]check {
	checks := map[string]check{
		"Text of an error":                      says("in the log, not in the answer", textOfAnError),
		"Details of errors in development":      says("for clients on this machine, and not for those of a proxy that is not trusted", detailsOfErrors),
		"Routes on the page for 404":            says("in development, for browsers on this machine", routesOfNotFound),
		"Panic":                                 panicStatus,
		"503 of a store":                        func(t *testing.T, cell string) { sameHeaders(t, storeIsDown(t).Header, cell) },
		"Id of a request, with `UseRequestID`":  idOfARequest,
		"Description of the API, and its pages": says("in development only", checkAPIDescription),
		"Request that is used too late":         says("a panic in development, empty in production", checkUsedTooLate),
	}
	maps.Copy(checks, accessLogDefaults())
	return checks
}

// newLogged returns a client for an app, and the log of the app.
func newLogged(t *testing.T, o soay.Options, setUp func(*soay.App), h soay.Handler) (*requesttest.Client, *requesttest.Log) {
	t.Helper()
	log := new(requesttest.Log)
	o.Logger = log.Logger()
	app := soay.New(o)
	setUp(app)
	app.Get("/", h)
	return requesttest.New(t, app), log
}

func fails(soay.Request) soay.Response { return response.Error(errors.New("password rosebud refused")) }

func textOfAnError(t *testing.T) {
	c, log := newLogged(t, soay.Options{Env: "production"}, func(*soay.App) {}, fails)
	if got := c.Get("/").Text(); strings.Contains(got, "rosebud") || !strings.Contains(log.String(), "rosebud") {
		t.Errorf("the answer is %q, the log %q", got, log.String())
	}
}

// from makes all requests come from an address.
func from(address string) func(*soay.App) {
	return func(a *soay.App) {
		a.Use(func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response {
				req.SetOrigin("http", address)
				return next(req)
			}
		})
	}
}

func routesOfNotFound(t *testing.T) {
	browser := requesttest.With{Header: http.Header{"Accept": {"text/html"}}}
	for _, env := range []string{"development", "production"} {
		for _, address := range []string{"127.0.0.1", "192.0.2.1"} {
			c, _ := newLogged(t, soay.Options{Env: env, ShowErrorDetails: env == "production"}, from(address), fails)
			want := env == "development" && address == "127.0.0.1"
			if got := c.Get("/nowhere", browser).Text(); strings.Contains(got, "registered at") != want {
				t.Errorf("in %s a browser at %s sees\n%s\nwant routes: %v", env, address, got, want)
			}
		}
	}
}

func detailsOfErrors(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1": true, "192.0.2.1": false} {
		c, _ := newLogged(t, soay.Options{Env: "development"}, from(address), fails)
		if got := c.Get("/").Text(); strings.Contains(got, "rosebud") != want {
			t.Errorf("a client at %s sees %q, want details: %v", address, got, want)
		}
	}
	proxied := requesttest.With{Header: http.Header{"X-Forwarded-For": {"192.0.2.1"}}}
	c, _ := newLogged(t, soay.Options{Env: "development"}, func(*soay.App) {}, fails)
	if got := c.Get("/", proxied).Text(); strings.Contains(got, "rosebud") {
		t.Errorf("a client of a proxy that is not trusted sees %q", got)
	}
}

func panicStatus(t *testing.T, cell string) {
	c := newClient(t, func(soay.Request) soay.Response { panic("out of milk") })
	if got := c.Get("/").Status; got != number(t, cell, "") {
		t.Errorf("a panic is answered with %d, the page says %s", got, cell)
	}
}

func idOfARequest(t *testing.T, cell string) {
	limit := number(t, cell, "")
	c, _ := newLogged(t, soay.Options{}, func(a *soay.App) { a.UseRequestID() }, text("hi"))
	for n, kept := range map[int]bool{limit: true, limit + 1: false} {
		id := strings.Repeat("a", n)
		got := c.Get("/", requesttest.With{Header: http.Header{"X-Request-Id": {id}}}).Header.Get("X-Request-Id")
		if (got == id) != kept || got == "" {
			t.Errorf("an id of %d characters becomes %q", n, got)
		}
	}
}

func cookieDefaults() map[string]check {
	return map[string]check{
		"Attributes of `response.NewCookie`": func(t *testing.T, cell string) {
			c := newClient(t, setCookie(response.NewCookie("a", "b")))
			sameAttributes(t, c.Get("/").Header.Get("Set-Cookie"), names(cell))
		},
		"Size of a cookie":                  sizeOfACookie,
		"Cookie that browsers would refuse": cookieThatIsRefused,
	}
}

func setCookie(cookie *http.Cookie) soay.Handler {
	return func(soay.Request) soay.Response { return response.Text("hi").WithCookie(cookie) }
}

func sizeOfACookie(t *testing.T, cell string) {
	limit := size(t, cell) - 1 // the name
	for n, want := range map[int]int{limit: 200, limit + 1: status(t, cell)} {
		cookie := response.NewCookie("a", strings.Repeat("x", n))
		if got := newClient(t, setCookie(cookie)).Get("/").Status; got != want {
			t.Errorf("a value of %d bytes gives %d, want %d", n, got, want)
		}
	}
}

func cookieThatIsRefused(t *testing.T, cell string) {
	unsafe := response.NewCookie("a", "b")
	unsafe.SameSite = http.SameSiteNoneMode
	for _, cookie := range []*http.Cookie{unsafe, response.NewCookie("__Host-a", "b"), response.NewCookie("a b", "c")} {
		if got := newClient(t, setCookie(cookie)).Get("/").Status; got != number(t, cell, "") {
			t.Errorf("the cookie %v gives %d, the page says %s", cookie, got, cell)
		}
	}
}
