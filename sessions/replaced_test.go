package sessions_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// body is a Body that does what a test wants.
type body func(w http.ResponseWriter, r *http.Request, status int) error

// WriteBody implements response.Body.
func (b body) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	return b(w, r, status)
}

// replacements are responses that fail before their first byte, so that a page is sent in their place.
func replacements(t *testing.T) map[string]struct {
	answer func() soay.Response
	status int
} {
	return map[string]struct {
		answer func() soay.Response
		status int
	}{
		"a file that vanishes": {func() soay.Response {
			path := filepath.Join(t.TempDir(), "page.html")
			if err := os.WriteFile(path, []byte("page"), 0o600); err != nil {
				t.Fatal(err)
			}
			resp := response.File(path)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			return resp
		}, 404},
		"a body that fails": {func() soay.Response {
			return response.Response{}.WithBody("text/plain", body(func(http.ResponseWriter, *http.Request, int) error {
				return errors.New("no")
			}))
		}, 500},
		"a body that panics": {func() soay.Response {
			return response.Response{}.WithBody("text/plain", body(func(http.ResponseWriter, *http.Request, int) error { panic("no") }))
		}, 500},
	}
}

// What was committed is not lost when another page is sent in the end: it has the cookie of the session,
// and no cache keeps it.
func TestSessionOfReplacedResponse(t *testing.T) {
	tests := []struct {
		description string
		do          func(s sessions.Session)
		wantCookie  string // of the page: none, a new one, or the deletion
		want        map[string]any
	}{
		{"a login", func(s sessions.Session) { s.SetUser("ada"); s.Set("cart", "a book") }, "new",
			map[string]any{"a": 1, "cart": "a book"}},
		{"a logout", func(s sessions.Session) { s.Destroy() }, "deletion", map[string]any{}},
		{"a look", func(s sessions.Session) { s.Get("a") }, "", map[string]any{"a": 1}},
	}
	for name, page := range replacements(t) {
		for _, tt := range tests {
			for kind, v := range map[string]*visit{
				"cookie": newVisit(t, sessions.Options{Persistent: true}), "store": storeVisit(t, newShelf()),
			} {
				t.Run(name+", "+tt.description+", "+kind, func(t *testing.T) {
					v.do(func(s sessions.Session) { s.Set("a", 1) })
					resp := v.answer(func(req soay.Request) soay.Response {
						tt.do(req.Session)
						return page.answer().WithHeader("Cache-Control", "public, max-age=600").
							WithCookie(&http.Cookie{Name: "other", Value: "1"})
					})
					got := ""
					if c := resp.Cookie("session"); c != nil && c.MaxAge < 0 {
						got = "deletion"
					} else if c != nil {
						got = "new"
					}
					if len(resp.Cookies) > 1 || got != tt.wantCookie || resp.Status != page.status {
						t.Errorf("status %d with cookies %v, want %d with %q alone", resp.Status, resp.Cookies, page.status, tt.wantCookie)
					}
					if got := resp.Header["Cache-Control"]; !cmp.Equal(got, []string{"no-store"}) {
						t.Errorf("Cache-Control %q, want no-store", got)
					}
					if !strings.Contains(strings.Join(resp.Header["Vary"], ", "), "Cookie") {
						t.Errorf("Vary %q, want Cookie in it", resp.Header["Vary"])
					}
					if diff := cmp.Diff(tt.want, v.data()); diff != "" {
						t.Errorf("the next request finds (-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// A page in place of another one that nothing looks at the session for says nothing of it, and one that
// does look is not for caches, whatever it says.
func TestSessionInReplacingPage(t *testing.T) {
	for name, page := range replacements(t) {
		for _, looks := range []bool{false, true} {
			app := newApp(sessions.Options{}, func(soay.Request) soay.Response { return page.answer() })
			app.HandleStatus(page.status, func(req soay.Request) soay.Response {
				resp := response.Text("sorry").WithHeader("Cache-Control", "public, max-age=5")
				if looks {
					resp = response.Text("sorry, "+sessions.GetOr(req.Session, "user", "nobody")).
						WithHeader("Cache-Control", "public, max-age=5")
				}
				return resp
			})
			w := ask(app, annsCookie(t, sessions.Options{}))
			want, text := "public, max-age=5", "sorry"
			if looks {
				want, text = "no-store", "sorry, ann"
			}
			if got := w.Header().Get("Cache-Control"); got != want || w.Body.String() != text || w.Code != page.status {
				t.Errorf("%s: %d %q with Cache-Control %q, want %d %q with %q", name, w.Code, w.Body, got, page.status, text, want)
			}
			if got := strings.Contains(strings.Join(w.Header()["Vary"], ", "), "Cookie"); looks && !got {
				t.Errorf("%s: Vary %q", name, w.Header()["Vary"])
			}
		}
	}
}

// A stream may look at the session that nobody has looked at before. So it is kept from shared caches
// beforehand, or the session from it.
func TestLookInStream(t *testing.T) {
	tests := []struct {
		description string
		control     string // what the handler says
		want        string
		wantUser    string // what the stream finds
	}{
		{"nothing", "", "private", "ann"},
		{"private", "private, max-age=60", "private, max-age=60", "ann"},
		{"private in capitals", "Private", "private", "ann"},
		{"no-store", "no-store", "no-store", "ann"},
		{"no-store and public", "public, no-store", "no-store", "ann"},
		{"no-cache", "no-cache, no-transform", "private, no-cache, no-transform", "ann"},
		{"public", "public, max-age=600", "public, max-age=600", ""},
		{"a time", "max-age=600", "max-age=600", ""},
		{"a time for shared caches", "S-MaxAge=600", "S-MaxAge=600", ""},
		{"public in capitals", "PUBLIC", "PUBLIC", ""},
	}
	streams := map[string]func(f func(io.Writer) error) soay.Response{
		"Stream": func(f func(io.Writer) error) soay.Response { return response.Stream("text/plain", f) },
		"a Body of one's own": func(f func(io.Writer) error) soay.Response {
			return response.Response{}.WithBody("text/plain", body(func(w http.ResponseWriter, _ *http.Request, status int) error {
				w.WriteHeader(status)
				return f(w)
			}))
		},
	}
	for _, tt := range tests {
		for name, stream := range streams {
			t.Run(tt.description+", "+name, func(t *testing.T) {
				log := requesttest.Log{Level: slog.LevelDebug}
				o := sessions.Options{Logger: log.Logger()}
				found := ""
				app := newApp(o, func(req soay.Request) soay.Response {
					resp := stream(func(w io.Writer) error {
						defer func() {
							if v := recover(); v != nil && tt.wantUser != "" {
								t.Errorf("the look panics: %v", v)
							}
						}()
						found = sessions.GetOr(req.Session, "user", "")
						_, err := io.WriteString(w, found)
						return err
					})
					if tt.control != "" {
						resp = resp.WithHeader("Cache-Control", tt.control)
					}
					return resp
				})
				w := ask(app, annsCookie(t, sessions.Options{}))
				if got := w.Header().Get("Cache-Control"); got != tt.want || found != tt.wantUser {
					t.Errorf("Cache-Control %q for a stream that finds %q, want %q and %q", got, found, tt.want, tt.wantUser)
				}
				if got := strings.Contains(w.Header().Get("Vary"), "Cookie"); got != (tt.wantUser != "") {
					t.Errorf("Vary %q", w.Header().Get("Vary"))
				}
				if w.Body.Len() > 0 && tt.wantUser == "" {
					t.Errorf("a response for everybody says %q", w.Body)
				}
			})
		}
	}
}

// In production a look that comes too late for the headers finds nothing, and is logged.
func TestLookInSharedStreamIsLogged(t *testing.T) {
	s := openShared(t)
	var reported []error
	s.slot.Misuse = func(err error) { reported = append(reported, err) }
	sessions.StateOf(s.session).PreventLoad()
	if got := sessions.GetOr(s.session, "user", "nobody"); got != "nobody" || sessions.StateOf(s.session).IsLoaded() {
		t.Errorf("a session that is shut gives %q", got)
	}
	s.session.Set("user", "bob")
	if len(reported) != 2 || !strings.Contains(reported[0].Error(), "shared caches") {
		t.Errorf("reported %v, want that shared caches may keep it", reported)
	}
	s.session = sessions.StateOf(s.session).ForReplacement(false)
	if got := sessions.GetOr(s.session, "user", "nobody"); got != "ann" {
		t.Errorf("a session that is open again gives %q", got)
	}
	sessions.StateOf(s.session).PreventLoad()
	if got := sessions.GetOr(s.session, "user", "nobody"); got != "ann" {
		t.Errorf("a session that was looked at before it was shut gives %q", got)
	}
	s.slot.End()
	next := s.manager.Open(s.slot.Begin(s.request), false)
	sessions.StateOf(s.session).PreventLoad() // too late
	sessions.StateOf(s.session).ForReplacement(false)
	if got := sessions.GetOr(next, "user", "nobody"); got != "ann" {
		t.Errorf("the session of the next request gives %q", got)
	}
}

type shared struct {
	slot    *sessions.Slot
	manager *sessions.Manager
	request *http.Request
	session sessions.Session
}

// openShared opens the session of ann without an app.
func openShared(t *testing.T) shared {
	t.Helper()
	m, err := sessions.NewManager(key, sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := newExchange("GET", "/", annsCookie(t, sessions.Options{}))
	slot := new(sessions.Slot)
	return shared{slot, m, r, m.Open(slot.Begin(r), false)}
}

// When the response has been sent its session can be looked at again, for a log.
func TestLookAfterSharedStream(t *testing.T) {
	found := ""
	app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
		req.AfterResponse(func(request.Outcome) { found = sessions.GetOr(req.Session, "user", "nobody") })
		return response.Stream("text/plain", discard).WithHeader("Cache-Control", "public, max-age=600")
	})
	ask(app, annsCookie(t, sessions.Options{}))
	if found != "ann" {
		t.Errorf("after the response the session is that of %q, want ann", found)
	}
}

// Content that is there before the response is sent cannot look, so caches may have it as before.
func TestReadyBodiesStayCacheable(t *testing.T) {
	for name, h := range map[string]soay.Handler{
		"a file": func(soay.Request) soay.Response { return response.File("doc.go") },
		"a handler of net/http that has returned": soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, "text")
		})),
		"text": func(soay.Request) soay.Response { return response.Text("text") },
	} {
		w := ask(newApp(sessions.Options{}, h), annsCookie(t, sessions.Options{}))
		if got := w.Header()["Cache-Control"]; w.Code != 200 || got != nil || strings.Contains(w.Header().Get("Vary"), "Cookie") {
			t.Errorf("%s: %d with Cache-Control %q and Vary %q, want neither", name, w.Code, got, w.Header()["Vary"])
		}
	}
}

// A handler of net/http that still runs while its answer is sent is a stream.
func TestLookInHandlerOfNetHTTP(t *testing.T) {
	for control, want := range map[string]string{"": "private", "public, max-age=600": "public, max-age=600"} {
		found := "not asked"
		app := newApp(sessions.Options{}, func(req soay.Request) soay.Response {
			return soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if control != "" {
					w.Header().Set("Cache-Control", control)
				}
				http.NewResponseController(w).Flush()
				defer func() { _ = recover() }()
				found = ""
				found = sessions.GetOr(req.Session, "user", "")
				io.WriteString(w, found)
			}))(req)
		})
		w := ask(app, annsCookie(t, sessions.Options{}))
		wantUser := "ann"
		if control != "" {
			wantUser = ""
		}
		if got := w.Header().Get("Cache-Control"); got != want || found != wantUser || w.Body.String() != wantUser {
			t.Errorf("Cache-Control %q for %q, want %q for %q", got, found, want, wantUser)
		}
	}
}

// An app without sessions says nothing about them.
func TestStreamWithoutSessions(t *testing.T) {
	app := soay.New(soay.Options{Env: "production"})
	app.Get("/", func(soay.Request) soay.Response { return response.Stream("text/plain", discard) })
	if w := ask(app); w.Header()["Cache-Control"] != nil || w.Header()["Vary"] != nil {
		t.Errorf("headers %v of a stream in an app without sessions", w.Header())
	}
}
