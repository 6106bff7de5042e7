package middleware_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/proxies"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// serveOn serves an app on a port of an address until the test ends, and returns the address with the port.
func serveOn(t *testing.T, app *soay.App, addr string) string {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// raw sends the bytes of a request and returns the status of the answer.
func raw(t *testing.T, addr, text string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, text)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// rawHosts are the requests of threat T21, for an app with cats.example, *.wild.example, 192.0.2.1, ::1 and
// port.example:8080.
var rawHosts = []struct {
	text string
	want int
}{
	{"GET / HTTP/1.1\r\nHost: cats.example\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: cats.example:8080\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: cats.example:\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: CATS.Example.\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: a.wild.example\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: a.b.wild.example:1\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: [0:0:0::1]:80\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: port.example:8080\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: public.example\r\n\r\n", 200},
	{"GET / HTTP/1.1\r\nHost: public.example:8443\r\n\r\n", 200},
	{"GET http://cats.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200}, // RFC 9112 section 3.2.2

	{"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: wild.example\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: evilwild.example\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: cats.example.evil.example\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: 192.0.2.2\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: [::2]\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: port.example\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: port.example:80\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 421},
	{"GET /none HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
	{"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n", 421},
	{"OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421},
	{"GET http://evil.example/ HTTP/1.1\r\nHost: cats.example\r\n\r\n", 421},
	{"GET / HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: cats.example\r\n\r\n", 421},
	{"GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n", 421},

	{"GET / HTTP/1.1\r\n\r\n", 400},
	{"GET / HTTP/1.0\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats.example\r\nHost: cats.example\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats.example\r\nHost: evil.example\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: user@cats.example\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats.example/x\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats.example, evil.example\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats.example:http\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats.example:99999\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats%2eexample\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: .cats.example\r\n\r\n", 400},
	{"GET / HTTP/1.1\r\nHost: cats..example\r\n\r\n", 400},

	{"GET /health HTTP/1.1\r\nHost: 10.0.0.9:8000\r\n\r\n", 200},
	{"GET /health HTTP/1.0\r\n\r\n", 200}, // as load balancers ask that know no host
	{"GET /exempt HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200},
}

func hostsApp(options soay.Options) *soay.App {
	options.Env, options.Logger, options.PublicURL = "production", slog.New(slog.DiscardHandler), "https://public.example:8443"
	options.DrainDelay = -1
	app := soay.New(options)
	app.UseAllowedHosts([]string{"cats.example", "*.wild.example", "192.0.2.1", "::1", "port.example:8080"},
		middleware.HostOptions{Exempt: func(req soay.Request) bool { return req.Path() == "/exempt" }})
	for _, path := range []string{"/", "/exempt"} {
		app.Get(path, hello)
	}
	app.Get("/health", hello).Probe()
	return app
}

func TestAllowedHosts(t *testing.T) {
	for name, options := range map[string]soay.Options{"own": {}, "net/http": {StandardServer: true}} {
		addr := serveOn(t, hostsApp(options), "127.0.0.1:0")
		for _, tt := range rawHosts {
			if got := raw(t, addr, tt.text); got != tt.want {
				t.Errorf("server %s: %q is answered with %d, want %d", name, tt.text, got, tt.want)
			}
		}
	}
}

// Over HTTP/2 the host is the authority.
func TestAllowedHostsOverHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(hostsApp(soay.Options{}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	for host, want := range map[string]int{
		"cats.example": 200, "CATS.example.:8443": 200, "a.wild.example": 200, "[::1]": 200, "evil.example": 421, "wild.example": 421,
		"cats.example.evil.example": 421, "cats..example": 400,
	} {
		r, err := http.NewRequest("GET", server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want || resp.ProtoMajor != 2 {
			t.Errorf("authority %s: %s over %s, want %d", host, resp.Status, resp.Proto, want)
		}
	}
}

// In development an app on loopback addresses answers for the names of this machine, unless it has set others.
func TestHostsByDefault(t *testing.T) {
	listen := func(env, addr string, setUp func(*soay.App)) (string, *requesttest.Log) {
		log := new(requesttest.Log)
		app := soay.New(soay.Options{Env: env, Logger: log.Logger(), DrainDelay: -1})
		app.Get("/", hello)
		setUp(app)
		_, port, err := net.SplitHostPort(serveOn(t, app, addr))
		if err != nil {
			t.Fatal(err)
		}
		addr = net.JoinHostPort("127.0.0.1", port)
		raw(t, addr, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") // the server runs
		return addr, log
	}
	none := func(*soay.App) {}
	for _, tt := range []struct {
		env, listen, host string
		want              int
	}{
		{"development", "127.0.0.1:0", "localhost:8000", 200},
		{"development", "127.0.0.1:0", "cats.localhost", 200},
		{"development", "127.0.0.1:0", "127.0.0.2:80", 200},
		{"development", "127.0.0.1:0", "[::1]:80", 200},
		{"development", "127.0.0.1:0", "evil.example", 421},
		{"development", "127.0.0.1:0", "localhost.evil.example", 421},
		{"development", "127.0.0.1:0", "192.0.2.1", 421},
		{"development", ":0", "evil.example", 200},
		{"production", "127.0.0.1:0", "evil.example", 200},
	} {
		addr, _ := listen(tt.env, tt.listen, none)
		if got := raw(t, addr, "GET / HTTP/1.1\r\nHost: "+tt.host+"\r\n\r\n"); got != tt.want {
			t.Errorf("%s on %s: %s is answered with %d, want %d", tt.env, tt.listen, tt.host, got, tt.want)
		}
	}
	for _, tt := range []struct {
		description, env, listen string
		setUp                    func(*soay.App)
		want                     int
	}{
		{"all addresses", "production", ":0", none, 1},
		{"behind a proxy", "production", "127.0.0.1:0", func(a *soay.App) { a.UseProxies([]string{"loopback"}) }, 1},
		{"this machine alone", "production", "127.0.0.1:0", none, 0},
		{"development", "development", ":0", none, 0},
		{"with hosts", "production", ":0", func(a *soay.App) { a.UseAllowedHosts([]string{"localhost"}) }, 0},
	} {
		if _, log := listen(tt.env, tt.listen, tt.setUp); strings.Count(log.String(), "UseAllowedHosts") != tt.want {
			t.Errorf("%s: the log is %q, want %d warnings", tt.description, log, tt.want)
		}
	}
	app := soay.New(soay.Options{Env: "development", Logger: slog.New(slog.DiscardHandler)})
	app.Get("/", hello)
	if w := do(app, "GET", "http://evil.example/"); w.Code != 200 {
		t.Errorf("behind a server of one's own: %d, want any host", w.Code)
	}
}

// The refusal is an error like all others, and the log tells the developer once.
func TestForeignHostIsTold(t *testing.T) {
	app, log := newLoggedApp()
	app.UseHeaders(map[string]string{"X-Site": "cats"})
	app.UseAllowedHosts([]string{"cats.example"})
	app.UseProxies([]string{"192.0.2.0/24"}, proxies.Options{Host: true})
	app.Get("/", hello)
	for range 2 {
		w := do(app, "GET", "http://evil.example/", "Accept", "application/json")
		if w.Code != 421 || w.Header().Get("X-Site") != "cats" || !strings.Contains(w.Body.String(), `"status":421`) {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
	}
	if got := log.String(); strings.Count(got, "UseAllowedHosts") != 1 || !strings.Contains(got, "host=evil.example") {
		t.Errorf("log %q, want one warning", got)
	}
	if w := do(app, "GET", "http://inner.example/", "X-Forwarded-Host", "cats.example"); w.Code != 200 {
		t.Errorf("the host that a trusted proxy tells is answered with %d", w.Code)
	}
	if w := do(app, "GET", "http://cats.example/", "X-Forwarded-Host", "evil.example"); w.Code != 421 {
		t.Errorf("another host that a trusted proxy tells is answered with %d", w.Code)
	}
}

func TestHostsSetupErrors(t *testing.T) {
	for _, tt := range []struct {
		call func(*soay.App)
		want string
	}{
		{func(a *soay.App) { a.UseAllowedHosts(nil) }, "no host is allowed"},
		{func(a *soay.App) { a.UseAllowedHosts([]string{"*"}) }, `"*" is no host`},
		{func(a *soay.App) { a.UseAllowedHosts([]string{"https://cats.example"}) }, "is no host"},
		{func(a *soay.App) { a.UseAllowedHosts([]string{"cats.example", ""}) }, `"" is no host`},
		{func(a *soay.App) { a.UseAllowedHosts([]string{"a.example"}); a.UseAllowedHosts([]string{"b.example"}) }, "already"},
	} {
		app := newApp()
		tt.call(app)
		if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "hosts_test.go:") {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	app, log := newLoggedApp()
	app.Get("/", hello)
	do(app, "GET", "/")
	app.UseAllowedHosts([]string{"cats.example"})
	app.UseHTTPS()
	app.UseProxies([]string{"unix"})
	if w := do(app, "GET", "/"); w.Code != 200 || strings.Count(log.String(), "the app has started") != 3 {
		t.Errorf("after the start: %d, log %q", w.Code, log)
	}
}

// A probe shows among the routes.
func TestProbeIsListed(t *testing.T) {
	app := newApp()
	app.Get("/health", hello).Probe()
	app.Get("/", hello)
	got := map[string]bool{}
	for _, info := range app.Routes() {
		got[info.Pattern] = info.Settings["Probe"] == true
	}
	if !got["/health"] || got["/"] {
		t.Errorf("probes: %v", got)
	}
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			return next(req).WithHeader("X-Probe", fmt.Sprint(router.IsProbe(req)))
		}
	})
	for path, want := range map[string]string{"/health": "true", "/": "false", "/none": "false"} {
		if got := do(app, "GET", path).Header().Get("X-Probe"); got != want {
			t.Errorf("%s is a probe: %s, want %s", path, got, want)
		}
	}
}

func TestAbsoluteURL(t *testing.T) {
	start := func(options soay.Options) *soay.App {
		options.Logger = slog.New(slog.DiscardHandler)
		app := soay.New(options)
		app.Get("/cats/{id}", hello).Name("cat")
		return app
	}
	for _, tt := range []struct {
		options   soay.Options
		env       string
		want      string
		wantSetUp string // the error of the start
	}{
		{soay.Options{PublicURL: "https://cats.example"}, "", "https://cats.example/cats/a%2Fb", ""},
		{soay.Options{PublicURL: "https://cats.example:8443/"}, "", "https://cats.example:8443/cats/a%2Fb", ""},
		{soay.Options{}, "https://env.example", "https://env.example/cats/a%2Fb", ""},
		{soay.Options{PublicURL: "https://cats.example"}, "https://env.example", "https://cats.example/cats/a%2Fb", ""},
		{soay.Options{PublicURL: "http://localhost:8000", Env: "development"}, "", "http://localhost:8000/cats/a%2Fb", ""},
		{soay.Options{}, "", "", ""},
		{soay.Options{PublicURL: "http://localhost:8000"}, "", "", "is not https"},
		{soay.Options{PublicURL: "http://cats.example", Env: "development"}, "", "", "is not https"},
		{soay.Options{PublicURL: "cats.example"}, "", "", "is no URL"},
		{soay.Options{PublicURL: "https://cats.example/app"}, "", "", "is no URL"},
		{soay.Options{PublicURL: "https://user@cats.example"}, "", "", "is no URL"},
		{soay.Options{PublicURL: "https://cats.example?x"}, "", "", "is no URL"},
		{soay.Options{PublicURL: "https://"}, "", "", "is no URL"},
		{soay.Options{}, "ftp://cats.example", "", "is no URL"},
	} {
		t.Setenv("APP_PUBLIC_URL", tt.env)
		app := start(tt.options)
		if _, err := app.AbsoluteURL("cat", "a"); err == nil {
			t.Errorf("%+v: before the start there is a URL", tt.options)
		}
		err := app.Start(t.Context())
		if tt.wantSetUp != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wantSetUp) || !strings.Contains(err.Error(), "hosts_test.go:") {
				t.Errorf("%q %q: %v, want %q", tt.options.PublicURL, tt.env, err, tt.wantSetUp)
			}
			continue
		}
		got, err := app.AbsoluteURL("cat", "a/b")
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q %q: %q, %v; want %q", tt.options.PublicURL, tt.env, got, err, tt.want)
		}
		if _, err := app.AbsoluteURL("dog"); err == nil {
			t.Error("an unknown route has a URL")
		}
	}
	// It is never made of the host of a request.
	app := start(soay.Options{PublicURL: "https://cats.example"})
	app.Get("/link", func(soay.Request) soay.Response {
		link, err := app.AbsoluteURL("cat", 7)
		return response.Text(fmt.Sprint(link, err))
	})
	if got := do(app, "GET", "http://evil.example/link", "X-Forwarded-Host", "evil.example").Body.String(); got != "https://cats.example/cats/7<nil>" {
		t.Errorf("link %s", got)
	}
}
