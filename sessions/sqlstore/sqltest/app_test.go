package sqltest_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

// newApp returns an app as programs write them, which makes the tables of its store when it starts.
func newApp(store *sqlstore.Store, options ...sessions.Options) *soay.App {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
	app.UseSessionStore(store, options...)
	app.OnStart(store.Migrate)
	app.Get("/login", func(req soay.Request) soay.Response {
		req.Session.SetUser(req.Query("user"))
		return response.NoContent()
	})
	app.Get("/renew", func(req soay.Request) soay.Response {
		req.Session.Renew()
		return response.NoContent()
	})
	app.Get("/logout", func(req soay.Request) soay.Response {
		req.Session.Destroy()
		return response.NoContent()
	})
	app.Get("/who", func(req soay.Request) soay.Response { return response.Text(req.Session.User()) })
	app.Get("/add", func(req soay.Request) soay.Response {
		if err := sessions.Modify(req.Session, "n", func(n int) int { return n + 1 }); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	app.Get("/set", func(req soay.Request) soay.Response {
		req.Session.Set(req.Query("key"), req.Query("key"))
		return response.NoContent()
	})
	app.Get("/n", func(req soay.Request) soay.Response {
		return response.Text(strconv.Itoa(sessions.GetOr(req.Session, "n", 0)))
	})
	app.Get("/len", func(req soay.Request) soay.Response {
		return response.Text(strconv.Itoa(req.Session.Len()))
	})
	app.Get("/plain", func(soay.Request) soay.Response { return response.Text("plain") })
	return app
}

// patient is for tests that are not about the time a store takes. What it keeps is sealed.
var patient = sessions.Options{
	StoreTimeout: 30 * time.Second,
	Codec:        sessions.NewCodec("Vf3yqWmT8uQ0pXc7LrKe2sHbJd9aZnGx5oYiRt1w"),
}

// A logout beside a renewal on another instance is final, whichever cookie one has.
func TestAppLogoutBesideRenewals(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		for range 20 {
			clients := instances(t, e, dsn)
			var wg sync.WaitGroup
			wg.Go(func() {
				if resp := clients[0].Get("/logout"); resp.Status != http.StatusNoContent {
					t.Errorf("logout = %d %s, want 204", resp.Status, resp.Body)
				}
			})
			wg.Go(func() {
				for range 5 {
					clients[1].Get("/renew")
				}
			})
			wg.Wait()
			wantText(t, clients[1], "/who", "")
		}
	})
}

// instances returns two clients of two instances of a program, with one session.
func instances(t *testing.T, e engine, dsn string) [2]*requesttest.Client {
	var clients [2]*requesttest.Client
	for i := range clients {
		clients[i] = requesttest.New(t, newApp(sqlstore.New(e.open(t, dsn)), patient), requesttest.Options{Timeout: time.Minute})
	}
	clients[0].Get("/login?user=ann")
	for _, cookie := range clients[0].Cookies("/") {
		clients[1].SetCookie(cookie)
	}
	return clients
}

// parallel sends n requests at the same time, in turn to both instances. All must be good.
func parallel(t *testing.T, clients [2]*requesttest.Client, n int, path func(i int) string) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			resp, err := clients[i%2].Try(http.MethodGet, path(i))
			switch {
			case err != nil:
				t.Errorf("GET %s: %v", path(i), err)
			case resp.Status != http.StatusNoContent:
				t.Errorf("GET %s = %d %s, want 204", path(i), resp.Status, resp.Body)
			}
		})
	}
	wg.Wait()
}

func wantText(t *testing.T, c *requesttest.Client, path, want string) {
	t.Helper()
	if resp := c.Get(path); resp.Text() != want {
		t.Errorf("GET %s = %d %q, want %q", path, resp.Status, resp.Text(), want)
	}
}

func TestParallelRequests(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		clients := instances(t, e, e.dsn(t))
		begin := time.Now()
		parallel(t, clients, 200, func(int) string { return "/add" })
		t.Logf("200 increments of one value by 200 requests took %v", time.Since(begin))
		begin = time.Now()
		parallel(t, clients, 100, func(i int) string { return fmt.Sprintf("/set?key=key%d", i) })
		t.Logf("100 values set by 100 requests took %v", time.Since(begin))
		for _, c := range clients {
			wantText(t, c, "/n", "200")
			wantText(t, c, "/len", "101")
			wantText(t, c, "/who", "ann")
		}
	})
}

// What ends on one instance has ended on the other one with the next request.
func TestRevokeUser(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		clients := instances(t, e, dsn)
		wantText(t, clients[1], "/who", "ann")
		store := e.newStore(t, dsn)
		if err := sessions.RevokeUser(t.Context(), store, "ann"); err != nil {
			t.Fatal(err)
		}
		for _, c := range clients {
			wantText(t, c, "/who", "")
		}
		if ids, err := sessions.ListUser(t.Context(), store, "ann"); len(ids) > 0 || err != nil {
			t.Errorf("ListUser = %q, %v, want none", ids, err)
		}
	})
}

// Whoever has sessions of a user and changes their identity in a loop does not keep one of them.
func TestRevokeUserBesideRenewals(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn, o := e.dsn(t), sqlstore.Options{Table: newTable()}
		store := e.newStore(t, dsn, o)
		for round := range 10 {
			user := fmt.Sprint("user", round)
			var ids [16]string
			var wg sync.WaitGroup
			started := make(chan struct{}, len(ids))
			for i := range ids {
				ids[i] = newID()
				now := time.Now()
				r := sessions.Record{User: user, Created: now, Seen: now, Expires: now.Add(time.Hour),
					Values: map[string][]byte{"a": []byte("1")}}
				if err := store.Create(t.Context(), ids[i], r); err != nil {
					t.Fatal(err)
				}
				wg.Go(func() {
					for n := 0; ; n++ {
						to, now := newID(), time.Now()
						err := store.Rename(t.Context(), ids[i], to, sessions.Change{Seen: now, Expires: now.Add(time.Hour)})
						if n == 0 {
							started <- struct{}{}
						}
						if err != nil {
							return
						}
						ids[i] = to
					}
				})
			}
			for range ids {
				<-started
			}
			if err := sessions.RevokeUser(t.Context(), store, user); err != nil {
				t.Errorf("RevokeUser: %v", err)
			}
			wg.Wait() // for ever, if one got away
			for _, id := range ids {
				if _, err := store.Load(t.Context(), id); !errors.Is(err, sessions.ErrGone) {
					t.Errorf("Load of a session that was revoked = %v, want sessions.ErrGone", err)
				}
			}
			if n := count(t, e.open(t, dsn), "SELECT COUNT(*) FROM "+o.Table+"_values"); n != 0 {
				t.Errorf("%d values are left", n)
			}
		}
	})
}

// A pool of one connection, which is what programs with SQLite often have, is enough, even if what is
// called inside an Update uses the database.
func TestOneConnection(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.dsn(t))
		db.SetMaxOpenConns(1)
		store := sqlstore.New(db)
		if err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		id := newRecord(t, store, time.Hour, "n")
		err := store.Modify(t.Context(), id, "n", func(value []byte) ([]byte, error) {
			var one int
			err := db.QueryRow("SELECT 1").Scan(&one)
			return append(value, '!'), err
		})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := store.Load(t.Context(), id); err != nil || string(r.Values["n"]) != "n!" {
			t.Errorf("Load = %q, %v, want n!", r.Values["n"], err)
		}
	})
}
