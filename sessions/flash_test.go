package sessions_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// keepers are where sessions can be kept.
var keepers = []struct {
	description string
	visit       func(t testing.TB, client ...requesttest.Options) *visit
}{
	{"in a cookie", func(t testing.TB, client ...requesttest.Options) *visit {
		return newVisit(t, sessions.Options{}, client...)
	}},
	{"in a store", func(t testing.TB, _ ...requesttest.Options) *visit { return storeVisit(t, newShelf()) }},
	{"sealed in a store", func(t testing.TB, _ ...requesttest.Options) *visit { return storeVisit(t, newShelf(), sealing()) }},
	{"in memory", func(t testing.TB, _ ...requesttest.Options) *visit { return storeVisit(t, memstore.New()) }},
}

func message(req soay.Request) soay.Response {
	return response.Text(sessions.GetOr(req.Session, "message", "none"))
}

// reads is a handler that reads the message.
func reads(resp soay.Response) soay.Handler {
	return func(req soay.Request) soay.Response { message(req); return resp }
}

var flashTests = []struct {
	description string
	method      string
	handler     soay.Handler
	want        string
}{
	{"a page that shows it", "GET", message, "none"},
	{"201", "GET", reads(response.Text("made").WithStatus(201)), "none"},
	{"an empty page", "GET", reads(response.Text("")), "none"},
	{"HEAD", "HEAD", message, "saved"},
	{"204", "GET", reads(response.NoContent()), "saved"},
	{"205", "GET", reads(response.Status(205)), "saved"},
	{"304", "GET", reads(response.Status(304)), "saved"},
	{"a redirect", "GET", reads(response.SeeOther("/")), "saved"},
	{"an error of the client", "GET", reads(response.Text("no such page").WithStatus(404)), "saved"},
	{"an error value", "GET", reads(response.Error(problem.New(403, "no"))), "saved"},
	{"an error of the server", "GET", reads(response.Status(503)), "saved"},
	{"a panic", "GET", func(req soay.Request) soay.Response { message(req); panic("failed") }, "saved"},
	{"no use of the session", "GET", done(func(sessions.Session) {}), "saved"},
	{"Has, Keys and Len", "GET", done(func(s sessions.Session) { s.Has("message"); s.Keys(); s.Len(); s.ID() }), "saved"},
	{"another key", "GET", done(func(s sessions.Session) { s.Get("Message"); s.Set("other", 1) }), "saved"},
	{"Get", "GET", done(func(s sessions.Session) { s.Get("message") }), "none"},
	{"Get of another type", "GET", done(func(s sessions.Session) { sessions.Get[int](s, "message") }), "none"},
	{"Map", "GET", done(func(s sessions.Session) { s.Map() }), "none"},
	{"Get and Renew", "GET", done(func(s sessions.Session) { s.Get("message"); s.Renew() }), "none"},
	{"Renew", "GET", done(func(s sessions.Session) { s.Renew() }), "saved"},
	{"Get and Clear", "GET", done(func(s sessions.Session) { s.Get("message"); s.Clear() }), "none"},
	{"Pop with a redirect", "GET", func(req soay.Request) soay.Response { req.Session.Pop("message"); return response.SeeOther("/") }, "none"},
	{"Get, then the next message", "GET", done(func(s sessions.Session) { s.Get("message"); s.Flash("message", "next") }), "next"},
	{"Get, then the same message", "GET", done(func(s sessions.Session) { s.Get("message"); s.Flash("message", "saved") }), "saved"},
	{"the next message, then Get", "GET", done(func(s sessions.Session) { s.Flash("message", "next"); s.Get("message") }), "none"},
	{"a copy", "GET", done(func(s sessions.Session) { s.Detach().Get("message") }), "saved"},
	{"Modify", "GET", done(func(s sessions.Session) {
		_ = sessions.Modify(s, "message", func(old string) string { return old + " twice" })
	}), "saved twice"},
	{"a stream that was made from it", "GET", reads(response.Stream("text/plain", discard)), "none"},
	{"a stream that reads it late", "GET", func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error { message(req); return discard(w) })
	}, "saved"},
	{"a handler of net/http", "GET", func(req soay.Request) soay.Response {
		message(req)
		return soay.FromHTTP(http.NotFoundHandler())(req)
	}, "saved"},
}

// Each request comes after one that has flashed a message. What the next page shows tells whether the
// message is gone.
func TestFlashEndsWithAResponseThatCouldShowIt(t *testing.T) {
	for _, where := range keepers {
		for _, tt := range flashTests {
			t.Run(where.description+"/"+tt.description, func(t *testing.T) {
				v := where.visit(t)
				v.do(func(s sessions.Session) { s.Flash("message", "saved"); s.Set("stays", true) })
				v.handler = tt.handler
				v.Do(tt.method, "/")
				if got := v.answer(message).Text(); got != tt.want {
					t.Errorf("the next page shows %q, want %q", got, tt.want)
				}
				if got := v.answer(message).Text(); got != "none" {
					t.Errorf("the page after that shows %q, want none", got)
				}
			})
		}
	}
}

// Set makes a value one that stays, and Flash makes a value one that ends, whatever it was before.
func TestFlashAndSet(t *testing.T) {
	tests := []struct {
		description string
		before, do  func(s sessions.Session)
		want        values
	}{
		{"Set over a flash", func(s sessions.Session) { s.Flash("a", 1) }, func(s sessions.Session) { s.Set("a", 1) }, values{"a": 1}},
		{"Flash over a value", func(s sessions.Session) { s.Set("a", 1) }, func(s sessions.Session) { s.Flash("a", 1) }, values{}},
		{"Modify of a flash", func(s sessions.Session) { s.Flash("a", 1) }, func(s sessions.Session) {
			_ = sessions.Modify(s, "a", func(n int) int { return n + 1 })
		}, values{}},
		{"Modify of a value", func(s sessions.Session) { s.Set("a", 1) }, func(s sessions.Session) {
			_ = sessions.Modify(s, "a", func(n int) int { return n + 1 })
		}, values{"a": 2}},
	}
	for _, where := range keepers {
		for _, tt := range tests {
			t.Run(where.description+"/"+tt.description, func(t *testing.T) {
				v := where.visit(t)
				v.do(tt.before)
				v.do(tt.do)
				v.data() // shows everything
				if diff := cmp.Diff(tt.want, v.data()); diff != "" {
					t.Errorf("the session holds (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// asIs is a Serializer of texts as they are, so they can look like anything.
type asIs struct{}

func (asIs) Encode(v any) ([]byte, error) { return []byte(v.(string)), nil }

func (asIs) Decode(data []byte, target any) error {
	switch t := target.(type) {
	case *string:
		*t = string(data)
	case *any:
		*t = string(data)
	}
	return nil
}

// No value is taken for a flash value, whatever its bytes are.
func TestNoValueLooksLikeAFlash(t *testing.T) {
	want := values{"a": "\x00flash:x", "b": "\x00\x00flash:x", "c": "\x00", "d": "\x00\x00", "e": "", "f": "flash:"}
	visits := map[string]*visit{
		"in a cookie": newVisit(t, sessions.Options{Serializer: asIs{}}),
		"in a store":  storeVisit(t, newShelf(), sessions.Options{Serializer: asIs{}}),
	}
	for where, v := range visits {
		v.do(func(s sessions.Session) { s.Update(want); s.Flash("flash", "\x00flash:y") })
		v.do(func(s sessions.Session) {
			if got := s.Get("flash"); got != "\x00flash:y" {
				t.Errorf("%s: the flash value is %q", where, got)
			}
		})
		for range 2 {
			v.do(func(s sessions.Session) { _ = sessions.Modify(s, "a", func(old string) string { return old }) })
			if diff := cmp.Diff(want, v.data()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", where, diff)
			}
		}
	}
}

// While a page shows a message, another request of the same session flashes the next one. The page does not
// remove it.
func TestFlashIsNotLostToAPageThatShowsTheOneBefore(t *testing.T) {
	for name, o := range map[string]sessions.Options{"open": {}, "sealed": sealing()} {
		v := storeVisit(t, newShelf(), o)
		v.do(func(s sessions.Session) { s.Flash("message", "saved") })
		v.answer(func(req soay.Request) soay.Response {
			shown := message(req)
			v.do(func(s sessions.Session) { s.Flash("message", "next"); s.Set("n", 1) })
			return shown
		})
		if got := v.answer(message).Text(); got != "next" {
			t.Errorf("%s: then %q is shown, want next", name, got)
		}
	}
}

// Two pages at the same time show the same message, and neither of them fails.
func TestFlashOnTwoPagesAtOnce(t *testing.T) {
	for _, where := range keepers {
		v := where.visit(t)
		v.do(func(s sessions.Session) { s.Flash("message", "saved"); s.Set("stays", true) })
		var inner string
		outer := v.answer(func(req soay.Request) soay.Response {
			shown := message(req)
			inner = v.answer(message).Text()
			return shown
		}).Text()
		if after := v.answer(message).Text(); outer != "saved" || inner != "saved" || after != "none" {
			t.Errorf("%s: the pages show %q and %q, and then %q; want saved, saved and none", where.description, outer, inner, after)
		}
	}
}

// A page that shows a message is for nobody else, and for this once.
func TestPageWithAFlashIsNotKept(t *testing.T) {
	for _, where := range keepers {
		v := where.visit(t)
		v.do(func(s sessions.Session) { s.Flash("message", "saved"); s.Set("stays", true) })
		for i, want := range []string{"no-store", "private"} {
			if got := v.answer(message).Header.Get("Cache-Control"); got != want {
				t.Errorf("%s: page %d has Cache-Control %q, want %q", where.description, i+1, got, want)
			}
		}
	}
}

// A store that cannot remove a message does not take the page away: the message is shown once more, and the log says why.
func TestFlashOfAStoreThatFails(t *testing.T) {
	store, log := newShelf(), new(requesttest.Log)
	v := storeVisit(t, store, sessions.Options{Logger: log.Logger()})
	v.do(func(s sessions.Session) { s.Flash("message", "saved") })
	store.failing(func(_ context.Context, method string) error {
		if method == "Modify" {
			return errors.New("down")
		}
		return nil
	})
	if resp := v.answer(message); resp.Status != 200 || resp.Text() != "saved" {
		t.Errorf("status %d, %q; want 200, saved", resp.Status, resp.Text())
	}
	if n := len(log.Records("sessions: a flash value was not removed")); n != 1 {
		t.Errorf("%d records say so, want 1; the log has %s", n, log)
	}
	store.failing(nil)
	for _, want := range []string{"saved", "none"} {
		if got := v.answer(message).Text(); got != want {
			t.Errorf("then %q is shown, want %q", got, want)
		}
	}
}
