package middleware_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/proxies"
	"github.com/soay-go/soay/response"
)

// httpsApp returns an app in production with UseHTTPS for cats.example and what is below it.
func httpsApp(options middleware.HTTPSOptions, setUp ...func(*soay.App)) *soay.App {
	app := newApp()
	app.UseHTTPS(options)
	app.UseAllowedHosts([]string{"cats.example", "*.cats.example", "192.0.2.1", "::1", "localhost"})
	app.Get("/{rest}/*", hello)
	app.Get("/", hello)
	app.Post("/", hello)
	app.Get("/health", hello).Probe()
	app.Get("/own", func(soay.Request) soay.Response {
		return response.Text("own").WithHeader("Strict-Transport-Security", "max-age=1")
	})
	for _, f := range setUp {
		f(app)
	}
	return app
}

func TestHTTPSRedirect(t *testing.T) {
	for _, tt := range []struct {
		description    string
		options        middleware.HTTPSOptions
		method, target string
		wantStatus     int
		wantLocation   string
	}{
		{"GET", middleware.HTTPSOptions{}, "GET", "http://cats.example/", 308, "https://cats.example/"},
		{"HEAD", middleware.HTTPSOptions{}, "HEAD", "http://cats.example/", 308, "https://cats.example/"},
		{"path and query", middleware.HTTPSOptions{}, "GET", "http://cats.example/a%2Fb/c%20d?x=1&y=%C3%A9", 308,
			"https://cats.example/a%2Fb/c%20d?x=1&y=%C3%A9"},
		{"a path like a host", middleware.HTTPSOptions{}, "GET", "http://cats.example//evil.example/x", 308, "https://cats.example//evil.example/x"},
		{"a port", middleware.HTTPSOptions{}, "GET", "http://cats.example:8080/", 308, "https://cats.example/"},
		{"a host below", middleware.HTTPSOptions{}, "GET", "http://www.CATS.example./", 308, "https://www.cats.example/"},
		{"IPv6", middleware.HTTPSOptions{}, "GET", "http://[::1]:80/", 308, "https://[::1]/"},
		{"no route", middleware.HTTPSOptions{}, "GET", "http://cats.example/none", 308, "https://cats.example/none"},
		{"Port", middleware.HTTPSOptions{Port: 8443}, "GET", "http://cats.example:8080/", 308, "https://cats.example:8443/"},
		{"Port 443", middleware.HTTPSOptions{Port: 443}, "GET", "http://cats.example/", 308, "https://cats.example/"},
		{"Host", middleware.HTTPSOptions{Host: "cats.example"}, "GET", "http://www.cats.example/x", 308, "https://cats.example/x"},
		{"POST", middleware.HTTPSOptions{}, "POST", "http://cats.example/", 403, ""},
		{"OPTIONS", middleware.HTTPSOptions{}, "OPTIONS", "http://cats.example/", 403, ""},
		{"a foreign host", middleware.HTTPSOptions{}, "GET", "http://evil.example/", 421, ""},
		{"a probe", middleware.HTTPSOptions{}, "GET", "http://10.0.0.9/health", 200, ""},
		{"Exempt", middleware.HTTPSOptions{Exempt: func(req soay.Request) bool { return req.Path() == "/" }}, "GET", "http://cats.example/", 200, ""},
		{"NoRedirect", middleware.HTTPSOptions{NoRedirect: true}, "POST", "http://cats.example/", 200, ""},
		{"https", middleware.HTTPSOptions{}, "GET", "https://cats.example/", 200, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := do(httpsApp(tt.options), tt.method, tt.target)
			if got := w.Header().Get("Location"); w.Code != tt.wantStatus || got != tt.wantLocation {
				t.Errorf("%d to %q, want %d to %q", w.Code, got, tt.wantStatus, tt.wantLocation)
			}
			if w.Header().Get("Strict-Transport-Security") != "" != (tt.description == "https") {
				t.Errorf("HSTS is %q", w.Header().Get("Strict-Transport-Security"))
			}
		})
	}
}

// Bytes that are no part of a URL do not get into the header of the redirect.
func TestHTTPSRedirectOfBytes(t *testing.T) {
	app := httpsApp(middleware.HTTPSOptions{})
	addr := serveOn(t, app, "127.0.0.1:0")
	for text, want := range map[string]int{
		"GET /?q=\xff\xe9 HTTP/1.1\r\nHost: cats.example\r\n\r\n":                308,
		"GET /\\evil.example/ HTTP/1.1\r\nHost: cats.example\r\n\r\n":            308,
		"GET http://cats.example/x HTTP/1.1\r\nHost: evil.example\r\n\r\n":       308,
		"GET http://cats.example HTTP/1.1\r\nHost: evil.example\r\n\r\n":         308,
		"GET /?q=\r\nSet-Cookie: a=b HTTP/1.1\r\nHost: cats.example\r\n\r\n":     400,
		"POST / HTTP/1.1\r\nHost: cats.example\r\nContent-Length: 1\r\n\r\nx":    403,
		"GET / HTTP/1.1\r\nHost: cats.example\r\nForwarded: proto=https\r\n\r\n": 400,
	} {
		if got := raw(t, addr, text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// The redirect leads to the public URL where that is all that the app knows of itself.
func TestHTTPSWithPublicURL(t *testing.T) {
	app := soay.New(soay.Options{Env: "production", PublicURL: "https://cats.example:8443"})
	app.UseHTTPS()
	if got := do(app, "GET", "http://evil.example/x").Header().Get("Location"); got != "https://cats.example:8443/x" {
		t.Errorf("to %q", got)
	}
}

// A request that came by https, as far as can be told, is refused and not sent round and round (threat T22).
func TestHTTPSLoop(t *testing.T) {
	trusting := func(o proxies.Options) func(*soay.App) {
		return func(a *soay.App) { a.UseProxies([]string{"192.0.2.1"}, o) } // httptest's peer
	}
	for _, tt := range []struct {
		description string
		setUp       []func(*soay.App)
		header      []string
		want        int
		wantLog     string
	}{
		{"nobody is trusted", nil, []string{"X-Forwarded-Proto", "https"}, 400, "name the proxy in UseProxies"},
		{"nobody is trusted, in capitals", nil, []string{"X-Forwarded-Proto", "HTTPS"}, 400, "name the proxy in UseProxies"},
		{"nobody is trusted, Forwarded", nil, []string{"Forwarded", `for=192.0.2.7;Proto="https"`}, 400, "proxies.Forwarded"},
		{"on a second line", nil, []string{"X-Forwarded-Proto", "http", "X-Forwarded-Proto", "https"}, 400, "UseProxies"},
		{"the other family", []func(*soay.App){trusting(proxies.Options{})}, []string{"Forwarded", "proto=https"}, 400, "proxies.Forwarded"},
		{"a client and no scheme", []func(*soay.App){trusting(proxies.Options{})}, []string{"X-Forwarded-For", "198.51.100.7"}, 400, "no scheme"},
		{"a scheme that is none", []func(*soay.App){trusting(proxies.Options{})},
			[]string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "wss"}, 400, "no scheme"},
		{"a trusted proxy says https", []func(*soay.App){trusting(proxies.Options{})}, []string{"X-Forwarded-Proto", "https"}, 200, ""},
		{"a trusted proxy says http", []func(*soay.App){trusting(proxies.Options{})}, []string{"X-Forwarded-Proto", "http"}, 308, ""},
		{"a client has said https", []func(*soay.App){trusting(proxies.Options{})},
			[]string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-Proto", "https, http"}, 308, ""},
		{"a client sends a list of clients", nil, []string{"X-Forwarded-For", "198.51.100.7"}, 308, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app, log := newLoggedApp()
			app.UseHTTPS()
			app.UseAllowedHosts([]string{"cats.example"})
			app.Get("/", hello)
			for _, f := range tt.setUp {
				f(app)
			}
			for range 2 {
				r := httptest.NewRequest("GET", "http://cats.example/", nil)
				r.RemoteAddr = "192.0.2.1:1"
				for i := 0; i < len(tt.header); i += 2 {
					r.Header.Add(tt.header[i], tt.header[i+1])
				}
				w := httptest.NewRecorder()
				app.ServeHTTP(w, r)
				if w.Code != tt.want {
					t.Errorf("%d, want %d", w.Code, tt.want)
				}
			}
			if got := strings.Count(log.String(), "level=WARN"); tt.wantLog != "" && (got != 1 || !strings.Contains(log.String(), tt.wantLog)) {
				t.Errorf("the log is %q, want one warning with %q", log, tt.wantLog)
			}
		})
	}
}

func TestHTTPSInDevelopment(t *testing.T) {
	app := soay.New(soay.Options{Env: "development"})
	app.UseHTTPS(middleware.HTTPSOptions{Host: "cats.example"})
	app.Get("/", hello)
	for target, want := range map[string]int{
		"http://localhost:8000/": 200, "http://127.0.0.1/": 200, "http://a.localhost/": 200, "http://[::1]/": 200, "http://cats.example/": 308,
	} {
		if got := do(app, "GET", target).Code; got != want {
			t.Errorf("%s: %d, want %d", target, got, want)
		}
	}
}

func TestHSTS(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, tt := range []struct {
		description string
		options     middleware.HTTPSOptions
		target      string
		want        string
	}{
		{"by default", middleware.HTTPSOptions{}, "https://cats.example/", "max-age=31536000; includeSubDomains"},
		{"on errors", middleware.HTTPSOptions{}, "https://cats.example/none", "max-age=31536000; includeSubDomains"},
		{"on probes", middleware.HTTPSOptions{}, "https://cats.example/health", "max-age=31536000; includeSubDomains"},
		{"shorter", middleware.HTTPSOptions{HSTS: time.Hour, ExcludeSubdomains: true}, "https://cats.example/", "max-age=3600"},
		{"preload", middleware.HTTPSOptions{HSTS: 2 * year, Preload: true}, "https://cats.example/", "max-age=63072000; includeSubDomains; preload"},
		{"none", middleware.HTTPSOptions{HSTS: -1}, "https://cats.example/", ""},
		{"that of the handler", middleware.HTTPSOptions{}, "https://cats.example/own", "max-age=1"},
		{"an address", middleware.HTTPSOptions{}, "https://192.0.2.1/", ""},
		{"an address of IPv6", middleware.HTTPSOptions{}, "https://[::1]/", ""},
		{"localhost", middleware.HTTPSOptions{}, "https://localhost:8443/", ""},
		{"without the redirect", middleware.HTTPSOptions{NoRedirect: true}, "https://cats.example/", "max-age=31536000; includeSubDomains"},
		{"over http", middleware.HTTPSOptions{NoRedirect: true}, "http://cats.example/", ""},
	} {
		w := do(httpsApp(tt.options), "GET", tt.target)
		if got := strings.Join(w.Header().Values("Strict-Transport-Security"), "|"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
}

func TestHTTPSSetupErrors(t *testing.T) {
	for _, tt := range []struct {
		options middleware.HTTPSOptions
		want    string
	}{
		{middleware.HTTPSOptions{}, "UseAllowedHosts"},
		{middleware.HTTPSOptions{Host: "cats.example:80"}, "without a port"},
		{middleware.HTTPSOptions{Host: "https://cats.example"}, "is no name"},
		{middleware.HTTPSOptions{Host: "cats.example", Port: 70000}, "Port"},
		{middleware.HTTPSOptions{Host: "cats.example", Port: -1}, "Port"},
		{middleware.HTTPSOptions{Host: "cats.example", HSTS: time.Millisecond}, "less than a second"},
		{middleware.HTTPSOptions{Host: "cats.example", Preload: true, HSTS: time.Hour}, "Preload"},
		{middleware.HTTPSOptions{Host: "cats.example", Preload: true, ExcludeSubdomains: true}, "Preload"},
		{middleware.HTTPSOptions{Host: "cats.example", Preload: true, HSTS: -1}, "Preload"},
	} {
		for _, env := range []string{"production", "development"} {
			app := soay.New(soay.Options{Env: env})
			app.UseHTTPS(tt.options)
			err := app.Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "https_test.go:") {
				t.Errorf("%s, %+v: %v, want %q", env, tt.options, err, tt.want)
			}
			if again := app.Start(t.Context()); again == nil || !strings.Contains(again.Error(), tt.want) {
				t.Errorf("the second start: %v", again)
			}
		}
	}
	app := newApp()
	app.UseHTTPS(middleware.HTTPSOptions{NoRedirect: true})
	app.UseHTTPS()
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("called twice: %v", err)
	}
	if err := newHTTPSApp(middleware.HTTPSOptions{NoRedirect: true}).Start(t.Context()); err != nil {
		t.Errorf("HSTS alone needs no host: %v", err)
	}
}

func newHTTPSApp(options middleware.HTTPSOptions) *soay.App {
	app := newApp()
	app.UseHTTPS(options)
	return app
}
