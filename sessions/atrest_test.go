package sessions_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// sealing are options that seal what a store keeps.
func sealing(keys ...string) sessions.Options {
	if len(keys) == 0 {
		keys = []string{key}
	}
	return sessions.Options{Codec: sessions.NewCodec(keys[0], keys[1:]...)}
}

// A session in a sealed store is the same as in an open one, whatever is done to it.
func TestSealedStoreIsLikeAnOpenOne(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		open, sealed := storeVisit(t, newShelf()), storeVisit(t, newShelf(), sealing())
		var did []string
		for range 20 {
			name, step := randomStep(r)
			did = append(did, name)
			open.do(step)
			sealed.do(step)
			if diff := cmp.Diff(everything(open), everything(sealed)); diff != "" {
				t.Fatalf("after %q an open store and a sealed one differ (-open +sealed):\n%s", did, diff)
			}
		}
	}
}

// everything is what a handler sees of a session.
func everything(v *visit) map[string]any {
	m := v.data()
	v.do(func(s sessions.Session) { m["user of the session"] = s.User() })
	return m
}

// randomStep is something that a handler does to its session.
func randomStep(r *rand.Rand) (string, func(sessions.Session)) {
	name := string(rune('a' + r.IntN(4)))
	value := strings.Repeat("x", r.IntN(50))
	switch r.IntN(11) {
	case 0:
		return "delete " + name, func(s sessions.Session) { s.Delete(name) }
	case 1:
		return "clear", func(s sessions.Session) { s.Clear() }
	case 2:
		return "renew", func(s sessions.Session) { s.Renew() }
	case 3:
		return "sign in " + name, func(s sessions.Session) { s.SetUser(name) }
	case 4:
		return "sign out", func(s sessions.Session) { s.SetUser("") }
	case 5:
		return "destroy and set " + name, func(s sessions.Session) { s.Destroy(); s.Set(name, value) }
	case 6:
		return "clear and set " + name, func(s sessions.Session) { s.Clear(); s.Set(name, value) }
	case 7:
		return "update " + name, func(s sessions.Session) {
			_ = sessions.Modify(s, name, func(v string) string { return v + "u" })
		}
	case 8:
		return "flash " + name, func(s sessions.Session) { s.Flash(name, value) }
	}
	return "set " + name, func(s sessions.Session) { s.Set(name, value) }
}

func TestSealedStoreShowsNoValues(t *testing.T) {
	const secret = "a secret of the visitor"
	store := newShelf()
	v := storeVisit(t, store, sealing())
	v.do(func(s sessions.Session) { s.Set("note", secret); s.SetUser("ada") })
	v.do(func(s sessions.Session) { s.Set("other", secret) })
	v.do(func(s sessions.Session) {
		if err := sessions.Modify(s, "note", func(old string) string { return old + "!" }); err != nil {
			t.Error(err)
		}
	})
	seen := map[string]bool{}
	for _, record := range store.records {
		for name, value := range record.Values {
			if bytes.Contains(value, []byte(secret)) || seen[string(value)] {
				t.Errorf("the store has %q under %q", value, name)
			}
			seen[string(value)] = true
		}
	}
	want := map[string]any{"note": secret + "!", "other": secret, "user of the session": "ada"}
	if diff := cmp.Diff(want, everything(v)); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
}

// Whoever can write into the store, but has no key, cannot make a session out of what is there.
func TestSealedRecordsAreBound(t *testing.T) {
	tests := []struct {
		name string
		// tamper changes the record of a visitor, whom mallory is beside.
		tamper func(ada, mallory *sessions.Record)
		want   map[string]any
	}{
		{"nothing", func(*sessions.Record, *sessions.Record) {}, map[string]any{"role": "guest", "note": "mine", "user of the session": "ada"}},
		{"the record of another id", func(ada, mallory *sessions.Record) { *ada = *mallory }, noSession},
		{"the values of another id", func(ada, mallory *sessions.Record) { ada.Values = mallory.Values }, noSession},
		{"another user", func(ada, _ *sessions.Record) { ada.User = "root" }, noSession},
		{"no user", func(ada, _ *sessions.Record) { ada.User = "" }, noSession},
		{"another start", func(ada, _ *sessions.Record) { ada.Created = ada.Created.Add(time.Minute) }, noSession},
		{"the value of another key", func(ada, _ *sessions.Record) { ada.Values["role"] = ada.Values["note"] }, noSession},
		{"a value of another record", func(ada, mallory *sessions.Record) { ada.Values["role"] = mallory.Values["role"] }, noSession},
		{"the key of another record", func(ada, mallory *sessions.Record) { ada.Values["\x00key"] = mallory.Values["\x00key"] }, noSession},
		{"no key", func(ada, _ *sessions.Record) { delete(ada.Values, "\x00key") }, noSession},
		{"an empty key", func(ada, _ *sessions.Record) { ada.Values["\x00key"] = nil }, noSession},
		{"a later use", func(ada, _ *sessions.Record) { ada.Seen = ada.Seen.Add(time.Second) }, noSession},
		{"an earlier use", func(ada, _ *sessions.Record) { ada.Seen = ada.Seen.Add(-time.Second) }, noSession},
		{"no seal of the use", func(ada, _ *sessions.Record) { delete(ada.Values, "\x00seen") }, noSession},
		{"an empty seal of the use", func(ada, _ *sessions.Record) { ada.Values["\x00seen"] = nil }, noSession},
		{"the use of another record", func(ada, mallory *sessions.Record) { ada.Values["\x00seen"] = mallory.Values["\x00seen"] }, noSession},
		{"a value for the use", func(ada, _ *sessions.Record) { ada.Values["\x00seen"] = ada.Values["note"] }, noSession},
		{"an open value", func(ada, _ *sessions.Record) { ada.Values["role"] = []byte(`"admin"`) }, noSession},
		{"an open record", func(ada, _ *sessions.Record) { ada.Values = map[string][]byte{"role": []byte(`"admin"`)} }, noSession},
		{"an empty value", func(ada, _ *sessions.Record) { ada.Values["role"] = nil }, noSession},
	}
	for _, tt := range tests {
		store, log := newShelf(), &requesttest.Log{Level: slog.LevelDebug}
		o := sealing()
		o.Logger = log.Logger()
		ada, mallory := storeVisit(t, store, o), storeVisit(t, store, o)
		for user, v := range map[string]*visit{"ada": ada, "mallory": mallory} {
			v.do(func(s sessions.Session) { s.Set("role", "guest"); s.Set("note", "mine"); s.SetUser(user) })
		}
		store.tamper(tt.tamper)
		if diff := cmp.Diff(tt.want, everything(ada)); diff != "" {
			t.Errorf("%s in the store (-want +got):\n%s", tt.name, diff)
		}
		everything(ada)
		if warned := log.Lines(slog.LevelWarn); tt.name == "nothing" != (len(warned) == 0) || len(warned) > 1 {
			t.Errorf("%s in the store: the log warns %q", tt.name, warned)
		}
	}
}

// noSession is everything that a visitor without a session has.
var noSession = map[string]any{"user of the session": ""}

// tamper lets f change the record of ada.
func (s *shelf) tamper(f func(ada, mallory *sessions.Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids, records := map[string]string{}, map[string]*sessions.Record{}
	for id, r := range s.records {
		r.Values = maps.Clone(r.Values)
		ids[r.User], records[r.User] = id, &r
	}
	f(records["ada"], records["mallory"])
	s.records[ids["ada"]] = *records["ada"]
}

// Whoever can write into the store cannot make a session last by saying that it was just used: it ends when
// its idle time is over since it really was.
func TestSealedIdleTime(t *testing.T) {
	for name, o := range map[string]sessions.Options{"open": {}, "sealed": sealing()} {
		synctest.Test(t, func(t *testing.T) {
			store := newShelf()
			v := storeVisit(t, store, o)
			v.do(func(s sessions.Session) { s.Set("a", 1); s.SetUser("ada") })
			for range 3 { // used at half of its idle time, by reading alone, it goes on
				time.Sleep(20 * time.Minute)
				if diff := cmp.Diff(map[string]any{"a": 1}, v.data()); diff != "" {
					t.Fatalf("%s: the session while it is used (-want +got):\n%s", name, diff)
				}
			}
			time.Sleep(20 * time.Minute)
			store.tamper(func(ada, _ *sessions.Record) {
				ada.Seen = time.Now().Truncate(time.Second)
				ada.Expires = time.Now().Add(time.Hour)
			})
			time.Sleep(20 * time.Minute)
			if got := len(v.data()); (got > 0) != (name == "open") {
				t.Errorf("%s: a session that was not used for 40 minutes has %d values", name, got)
			}
		})
	}
}

func TestEveryBitOfASealedRecord(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store, sealing())
	v.do(func(s sessions.Session) { s.Set("role", "guest") })
	var id string
	for id = range store.records {
	}
	accepted, flipped := 0, 0
	for name, value := range store.records[id].Values {
		for i := range 8 * len(value) {
			value[i/8] ^= 1 << (i % 8)
			if len(v.data()) > 0 {
				accepted++
			}
			value[i/8] ^= 1 << (i % 8)
			flipped++
		}
		if len(v.data()) != 1 {
			t.Fatalf("the test is of no use: %q is not as it was", name)
		}
	}
	t.Logf("%d bits", flipped)
	if accepted > 0 {
		t.Errorf("%d of %d changed records were accepted", accepted, flipped)
	}
}

// What others write while a session is renewed stays readable.
func TestSealedWritesBesideRenew(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store, sealing())
	v.do(func(s sessions.Session) { s.Set("a", 1) })
	v.answer(func(req soay.Request) soay.Response {
		req.Session.SetUser("ada")
		other := newStoreApp(store, sealing())
		other.Get("/", done(func(s sessions.Session) { s.Set("b", 2) }))
		if got := requesttest.New(t, other).Get("/", withCookie(req)); got.Status != 200 {
			t.Errorf("the other request = %d", got.Status)
		}
		return response.NoContent()
	})
	want := map[string]any{"a": 1, "b": 2, "user of the session": "ada"}
	if diff := cmp.Diff(want, everything(v)); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
}

func TestSealedIncrementsInParallel(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store, sealing())
	v.do(func(s sessions.Session) { s.Set("n", 0) })
	v.handler = func(req soay.Request) soay.Response {
		if err := sessions.Modify(req.Session, "n", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() { v.Get("/") })
	}
	wg.Wait()
	if got := v.data()["n"]; fmt.Sprint(got) != "200" {
		t.Errorf("200 increments gave %v", got)
	}
}

// A record opens with a key that is no longer the newest, and gets the newest with its next id.
func TestSealedStoreWithNewKey(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store, sealing())
	v.do(func(s sessions.Session) { s.Set("a", 1) })
	see := func(o sessions.Options, f func(sessions.Session)) (*requesttest.Response, map[string]any) {
		var got map[string]any
		app := newStoreApp(store, o)
		app.Get("/", done(func(s sessions.Session) { got = s.Map(); f(s) }))
		c := requesttest.New(t, app)
		c.SetCookie(v.Cookies("/")[0])
		return c.Get("/"), got
	}
	look := func(sessions.Session) {}
	if _, got := see(sealing(otherKey), look); len(got) > 0 {
		t.Errorf("a new key alone opens %v", got)
	}
	resp, got := see(sealing(otherKey, key), func(s sessions.Session) { s.SetUser("ada") })
	if len(got) != 1 {
		t.Errorf("a new key beside the old one opens %v", got)
	}
	v.SetCookie(resp.Cookie("session"))
	if _, got := see(sealing(otherKey), look); len(got) != 1 {
		t.Errorf("after the login the new key alone opens %v", got)
	}
	if _, got := see(sealing(), look); len(got) > 0 {
		t.Errorf("after the login the old key alone opens %v", got)
	}
}

func TestSealingThatBegins(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after sessions.Options
	}{
		{"begins", sessions.Options{}, sealing()},
		{"ends", sealing(), sessions.Options{}},
	} {
		store := newShelf()
		v := storeVisit(t, store, tt.before)
		v.do(func(s sessions.Session) { s.Set("a", 1); s.SetUser("ada") })
		later := storeVisit(t, store, tt.after)
		later.SetCookie(v.Cookies("/")[0])
		if diff := cmp.Diff(noSession, everything(later)); diff != "" {
			t.Errorf("when sealing %s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestReservedKey(t *testing.T) {
	for name, v := range map[string]*visit{
		"cookie": newVisit(t, sessions.Options{}), "store": storeVisit(t, newShelf()), "sealed store": storeVisit(t, newShelf(), sealing()),
	} {
		v.do(func(s sessions.Session) { s.Set("a", 1) })
		if got := v.answer(done(func(s sessions.Session) { s.Set("\x00key", 1) })); got.Status != 500 {
			t.Errorf("%s: Set of the reserved key = %d, want 500", name, got.Status)
		}
		v.do(func(s sessions.Session) {
			err := sessions.Modify(s, "\x00key", func(int) int { return 1 })
			if fault, ok := errors.AsType[*sessions.EncodeError](err); !ok || fault.Key != "\x00key" {
				t.Errorf("%s: Update of the reserved key = %v, want an EncodeError", name, err)
			}
		})
		if diff := cmp.Diff(map[string]any{"a": 1}, v.data()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A codec that fails fails the request, and leaves what was there.
func TestCodecThatFailsAtRest(t *testing.T) {
	broken := &refusing{Codec: sessions.NewCodec(key)}
	store := newShelf()
	v := storeVisit(t, store, sessions.Options{Codec: broken})
	v.do(func(s sessions.Session) { s.Set("a", 1) })
	broken.err = errors.New("no key")
	for name, f := range map[string]func(sessions.Session){
		"login": func(s sessions.Session) { s.SetUser("ada") },
		"clear": func(s sessions.Session) { s.Clear(); s.Set("b", 1) },
		"new":   func(s sessions.Session) { s.Destroy(); s.Set("b", 1) },
	} {
		if name == "new" {
			v = storeVisit(t, store, sessions.Options{Codec: broken})
		}
		if resp := v.answer(done(f)); resp.Status != 500 || len(resp.Cookies) > 0 {
			t.Errorf("%s: %d with the cookies %v, want 500", name, resp.Status, resp.Cookies)
		}
	}
	if n := store.len(); n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}

// refusing is a codec that cannot seal while it has an error.
type refusing struct {
	sessions.Codec
	err error
}

func (r *refusing) Encode(name string, data []byte) (string, error) {
	if r.err != nil {
		return "", r.err
	}
	return r.Codec.Encode(name, data)
}

// A login whose save fails leaves the browser the session that it had.
func TestLoginThatFailsLeavesTheSession(t *testing.T) {
	for name, o := range map[string]sessions.Options{"open": {}, "sealed": sealing()} {
		store := newShelf()
		v := storeVisit(t, store, o)
		v.do(func(s sessions.Session) { s.Set("cart", 7) })
		store.failing(func(_ context.Context, method string) error {
			if method == "Load" {
				return nil
			}
			return errors.New("down")
		})
		login := done(func(s sessions.Session) { s.SetUser("ada"); s.Set("b", 2) })
		if resp := v.answer(login); resp.Status != 503 || len(resp.Cookies) > 0 {
			t.Errorf("%s: the login = %d with the cookies %v, want 503", name, resp.Status, resp.Cookies)
		}
		store.failing(nil)
		if diff := cmp.Diff(map[string]any{"cart": 7, "user of the session": ""}, everything(v)); diff != "" {
			t.Errorf("%s: after a login that failed (-want +got):\n%s", name, diff)
		}
		calls := store.count("Update")
		if resp := v.answer(login); resp.Status != 200 || store.count("Update") != calls {
			t.Errorf("%s: the login = %d with %d calls of Update, want one step", name, resp.Status, store.count("Update")-calls)
		}
		if diff := cmp.Diff(map[string]any{"cart": 7, "b": 2, "user of the session": "ada"}, everything(v)); diff != "" {
			t.Errorf("%s: after the login (-want +got):\n%s", name, diff)
		}
	}
}
