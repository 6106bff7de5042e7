package request_test

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
)

func TestHead(t *testing.T) {
	hr := httptest.NewRequest("PURGE", "/caf%C3%A9/a%2Fb?x=1", nil)
	hr.Host = "cats.example:8080"
	hr.Header.Set("X-Colour", "black")
	hr.Header.Add("X-Colour", "white")
	req := begin(hr)
	for _, tt := range []struct{ description, got, want string }{
		{"method", req.Method(), "PURGE"},
		{"path is decoded", req.Path(), "/café/a/b"},
		{"URL keeps the encoding", req.URL().EscapedPath(), "/caf%C3%A9/a%2Fb"},
		{"URL has the query", req.URL().RawQuery, "x=1"},
		{"host keeps its port", req.Host(), "cats.example:8080"},
		{"first value of a header", req.Header("X-Colour"), "black"},
		{"header in another case", req.Header("x-cOLOUR"), "black"},
		{"no such header", req.Header("X-None"), ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, tt.got, tt.want)
		}
	}
	if diff := cmp.Diff(http.Header{"X-Colour": {"black", "white"}}, req.Headers()); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if req.HTTP() != hr {
		t.Error("HTTP is another request")
	}
}

func TestScheme(t *testing.T) {
	for _, tt := range []struct {
		description string
		tls         bool
		header      string
		origin      string
		want        string
	}{
		{"plain", false, "", "", "http"},
		{"TLS", true, "", "", "https"},
		{"header of nobody knows whom", false, "https", "", "http"},
		{"header cannot take https away", true, "http", "", "https"},
		{"set by middleware", false, "", "https", "https"},
		{"set by middleware to less", true, "", "http", "http"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			hr := httptest.NewRequest("GET", "/", nil)
			if tt.tls {
				hr.TLS = &tls.ConnectionState{}
			}
			if tt.header != "" {
				hr.Header.Set("X-Forwarded-Proto", tt.header)
				hr.Header.Set("Forwarded", "proto="+tt.header)
			}
			req := begin(hr)
			req.SetOrigin(tt.origin, "")
			if got := req.Scheme(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestClientIP(t *testing.T) {
	for _, tt := range []struct{ description, remote, origin, want string }{
		{"IPv4", "192.0.2.7:1234", "", "192.0.2.7"},
		{"IPv6", "[2001:db8::7]:1234", "", "2001:db8::7"},
		{"IPv6 loopback", "[::1]:80", "", "::1"},
		{"IPv6 with a zone", "[fe80::1%eth0]:80", "", "fe80::1%eth0"},
		{"IPv4 without a port", "192.0.2.7", "", "192.0.2.7"},
		{"IPv6 without a port", "2001:db8::7", "", "2001:db8::7"},
		{"no network", "@", "", ""},
		{"nothing", "", "", ""},
		{"set by middleware", "192.0.2.7:1234", "2001:db8::9", "2001:db8::9"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			hr := httptest.NewRequest("GET", "/", nil)
			hr.RemoteAddr = tt.remote
			hr.Header.Set("X-Forwarded-For", "198.51.100.66")
			hr.Header.Set("X-Real-Ip", "198.51.100.66")
			hr.Header.Set("Forwarded", "for=198.51.100.66")
			req := begin(hr)
			req.SetOrigin("", tt.origin)
			if got := req.ClientIP(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSetOriginKeepsWhatIsEmpty(t *testing.T) {
	req := begin(httptest.NewRequest("GET", "/", nil))
	req.SetOrigin("https", "")
	req.SetOrigin("", "192.0.2.7")
	req.SetHost("cats.example")
	req.SetOrigin("", "")
	req.SetHost("")
	if req.Scheme() != "https" || req.ClientIP() != "192.0.2.7" || req.Host() != "cats.example" {
		t.Errorf("got %s, %s and %s, want all as they were set", req.Scheme(), req.ClientIP(), req.Host())
	}
	if d := req.Detach(); d.Host() != "cats.example" || d.Scheme() != "https" {
		t.Errorf("detached it has %s and %s", d.Host(), d.Scheme())
	}
}

func TestAccepts(t *testing.T) {
	const page, data = "text/html", "application/json"
	for _, tt := range []struct {
		description string
		accept      []string
		offers      []string
		want        string
	}{
		{"no header", nil, []string{data, page}, data},
		{"no offers", nil, nil, ""},
		{"anything", []string{"*/*"}, []string{page, data}, page},
		{"a browser", []string{"text/html,application/xhtml+xml,*/*;q=0.8"}, []string{data, page}, page},
		{"weights", []string{"text/html;q=0.5, application/json"}, []string{page, data}, data},
		{"several lines", []string{"text/html;q=0.1", "application/json;q=0.2"}, []string{page, data}, data},
		{"none of it", []string{"image/png"}, []string{page, data}, ""},
		{"refused", []string{"text/html;q=0, */*"}, []string{page}, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			hr := httptest.NewRequest("GET", "/", nil)
			hr.Header["Accept"] = tt.accept
			if got := begin(hr).Accepts(tt.offers...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRequestCookies(t *testing.T) {
	hr := httptest.NewRequest("GET", "/", nil)
	hr.Header["Cookie"] = []string{`a=1;b="2"; c=ä; d`, "a=3; e="}
	req := begin(hr)
	var all []string
	for name, value := range req.Cookies() {
		all = append(all, name+"="+value)
	}
	if diff := cmp.Diff([]string{"a=1", "b=2", "a=3", "e="}, all); diff != "" {
		t.Errorf("Cookies (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		description, name, want string
		wantOK                  bool
	}{
		{"first of two", "a", "1", true},
		{"no space before it", "b", "2", true},
		{"empty value", "e", "", true},
		{"malformed value", "c", "", false},
		{"no value", "d", "", false},
		{"not sent", "f", "", false},
	} {
		if got, ok := req.Cookie(tt.name); got != tt.want || ok != tt.wantOK {
			t.Errorf("%s: %q, %v; want %q, %v", tt.description, got, ok, tt.want, tt.wantOK)
		}
	}
}

func TestLogger(t *testing.T) {
	var log requesttest.Log
	app := log.Logger()
	hr := httptest.NewRequest("GET", "/", nil)
	req := request.NewExchange(&request.Settings{Logger: app}).Begin(hr)
	if req.Logger() != app {
		t.Error("the logger is not the app's")
	}
	copied := req
	req.SetLogger(req.Logger().With("id", "r7"))
	copied.Logger().Info("hello")
	if !strings.Contains(log.String(), "id=r7") {
		t.Errorf("log %q, want what middleware added", log.String())
	}
	req.SetLogger(nil)
	if req.Logger() != app {
		t.Error("without a logger of its own the request does not use the app's")
	}
	if begin(hr).Logger() != slog.Default() {
		t.Error("without a logger of the app's it is not the default")
	}
}

func TestZeroRequest(t *testing.T) {
	var zero request.Request
	for _, a := range accessors {
		if strings.HasPrefix(strings.ToLower(a.name), "session") {
			continue // see package sessions
		}
		if text := panicOf(func() { a.use(zero, "") }); !strings.Contains(text, "requesttest") {
			t.Errorf("%s: panic %q, want one that says how to get a request", a.name, text)
		}
	}
	if got := requesttest.Request("GET", "/x").Path(); got != "/x" {
		t.Errorf("what it recommends gives the path %q", got)
	}
}

// In production a scheme that comes too late counts from then on, and the app says so once.
func TestSchemeThatComesTooLateInProduction(t *testing.T) {
	var log requesttest.Log
	settings := &request.Settings{Logger: log.Logger(), App: "main.go:12"}
	for range 3 {
		state := request.NewExchange(settings)
		for range 2 {
			req := state.Begin(httptest.NewRequest("GET", "/", nil))
			req.Session = sessions.StateOf(req.Session).FixScheme()
			req.SetOrigin("", "192.0.2.7")
			req.SetOrigin("http", "")
			req.SetOrigin("https", "")
			if req.Scheme() != "https" || req.ClientIP() != "192.0.2.7" {
				t.Errorf("got %s and %s", req.Scheme(), req.ClientIP())
			}
			state.End()
		}
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "main.go:12") {
		t.Errorf("the log is %q, want one error that names the app", got)
	}
	strict := request.NewExchange(&request.Settings{Strict: true}).Begin(httptest.NewRequest("GET", "/", nil))
	strict.Session = sessions.StateOf(strict.Session).FixScheme()
	if got := panicOf(func() { strict.SetOrigin("https", "") }); !strings.Contains(got, "UseProxies") || strict.Scheme() != "http" {
		t.Errorf("in development it panics with %q, and the scheme is %s", got, strict.Scheme())
	}
}

// The host that was routed, and by which forms were checked, cannot change afterwards either.
func TestHostThatComesTooLate(t *testing.T) {
	var log requesttest.Log
	state := request.NewExchange(&request.Settings{Logger: log.Logger()})
	for range 2 {
		req := state.Begin(httptest.NewRequest("GET", "http://cats.example/", nil))
		req.SetHost("early.example")
		req.Session = sessions.StateOf(req.Session).FixScheme()
		req.SetHost("early.example")
		req.SetHost("late.example")
		if got := req.Host(); got != "late.example" {
			t.Errorf("host %s", got)
		}
		state.End()
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "late.example") {
		t.Errorf("the log is %q, want one error", got)
	}
	strict := request.NewExchange(&request.Settings{Strict: true}).Begin(httptest.NewRequest("GET", "http://cats.example/", nil))
	strict.Session = sessions.StateOf(strict.Session).FixScheme()
	if got := panicOf(func() { strict.SetHost("late.example") }); !strings.Contains(got, "UseProxies") || strict.Host() != "cats.example" {
		t.Errorf("in development it panics with %q, and the host is %s", got, strict.Host())
	}
}

// Middleware asks who has told the scheme, to tell a wrong setup from a client on http.
func TestProxyTold(t *testing.T) {
	type told struct{ Scheme, Client bool }
	for _, tt := range []struct {
		description, scheme, client string
		want                        told
	}{
		{"nobody has", "", "", told{}},
		{"the scheme", "http", "", told{Scheme: true}},
		{"the client", "", "192.0.2.7", told{Client: true}},
		{"both", "https", "192.0.2.7", told{true, true}},
	} {
		req := begin(httptest.NewRequest("GET", "/", nil))
		req.SetOrigin(tt.scheme, tt.client)
		scheme, client := request.StateOf(req).ProxyTold()
		if got := (told{scheme, client}); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.description, got, tt.want)
		}
	}
}
