package auth_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// Of several credentials in one request, one bad one is final, and nobody is anonymous while it is not known who they are.
func TestPairsOfCredentials(t *testing.T) {
	// The first is of scheme a, the second of scheme b.
	tests := []struct {
		a, b string
		want int
		user string // of status 200
	}{
		{"", "", 401, ""}, {"", "tom", 200, "tom"}, {"", "bad", 401, ""}, {"", "outage", 503, ""},
		{"tom", "", 200, "tom"}, {"tom", "eve", 200, "tom"}, {"tom", "bad", 401, ""}, {"tom", "outage", 503, ""},
		{"bad", "", 401, ""}, {"bad", "tom", 401, ""}, {"bad", "bad", 401, ""}, {"bad", "outage", 401, ""},
		{"outage", "", 503, ""}, {"outage", "tom", 503, ""}, {"outage", "bad", 401, ""}, {"outage", "outage", 503, ""},
		// Those that belong to another scheme.
		{"not-mine", "", 401, ""}, {"", "not-mine", 401, ""}, {"not-mine", "not-mine", 401, ""},
		{"not-mine", "tom", 200, "tom"}, {"tom", "not-mine", 200, "tom"},
		{"not-mine", "bad", 401, ""}, {"bad", "not-mine", 401, ""},
		{"not-mine", "outage", 503, ""}, {"outage", "not-mine", 503, ""},
		// Further kinds of bad and of outage.
		{"malformed", "", 400, ""}, {"tom", "malformed", 400, ""}, {"outage", "malformed", 400, ""}, {"expired", "tom", 401, ""},
		{"panic", "", 503, ""}, {"panic", "tom", 503, ""}, {"tom", "panic", 503, ""}, {"panic", "bad", 401, ""},
	}
	for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		app, _ := loggedApp()
		app.UseAuthentication(unthrottled)
		for _, name := range order {
			app.AddScheme(name, inHeader("X-"+strings.ToUpper(name)))
		}
		ran := 0
		guarded := func(req soay.Request) soay.Response { ran++; return whoIs(req) }
		app.Get("/ruled", guarded).Auth()
		app.Get("/optional", guarded).Auth(soay.Auth{Optional: true})
		app.Get("/free", guarded)
		app.Get("/anonymous", guarded).AllowAnonymous()
		for _, tt := range tests {
			t.Run(strings.Join(order[:], " before ")+": "+tt.a+" and "+tt.b, func(t *testing.T) {
				user := tt.user
				if tt.a == "tom" && tt.b == "eve" && order[0] == "b" {
					user = "eve" // the first scheme that was added
				}
				for _, path := range []string{"/ruled", "/optional", "/free", "/anonymous"} {
					ran = 0
					w := ask(app, "GET", path, "X-A", tt.a, "X-B", tt.b)
					want := tt.want
					if want == 401 && tt.a+tt.b == "" && path != "/ruled" || want < 500 && path == "/anonymous" {
						want = 200 // nobody may pass there, and with AllowAnonymous nothing is judged
					}
					if w.Code != want {
						t.Errorf("GET %s = %d, want %d: %s", path, w.Code, want, w.Body)
					}
					if path != "/anonymous" && ran != btoi(want == 200) || want == 200 && w.Body.String() != "user "+user {
						t.Errorf("GET %s: the handler ran %d times and said %q, want user %q", path, ran, w.Body, user)
					}
					if want == 401 && len(w.Header()["Www-Authenticate"]) != 2 {
						t.Errorf("GET %s: challenges %q, want those of both schemes", path, w.Header()["Www-Authenticate"])
					}
					if want == 503 && w.Header().Get("Retry-After") != "1" {
						t.Errorf("GET %s: Retry-After %q, want 1", path, w.Header().Get("Retry-After"))
					}
				}
			})
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Explicit credentials come before those that come with every request, in whatever order the schemes were added.
func TestExplicitBeforeImplicit(t *testing.T) {
	tests := []struct {
		name                   string
		explicit, cookie, fund string
		want                   string
	}{
		{"the header counts", "tom", "eve", "bob", "200 user tom"},
		{"then the cookie", "", "eve", "bob", "200 user eve"},
		{"then the function", "", "", "bob", "200 user bob"},
		{"an expired cookie is nobody's", "", "expired", "bob", "200 user bob"},
		{"a bad cookie alone is nobody's", "", "bad", "", "401 credentials-missing"},
		{"a bad header is final", "bad", "eve", "bob", "401 credentials-invalid"},
		{"the function says why", "", "", "expired", "401 credentials-expired"},
		{"the function says it cannot be read", "", "", "malformed", "400 credentials-malformed"},
		{"an outage of the cookie's store", "", "outage", "bob", "503 "},
		{"an outage of the function's store", "", "", "outage", "503 "},
		{"a good header does not ask them", "tom", "outage", "panic", "200 user tom"},
		{"a header of another scheme leaves it to the function", "not-mine", "", "bob", "200 user bob"},
		{"and to the cookie", "not-mine", "eve", "", "200 user eve"},
		{"a header of no scheme", "not-mine", "", "", "401 credentials-invalid"},
		{"a header of no scheme, and a bad cookie", "not-mine", "bad", "", "401 credentials-invalid"},
		{"a header that the function refuses", "not-mine", "", "expired", "401 credentials-expired"},
		{"a header of no scheme, and an outage", "not-mine", "", "outage", "503 "},
		{"the function leaves it to nobody", "", "", "not-mine", "401 credentials-invalid"},
		{"the function leaves it to the cookie", "", "eve", "not-mine", "200 user eve"},
		{"a cookie of no scheme", "", "not-mine", "", "401 credentials-missing"},
		{"nobody", "", "", "", "401 credentials-missing"},
	}
	for _, order := range [][]string{{"header", "cookie", "func"}, {"cookie", "func", "header"}} {
		app, _ := loggedApp()
		for _, name := range order {
			app.AddScheme(name, map[string]auth.Scheme{
				"header": inHeader("X-Key"),
				"cookie": &keys{header: "key", in: "cookie"},
				"func":   auth.Func(func(req soay.Request) (*soay.Identity, error) { return judged(req, req.Header("X-Func")) }),
			}[name])
		}
		app.Get("/", whoIs).Auth()
		for _, tt := range tests {
			t.Run(order[0]+" first: "+tt.name, func(t *testing.T) {
				w := ask(app, "GET", "/", "X-Key", tt.explicit, "Cookie", "key="+tt.cookie, "X-Func", tt.fund, "Accept", "application/json")
				if got := statusAndReason(w.Code, w.Body.String()); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		}
	}
}

// statusAndReason returns the status with the reason of a problem, or with the text of a success.
func statusAndReason(status int, body string) string {
	text := body
	if status != 200 {
		_, text, _ = strings.Cut(body, `"reason":"`)
		text, _, _ = strings.Cut(text, `"`)
	}
	return strconv.Itoa(status) + " " + text
}

// A scheme that hangs is given up after 5 seconds, also for those that ask for the user later.
func TestHangingScheme(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := keyedApp()
		ran := false
		app.Get("/", func(req soay.Request) soay.Response { ran = true; return hello(req) }).Auth()
		app.HandleStatus(503, func(req soay.Request) soay.Response {
			_, err := auth.Identify(req)
			return response.Text("away: " + strconv.Itoa(btoi(err != nil)))
		})
		begin := time.Now()
		w := ask(app, "GET", "/", "X-Key", "hanging")
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("it took %v, want 5s", took)
		}
		if w.Code != 503 || w.Header().Get("Retry-After") != "1" || w.Header().Get("Cache-Control") != "no-store" || ran ||
			w.Body.String() != "away: 1" {
			t.Errorf("got %d %v %q, handler %v; want 503 without the handler", w.Code, w.Header(), w.Body, ran)
		}
		if n := len(log.Records("auth: a scheme failed")); n != 1 {
			t.Errorf("%d lines of the failure, want 1:\n%s", n, log)
		}
	})
}

// The log has one line a second of each scheme that fails, and none more for the requests.
func TestOutagesAreLoggedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := loggedApp()
		app.AddScheme("a", inHeader("X-A"))
		app.AddScheme("b", inHeader("X-B"))
		app.Get("/", hello).Auth()
		for range 20 { // 2 seconds
			ask(app, "GET", "/", "X-A", "outage")
			ask(app, "GET", "/", "X-B", "panic")
			time.Sleep(100 * time.Millisecond)
		}
		got := map[any]int{}
		for _, r := range log.Records("auth: a scheme failed") {
			got[r["scheme"]]++
		}
		if diff := cmp.Diff(map[any]int{"a": 2, "b": 2}, got); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
		if lines := log.Records("request failed"); len(lines) > 0 {
			t.Errorf("the requests are logged, too: %v", lines)
		}
	})
}

// A client that has gone says nothing of the scheme, and must not hide that it fails.
func TestClientsThatLeaveHideNoOutage(t *testing.T) {
	app, log := loggedApp()
	app.AddScheme("gone", auth.Func(func(req soay.Request) (*soay.Identity, error) {
		if req.Header("X-Gone") != "" {
			return nil, context.Canceled
		}
		return nil, errors.New("the store is away")
	}))
	app.Get("/", hello).Auth()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Gone", "1")
	app.ServeHTTP(discardWriter{http.Header{}}, r)
	ask(app, "GET", "/")
	var levels []any
	for _, line := range log.Records("auth: a scheme failed") {
		levels = append(levels, line["level"])
	}
	if diff := cmp.Diff([]any{"DEBUG", "ERROR"}, levels); diff != "" {
		t.Errorf("levels (-want +got):\n%s", diff)
	}
}

type discardWriter struct{ header http.Header }

func (w discardWriter) Header() http.Header         { return w.header }
func (w discardWriter) WriteHeader(int)             {}
func (w discardWriter) Write(b []byte) (int, error) { return len(b), nil }

// Sessions whose store fails or panics are outages, never those of nobody.
func TestStoresOfSessionsThatFail(t *testing.T) {
	for _, how := range []string{"failing", "panicking"} {
		t.Run(how, func(t *testing.T) {
			store := &brokenStore{Store: memstore.New()}
			app, log := loggedApp()
			app.UseSessionStore(store)
			app.AddScheme("session", auth.Session())
			app.Post("/sign-in", func(req soay.Request) soay.Response {
				id, _ := auth.NewIdentity(auth.Profile{Subject: "tom"})
				if err := auth.SignIn(req, id); err != nil {
					return response.Error(err)
				}
				return response.NoContent()
			})
			app.Get("/ruled", whoIs).Auth()
			app.Get("/optional", whoIs).Auth(soay.Auth{Optional: true})
			app.Get("/free", whoIs)
			client := requesttest.New(t, app)
			client.Post("/sign-in")
			if got := client.Get("/ruled").Text(); got != "user tom" {
				t.Fatalf("before: %q, want user tom\n%s", got, log)
			}
			store.how = how
			for _, path := range []string{"/ruled", "/optional", "/free"} {
				resp := client.Get(path)
				if resp.Status != 503 || resp.Header.Get("Retry-After") != "1" {
					t.Errorf("GET %s = %d with Retry-After %q, want 503 with 1: %q", path, resp.Status, resp.Header.Get("Retry-After"), resp.Text())
				}
			}
		})
	}
}

// brokenStore is a store that breaks.
type brokenStore struct {
	sessions.Store
	how string
}

func (s *brokenStore) Load(ctx context.Context, id string) (sessions.Record, error) {
	switch s.how {
	case "failing":
		return sessions.Record{}, errors.New("the store is away")
	case "panicking":
		panic("the store is broken")
	}
	return s.Store.Load(ctx, id)
}

// A function that asks for the user whom it is to find would never end. It is an outage instead.
func TestFuncThatAsksForItself(t *testing.T) {
	app, log := loggedApp()
	app.AddScheme("func", auth.Func(func(req soay.Request) (*soay.Identity, error) { return soay.User(req), nil }))
	app.Get("/", hello).Auth()
	if w := ask(app, "GET", "/"); w.Code != 503 {
		t.Errorf("GET / = %d, want 503", w.Code)
	}
	if n := len(log.String()); n > 10_000 || !strings.Contains(log.String(), "the function asks for the user whom it is to find") {
		t.Errorf("the log has %d bytes, want a short one with the reason", n)
	}
}
