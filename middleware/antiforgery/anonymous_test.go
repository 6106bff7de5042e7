package antiforgery_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

const anonymousCookie = antiforgery.DefaultCookieName

// counting counts the records that are made, and how often one is looked for.
type counting struct {
	sessions.Store
	made, loaded atomic.Int64
}

func (c *counting) Create(ctx context.Context, id string, r sessions.Record) error {
	c.made.Add(1)
	return c.Store.Create(ctx, id, r)
}

func (c *counting) Load(ctx context.Context, id string) (sessions.Record, error) {
	c.loaded.Add(1)
	return c.Store.Load(ctx, id)
}

// newStoreApp returns an app with sessions in a store.
func newStoreApp(t testing.TB, h soay.Handler) (*soay.App, *counting) {
	t.Helper()
	store := &counting{Store: memstore.New()}
	logger := slog.New(slog.DiscardHandler)
	m, err := sessions.NewStoreManager(store, sessions.Options{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	return newAppWith(newGuard(t, antiforgery.Options{}), m, logger, h), store
}

// Visitors who only look at pages with forms make no sessions, with and without cookies.
func TestAnonymousVisitorsMakeNoSessions(t *testing.T) {
	app, store := newStoreApp(t, pages)
	for range 2000 {
		w := attempt{method: "GET", target: "http://localhost/token"}.do(app)
		if got := w.Result().Cookies(); len(got) != 1 || got[0].Name != anonymousCookie {
			t.Fatalf("the page sets %v, want the anonymous cookie alone", got)
		}
	}
	v := newVisitor(t, app)
	for range 10 {
		v.token()
	}
	if got := v.post(v.token()); got != "passed" {
		t.Errorf("an anonymous form: %s, want passed", got)
	}
	if made, loaded := store.made.Load(), store.loaded.Load(); made != 0 || loaded != 0 {
		t.Errorf("%d records were made and %d looked for, want none", made, loaded)
	}
}

func TestAnonymousCookie(t *testing.T) {
	tests := []struct {
		description, target string
		options             antiforgery.Options
		want                string // with the value left out
	}{
		{"http on this machine", "http://localhost/token", antiforgery.Options{}, "antiforgery=; Path=/; HttpOnly; SameSite=Strict"},
		{"https", "https://site.example/token", antiforgery.Options{}, "__Host-antiforgery=; Path=/; HttpOnly; Secure; SameSite=Strict"},
		{"another name", "https://site.example/token", antiforgery.Options{CookieName: "forms"},
			"__Host-forms=; Path=/; HttpOnly; Secure; SameSite=Strict"},
		{"behind a proxy, which only the app knows", "http://site.example/token",
			antiforgery.Options{SecureCookie: func(https bool, host string) bool { return !https && host == "site.example" }},
			"__Host-antiforgery=; Path=/; HttpOnly; Secure; SameSite=Strict"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp(t, tt.options, pages)
			w := attempt{method: "GET", target: tt.target}.do(app)
			pair, attributes, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
			name, value, _ := strings.Cut(pair, "=")
			if got := name + "=;" + attributes; got != tt.want || len(value) < 50 {
				t.Errorf("%s with a value of %d characters, want %s", got, len(value), tt.want)
			}
			a := attempt{target: strings.TrimSuffix(tt.target, "token"), header: []string{"Cookie", pair, "Content-Type", "text/plain",
				antiforgery.DefaultHeaderName, w.Body.String()}}
			if got := outcome(a.do(app)); got != "passed" {
				t.Errorf("with the cookie and the token: %s, want passed", got)
			}
		})
	}
}

// A form of an anonymous visitor needs both the cookie and a token that go together.
func TestAnonymousForms(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, pages)
	ann, eve, user := newVisitor(t, app), newVisitor(t, app), newVisitor(t, app)
	good, other := ann.token(), eve.token()
	cookie, foreign := anonymousCookie+"="+ann.jar[anonymousCookie], anonymousCookie+"="+eve.jar[anonymousCookie]
	user.visit("/login?user=ann")
	tests := []struct {
		description, cookies, token string
		want                        string
	}{
		{"both", cookie, good, "passed"},
		{"a token from another tab", cookie, ann.token(), "passed"},
		{"no token", cookie, "", "token-missing"},
		{"a token of another", cookie, other, "token-invalid"},
		{"a token of a session", cookie, user.token(), "token-invalid"},
		{"the cookie as a token", cookie, ann.jar[anonymousCookie], "token-invalid"},
		{"the token as a cookie", anonymousCookie + "=" + good, good, "token-invalid"},
		{"a cookie that was made up", anonymousCookie + "=x", good, "token-invalid"},
		{"a cookie without a value", anonymousCookie + "=", good, "token-invalid"},
		{"a long cookie", anonymousCookie + "=" + strings.Repeat("A", 5000), good, "token-invalid"},
		{"two cookies", foreign + "; " + cookie, good, "token-invalid"},
		{"the same cookie twice", cookie + "; " + cookie, good, "token-invalid"},
		{"a cookie that is no session", "session=planted; " + cookie, good, "passed"},
		{"no cookie at all", "", "", "passed"}, // a program
		{"a session that has begun", "session=" + user.jar["session"] + "; " + cookie, good, "token-invalid"},
		{"a planted pair and a session", "session=" + user.jar["session"] + "; " + foreign, other, "token-invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			a := attempt{target: "http://localhost/", body: "x", header: []string{"Cookie", tt.cookies, "Content-Type", "text/plain"}}
			if tt.token != "" {
				a.header = append(a.header, antiforgery.DefaultHeaderName, tt.token)
			}
			if got := outcome(a.do(app)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// Any change to the cookie makes it another one.
func TestForgedCookies(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	token, value := v.token(), v.jar[anonymousCookie]
	for i := range len(value) {
		for _, c := range "AB09-_" {
			if v.jar[anonymousCookie] = value[:i] + string(c) + value[i+1:]; v.jar[anonymousCookie] == value {
				continue
			}
			w := v.do(attempt{header: []string{"RequestVerificationToken", token, "Content-Type", "text/plain"}, body: "x"})
			if got := outcome(w); got != "token-invalid" {
				t.Fatalf("character %d is %c: %s, want token-invalid", i, c, got)
			}
		}
	}
}

// One cookie stays, and all tokens that were made with it.
func TestAnonymousCookieStays(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	var tokens []string
	for range 3 {
		tokens = append(tokens, v.token())
	}
	for i, token := range tokens {
		if got := v.post(token); got != "passed" {
			t.Errorf("the form of tab %d: %s, want passed", i, got)
		}
	}
	w := v.do(attempt{method: "GET", target: "http://localhost/token"})
	if h := w.Header(); h["Set-Cookie"] != nil || h.Get("Cache-Control") != "no-store" || !strings.Contains(h.Get("Vary"), "Cookie") {
		t.Errorf("a page for a visitor with the cookie has %v", h)
	}
	v.visit("/login?user=ann")
	v.visit("/logout")
	if got := v.post(tokens[0]); got != "passed" {
		t.Errorf("after a login and a logout in another tab: %s, want passed", got)
	}
}

// A session may begin or become empty after a token was made for the same response.
func TestTokenBeforeTheSessionIsKnown(t *testing.T) {
	set := func(s sessions.Session) { s.Set("cart", 1) }
	tests := []struct {
		description   string
		before, after func(sessions.Session)
		wantCookies   []string
		want          string
	}{
		{"nothing", nil, nil, []string{anonymousCookie}, "passed"},
		{"begins before", set, nil, []string{"session"}, "passed"},
		{"begins afterwards", nil, set, []string{"session"}, "passed"},
		{"begins and ends", set, func(s sessions.Session) { s.Delete("cart") }, []string{anonymousCookie}, "passed"},
		{"a message is shown", func(s sessions.Session) { s.Flash("m", 1); s.Pop("m") }, nil, []string{anonymousCookie}, "passed"},
		{"a message is shown behind the form", func(s sessions.Session) { s.Flash("m", 1) }, func(s sessions.Session) { s.Pop("m") },
			[]string{anonymousCookie}, "passed"},
		{"a login before", func(s sessions.Session) { s.SetUser("ann") }, nil, []string{"session"}, "passed"},
		{"a login afterwards", nil, func(s sessions.Session) { s.SetUser("ann") }, []string{"session"}, "token-invalid"},
		{"a new identity afterwards", nil, func(s sessions.Session) { set(s); s.Renew() }, []string{"session"}, "token-invalid"},
	}
	for _, tt := range tests {
		page := func(req soay.Request) soay.Response {
			if req.Method() != "GET" {
				return passed(req)
			}
			if tt.before != nil {
				tt.before(req.Session)
			}
			token := antiforgery.Token(req)
			if tt.after != nil {
				tt.after(req.Session)
			}
			return response.Text(token)
		}
		stored, _ := newStoreApp(t, page)
		for kind, app := range map[string]http.Handler{"cookie": newApp(t, antiforgery.Options{}, page), "store": stored} {
			t.Run(tt.description+" in a "+kind, func(t *testing.T) {
				v := newVisitor(t, app)
				token := v.token()
				if got := slices.Sorted(maps.Keys(v.jar)); !slices.Equal(got, tt.wantCookies) {
					t.Errorf("the browser has the cookies %v, want %v", got, tt.wantCookies)
				}
				if got := v.post(token); got != tt.want {
					t.Errorf("%s, want %s", got, tt.want)
				}
			})
		}
	}
}

// The page of an error may have a form as well.
func TestTokenOnThePageOfAnError(t *testing.T) {
	m, err := sessions.NewManager("an example of a key that is long enough", sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	app := newAppWith(newGuard(t, antiforgery.Options{}), m, slog.New(slog.DiscardHandler), passed)
	soay.HandleError(app, func(req soay.Request, _ *antiforgery.RefusedError) soay.Response {
		return response.Text(antiforgery.Token(req))
	})
	v := newVisitor(t, app)
	w := v.do(attempt{header: []string{"Origin", "null"}})
	h := w.Header()
	if w.Code != 403 || h.Get("Cache-Control") != "no-store" || h.Get("X-Frame-Options") != "SAMEORIGIN" || v.jar[anonymousCookie] == "" {
		t.Fatalf("%d with %v, want a page for no cache and no frame of another site, and a cookie", w.Code, h)
	}
	if got := v.post(w.Body.String()); got != "passed" {
		t.Errorf("%s, want passed", got)
	}
}

// A key in a header needs no token, but only from a client that no cookie identifies. The anonymous cookie
// identifies nobody.
func TestAnonymousWithAKey(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	v.token()
	key := attempt{header: []string{"Authorization", "Bearer x", "Content-Type", "text/plain"}, body: "x"}
	if got := outcome(v.do(key)); got != "passed" {
		t.Errorf("an anonymous request with a key: %s, want passed", got)
	}
	v.visit("/set")
	if got := outcome(v.do(key)); got != "token-missing" {
		t.Errorf("a session with a key: %s, want token-missing", got)
	}
}

// All goroutines of a handler get tokens of one visitor.
func TestTokensOfSeveralGoroutines(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
		if req.Method() != "GET" {
			return passed(req)
		}
		tokens := make([]string, 8)
		var wg sync.WaitGroup
		for i := range tokens {
			wg.Go(func() { tokens[i] = antiforgery.Token(req) })
		}
		wg.Wait()
		return response.Text(strings.Join(tokens, " "))
	})
	for range 50 {
		v := newVisitor(t, app)
		for token := range strings.FieldsSeq(v.token()) {
			if got := v.post(token); got != "passed" {
				t.Fatalf("%s, want passed", got)
			}
		}
	}
}

func TestAnonymousOverHTTPS(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, pages)
	v := newVisitor(t, app)
	token := v.do(attempt{method: "GET", target: "https://localhost/token"}).Body.String()
	for _, tt := range []struct {
		name, want string
	}{
		{"__Host-" + anonymousCookie, "passed"},
		{anonymousCookie, "token-invalid"}, // which another host of the domain can plant
	} {
		cookies := fmt.Sprintf("__Host-session=x; %s=%s", tt.name, v.jar["__Host-"+anonymousCookie])
		a := attempt{target: "https://localhost/", body: "x", header: []string{
			"Cookie", cookies, "Content-Type", "text/plain", antiforgery.DefaultHeaderName, token}}
		if got := outcome(a.do(app)); got != tt.want {
			t.Errorf("with the cookie %s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A token for an anonymous visitor comes too late once the headers are decided: the cookie could not be sent.
func TestAnonymousTokenInAStream(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
		if req.Path() == "/set" {
			return pages(req)
		}
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, antiforgery.Token(req))
			return err
		})
	})
	get := attempt{method: "GET", target: "http://localhost/stream"}
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("an anonymous stream ends with %v, want it to be cut off", v)
			}
		}()
		newVisitor(t, app).do(get)
	}()
	v := newVisitor(t, app)
	v.visit("/set")
	if w := v.do(get); w.Code != 200 || w.Body.Len() == 0 {
		t.Errorf("a stream with a token of a session is answered with %d %q", w.Code, w.Body)
	}
}
