package sessions_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// The requests of one page may make a session too large together. It can be read then, and become
// smaller, but not grow.
func TestSizeOfParallelRequests(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	v.do(func(s sessions.Session) { s.Set("n", 1) })
	v.answer(func(req soay.Request) soay.Response {
		req.Session.Set("a", strings.Repeat("x", 40<<10))
		other := newStoreApp(store)
		other.Get("/", done(func(s sessions.Session) { s.Set("b", strings.Repeat("x", 40<<10)) }))
		requesttest.New(t, other).Get("/", withCookie(req))
		return response.NoContent()
	})
	if n := len(v.data()); n != 3 {
		t.Fatalf("%d values, want 3", n)
	}
	v.answer(done(func(s sessions.Session) { s.Clear(); s.Set("a", strings.Repeat("x", 70<<10)) }))
	if n := len(v.data()); n != 3 {
		t.Errorf("Clear and more than 64 KiB leave %d values, want the 3 that were there", n)
	}
	steps := []struct {
		description string
		do          func(s sessions.Session)
		want        int
	}{
		{"a larger value", func(s sessions.Session) { s.Set("n", 10) }, 500},
		{"a value of the same size", func(s sessions.Session) { s.Set("n", 2) }, 200},
		{"a smaller value", func(s sessions.Session) { s.Set("a", strings.Repeat("x", 30<<10)) }, 200},
		{"one value less", func(s sessions.Session) { s.Delete("b") }, 200},
		{"a larger value when there is room", func(s sessions.Session) { s.Set("n", 10) }, 200},
	}
	for _, step := range steps {
		if resp := v.answer(done(step.do)); resp.Status != step.want {
			t.Errorf("%s: %d, want %d", step.description, resp.Status, step.want)
		}
	}
}

// One that is far too large is none, and the log says so.
func TestRecordThatIsFarTooLarge(t *testing.T) {
	store, log := newShelf(), &requesttest.Log{Level: slog.LevelDebug}
	generous := storeVisit(t, store, sessions.Options{MaxBytes: 1 << 20})
	generous.do(func(s sessions.Session) { s.Set("a", strings.Repeat("x", 256<<10)); s.SetUser("ada") })
	v := storeVisit(t, store, sessions.Options{Logger: log.Logger()})
	v.SetCookie(generous.Cookies("/")[0])
	for range 3 {
		v.do(func(s sessions.Session) {
			if s.Len() != 0 || s.User() != "" {
				t.Errorf("it has %d values and the user %q", s.Len(), s.User())
			}
		})
	}
	if warned := log.Lines(slog.LevelWarn); len(warned) != 1 || !strings.Contains(warned[0], "takes 262") {
		t.Errorf("the log has the warnings %q, want one with the size", warned)
	}
}

// A store that is slow in each call is given up after the timeout of the whole.
func TestSlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		v := storeVisit(t, store)
		v.do(func(s sessions.Session) { s.Set("a", 1) })
		store.failing(func(ctx context.Context, _ string) error {
			select {
			case <-time.After(700 * time.Millisecond):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		start := time.Now()
		resp := v.answer(done(func(s sessions.Session) { s.Destroy(); s.Set("b", 1) }))
		if took := time.Since(start); resp.Status != http.StatusServiceUnavailable || took > 1700*time.Millisecond {
			t.Errorf("a slow store: %d after %v, want 503 after 0.7 s to look and 1 s to save", resp.Status, took)
		}
	})
}

func TestStoreThatIsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newShelf()
		v := storeVisit(t, store)
		v.do(func(s sessions.Session) { s.Set("a", 1) })
		hangs := func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
		fails := func(context.Context, string) error { return errors.New("connection refused") }
		for name, fault := range map[string]func(context.Context, string) error{"hangs": hangs, "fails": fails} {
			store.failing(fault)
			start := time.Now()
			ran := false
			resp := v.answer(func(req soay.Request) soay.Response {
				req.Session.Get("a")
				ran = true
				return response.Text("as if for a stranger")
			})
			if resp.Status != 503 || resp.Header.Get("Retry-After") == "" || ran || strings.Contains(resp.Text(), "refused") {
				t.Errorf("%s: %d %q, handler went on: %v", name, resp.Status, resp.Text(), ran)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("%s: the answer took %v, want 1 s at most", name, took)
			}
			if got := v.answer(done(func(sessions.Session) {})); got.Status != 200 {
				t.Errorf("%s: a route without the session = %d", name, got.Status)
			}
			store.failing(nil)
			if diff := cmp.Diff(map[string]any{"a": 1}, v.data()); diff != "" {
				t.Errorf("%s: when the store is back (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestStoreThatFailsToSave(t *testing.T) {
	for _, method := range []string{"Create", "Update", "Rename", "Delete", "Modify"} {
		store := newShelf()
		v := storeVisit(t, store)
		if method != "Create" {
			v.do(func(s sessions.Session) { s.Set("a", 1) })
		}
		store.failing(func(_ context.Context, m string) error {
			if m == method {
				return errors.New("disk full")
			}
			return nil
		})
		resp := v.answer(func(req soay.Request) soay.Response {
			switch s := req.Session; method {
			case "Create", "Update":
				s.Set("b", 2)
			case "Rename":
				s.Renew()
			case "Delete":
				s.Destroy()
			case "Modify":
				if err := sessions.Modify(s, "a", func(n int) int { return n + 1 }); err != nil {
					return response.Error(err)
				}
			}
			return response.Text("done")
		})
		if resp.Status != 503 || strings.Contains(resp.Text(), "done") || len(resp.Cookies) > 0 || resp.Header.Get("Retry-After") != "1" {
			t.Errorf("%s fails: %d %q with %v, want 503", method, resp.Status, resp.Text(), resp.Header)
		}
	}
}

func TestSizeInAStore(t *testing.T) {
	store := newShelf()
	v := storeVisit(t, store)
	v.do(func(s sessions.Session) { s.Set("a", strings.Repeat("x", 60<<10)) })
	resp := v.answer(done(func(s sessions.Session) { s.Set("b", strings.Repeat("x", 5<<10)) }))
	if resp.Status != 500 || len(v.data()) != 1 {
		t.Errorf("beyond 64 KiB: %d with %d values, want 500 with what was there", resp.Status, len(v.data()))
	}
	v.do(func(s sessions.Session) {
		err := sessions.Modify(s, "b", func(string) string { return strings.Repeat("x", 5<<10) })
		if fault, ok := errors.AsType[*sessions.SizeError](err); !ok || fault.Limit != 64<<10 || fault.Size < 65<<10 {
			t.Errorf("Update beyond 64 KiB: %v, want a SizeError", err)
		}
		if err := sessions.Modify(s, "a", func(old string) string { return old + "y" }); err != nil {
			t.Errorf("Update within 64 KiB: %v", err)
		}
	})
	if n := len(v.data()); n != 1 {
		t.Errorf("after Update there are %d values, want 1", n)
	}
	small := storeVisit(t, store, sessions.Options{MaxBytes: 10})
	if resp := small.answer(done(func(s sessions.Session) { s.Set("a", "0123456789") })); resp.Status != 500 {
		t.Errorf("beyond a limit of its own: %d", resp.Status)
	}
}
