//go:build unix

package redisstore_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/redisstore"
)

var errStillThere = errors.New("it is still there")

// assertGone reports calls that do not say that there is no session.
func assertGone(t *testing.T, store sessions.Store, id, user string) {
	t.Helper()
	ctx := t.Context()
	_, loaded := store.Load(ctx, id)
	for _, call := range []struct {
		name string
		err  error
	}{
		{"Load", loaded},
		{"Update", store.Update(ctx, id, newChange("a", "2"))},
		{"Modify", store.Modify(ctx, id, "a", func([]byte) ([]byte, error) { return []byte("2"), nil })},
		{"Rename", store.Rename(ctx, id, id+" renamed", newChange("a", "2"))},
	} {
		if !errors.Is(call.err, sessions.ErrGone) {
			t.Errorf("%s = %v, want sessions.ErrGone", call.name, call.err)
		}
	}
	if _, err := store.Load(ctx, id+" renamed"); !errors.Is(err, sessions.ErrGone) {
		t.Errorf("Load of the new id of what is gone = %v, want sessions.ErrGone", err)
	}
	if ids, err := store.ListUser(ctx, user); err != nil || len(ids) != 0 {
		t.Errorf("ListUser = %q, %v; want none", ids, err)
	}
}

// Whatever lies under the key of a session and is none is no session, and the log says so once.
func TestForeign(t *testing.T) {
	c := sharedServer(t).client(t)
	now := time.Now()
	whole := map[string]any{"id": "a", "created": now.Unix(), "seen": now.Unix(), "expires": now.Add(time.Hour).UnixMilli(), "v:a": "1", "user": "ann"}
	hash := func(field string, value any) func(context.Context, string) error {
		return func(ctx context.Context, key string) error {
			m := map[string]any{}
			for k, v := range whole {
				if k == field {
					v = value
				}
				if v != nil {
					m[k] = v
				}
			}
			return c.HSet(ctx, key, m).Err()
		}
	}
	tests := []struct {
		description string
		put         func(ctx context.Context, key string) error
	}{
		{"text", func(ctx context.Context, key string) error { return c.Set(ctx, key, "garbage", 0).Err() }},
		{"list", func(ctx context.Context, key string) error { return c.RPush(ctx, key, "garbage").Err() }},
		{"sorted set", func(ctx context.Context, key string) error {
			return c.ZAdd(ctx, key, redis.Z{Score: 1, Member: "garbage"}).Err()
		}},
		{"foreign hash", func(ctx context.Context, key string) error { return c.HSet(ctx, key, "name", "value").Err() }},
		{"no id", hash("id", nil)},
		{"another id", hash("id", "b")},
		{"no start", hash("created", nil)},
		{"malformed start", hash("created", "yesterday")},
		{"start that is no integer", hash("created", "1e9")},
		{"start beyond all times", hash("created", strings.Repeat("9", 30))},
		{"no idle time", hash("seen", nil)},
		{"malformed idle time", hash("seen", "0x10")},
		{"no end", hash("expires", nil)},
		{"malformed end", hash("expires", "never")},
		{"empty end", hash("expires", "")},
		{"end that is no number", hash("expires", "nan")},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			prefix := unique("foreign")
			var logged requesttest.Log
			store := redisstore.New(c, redisstore.Options{Prefix: prefix, Logger: logged.Logger()})
			must(t, tt.put(t.Context(), prefix+"id:a"))
			must(t, c.ZAdd(t.Context(), prefix+"user:ann", redis.Z{Score: float64(now.Add(time.Hour).UnixMilli()), Member: "a"}).Err())
			if _, err := store.Load(t.Context(), "a"); !errors.Is(err, sessions.ErrGone) {
				t.Errorf("Load = %v, want sessions.ErrGone", err)
			}
			if tt.description != "start beyond all times" { // which only Load can see
				assertGone(t, store, "a", "ann")
			}
			if n := strings.Count(logged.String(), "level=WARN"); n != 1 || !strings.Contains(logged.String(), prefix+"id:a") {
				t.Errorf("logged %d warnings, want 1 that names the key:\n%s", n, logged.String())
			}
			if err := store.Create(t.Context(), "a", newRecord("", nil)); err == nil || errors.Is(err, sessions.ErrGone) {
				t.Errorf("Create over it = %v, want an error that is not sessions.ErrGone", err)
			}
			must(t, store.Delete(t.Context(), "a"))
			must(t, store.Create(t.Context(), "a", newRecord("", nil)))
		})
	}
}

// A record that is copied to another id is none.
func TestCopied(t *testing.T) {
	p := unique("copied")
	c := sharedServer(t).client(t)
	store := redisstore.New(c, redisstore.Options{Prefix: p, Logger: slog.New(slog.DiscardHandler)})
	must(t, store.Create(t.Context(), "a", newRecord("ann", map[string]string{"a": "1"})))
	must(t, c.Copy(t.Context(), p+"id:a", p+"id:b", 0, false).Err())
	if _, err := store.Load(t.Context(), "b"); !errors.Is(err, sessions.ErrGone) {
		t.Errorf("Load of a copy = %v, want sessions.ErrGone", err)
	}
	if _, err := store.Load(t.Context(), "a"); err != nil {
		t.Errorf("Load of the original = %v", err)
	}
}

// The list of a user that somebody has overwritten is begun anew.
func TestForeignList(t *testing.T) {
	p := unique("list")
	c := sharedServer(t).client(t)
	store := redisstore.New(c, redisstore.Options{Prefix: p})
	must(t, c.Set(t.Context(), p+"user:ann", "garbage", 0).Err())
	if ids, err := store.ListUser(t.Context(), "ann"); err != nil || len(ids) != 0 {
		t.Errorf("ListUser = %q, %v; want none", ids, err)
	}
	must(t, store.Create(t.Context(), "a", newRecord("ann", nil)))
	if ids, err := store.ListUser(t.Context(), "ann"); err != nil || len(ids) != 1 {
		t.Errorf("ListUser = %q, %v; want one", ids, err)
	}
}

// What a crash leaves behind: ids that are listed without a record, a new id that was reserved, and
// an old one that has moved while the new one was not filled.
func TestCrashes(t *testing.T) {
	p := unique("crash")
	c := sharedServer(t).client(t)
	store := redisstore.New(c, redisstore.Options{Prefix: p})
	later := float64(time.Now().Add(time.Hour).UnixMilli())
	list := func(user string, score float64, ids ...string) {
		for _, id := range ids {
			must(t, c.ZAdd(t.Context(), p+"user:"+user, redis.Z{Score: score, Member: id}).Err())
		}
	}
	list("ann", later, "never made", "reserved", "bob's")
	list("ann", 1, "long over")
	must(t, c.HSet(t.Context(), p+"id:reserved", "id", "reserved", "token", "x", "pending", 1).Err())
	must(t, store.Create(t.Context(), "bob's", newRecord("bob", nil)))
	assertGone(t, store, "never made", "ann")
	assertGone(t, store, "reserved", "ann")

	must(t, store.Create(t.Context(), "good", newRecord("ann", nil)))
	if n := c.ZScore(t.Context(), p+"user:ann", "long over").Err(); !errors.Is(n, redis.Nil) {
		t.Errorf("an id whose time is over is still listed: %v", n)
	}
	must(t, c.HSet(t.Context(), p+"id:good", "moved", "reserved").Err())
	list("ann", later, "good")
	if _, err := store.Load(t.Context(), "good"); !errors.Is(err, sessions.ErrGone) {
		t.Errorf("Load of what has moved = %v, want sessions.ErrGone", err)
	}
	ids, err := store.ListUser(t.Context(), "ann")
	if err != nil || len(ids) != 1 || ids[0] != "reserved" {
		t.Errorf("ListUser amid a Rename = %q, %v; want the new id, so that it can be deleted", ids, err)
	}
	must(t, store.Delete(t.Context(), "reserved"))
	assertGone(t, store, "good", "ann")
}

// A call of DeleteUser that broke off half-way leaves ids that are marked. Their sessions are still found and
// ended, and move nowhere; an id without a record stays listed, since one may be about to be made.
func TestMarks(t *testing.T) {
	p := unique("marks")
	c := sharedServer(t).client(t)
	store := redisstore.New(c, redisstore.Options{Prefix: p})
	list := p + "user:ann"
	must(t, store.Create(t.Context(), "a", newRecord("ann", nil)))
	later := float64(time.Now().Add(time.Hour).UnixMilli())
	must(t, c.ZRem(t.Context(), list, "a").Err())
	must(t, c.ZAdd(t.Context(), list, redis.Z{Score: later, Member: "ended:a"}, redis.Z{Score: later, Member: "soon"}).Err())
	must(t, c.PExpire(t.Context(), list, time.Hour).Err())

	if ids, err := store.ListUser(t.Context(), "ann"); err != nil || len(ids) != 1 || ids[0] != "a" {
		t.Errorf("ListUser = %q, %v; want a", ids, err)
	}
	if err := store.Rename(t.Context(), "a", "away", newChange("a", "1")); !errors.Is(err, sessions.ErrGone) {
		t.Errorf("Rename of a session that is being ended = %v, want sessions.ErrGone", err)
	}
	must(t, store.Update(t.Context(), "a", newChange("a", "1")))
	must(t, store.DeleteUser(t.Context(), "ann"))
	assertGone(t, store, "a", "ann")
	assertGone(t, store, "away", "ann")
	if got := c.ZRange(t.Context(), list, 0, -1).Val(); len(got) != 1 || got[0] != "soon" {
		t.Errorf("after DeleteUser %q are listed, want soon", got)
	}
	if ttl := c.PTTL(t.Context(), list).Val(); ttl <= 0 || ttl > time.Hour {
		t.Errorf("after DeleteUser the list lives for %v, want an hour", ttl)
	}
}

// What a Rename has reserved for a user is none of his any more when his sessions are ended meanwhile.
func TestDeleteUserAmidRename(t *testing.T) {
	p := unique("amid")
	c := sharedServer(t).client(t)
	store := redisstore.New(c, redisstore.Options{Prefix: p})
	must(t, store.Create(t.Context(), "old", newRecord("ann", nil)))
	later := float64(time.Now().Add(time.Hour).UnixMilli())
	must(t, c.ZAdd(t.Context(), p+"user:ann", redis.Z{Score: later, Member: "new"}).Err())
	must(t, c.HSet(t.Context(), p+"id:new", "id", "new", "token", "x", "pending", 1).Err())
	must(t, c.HSet(t.Context(), p+"id:old", "moved", "new").Err())
	must(t, store.DeleteUser(t.Context(), "ann"))
	if n := c.Exists(t.Context(), p+"id:new").Val(); n != 0 {
		t.Error("an id that was reserved is still there, so it will be filled")
	}
	if n := c.Exists(t.Context(), p+"user:ann").Val(); n != 0 {
		t.Error("the user still has a list")
	}
}
