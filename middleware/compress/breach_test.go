package compress_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// T9: a page of an attacker makes a browser with a session fetch answers with a secret and a guess in them. Only for requests
// of the app's own pages, which it cannot make, does the length tell whether the guess is right.
func TestBreach(t *testing.T) {
	const secret = "token=4fd1c9a7b2e8035d6c"
	page := func(guess string) string {
		return "<p>" + secret + "<p>You have searched for " + guess + strings.Repeat("<li>nothing", 200)
	}
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprintf("stream: %v", stream), func(t *testing.T) {
			app, _ := newApp()
			app.UseSessions(soay.NewKey())
			app.Get("/login", func(req soay.Request) soay.Response {
				req.Session.SetUser("alice")
				return response.Redirect("/")
			})
			app.Get("/search", func(req soay.Request) soay.Response {
				_ = req.Session.User()
				if stream {
					return response.Stream("text/html", func(w io.Writer) error {
						return inPieces(w, page(req.Query("q")))
					})
				}
				return response.HTML(page(req.Query("q")))
			})
			c := requesttest.New(t, app)
			c.Get("/login")
			length := func(site, guess string) (int, string) {
				got := c.Get("/search?q="+guess, with("Accept-Encoding", "gzip", "Sec-Fetch-Site", site))
				if got.Status != 200 {
					t.Fatalf("status %d", got.Status)
				}
				return len(got.Body), got.Header.Get("Content-Encoding")
			}
			const right, wrong = "token%3D4fd1c9a7b2e8035d6c", "token%3Dxqzvkwjyhgnmplrtus"
			for _, site := range []string{"cross-site", "same-site", "unknown", "Same-Origin"} {
				a, coding := length(site, right)
				if b, _ := length(site, wrong); a != b || coding != "" {
					t.Errorf("%s: %d bytes for the secret, %d for another text, coding %q", site, a, b, coding)
				}
			}
			for _, site := range []string{"same-origin", "none"} {
				a, coding := length(site, right)
				if b, _ := length(site, wrong); a >= b || coding != "gzip" { // or the test would show nothing
					t.Errorf("%s: %d bytes for the secret, %d for another text, coding %q", site, a, b, coding)
				}
			}
		})
	}
}

// Which answers are personal, and when they are compressed.
func TestPersonalAnswers(t *testing.T) {
	text := response.Text(long)
	paths := map[string]struct {
		resp     response.Response
		personal bool
	}{
		"/public":        {text, false},
		"/private":       {text.WithCacheControl(response.CacheControl{Private: true}), false},
		"/accept":        {text.WithHeader("Vary", "Accept, Cookie-Not"), false},
		"/vary":          {text.WithHeader("Vary", "Accept, cookie"), true},
		"/vary/all":      {text.WithHeader("Vary", "*"), true},
		"/cookie":        {text.WithCookie(&http.Cookie{Name: "a", Value: "b"}), true},
		"/cookie/header": {text.WithHeader("Set-Cookie", "a=b"), true},
	}
	own, foreign := with("Accept-Encoding", "gzip", "Sec-Fetch-Site", "same-origin"), with("Accept-Encoding", "gzip", "Sec-Fetch-Site", "cross-site")
	twice := with("Accept-Encoding", "gzip", "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Site", "none")
	for _, test := range []struct {
		personal               compress.Personal
		own, foreign, old, two bool // whether personal answers are compressed
	}{
		{compress.OwnPages, true, false, false, false},
		{compress.Always, true, true, true, true},
		{compress.Never, false, false, false, false},
	} {
		app, _ := newApp(compress.Options{Personal: test.personal})
		for path, p := range paths {
			app.Get(path, returning(p.resp))
		}
		c := requesttest.New(t, app, requesttest.Options{OldBrowser: true})
		for path, p := range paths {
			for name, request := range map[string]struct {
				with requesttest.With
				want bool
			}{"own": {own, test.own}, "foreign": {foreign, test.foreign}, "old": {acceptGzip, test.old}, "two": {twice, test.two}} {
				got := c.Get(path, request.with)
				if want := request.want || !p.personal; (got.Header.Get("Content-Encoding") == "gzip") != want {
					t.Errorf("Personal %d, %s from %s page: Content-Encoding %q", test.personal, path, name, got.Header.Get("Content-Encoding"))
				}
				if vary := strings.Join(got.Header["Vary"], ","); !strings.Contains(vary, "Accept-Encoding") && vary != "*" {
					t.Errorf("%s: Vary %q", path, vary)
				}
			}
		}
	}
}

// Browsers send passwords and certificates by themselves, as they do with cookies, but not tokens.
func TestKnownByTheBrowser(t *testing.T) {
	app, _ := newApp()
	app.Get("/", returning(response.Text(long)))
	c := requesttest.New(t, app, requesttest.Options{OldBrowser: true})
	for _, test := range []struct {
		authorization string
		compressed    bool
	}{
		{"Bearer abc", true}, {"Basic YTpi", false}, {"basic YTpi", false}, {"Digest username=a", false}, {"Negotiate abc", false}, {"NTLM abc", false},
	} {
		got := c.Get("/", with("Accept-Encoding", "gzip", "Authorization", test.authorization))
		if (got.Header.Get("Content-Encoding") == "gzip") != test.compressed {
			t.Errorf("%s: headers %v", test.authorization, got.Header)
		}
	}
	for _, certificates := range [][]*x509.Certificate{nil, {new(x509.Certificate)}} {
		hr := httptest.NewRequest("GET", "https://localhost/", nil)
		hr.Header.Set("Accept-Encoding", "gzip")
		hr.TLS = &tls.ConnectionState{PeerCertificates: certificates}
		w := httptest.NewRecorder()
		app.ServeHTTP(w, hr)
		if got := w.Header().Get("Content-Encoding"); (got == "gzip") != (certificates == nil) {
			t.Errorf("%d certificates: coding %q", len(certificates), got)
		}
	}
}

// A page with a token against forged requests is compressed for the app's own pages alone, and the token counts there.
func TestPageWithToken(t *testing.T) {
	app, _ := newApp()
	app.UseSessions(soay.NewKey())
	app.UseAntiForgery()
	app.Get("/", func(req soay.Request) soay.Response { return response.HTML(antiforgery.Token(req) + "|" + long) })
	app.Post("/", returning(response.Text("passed")))
	c := requesttest.New(t, app)
	got := c.Get("/", acceptGzip)
	text, err := gunzip(got.Body)
	if err != nil || got.Header.Get("Content-Encoding") != "gzip" || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%v, headers %v", err, got.Header)
	}
	token, _, _ := strings.Cut(text, "|")
	posted := c.Post("/", with("X-CSRF-Token", token, "Sec-Fetch-Site", "same-origin"))
	if posted.Status != 200 {
		t.Errorf("the token of a compressed page: status %d, %s", posted.Status, posted.Body)
	}
	if got := c.Get("/", with("Accept-Encoding", "gzip", "Sec-Fetch-Site", "cross-site")); got.Header["Content-Encoding"] != nil {
		t.Errorf("for a foreign page: headers %v", got.Header)
	}
}
