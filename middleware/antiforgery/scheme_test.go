package antiforgery_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// originOf is middleware that sets the scheme and address which a proxy has sent.
func originOf(scheme string) soay.Middleware {
	return func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.SetOrigin(scheme, "192.0.2.7")
			return next(req)
		}
	}
}

// withTLS is middleware of package net/http that sets the scheme https.
func withTLS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context())
		r.TLS = new(tls.ConnectionState)
		next.ServeHTTP(w, r)
	})
}

func schemeApp(log *requesttest.Log, setUp func(*soay.App)) *soay.App {
	app := soay.New(soay.Options{Env: "production", Logger: log.Logger()})
	setUp(app)
	app.Get("/", func(req soay.Request) soay.Response { return response.Text(req.Scheme() + " " + req.ClientIP()) })
	return app
}

// Setting the scheme after a decision was made by another scheme is a misuse.
func TestSchemeThatComesTooLate(t *testing.T) {
	manager, err := sessions.NewManager(soay.NewKey(), sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	guard, err := antiforgery.New(antiforgery.Options{})
	if err != nil {
		t.Fatal(err)
	}
	session, err := middleware.NewSession(manager)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		description string
		setUp       func(*soay.App)
		wantMisuse  bool
	}{
		{"sessions", func(a *soay.App) { a.Use(originOf("https")); withSessions(a) }, true},
		{"anti-forgery alone", func(a *soay.App) { a.UseAntiForgery(); a.Use(originOf("https")) }, true},
		{"net/http middleware that sets TLS", func(a *soay.App) { withSessions(a); a.Use(soay.WrapHTTP(withTLS)) }, true},
		{"net/http middleware around the sessions", func(a *soay.App) { a.Use(soay.WrapHTTP(withTLS), session) }, false},
		{"in a group", func(a *soay.App) { withSessions(a); a.Group("/a", originOf("https")).Get("/", passed) }, true},
		{"sessions in Use, before", func(a *soay.App) { a.Use(session, originOf("https")) }, true},
		{"a guard in Use, before", func(a *soay.App) { a.Use(guard.Middleware, originOf("https")) }, true},
		{"sessions in Use, behind", func(a *soay.App) { a.Use(originOf("https"), session, guard.Middleware) }, false},
		{"nothing that is decided", func(a *soay.App) { a.Use(originOf("https")) }, false},
		{"the same scheme", func(a *soay.App) { withSessions(a); a.Use(originOf("http")) }, false},
		{"the address alone", func(a *soay.App) { withSessions(a); a.Use(originOf("")) }, false},
	} {
		t.Run(tt.description, func(t *testing.T) {
			log := new(requesttest.Log)
			app := schemeApp(log, tt.setUp)
			path := "/"
			if strings.Contains(tt.description, "group") {
				path = "/a/"
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			misuse := w.Code == 500
			for _, want := range []string{"SetOrigin", "UseProxies", "docs/proxies-and-hosts.md", "scheme_test.go:"} {
				if strings.Contains(log.String(), want) != tt.wantMisuse || misuse != tt.wantMisuse {
					t.Errorf("%d, and the log is %q; want a misuse: %t, with %q", w.Code, log, tt.wantMisuse, want)
				}
			}
		})
	}
}

// A request with TLS set is one of https in every respect, also if a proxy has ended https.
func TestAppBehindAProxy(t *testing.T) {
	app := newFormApp(withSessions)
	app.Get("/scheme", func(req soay.Request) soay.Response { return response.Text(req.Scheme()) })
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RemoteAddr == "10.0.0.1:1234" && r.Header.Get("X-Forwarded-Proto") == "https" {
			r = r.WithContext(r.Context())
			r.TLS = new(tls.ConnectionState)
		}
		app.ServeHTTP(w, r)
	})
	do := func(method, path, from string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://cats.example"+path, strings.NewReader(url.Values{"name": {"Minka"}}.Encode()))
		r.RemoteAddr = from
		r.Header.Set("X-Forwarded-Proto", "https")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for from, want := range map[string]struct {
		scheme, cookie string
		status         int
	}{"10.0.0.1:1234": {"https", "__Host-session", 200}, "192.0.2.7:1234": {"http", "session", 403}} {
		if got := do("GET", "/scheme", from).Body.String(); got != want.scheme {
			t.Errorf("from %s the scheme is %s, want %s", from, got, want.scheme)
		}
		cookies := do("GET", "/begin", from).Result().Cookies()
		if len(cookies) != 1 || cookies[0].Name != want.cookie {
			t.Fatalf("from %s the cookies are %v, want %s", from, cookies, want.cookie)
		}
		w := do("POST", "/save", from, "Origin", "https://cats.example", "Cookie", cookies[0].Name+"="+cookies[0].Value)
		if w.Code != want.status {
			t.Errorf("from %s a form with Origin https://cats.example is answered with %d, want %d", from, w.Code, want.status)
		}
	}
}
