package auth_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// wires are the ways to serve an app.
var wires = map[string]func(t *testing.T, s *site) *browser{
	"own server":      func(t *testing.T, s *site) *browser { return serve(t, s) },
	"standard server": func(t *testing.T, s *site) *browser { return serve(t, s) },
	"TLS HTTP/2": func(t *testing.T, s *site) *browser {
		server := httptest.NewUnstartedServer(s)
		server.EnableHTTP2 = true
		listener := requesttest.NewListener()
		server.Listener.Close()
		server.Listener = listener
		server.StartTLS()
		client := server.Client()
		transport := client.Transport.(*http.Transport)
		transport.DialContext = listener.DialContext
		t.Cleanup(func() {
			transport.CloseIdleConnections()
			server.Close()
			if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		return newBrowser(t, client, "https://example.com")
	},
}

// isMisuse reports whether f panics, as misuses do in tests.
func isMisuse(f func()) (misused bool) {
	defer func() { misused = recover() != nil }()
	f()
	return false
}

// onEachWire runs a test with a site on each of the wires.
func onEachWire(t *testing.T, use func(*soay.App), setUp func(*site), test func(t *testing.T, s *site, b *browser), options ...auth.SessionOptions) {
	for name, connect := range wires {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSiteOn(soay.Options{StandardServer: name == "standard server"}, use, options...)
				setUp(s)
				test(t, s, connect(t, s))
			})
		})
	}
}

func serve(t *testing.T, s *site) *browser {
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	listener := requesttest.NewListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()
	transport := &http.Transport{DialContext: listener.DialContext}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return newBrowser(t, &http.Client{Transport: transport}, "http://localhost")
}

// browser is a client with cookies.
type browser struct {
	t      *testing.T
	client *http.Client
	base   string
}

func newBrowser(t *testing.T, client *http.Client, base string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := *client
	own.Jar = jar
	return &browser{t, &own, base}
}

// other returns another browser.
func (b *browser) other() *browser { return newBrowser(b.t, b.client, b.base) }

func (b *browser) do(method, path string) string {
	b.t.Helper()
	req, err := http.NewRequest(method, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := b.client.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

func (b *browser) want(method, path, want string) {
	b.t.Helper()
	if got := b.do(method, path); got != want {
		b.t.Errorf("%s %s: %q, want %q", method, path, got, want)
	}
}

// stream answers with what f writes while the response is sent.
func stream(f func(soay.Request) string) soay.Handler {
	return func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, f(req))
			return err
		})
	}
}

// A stream finds out who it is for, also where somebody must be loaded anew. It can sign nobody in or out.
func TestUserOfAStream(t *testing.T) {
	users := &accounts{roles: []string{"admin"}}
	ada := identityOf(t, auth.Profile{Subject: "ada"})
	tell := func(req soay.Request) string { return fmt.Sprint(soay.User(req), soay.User(req).Roles()) }
	setUp := func(s *site) {
		s.Get("/stream", stream(tell))
		s.Get("/guarded", stream(tell)).Auth()
		s.Post("/in", stream(func(req soay.Request) string {
			if err := auth.SignIn(req, ada); err != nil {
				return err.Error()
			}
			return "signed in"
		}))
		s.Post("/out", stream(func(req soay.Request) string {
			if !isMisuse(func() { auth.SignOut(req) }) {
				return "signed out"
			}
			return tell(req)
		}))
	}
	onEachWire(t, backends["a store"](), setUp, func(t *testing.T, s *site, b *browser) {
		b.want("GET", "/stream", "nobody []")
		b.want("POST", "/login?user=bob&role=reader", "bob [reader] by session")
		b.want("GET", "/stream", `"bob" [reader]`)
		b.want("GET", "/guarded", `"bob" [reader]`)
		s.happened()
		if got := b.do("POST", "/in"); !strings.Contains(got, "before the handler returns") {
			t.Errorf("a sign-in by a stream: %q, want an error", got)
		}
		b.want("POST", "/out", `"bob" [reader]`)
		b.want("GET", "/who", "bob [reader] by session")
		if got := s.happened(); got != "" {
			t.Errorf("the events are %q, want none", got)
		}
		users.times()
		time.Sleep(5 * time.Minute)
		b.want("GET", "/stream", `"bob" [admin]`)
		b.want("GET", "/stream", `"bob" [admin]`)
		if n := users.times(); n != 2 {
			t.Errorf("loaded %d times by streams, want each time", n)
		}
		b.want("GET", "/guarded", `"bob" [admin]`)
		b.want("GET", "/stream", `"bob" [admin]`)
		if n := users.times(); n != 1 {
			t.Errorf("loaded %d times by a rule and a stream, want once", n)
		}
		time.Sleep(5 * time.Minute)
		users.fail(sessions.ErrGone)
		b.want("GET", "/stream", "nobody []")
		users.fail(nil)
		if n := len(s.log.Records("soay: misuse")); n > 0 {
			t.Errorf("%d misuses", n)
		}
	}, auth.SessionOptions{Load: users.Load})
}

// A stream is judged before it begins.
func TestStreamForUsers(t *testing.T) {
	inEachBackend(t, func(t *testing.T, use func(*soay.App)) {
		s := newSite(t, use)
		begun := false
		s.Get("/stream", func(soay.Request) soay.Response {
			begun = true
			return response.Stream("text/plain", func(io.Writer) error { return nil })
		}).Auth()
		if got := requesttest.New(t, s).Get("/stream").Status; got != 401 || begun {
			t.Errorf("%d, begun %t; want 401", got, begun)
		}
	})
}

// A detached copy knows who its request was of, and a job that has it cannot sign anybody in.
func TestUserOfADetachedRequest(t *testing.T) {
	ada := identityOf(t, auth.Profile{Subject: "ada"})
	copies := make(chan soay.Request, 1)
	setUp := func(s *site) {
		s.Get("/asked", func(req soay.Request) soay.Response {
			soay.User(req)
			copies <- req.Detach()
			return response.NoContent()
		})
		s.Get("/unasked", func(req soay.Request) soay.Response {
			copies <- req.Detach()
			return response.NoContent()
		})
	}
	onEachWire(t, backends["cookies"](), setUp, func(t *testing.T, s *site, b *browser) {
		b.do("POST", "/login?user=bob&role=reader")
		s.happened()
		for _, path := range []string{"/asked", "/unasked"} {
			b.do("GET", path)
			req := <-copies
			b.other().do("POST", "/login?user=eve&role=admin")
			if id := soay.User(req); id.Subject() != "bob" || !id.HasRole("reader") {
				t.Errorf("%s: it is %v %v, want bob", path, id, id.Roles())
			}
			s.happened()
			if err := auth.SignIn(req, ada); err == nil || !strings.Contains(err.Error(), "before the handler returns") {
				t.Errorf("%s: signed in with error %v", path, err)
			}
			if !isMisuse(func() { auth.SignOut(req) }) || soay.User(req).Subject() != "bob" || s.happened() != "" {
				t.Errorf("%s: signed out", path)
			}
		}
		b.want("GET", "/who", "bob [reader] by session")
	})
}

// A goroutine that goes on with its request once the handler has returned learns nothing and changes nothing: never of
// the requests that use the same memory afterwards.
func TestUserAskedLate(t *testing.T) {
	ada := identityOf(t, auth.Profile{Subject: "ada", Roles: []string{"admin"}})
	var asked, wrong atomic.Int64
	late := make(chan soay.Request, 1000)
	setUp := func(s *site) {
		s.Get("/late", func(req soay.Request) soay.Response {
			if soay.User(req).Subject() != "bob" {
				wrong.Add(1)
			}
			late <- req
			return response.NoContent()
		})
	}
	onEachWire(t, backends["a store"](), setUp, func(t *testing.T, s *site, b *browser) {
		eve := b.other()
		b.do("POST", "/login?user=bob&role=reader")
		eve.do("POST", "/login?user=eve&role=reader")
		for range 20 {
			b.do("GET", "/late")
		}
		synctest.Wait()
		stop, done := make(chan bool), make(chan bool)
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case req := <-late:
					for _, use := range []func(){
						func() { soay.User(req) },
						func() { _, _ = auth.Identify(req) },
						func() { auth.SignOut(req) },
						func() {
							if err := auth.SignIn(req, ada); err != nil {
								panic(err)
							}
						},
					} {
						if !isMisuse(use) {
							wrong.Add(1)
						}
					}
					asked.Add(1)
					late <- req
				}
			}
		}()
		for range 200 {
			eve.want("GET", "/who", "eve [reader] by session")
		}
		close(stop)
		<-done
		eve.want("GET", "/me", "eve [reader] by session")
		b.want("GET", "/me", "bob [reader] by session")
		if wrong.Load() > 0 || asked.Load() == 0 {
			t.Errorf("%d of %d late uses were none", wrong.Load(), asked.Load())
		}
		for len(late) > 0 {
			<-late
		}
	})
}

// In production late uses are in the log alone, and then it is nobody.
func TestLateUseInProduction(t *testing.T) {
	log := new(requesttest.Log)
	exchange := request.NewExchange(&request.Settings{Logger: log.Logger()})
	req := exchange.Begin(httptest.NewRequest("GET", "/", nil))
	exchange.End()
	ada := identityOf(t, auth.Profile{Subject: "ada"})
	if id, err := auth.Identify(req); soay.User(req) != nil || id != nil || err != nil {
		t.Errorf("it is %v, %v", id, err)
	}
	if err := auth.SignIn(req, ada); err == nil {
		t.Error("signed in")
	}
	auth.SignOut(req)
	if lines := log.Lines(slog.LevelError); len(lines) != 1 || !strings.Contains(lines[0], "after its handler returned") {
		t.Errorf("the log has %q, want one line", lines)
	}
}
