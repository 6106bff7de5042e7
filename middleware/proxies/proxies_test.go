package proxies_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/middleware/proxies"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app in production that tells what it takes for the origin of a request.
func newApp(log *slog.Logger) *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: log})
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(req.Scheme() + " " + req.ClientIP() + " " + req.Host())
	})
	return app
}

// send lets the app answer a request of a peer, with these lines as its headers.
func send(app http.Handler, peer string, lines ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "http://inner.example/", nil)
	r.RemoteAddr = peer
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// origins are the requests of threat T20: what the app takes for their origin.
var origins = []struct {
	description string
	trusted     []string
	options     proxies.Options
	peer        string
	header      string // lines
	want        string
}{
	{"no header", nil, proxies.Options{}, "10.0.0.1:1", "", "http 10.0.0.1 inner.example"},
	{"all of a trusted peer", nil, proxies.Options{Host: true}, "10.0.0.1:1",
		"X-Forwarded-For: 192.0.2.7|X-Forwarded-Proto: https|X-Forwarded-Host: cats.example", "https 192.0.2.7 cats.example"},
	{"the host unless it is wanted", nil, proxies.Options{}, "10.0.0.1:1",
		"X-Forwarded-For: 192.0.2.7|X-Forwarded-Proto: https|X-Forwarded-Host: cats.example", "https 192.0.2.7 inner.example"},
	{"nothing of another peer", nil, proxies.Options{Host: true}, "11.0.0.1:1",
		"X-Forwarded-For: 192.0.2.7|X-Forwarded-Proto: https|X-Forwarded-Host: cats.example", "http 11.0.0.1 inner.example"},
	{"nothing of the other family", nil, proxies.Options{Host: true}, "10.0.0.1:1",
		"Forwarded: for=192.0.2.7;proto=https;host=cats.example", "http 10.0.0.1 inner.example"},
	{"nothing of headers that are like it", nil, proxies.Options{Host: true}, "10.0.0.1:1",
		"X_Forwarded_For: 192.0.2.7|X-Forwarded_Proto: https|X-Real-Ip: 192.0.2.7|X-Forwarded-Port: 1|Front-End-Https: on|X-Forwarded-Ssl: on",
		"http 10.0.0.1 inner.example"},
	{"a client that has spoofed", nil, proxies.Options{Host: true}, "10.0.0.1:1",
		"X-Forwarded-For: 198.51.100.1, 192.0.2.7|X-Forwarded-Proto: https, http|X-Forwarded-Host: evil.example, cats.example",
		"http 192.0.2.7 cats.example"},
	{"a client that has spoofed trusted addresses", nil, proxies.Options{}, "10.0.0.1:1",
		"X-Forwarded-For: 10.0.0.9, 192.0.2.7, 10.0.0.2", "http 192.0.2.7 inner.example"},
	{"a client that has sent a line of its own", nil, proxies.Options{}, "10.0.0.1:1",
		"X-Forwarded-For: 198.51.100.1|X-Forwarded-For: 192.0.2.7", "http 192.0.2.7 inner.example"},
	{"two proxies", nil, proxies.Options{Host: true}, "10.0.0.1:1",
		"X-Forwarded-For: 192.0.2.7, 10.0.0.2|X-Forwarded-Proto: https, http|X-Forwarded-Host: cats.example, middle.example",
		"https 192.0.2.7 cats.example"},
	{"two proxies, of which one tells the scheme", nil, proxies.Options{}, "10.0.0.1:1",
		"X-Forwarded-For: 192.0.2.7, 10.0.0.2|X-Forwarded-Proto: https", "https 192.0.2.7 inner.example"},
	{"all addresses are trusted", nil, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "http 10.0.0.3 inner.example"},
	{"Hops", nil, proxies.Options{Hops: 1}, "10.0.0.1:1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "http 10.0.0.2 inner.example"},
	{"any peer, one hop", []string{"any"}, proxies.Options{Hops: 1}, "203.0.113.9:1",
		"X-Forwarded-For: 198.51.100.1, 192.0.2.7|X-Forwarded-Proto: https", "https 192.0.2.7 inner.example"},
	{"any peer, two hops", []string{"any"}, proxies.Options{Hops: 2}, "203.0.113.9:1",
		"X-Forwarded-For: 198.51.100.1, 192.0.2.7, 203.0.113.8", "http 192.0.2.7 inner.example"},
	{"junk of the client", nil, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: \"<junk, 192.0.2.7, 10.0.0.2", "http 192.0.2.7 inner.example"},
	{"junk of the proxy", nil, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: 192.0.2.7, junk|X-Forwarded-Proto: https", "https 10.0.0.1 inner.example"},
	{"junk between proxies", nil, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: 192.0.2.7, unknown, 10.0.0.2", "http 10.0.0.2 inner.example"},
	{"a scheme that is none", nil, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: 192.0.2.7|X-Forwarded-Proto: ftp", "http 192.0.2.7 inner.example"},
	{"a scheme in capitals", nil, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-Proto: HTTPS", "https 10.0.0.1 inner.example"},
	{"a host that is none", nil, proxies.Options{Host: true}, "10.0.0.1:1", "X-Forwarded-Host: a@b/c", "http 10.0.0.1 inner.example"},
	{"empty headers", nil, proxies.Options{Host: true}, "10.0.0.1:1", "X-Forwarded-For: |X-Forwarded-Proto: , ,|X-Forwarded-Host: ",
		"http 10.0.0.1 inner.example"},
	{"IPv6, a port", nil, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: [2001:DB8::0:7]:80", "http 2001:db8::7 inner.example"},
	{"IPv4 mapped", []string{"192.0.2.0/24"}, proxies.Options{}, "[::ffff:192.0.2.1]:1", "X-Forwarded-For: ::ffff:198.51.100.7",
		"http 198.51.100.7 inner.example"},
	{"a peer with a zone", []string{"fe80::/10"}, proxies.Options{}, "[fe80::1%eth0]:1", "X-Forwarded-For: 192.0.2.7", "http 192.0.2.7 inner.example"},
	{"loopback", []string{"loopback"}, proxies.Options{}, "[::1]:1", "X-Forwarded-For: 192.0.2.7", "http 192.0.2.7 inner.example"},
	{"private", []string{"private"}, proxies.Options{}, "172.31.0.1:1", "X-Forwarded-For: 192.0.2.7", "http 192.0.2.7 inner.example"},
	{"not private", []string{"private"}, proxies.Options{}, "172.32.0.1:1", "X-Forwarded-For: 192.0.2.7", "http 172.32.0.1 inner.example"},
	{"one address", []string{"10.0.0.1"}, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: 192.0.2.7", "http 192.0.2.7 inner.example"},
	{"not the next one", []string{"10.0.0.1"}, proxies.Options{}, "10.0.0.2:1", "X-Forwarded-For: 192.0.2.7", "http 10.0.0.2 inner.example"},
	{"a unix socket", []string{"unix"}, proxies.Options{}, "@", "X-Forwarded-For: 192.0.2.7", "http 192.0.2.7 inner.example"},
	{"a unix socket that is not trusted", nil, proxies.Options{}, "@", "X-Forwarded-For: 192.0.2.7", "http  inner.example"},
	{"no unix socket", []string{"unix"}, proxies.Options{}, "10.0.0.1:1", "X-Forwarded-For: 192.0.2.7", "http 10.0.0.1 inner.example"},

	{"Forwarded", nil, proxies.Options{Header: proxies.Forwarded, Host: true}, "10.0.0.1:1",
		"Forwarded: for=192.0.2.7;proto=https;host=cats.example", "https 192.0.2.7 cats.example"},
	{"Forwarded without the host", nil, proxies.Options{Header: proxies.Forwarded}, "10.0.0.1:1",
		"Forwarded: for=192.0.2.7;proto=https;host=cats.example", "https 192.0.2.7 inner.example"},
	{"Forwarded of another peer", nil, proxies.Options{Header: proxies.Forwarded, Host: true}, "11.0.0.1:1",
		"Forwarded: for=192.0.2.7;proto=https;host=cats.example", "http 11.0.0.1 inner.example"},
	{"Forwarded, and the other family", nil, proxies.Options{Header: proxies.Forwarded, Host: true}, "10.0.0.1:1",
		"X-Forwarded-For: 192.0.2.7|X-Forwarded-Proto: https|X-Forwarded-Host: cats.example", "http 10.0.0.1 inner.example"},
	{"Forwarded of two proxies", nil, proxies.Options{Header: proxies.Forwarded, Host: true}, "10.0.0.1:1",
		"Forwarded: for=198.51.100.1;proto=http;host=evil.example, for=192.0.2.7;proto=https;host=cats.example|Forwarded: for=10.0.0.2;proto=http",
		"https 192.0.2.7 cats.example"},
	{"Forwarded with an open quote", nil, proxies.Options{Header: proxies.Forwarded}, "10.0.0.1:1",
		"Forwarded: for=\"evil, for=192.0.2.7;proto=https", "https 192.0.2.7 inner.example"},
	{"Forwarded with an unknown client", nil, proxies.Options{Header: proxies.Forwarded}, "10.0.0.1:1",
		"Forwarded: for=198.51.100.1, for=unknown;proto=https", "https 10.0.0.1 inner.example"},
	{"Forwarded with a hidden client", nil, proxies.Options{Header: proxies.Forwarded}, "10.0.0.1:1",
		"Forwarded: for=198.51.100.1;proto=http, for=_x;proto=http, for=10.0.0.2;proto=https", "https 10.0.0.2 inner.example"},
	{"Forwarded, malformed", nil, proxies.Options{Header: proxies.Forwarded}, "10.0.0.1:1",
		"Forwarded: for=192.0.2.7, =;=", "http 10.0.0.1 inner.example"},
	{"Forwarded, IPv6", nil, proxies.Options{Header: proxies.Forwarded}, "10.0.0.1:1",
		`Forwarded: for="[2001:db8::7]:80";proto=https`, "https 2001:db8::7 inner.example"},
	{"Forwarded, with Hops", nil, proxies.Options{Header: proxies.Forwarded, Hops: 1}, "10.0.0.1:1",
		"Forwarded: for=192.0.2.7;proto=https, for=10.0.0.2;proto=http", "http 10.0.0.2 inner.example"},
}

func TestOrigin(t *testing.T) {
	for _, tt := range origins {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp(slog.New(slog.DiscardHandler))
			trusted := tt.trusted
			if trusted == nil {
				trusted = []string{"10.0.0.0/8"}
			}
			app.UseProxies(trusted, tt.options)
			var lines []string
			if tt.header != "" {
				lines = strings.Split(tt.header, "|")
			}
			if got := send(app, tt.peer, lines...).Body.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// More elements than anybody looks at change nothing.
func TestLongLists(t *testing.T) {
	app := newApp(slog.New(slog.DiscardHandler))
	app.UseProxies([]string{"10.0.0.0/8"})
	got := send(app, "10.0.0.1:1", "X-Forwarded-For: 192.0.2.7, "+strings.Repeat("10.0.0.2,", 5000)).Body.String()
	if want := "http 10.0.0.2 inner.example"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Garbage ends in no trust beyond that in the proxy, and in no 500.
func FuzzApply(f *testing.F) {
	for _, tt := range origins {
		f.Add(tt.header, tt.header, tt.header)
	}
	app := newApp(slog.New(slog.DiscardHandler))
	app.UseProxies([]string{"10.0.0.0/8"}, proxies.Options{Host: true})
	other := newApp(slog.New(slog.DiscardHandler))
	other.UseProxies([]string{"10.0.0.0/8"}, proxies.Options{Host: true, Header: proxies.Forwarded})
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for _, app := range []*soay.App{app, other} {
			r := httptest.NewRequest("GET", "http://inner.example/", nil)
			r.RemoteAddr = "10.0.0.1:1"
			r.Header["X-Forwarded-For"] = []string{a, "192.0.2.7"}
			r.Header["X-Forwarded-Proto"] = []string{b, "https"}
			r.Header["X-Forwarded-Host"] = []string{c, "cats.example"}
			r.Header["Forwarded"] = []string{a, "for=192.0.2.7;proto=https;host=cats.example"}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			if got := w.Body.String(); got != "https 192.0.2.7 cats.example" {
				t.Errorf("%q %q %q: %q", a, b, c, got)
			}
		}
	})
}

func TestSetupErrors(t *testing.T) {
	for _, tt := range []struct {
		trusted []string
		options proxies.Options
		want    string
	}{
		{nil, proxies.Options{}, "no proxy is trusted"},
		{[]string{"any"}, proxies.Options{}, `"any" needs Hops`},
		{[]string{"nginx"}, proxies.Options{}, `"nginx" is no address`},
		{[]string{""}, proxies.Options{}, `"" is no address`},
		{[]string{"10.0.0.1/8"}, proxies.Options{}, "10.0.0.0/8 has not"},
		{[]string{"0.0.0.0/0"}, proxies.Options{}, "trusts everybody"},
		{[]string{"::/0"}, proxies.Options{}, "trusts everybody"},
		{[]string{"fe80::1%eth0"}, proxies.Options{}, "is no address"},
		{[]string{"10.0.0.1"}, proxies.Options{Hops: -1}, "Hops is negative"},
		{[]string{"10.0.0.1"}, proxies.Options{Header: 7}, "Header is 7"},
	} {
		app := newApp(slog.New(slog.DiscardHandler))
		app.UseProxies(tt.trusted, tt.options)
		err := app.Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "proxies_test.go:") {
			t.Errorf("%q, %+v: %v, want %q with the place", tt.trusted, tt.options, err, tt.want)
		}
	}
	app := newApp(slog.New(slog.DiscardHandler))
	app.UseProxies([]string{"10.0.0.1"})
	app.UseProxies([]string{"10.0.0.1"})
	if err := app.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("called twice: %v", err)
	}
}

// The log says at the start who is trusted, and once an hour that somebody is not.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := new(requesttest.Log)
		app := newApp(log.Logger())
		app.UseProxies([]string{"10.0.0.0/8", "unix"}, proxies.Options{Hops: 2})
		send(app, "11.0.0.1:1")
		if got := log.String(); !strings.Contains(got, "proxies are trusted") || !strings.Contains(got, `proxies="10.0.0.0/8 unix"`) || strings.Contains(got, "WARN") {
			t.Errorf("the log at the start: %q", got)
		}
		for range 3 {
			send(app, "11.0.0.1:1", "X-Forwarded-Proto: https")
			send(app, "11.0.0.2:1", "X-Forwarded-For: 192.0.2.7")
			time.Sleep(20 * time.Minute)
		}
		var warnings []string
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "WARN") {
				warnings = append(warnings, line)
			}
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], "peer=11.0.0.1:1") || !strings.Contains(warnings[0], "header=X-Forwarded-Proto") ||
			!strings.Contains(warnings[0], "UseProxies") {
			t.Errorf("warnings within an hour: %q", warnings)
		}
		send(app, "11.0.0.2:1", "X-Forwarded-For: 192.0.2.7")
		if got := strings.Count(log.String(), "WARN"); got != 2 {
			t.Errorf("%d warnings after an hour, want 2", got)
		}
		own := new(requesttest.Log)
		app = newApp(log.Logger())
		app.UseProxies([]string{"10.0.0.0/8"}, proxies.Options{Log: own.Logger(), Header: proxies.Forwarded})
		send(app, "11.0.0.1:1", "X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7")
		if !strings.Contains(own.String(), "header=Forwarded") {
			t.Errorf("the log of the options: %q", own)
		}
	})
}

// What depends on the origin of a request follows what the trusted proxy tells, and nothing else.
func TestAllFollows(t *testing.T) {
	headers := []string{"X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: cats.example"}
	for _, tt := range []struct {
		peer, group, cookie, line string
		form                      int
		location, hsts            string
	}{
		{"10.0.0.1:1", "the cats", "__Host-session", "client=192.0.2.7", 200, "https://cats.example/", "max-age=31536000; includeSubDomains"},
		{"11.0.0.1:1", "any host", "session", "client=11.0.0.1", 403, "http://inner.example/", ""},
	} {
		log := new(requesttest.Log)
		app := newApp(log.Logger())
		app.UseAccessLog()
		app.UseSessions(soay.NewKey())
		app.UseHTTPS(middleware.HTTPSOptions{NoRedirect: true})
		app.UseProxies([]string{"10.0.0.0/8"}, proxies.Options{Host: true})
		app.Group("/group").Host("cats.example").Get("/", func(soay.Request) soay.Response { return response.Text("the cats") })
		app.Get("/group/", func(soay.Request) soay.Response { return response.Text("any host") })
		app.Get("/begin", func(req soay.Request) soay.Response {
			req.Session.Set("a", 1)
			return response.ExternalRedirect(req.Scheme() + "://" + req.Host() + "/")
		})
		app.Post("/save", func(soay.Request) soay.Response { return response.Text("saved") })
		do := func(method, path string, lines ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "http://inner.example"+path, strings.NewReader(url.Values{"a": {"1"}}.Encode()))
			r.RemoteAddr = tt.peer
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for _, line := range append(lines, headers...) {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Add(name, value)
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			return w
		}
		if got := do("GET", "/group/").Body.String(); got != tt.group {
			t.Errorf("%s: the group answers %q, want %q", tt.peer, got, tt.group)
		}
		w := do("GET", "/begin")
		cookies := w.Result().Cookies()
		if len(cookies) != 1 || cookies[0].Name != tt.cookie || !cookies[0].Secure {
			t.Fatalf("%s: cookies %v, want %s", tt.peer, cookies, tt.cookie)
		}
		if got := w.Header().Get("Location"); got != tt.location {
			t.Errorf("%s: a redirect to %s, want %s", tt.peer, got, tt.location)
		}
		if got := w.Header().Get("Strict-Transport-Security"); got != tt.hsts {
			t.Errorf("%s: HSTS is %q, want %q", tt.peer, got, tt.hsts)
		}
		// A browser from before 2020 is known by Origin alone.
		if w := do("POST", "/save", "Origin: https://cats.example", "Cookie: "+cookies[0].Name+"="+cookies[0].Value); w.Code != tt.form {
			t.Errorf("%s: a form is answered with %d, want %d", tt.peer, w.Code, tt.form)
		}
		if w := do("POST", "/save", "Origin: https://evil.example", "Cookie: "+cookies[0].Name+"="+cookies[0].Value); w.Code != 403 {
			t.Errorf("%s: a forged form is answered with %d", tt.peer, w.Code)
		}
		if got := log.String(); !strings.Contains(got, tt.line) {
			t.Errorf("%s: the log lacks %s:\n%s", tt.peer, tt.line, got)
		}
	}
}

// The check of forms names the origin of the app that it has compared with.
func TestAntiForgeryAlone(t *testing.T) {
	app := newApp(slog.New(slog.DiscardHandler))
	app.UseAntiForgery(antiforgery.Options{Cookies: []string{"id"}})
	app.UseProxies([]string{"10.0.0.0/8"}, proxies.Options{Host: true})
	app.Post("/", func(soay.Request) soay.Response { return response.NoContent() })
	for origin, want := range map[string]int{"https://cats.example": 204, "http://cats.example": 403, "http://inner.example": 403, "https://inner.example": 403} {
		r := httptest.NewRequest("POST", "http://inner.example/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header = http.Header{"Origin": {origin}, "Cookie": {"id=1"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"cats.example"}}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("Origin %s: %d, want %d", origin, w.Code, want)
		}
	}
}

// Proxies come first in the list of middleware, though they are none.
func TestPhase(t *testing.T) {
	app := newApp(slog.New(slog.DiscardHandler))
	app.UseHTTPS()
	app.UseAllowedHosts([]string{"cats.example"})
	app.UseProxies([]string{"unix"})
	var got []string
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range app.Middleware() {
		got = append(got, m.Phase)
		if m.Source != "built in" && !strings.Contains(m.Source, "proxies_test.go:") {
			t.Errorf("%s is from %s", m.Phase, m.Source)
		}
	}
	if diff := cmp.Diff([]string{"proxies", "recover", "hosts", "https", "conditional"}, got); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}

func Example() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.UseProxies([]string{"10.0.0.0/8"}, proxies.Options{Host: true})
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(req.ClientIP() + " came by " + req.Scheme() + " to " + req.Host())
	})

	r := httptest.NewRequest("GET", "http://app:8000/", nil)
	r.RemoteAddr = "10.0.0.1:1234" // the proxy
	r.Header.Set("X-Forwarded-For", "198.51.100.1, 192.0.2.7")
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-Host", "cats.example")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: 192.0.2.7 came by https to cats.example
}
