package antiforgery_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

func TestToken(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	v.visit("/set")
	first, second := v.token(), v.token()
	if first == second {
		t.Error("a page that is asked for twice has the same token")
	}
	for _, token := range []string{first, second, first} {
		if got := v.post(token); got != "passed" {
			t.Errorf("a form with the token of a page: %s, want passed", got)
		}
	}
	v.visit("/set")
	if got := v.post(first); got != "passed" {
		t.Errorf("after another value was set in the session: %s, want passed", got)
	}
	if got := v.post(""); got != "token-missing" {
		t.Errorf("an empty token: %s, want token-missing", got)
	}
	if got := outcome(v.do(form(url.Values{"a": {"1"}}))); got != "token-missing" {
		t.Errorf("no token: %s, want token-missing", got)
	}
}

// Of two tokens no more is equal than the header that all have.

func TestTokensHaveNothingInCommon(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	seen := map[string]bool{}
	for range 50 {
		token := v.token()
		for i := 0; i+8 <= len(token); i++ {
			if piece := token[i : i+8]; seen[piece] {
				t.Fatalf("%q is in two tokens", piece)
			}
		}
		for i := 0; i+8 <= len(token); i++ {
			seen[token[i:i+8]] = true
		}
	}
}

func TestTokenDies(t *testing.T) {
	tests := []struct {
		description string
		visits      []string // before the token is made
		then        []string // afterwards
		want        string
	}{
		{"at once", nil, nil, "passed"},
		{"after login", nil, []string{"/login?user=ann"}, "token-invalid"},
		{"after login as the same user", []string{"/login?user=ann"}, []string{"/login?user=ann"}, "passed"},
		{"after login as another", []string{"/login?user=ann"}, []string{"/login?user=bob"}, "token-invalid"},
		{"after logout", []string{"/login?user=ann"}, []string{"/logout"}, "passed"}, // there is no cookie any more
		{"after logout and login", []string{"/login?user=ann"}, []string{"/logout", "/login?user=ann"}, "token-invalid"},
		{"after logout and a new page", []string{"/login?user=ann"}, []string{"/logout", "/token"}, "token-invalid"},
		{"after Renew", []string{"/set"}, []string{"/renew"}, "token-invalid"},
		{"after Clear", []string{"/login?user=ann"}, []string{"/clear"}, "token-invalid"}, // the session is empty then
		{"after Clear of an anonymous session", []string{"/set"}, []string{"/clear"}, "passed"},
		{"after a session began", nil, []string{"/set"}, "token-invalid"},
		{"after a first login", nil, []string{"/renew", "/login?user=ann"}, "token-invalid"},
		{"after Clear and a new page", []string{"/login?user=ann"}, []string{"/clear", "/token"}, "token-invalid"}, // the session is empty then
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
			for _, path := range tt.visits {
				v.visit(path)
			}
			token := v.token()
			for _, path := range tt.then {
				v.visit(path)
			}
			if got := v.post(token); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestTokenOfAnother(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, pages)
	ann, eve := newVisitor(t, app), newVisitor(t, app)
	ann.visit("/login?user=ann")
	if got := ann.post(eve.token()); got != "token-invalid" {
		t.Errorf("a token of another session: %s, want token-invalid", got)
	}
	eve.visit("/login?user=ann") // the same user in another browser
	if got := ann.post(eve.token()); got != "token-invalid" {
		t.Errorf("a token of another session of the user: %s, want token-invalid", got)
	}
	nobody := newVisitor(t, app)
	nobody.jar["session"] = "planted"
	if got := nobody.post(eve.token()); got != "token-invalid" {
		t.Errorf("a token with a cookie that is no session: %s, want token-invalid", got)
	}
}

// A session must not be lost in which nothing was but a message that the page has shown.

func TestTokenKeepsTheSession(t *testing.T) {
	var token string
	app := newApp(t, antiforgery.Options{}, func(req soay.Request) soay.Response {
		switch req.Path() {
		case "/flash":
			req.Session.Flash("message", "hello")
		case "/page":
			req.Session.Pop("message")
			token = antiforgery.Token(req)
		default:
			return passed(req)
		}
		return response.Text("done")
	})
	v := newVisitor(t, app)
	v.visit("/flash")
	v.visit("/page")
	if got := v.post(token); got != "passed" {
		t.Errorf("%s, want passed", got)
	}
}

func TestTokenExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVisitor(t, newApp(t, antiforgery.Options{MaxAge: 10 * time.Minute}, pages))
		token := v.token()
		time.Sleep(10*time.Minute - time.Nanosecond)
		if got := v.post(token); got != "passed" {
			t.Errorf("a moment before its end: %s, want passed", got)
		}
		time.Sleep(time.Nanosecond)
		if got := v.post(token); got != "token-invalid" {
			t.Errorf("at its end: %s, want token-invalid", got)
		}
		if got := v.post(v.token()); got != "passed" {
			t.Errorf("a new one: %s, want passed", got)
		}
	})
}

func TestForgedTokens(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	token := v.token()
	try := func(what, forged string) {
		t.Helper()
		if forged == token {
			return
		}
		w := v.do(attempt{header: []string{"RequestVerificationToken", forged, "Content-Type", "text/plain"}, body: "x"})
		if got := outcome(w); got != "token-invalid" {
			t.Fatalf("%s: %s, want token-invalid", what, got)
		}
	}
	for i := range len(token) {
		for bit := range 8 {
			b := []byte(token)
			b[i] ^= 1 << bit
			try(fmt.Sprintf("bit %d of character %d flipped", bit, i), string(b))
		}
		for _, c := range alphabet {
			try(fmt.Sprintf("character %d is %c", i, c), token[:i]+string(c)+token[i+1:])
		}
		if i > 0 {
			try(fmt.Sprintf("cut to %d", i), token[:i])
		}
		try(fmt.Sprintf("without the first %d", i), token[i:])
		try(fmt.Sprintf("line break at %d", i), token[:i]+"\n"+token[i:])
	}
	other := newSealer("another purpose")
	try("purpose", other.Protect(make([]byte, 32)))
	try("padding", token+"=")
	try("twice", token+token)
	try("very long", strings.Repeat("A", 60<<10))
	same := newSealer("test") // a token of the right key that is about something else
	for _, data := range []string{"", "x", strings.Repeat("\x00", 32)} {
		try("content", same.Protect([]byte(data)))
	}
}

// What is forged costs the store of the sessions nothing, and a missing token not even a look at the seal.

func TestForgedTokensDoNotTouchTheSession(t *testing.T) {
	seal := newSealer("test")
	app := newApp(t, antiforgery.Options{Sealer: seal}, passed)
	for token, want := range map[string]int64{"": 0, "forged": 1, strings.Repeat("A", 1025): 0} {
		seal.opened.Store(0)
		w := attempt{header: []string{
			"Cookie", "session=x", "RequestVerificationToken", token, "Content-Type", "text/plain",
		}}.do(app)
		if w.Code != 403 || w.Header().Get("Vary") == "Cookie" || seal.opened.Load() != want {
			t.Errorf("token %.10q: status %d, Vary %q, %d calls of Unprotect; want 403, an untouched session, %d",
				token, w.Code, w.Header().Get("Vary"), seal.opened.Load(), want)
		}
	}
}

func TestHeaderAndField(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{}, pages))
	good := v.token()
	tests := []struct {
		description string
		headers     []string
		fields      []string
		want        string
	}{
		{"header", []string{good}, nil, "passed"},
		{"field", nil, []string{good}, "passed"},
		{"both", []string{good}, []string{good}, "passed"},
		{"the header counts", []string{good}, []string{"bad"}, "passed"},
		{"the header counts, bad", []string{"bad"}, []string{good}, "token-invalid"},
		{"empty header", []string{""}, []string{good}, "passed"},
		{"empty header, no field", []string{""}, nil, "token-missing"},
		{"two headers", []string{good, good}, nil, "token-invalid"},
		{"two headers, one bad", []string{good, "bad"}, nil, "token-invalid"},
		{"two fields", nil, []string{good, "bad"}, "passed"},
		{"two fields, bad first", nil, []string{"bad", good}, "token-invalid"},
		{"two fields, empty first", nil, []string{"", good}, "token-missing"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			a := form(url.Values{antiforgery.DefaultFieldName: tt.fields, "a": {"1"}})
			for _, value := range tt.headers {
				a.header = append(a.header, "requestverificationtoken", value)
			}
			if got := outcome(v.do(a)); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestOtherNames(t *testing.T) {
	v := newVisitor(t, newApp(t, antiforgery.Options{FieldName: "csrf", HeaderName: "x-csrf"}, pages))
	token := v.token()
	for a, want := range map[*attempt]string{
		{body: "a=1&csrf=" + token}:                              "passed",
		{header: []string{"X-CSRF", token}, body: "a=1"}:         "passed",
		{body: antiforgery.DefaultFieldName + "=" + token}:       "token-missing",
		{header: []string{antiforgery.DefaultHeaderName, token}}: "token-missing",
		{target: "http://localhost/?csrf=" + token, body: "a=1"}: "token-missing", // not from the query
	} {
		a.header = append(a.header, "Content-Type", "application/x-www-form-urlencoded")
		if got := outcome(v.do(*a)); got != want {
			t.Errorf("%v: %s, want %s", *a, got, want)
		}
	}
}

// An app without sessions has the checks of headers, and nothing to bind tokens to.

func TestGuardWithoutSessions(t *testing.T) {
	g, err := antiforgery.New(antiforgery.Options{Cookies: []string{"identity"}})
	if err != nil {
		t.Fatal(err)
	}
	log := new(requesttest.Log)
	app := soay.New(soay.Options{Logger: log.Logger()})
	app.Use(g.Middleware)
	soay.AddInstance(app, g)
	app.Fallback(func(req soay.Request) soay.Response { return passed(req).WithHeader("X-Token", antiforgery.Token(req)) })
	tests := []struct {
		header []string
		want   string
	}{
		{[]string{"Origin", "null"}, "cross-origin"},
		{[]string{"Sec-Fetch-Site", "same-origin"}, "passed"},
		{[]string{"Content-Type", "text/plain"}, "passed"},
		{[]string{"Content-Type", "text/plain", "Cookie", "identity=x"}, "token-missing"},
		{[]string{"Content-Type", "text/plain", "Cookie", "identity=x", "RequestVerificationToken", "x"}, "token-invalid"},
	}
	for _, tt := range tests {
		if got := outcome(attempt{header: tt.header}.do(app)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.header, got, tt.want)
		}
	}
	if !strings.Contains(log.String(), "no token, because") {
		t.Errorf("the log does not tell that there are no tokens: %s", log)
	}
}

// down is a store that does not work.

type down struct{ sessions.Store }

func (down) Load(context.Context, string) (sessions.Record, error) {
	return sessions.Record{}, errors.New("connection refused")
}

func TestStoreThatIsDown(t *testing.T) {
	seal := newSealer("test")
	logger := new(requesttest.Log).Logger()
	m, err := sessions.NewStoreManager(down{}, sessions.Options{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	app := newAppWith(newGuard(t, antiforgery.Options{Sealer: seal}), m, logger, passed)
	cookie := "session=" + strings.Repeat("A", 43)
	a := attempt{header: []string{"Cookie", cookie, "Content-Type", "text/plain", "RequestVerificationToken", seal.Protect(make([]byte, 32))}}
	w := a.do(app)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d with Retry-After %q, want 503 with one", w.Code, w.Header().Get("Retry-After"))
	}
	a.header = []string{"Cookie", cookie, "Sec-Fetch-Site", "same-origin"}
	if got := outcome(a.do(app)); got != "passed" {
		t.Errorf("a request that needs no token: %s, want passed", got)
	}
}

func TestParallelVisitors(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, pages)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			v := newVisitor(t, app)
			v.do(attempt{method: "GET", target: fmt.Sprintf("http://localhost/login?user=%d", i)})
			for range 50 {
				token := v.do(attempt{method: "GET", target: "http://localhost/token"}).Body.String()
				if got := v.post(token); got != "passed" {
					t.Errorf("%s, want passed", got)
				}
			}
		})
	}
	wg.Wait()
}
