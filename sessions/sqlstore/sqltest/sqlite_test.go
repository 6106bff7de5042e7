package sqltest_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

// While another program keeps the database locked, calls end with their contexts, however long the
// driver would wait.
func TestLockedSQLite(t *testing.T) {
	for _, timeout := range []string{"0", "60000"} {
		e := engine{"SQLite", "sqlite", nil}
		dsn := "file:" + filepath.Join(t.TempDir(), "soay.db") + "?_pragma=busy_timeout(" + timeout + ")"
		store := e.newStore(t, dsn)
		id := newRecord(t, store, time.Hour, "a")
		conn, err := e.open(t, dsn).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(context.Context) error{
			"Load":   func(ctx context.Context) error { _, err := store.Load(ctx, id); return err },
			"Delete": func(ctx context.Context) error { return store.Delete(ctx, id) },
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			begin := time.Now()
			err := f(ctx)
			if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took > 10*time.Second {
				t.Errorf("%s of a locked database with busy_timeout %s = %v after %v, want a timeout soon",
					name, timeout, err, took)
			}
			cancel()
		}
		time.AfterFunc(50*time.Millisecond, func() { conn.ExecContext(context.Background(), "COMMIT") })
		if _, err := store.Load(t.Context(), id); err != nil {
			t.Errorf("Load after the lock: %v", err)
		}
	}
}

// What does not fit on the disk is refused; what is there stays, and can be removed.
func TestFullDisk(t *testing.T) {
	e := engine{"SQLite", "sqlite", nil}
	// The database says that it is full when it has so many pages.
	dsn := "file:" + filepath.Join(t.TempDir(), "soay.db") + "?_pragma=max_page_count(60)"
	store := sqlstore.New(e.open(t, dsn))
	c := requesttest.New(t, newApp(store, patient))
	c.Get("/login?user=ann")
	value := strings.Repeat("x", 10_000)
	status := http.StatusNoContent
	for i := 0; i < 100 && status == http.StatusNoContent; i++ {
		status = c.Get("/set?key=" + string(rune('a'+i)) + value[:900]).Status
		if status == http.StatusNoContent {
			id, now := newID(), time.Now()
			err := store.Create(t.Context(), id, sessions.Record{Values: map[string][]byte{"a": []byte(value)},
				Created: now, Seen: now, Expires: now.Add(time.Hour), User: "filler"})
			if err != nil {
				if !strings.Contains(err.Error(), "sqlstore: create a session: ") || !strings.Contains(err.Error(), "full") {
					t.Errorf("Create on a full disk = %v", err)
				}
				status = c.Get("/set?key=" + value[:900]).Status
			}
		}
	}
	if status != http.StatusServiceUnavailable {
		t.Errorf("GET /set on a full disk = %d, want 503", status)
	}
	wantText(t, c, "/who", "ann")
	if err := sessions.RevokeUser(t.Context(), store, "filler"); err != nil {
		t.Errorf("RevokeUser on a full disk: %v", err)
	}
	if got := c.Get("/set?key=b").Status; got != http.StatusNoContent {
		t.Errorf("GET /set when there is room again = %d, want 204", got)
	}
}
