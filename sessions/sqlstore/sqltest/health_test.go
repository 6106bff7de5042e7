package sqltest_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions/sqlstore"
)

// A store is well once its tables are there, and a check leaves nothing behind.
func TestCheckHealth(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.dsn(t))
		store := sqlstore.New(db, sqlstore.Options{Table: "health_of_a_test"})
		if err := store.Check(); err != nil {
			t.Fatal(err)
		}
		if err := store.CheckHealth(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "sqlstore: check the health: ") {
			t.Errorf("without tables: %v", err)
		}
		if err := store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := store.CheckHealth(t.Context()); err != nil {
				t.Error(err)
			}
		}
		rows := -1
		if err := db.QueryRow("SELECT count(*) FROM health_of_a_test").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows, %v", rows, err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := store.CheckHealth(ended); err == nil {
			t.Error("a context that has ended is no error")
		}
	})
}

// A database that can only be read can serve no session that changes.
func TestCheckHealthOfReadOnly(t *testing.T) {
	e := engine{"SQLite", "sqlite", nil}
	file := filepath.Join(t.TempDir(), "soay.db")
	id := newRecord(t, e.newStore(t, "file:"+file), time.Hour, "a")
	store := sqlstore.New(e.open(t, "file:"+file+"?mode=ro"))
	if _, err := store.Load(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := store.CheckHealth(t.Context()); err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("a database that can only be read: %v", err)
	}
}
