package sessions_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

var (
	page = response.Text("x")

	leave = func(sessions.Session) {}
	read  = func(s sessions.Session) { s.Get("user") }
	write = func(s sessions.Session) { s.Set("user", "bob") }
)

func caching(directives string) soay.Response { return page.WithHeader("Cache-Control", directives) }

func varying(fields string) soay.Response { return page.WithHeader("Vary", fields) }

// headerTests has what handlers do with a session that has a user, and how they answer.
var headerTests = []struct {
	description  string
	do           func(s sessions.Session)
	resp         soay.Response
	wantSet      int
	vary, caches string
}{
	{"untouched", leave, page, 0, "", ""},
	{"untouched, with headers", leave, caching("public").WithHeader("Vary", "Accept"), 0, "Accept", "public"},

	{"Get", read, page, 0, "Cookie", "private"},
	{"Lookup", func(s sessions.Session) { s.Lookup("x") }, page, 0, "Cookie", "private"},
	{"typed Get", func(s sessions.Session) { sessions.GetOr(s, "x", 0) }, page, 0, "Cookie", "private"},
	{"Has", func(s sessions.Session) { s.Has("x") }, page, 0, "Cookie", "private"},
	{"Len", func(s sessions.Session) { s.Len() }, page, 0, "Cookie", "private"},
	{"Keys", func(s sessions.Session) { s.Keys() }, page, 0, "Cookie", "private"},
	{
		"All", func(s sessions.Session) { s.All()(func(string, any) bool { return false }) },
		page, 0, "Cookie", "private",
	},
	{"Map", func(s sessions.Session) { s.Map() }, page, 0, "Cookie", "private"},
	{"ID", func(s sessions.Session) { s.ID() }, page, 0, "Cookie", "private"},
	{"Modified", func(s sessions.Session) { s.Modified() }, page, 0, "Cookie", "private"},
	{"Detach", func(s sessions.Session) { s.Detach() }, page, 0, "Cookie", "private"},
	{
		"changes that are none", func(s sessions.Session) { s.Set("user", "ann"); s.Delete("x"); s.Pop("x") },
		page, 0, "Cookie", "private",
	},

	{"read, public", read, caching("public, max-age=60"), 0, "Cookie", "private, max-age=60"},
	{"read, shared age", read, caching("S-MaxAge=60,Public"), 0, "Cookie", "private"},
	{"read, private", read, caching("private"), 0, "Cookie", "private"},
	{
		"read, private for one field", read,
		caching(`private="set-cookie", max-age=1`), 0, "Cookie", "private, max-age=1",
	},
	{
		"read, no-store in a second line", read,
		page.AddHeader("Cache-Control", "max-age=1").AddHeader("Cache-Control", "no-store"), 0, "Cookie", "no-store",
	},
	{"read, no-cache", read, caching("no-cache"), 0, "Cookie", "private, no-cache"},
	{"read, no-store", read, caching("max-age=0, No-Store"), 0, "Cookie", "no-store"},
	{"read, other Vary", read, varying("Accept"), 0, "Accept, Cookie", "private"},
	{"read, same Vary", read, varying("cookie"), 0, "cookie", "private"},
	{"read, Vary by everything", read, varying("*"), 0, "*", "private"},
	{"read, error", read, response.NotFound(), 0, "Accept, Cookie", "private"},
	{"read, server error", read, caching("public").WithStatus(503), 0, "Cookie", "private"},
	{"read, redirect", read, response.Redirect("/x"), 0, "Cookie", "private"},
	{"read, not modified", read, response.Status(304), 0, "Cookie", "private"},

	{"written", write, page, 1, "Cookie", "no-store"},
	{"written, public", write, caching("public, max-age=60"), 1, "Cookie", "no-store"},
	{"written, other Vary", write, varying("Accept"), 1, "Accept, Cookie", "no-store"},
	{
		"written many times", func(s sessions.Session) { write(s); s.Set("a", 1); s.Renew(); s.Flash("b", 2) },
		page, 1, "Cookie", "no-store",
	},
	{"deleted", sessions.Session.Clear, page, 1, "Cookie", "no-store"},
	{"destroyed", sessions.Session.Destroy, page, 1, "Cookie", "no-store"},
	{
		"own cookie of the same name", write,
		page.WithCookie(response.NewCookie("session", "own")), 1, "Cookie", "no-store",
	},
	{"another cookie", write, page.WithCookie(response.NewCookie("a", "b")), 2, "Cookie", "no-store"},
}

func TestHeadersOfResponses(t *testing.T) {
	for _, tt := range headerTests {
		t.Run(tt.description, func(t *testing.T) {
			v := newVisit(t, sessions.Options{})
			v.do(func(s sessions.Session) { s.Set("user", "ann") })
			resp := v.answer(func(req soay.Request) soay.Response { tt.do(req.Session); return tt.resp })
			if resp.Status != tt.resp.Status() {
				t.Fatalf("status = %d, want %d", resp.Status, tt.resp.Status())
			}
			if got := len(resp.Cookies); got != tt.wantSet {
				t.Errorf("%d cookies are set, want %d: %q", got, tt.wantSet, resp.Header["Set-Cookie"])
			}
			if got := resp.Header["Vary"]; len(got) > 1 || resp.Header.Get("Vary") != tt.vary {
				t.Errorf("Vary = %q, want %q", got, tt.vary)
			}
			if got := resp.Header["Cache-Control"]; len(got) > 1 || resp.Header.Get("Cache-Control") != tt.caches {
				t.Errorf("Cache-Control = %q, want %q", got, tt.caches)
			}
		})
	}
}

func TestOwnCookieOfTheSameNameDoesNotWin(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	v.answer(func(req soay.Request) soay.Response {
		req.Session.Set("user", "ann")
		return response.Text("x").WithCookie(response.NewCookie("session", "own"))
	})
	if got := v.data()["user"]; got != "ann" {
		t.Errorf("user = %v, want ann", got)
	}
}

func TestCodecIsUsedOnlyWhenNeeded(t *testing.T) {
	tests := []struct {
		description      string
		do               func(s sessions.Session)
		encoded, decoded int64
	}{
		{"untouched", func(sessions.Session) {}, 0, 0},
		{"read once", func(s sessions.Session) { s.Get("user") }, 0, 1},
		{"read often", func(s sessions.Session) {
			s.Get("user")
			s.Map()
			s.Keys()
			s.ID()
			s.Has("x")
			s.Detach()
		}, 0, 1},
		{"same value", func(s sessions.Session) { s.Set("user", "ann") }, 0, 1},
		{
			"read and written often",
			func(s sessions.Session) { s.Get("user"); s.Set("user", "a"); s.Set("user", "b"); s.Renew() }, 1, 1,
		},
		{"written without reading", func(s sessions.Session) { s.Set("user", "bob") }, 1, 1},
		{"deleted", func(s sessions.Session) { s.Destroy() }, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			codec := newCounting()
			v := newVisit(t, sessions.Options{Codec: codec})
			v.do(func(s sessions.Session) { s.Set("user", "ann") })
			codec.encoded.Store(0)
			codec.decoded.Store(0)
			v.do(tt.do)
			if e, d := codec.encoded.Load(), codec.decoded.Load(); e != tt.encoded || d != tt.decoded {
				t.Errorf("%d times sealed and %d times opened, want %d and %d", e, d, tt.encoded, tt.decoded)
			}
		})
	}
}

// A request for what does not exist, or for a file, must not cost a look at the session.
func TestNothingIsDecodedWhereNoHandlerAsks(t *testing.T) {
	codec := newCounting()
	app := newApp(sessions.Options{Codec: codec}, done(func(s sessions.Session) { s.Set("user", "ann") }))
	app.Get("/file", func(soay.Request) soay.Response { return response.File("doc.go") })
	cookie := pair(t, ask(app))
	targets := [][2]string{
		{"GET", "/none"}, {"DELETE", "/"}, {"OPTIONS", "/"}, {"GET", "/file"}, {"HEAD", "/file"},
	}
	for _, target := range targets {
		r, w := newExchange(target[0], target[1], cookie)
		app.ServeHTTP(w, r)
		n, h := codec.decoded.Load(), w.Header()
		varies := strings.Contains(h.Get("Vary"), "Cookie")
		if n != 0 || h["Set-Cookie"] != nil || h["Cache-Control"] != nil || varies {
			t.Errorf("%s %s: %d times opened, headers %v; want neither", target[0], target[1], n, h)
		}
	}
	if ask(app, cookie); codec.decoded.Load() != 1 {
		t.Errorf("the handler that asks has the cookie opened %d times, want 1", codec.decoded.Load())
	}
}
