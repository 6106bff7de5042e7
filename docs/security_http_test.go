package docs_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func readBody(req soay.Request) soay.Response {
	if _, err := req.Bytes(); err != nil {
		return response.Error(err)
	}
	return response.NoContent()
}

func checkRequestBodies(t *testing.T) {
	app := quiet()
	app.Post("/", readBody)
	app.Post("/small", readBody).MaxBody(10)
	c := requesttest.New(t, app)
	tests := []struct {
		path string
		size int
		want int
	}{
		{"/", 1 << 20, 204}, {"/", 1<<20 + 1, 413}, {"/small", 10, 204}, {"/small", 11, 413},
	}
	for _, test := range tests {
		got := c.Post(test.path, requesttest.With{Body: strings.NewReader(strings.Repeat("x", test.size))})
		if got.Status != test.want {
			t.Errorf("POST %s with %d bytes = %d, want %d", test.path, test.size, got.Status, test.want)
		}
	}
}

func checkRequestHeads(t *testing.T) {
	c := newClient(t, text(""))
	// The server adds up to 8 KiB for its buffers.
	for size, want := range map[int]int{63 << 10: 200, 73 << 10: 431} {
		got := c.Get("/", requesttest.With{Header: http.Header{"X-Long": {strings.Repeat("x", size)}}})
		if got.Status != want {
			t.Errorf("a header of %d bytes gives %d, want %d", size, got.Status, want)
		}
	}
}

func checkStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := soay.New(soay.Options{Logger: silent(), Env: "production"})
		app.Get("/", text("hi"))
		s := serve(t, app)
		start, stopped := time.Now(), make(chan error, 1)
		go func() { stopped <- s.stop() }()
		synctest.Wait()
		if got := <-s.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(got.text, "\r\nConnection: close\r\n") {
			t.Errorf("while it drains the app answers %q", got.text)
		}
		if err := <-stopped; err != nil || time.Since(start) != 300*time.Millisecond {
			t.Errorf("it drains for %v: %v", time.Since(start), err)
		}
	})
	tests := []struct {
		name    string
		work    time.Duration
		wantErr bool
	}{
		{"in time", 29 * time.Second, false},
		{"too slow", 31 * time.Second, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := quiet()
				app.Get("/", func(soay.Request) soay.Response {
					time.Sleep(test.work)
					return response.Text("done")
				})
				s := serve(t, app)
				answer := s.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
				synctest.Wait() // for the handler to sleep
				err := s.stop()
				time.Sleep(test.work) // for the handler to return, whoever waits for it
				if got := <-answer; strings.Contains(got.text, "done") == test.wantErr || (err != nil) != test.wantErr {
					t.Errorf("answered %q, stopped with %v; want it cut off: %v", got.text, err, test.wantErr)
				}
			})
		})
	}
}

func checkSlowClients(t *testing.T) {
	tests := []struct {
		name, send string
		want       time.Duration
	}{
		{"headers", "GET / HTTP/1.1\r\nHo", 5 * time.Second},
		{"body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nConnection: close\r\n\r\nab", 30 * time.Second},
		{"between requests", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 75 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := quiet()
				app.Route("/", readBody, http.MethodGet, http.MethodPost)
				s := serve(t, app)
				got := <-s.ask(test.send)
				if got.after.Truncate(time.Second) != test.want {
					t.Errorf("the connection ends after %v, want %v", got.after, test.want)
				}
				if err := s.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func checkJSONBodies(t *testing.T) {
	c := newClient(t, func(req soay.Request) soay.Response {
		var v struct{ Role string }
		if err := req.JSON(&v); err != nil {
			return response.Error(err)
		}
		return response.Text(v.Role)
	})
	tests := []struct {
		name, contentType, body string
		want                    int
	}{
		{"good", "application/json", `{"role": "user"}`, 200},
		{"wrong type", "text/plain", `{"role": "user"}`, 415},
		{"duplicate", "application/json", `{"role": "user", "role": "admin"}`, 400},
		{"duplicate in another case", "application/json", `{"role": "user", "ROLE": "admin"}`, 400},
		{"trailing data", "application/json", `{"role": "user"} x`, 400},
		{"invalid UTF-8", "application/json", "{\"role\": \"\xff\"}", 400},
	}
	for _, test := range tests {
		got := c.Post("/", requesttest.With{
			Body: strings.NewReader(test.body), Header: http.Header{"Content-Type": {test.contentType}},
		})
		if got.Status != test.want {
			t.Errorf("%s: %d, want %d", test.name, got.Status, test.want)
		}
	}
}

func checkRedirects(t *testing.T) {
	c := newClient(t, func(req soay.Request) soay.Response { return response.Redirect(req.Query("to")) })
	for to, want := range map[string]int{
		"/cart": 302, "?page=2": 302,
		"https://example.com": 400, "//example.com": 400, `/\example.com`: 400, "javascript:alert(1)": 400,
	} {
		if got := c.Get("/", requesttest.With{Query: url.Values{"to": {to}}}); got.Status != want {
			t.Errorf("redirect to %q = %d, want %d", to, got.Status, want)
		}
	}
}

func checkResponseHeaders(t *testing.T) {
	c := newClient(t, func(req soay.Request) soay.Response {
		return response.Text("body").WithHeader("X-Name", req.Query("name"))
	})
	got := c.Get("/?name=a%0d%0aSet-Cookie:%20b=c")
	sent := got.Header.Get("X-Name") != "" || len(got.Cookies) > 0 || strings.Contains(got.Text(), "body")
	if got.Status != 500 || sent {
		t.Errorf("answered %d %v %q", got.Status, got.Header, got.Text())
	}
}

func checkAllResponses(t *testing.T) {
	app := quiet()
	app.Get("/", text("hi"))
	app.Get("/panic", func(soay.Request) soay.Response { panic("out of milk") })
	c := requesttest.New(t, app)
	for _, path := range []string{"/", "/panic", "/nowhere"} {
		if got := c.Get(path).Header.Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("GET %s: X-Content-Type-Options %q", path, got)
		}
	}
}

func checkPages(t *testing.T) {
	c := newClient(t, func(soay.Request) soay.Response { return response.HTML("<p>hi") })
	got := c.Get("/").Header
	for name, want := range map[string]string{
		"Content-Security-Policy":    "base-uri 'self'; frame-ancestors 'self'; object-src 'none'",
		"Referrer-Policy":            "strict-origin-when-cross-origin",
		"Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
}

func checkPaths(t *testing.T) {
	app := quiet()
	echo := func(req soay.Request) soay.Response { return response.Text(req.Param("v")) }
	app.Get("/one/{v}", echo)
	app.Get("/rest/{path:v}", echo)
	c := requesttest.New(t, app)
	for path, want := range map[string]string{
		"/one/a%2Fb":         "a/b",
		"/one/a%252Fb":       "a%2Fb",
		"/one/%2e%2e":        "404 Not Found\n",
		"/rest/a/%2e%2e/b":   "404 Not Found\n",
		"/rest/a%2F%2e%2e/b": "404 Not Found\n",
	} {
		if got := c.Get(path).Text(); got != want {
			t.Errorf("GET %s = %q, want %q", path, got, want)
		}
	}
}

func checkMethods(t *testing.T) {
	c := newClient(t, text("hi"))
	if got := c.Do("TRACE", "/"); got.Status != 405 {
		t.Errorf("TRACE = %d, want 405", got.Status)
	}
	app := quiet()
	app.Get("/", text("hi"))
	if got := requesttest.New(t, app).Do("CONNECT", "/"); got.Status != 405 {
		t.Errorf("CONNECT = %d, want 405", got.Status)
	}
}

func checkOtherOrigins(t *testing.T) {
	const name = "Access-Control-Allow-Origin"
	app := quiet()
	app.Get("/", text("hi"))
	app.Get("/open", text("hi")).CORS(otherAllowed)
	c := requesttest.New(t, app)
	asOther := requesttest.With{Header: http.Header{"Origin": {otherOrigin}}}
	if none, one := c.Get("/", asOther).Header.Get(name), c.Get("/open", asOther).Header.Get(name); none != "" || one != otherOrigin {
		t.Errorf("the origins %q and %q are allowed", none, one)
	}
}

func checkProxies(t *testing.T) {
	c := newClient(t, func(req soay.Request) soay.Response {
		return response.Text(req.ClientIP() + " " + req.Scheme())
	})
	got := c.Get("/", requesttest.With{Header: http.Header{
		"X-Forwarded-For": {"192.0.2.1"}, "X-Forwarded-Proto": {"https"}, "Forwarded": {"for=192.0.2.1;proto=https"},
	}}).Text()
	if got != "127.0.0.1 http" {
		t.Errorf("the handler sees %q", got)
	}
}

// checkUsedTooLate checks development; the page about requests shows production.
func checkUsedTooLate(t *testing.T) {
	var kept soay.Request
	var body io.Reader
	var writer io.Writer
	app := quiet()
	app.Post("/", func(req soay.Request) soay.Response {
		kept, body = req, req.Body()
		return response.Stream("text/plain", func(w io.Writer) error {
			writer = w
			return nil
		})
	})
	s := serve(t, app)
	<-s.ask("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if n, err := body.Read(make([]byte, 5)); n != 0 || err == nil {
		t.Errorf("a body that is read too late gives %d bytes, %v", n, err)
	}
	if n, err := writer.Write([]byte("late")); n != 0 || err == nil {
		t.Errorf("a writer that is used too late takes %d bytes, %v", n, err)
	}
	defer func() {
		if recover() == nil {
			t.Errorf("a request that is used too late does not panic")
		}
	}()
	_ = kept.Path()
}
