package docs_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

func siteDefaults() map[string]check {
	return map[string]check{
		"Headers of proxies": says("change nothing", checkProxies),
		"Headers of a peer that is not trusted, with `UseProxies`": says("change nothing", originSeen("198.51.100.1:1", "192.0.2.7", "http 198.51.100.1 inner.example")),
		"Headers of trusted proxies":                               says("client and scheme", originSeen("10.0.0.1:1", "192.0.2.7", "https 192.0.2.7 inner.example")),
		"List of clients that is read": func(t *testing.T, cell string) {
			far := number(t, cell, "")
			originSeen("10.0.0.1:1", "192.0.2.7"+strings.Repeat(", 10.0.0.2", far-1), "https 192.0.2.7 inner.example")(t)
			originSeen("10.0.0.1:1", "192.0.2.7"+strings.Repeat(", 10.0.0.2", far), "https 10.0.0.2 inner.example")(t)
		},
		"Hosts in development, on a loopback address": func(t *testing.T, cell string) {
			addr := servedInDevelopment(t)
			for _, host := range names(cell) {
				host = strings.Replace(host, "*", "cats", 1)
				if got := statusFor(t, addr, host); got != 200 {
					t.Errorf("%s is answered with %d", host, got)
				}
			}
			if got := statusFor(t, addr, "cats.example"); got != 421 {
				t.Errorf("another host is answered with %d", got)
			}
		},
		"Hosts else": says("any", func(t *testing.T) { siteStatus("GET", "http://evil.example/", func(*soay.App) {})(t, "200") }),
		"Request for another host, with `UseAllowedHosts`":                 siteStatus("GET", "http://evil.example/", withHosts),
		"Request that names no valid host, with `UseAllowedHosts`":         siteStatus("GET", "http://cats..example/", withHosts),
		"`GET` over http, with `UseHTTPS`":                                 siteStatus("GET", "http://cats.example/", withHTTPS),
		"`POST` over http, with `UseHTTPS`":                                siteStatus("POST", "http://cats.example/", withHTTPS),
		"`GET` over http that a proxy says came by https, with `UseHTTPS`": siteStatus("GET", "http://cats.example/", withHTTPS, "X-Forwarded-Proto", "https"),
		"Answer over https, with `UseHTTPS`": func(t *testing.T, cell string) {
			sameHeaders(t, siteAnswer("GET", "https://cats.example/", withHTTPS).Header(), cell)
		},
		"Links by `AbsoluteURL`": says("none without a public URL", func(t *testing.T) {
			app := quiet()
			app.Get("/", text("hi")).Name("home")
			if err := app.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if link, err := app.AbsoluteURL("home"); err == nil {
				t.Errorf("the link is %s", link)
			}
		}),
	}
}

func withHosts(a *soay.App) { a.UseAllowedHosts([]string{"cats.example"}) }

func withHTTPS(a *soay.App) { withHosts(a); a.UseHTTPS() }

// siteAnswer returns the answer of an app to a request, with these headers.
func siteAnswer(method, target string, setUp func(*soay.App), header ...string) *httptest.ResponseRecorder {
	app := quiet()
	app.Get("/", text("hi"))
	app.Post("/", text("hi"))
	setUp(app)
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// siteStatus is a check of the status of an answer.
func siteStatus(method, target string, setUp func(*soay.App), header ...string) check {
	return func(t *testing.T, cell string) {
		if got := siteAnswer(method, target, setUp, header...).Code; got != number(t, cell, "") {
			t.Errorf("%s %s is answered with %d, the page says %s", method, target, got, cell)
		}
	}
}

// originSeen checks what a handler sees of a request by a peer that sends headers of proxies, where 10.0.0.0/8 is trusted.
func originSeen(peer, clients, want string) func(t *testing.T) {
	return func(t *testing.T) {
		app := quiet()
		app.UseProxies([]string{"10.0.0.0/8"})
		app.Get("/", func(req soay.Request) soay.Response {
			return response.Text(req.Scheme() + " " + req.ClientIP() + " " + req.Host())
		})
		r := httptest.NewRequest("GET", "http://inner.example/", nil)
		r.RemoteAddr = peer
		r.Header = http.Header{"X-Forwarded-For": {clients}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"cats.example"}}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if got := w.Body.String(); got != want {
			t.Errorf("the handler sees %q, want %q", got, want)
		}
	}
}

// servedInDevelopment serves an app in development on a loopback address, and returns it.
func servedInDevelopment(t *testing.T) string {
	t.Helper()
	app := soay.New(soay.Options{Env: "development", Logger: silent()})
	app.Get("/", text("hi"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
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

func statusFor(t *testing.T, addr, host string) int {
	t.Helper()
	r, err := http.NewRequest("GET", "http://"+addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
