package sqltest_test

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

// newID returns an id as the store gets them.
func newID() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// newTable returns the name of tables that are not there yet.
func newTable() string { return "t" + newID()[:20] }

// newRecord creates a session that lives for some time, with values that are like their keys.
func newRecord(t testing.TB, store *sqlstore.Store, life time.Duration, keys ...string) string {
	t.Helper()
	id, now := newID(), time.Now()
	r := sessions.Record{Values: map[string][]byte{}, User: "ann", Created: now, Seen: now, Expires: now.Add(life)}
	for _, key := range keys {
		r.Values[key] = []byte(key)
	}
	if err := store.Create(t.Context(), id, r); err != nil {
		t.Fatal(err)
	}
	return id
}

// count returns the number that a query gives.
func count(t testing.TB, db *sql.DB, query string) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestMigrateAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		for range 5 {
			o := sqlstore.Options{Table: newTable()}
			var wg sync.WaitGroup
			stores := make([]*sqlstore.Store, 8)
			for i := range stores {
				stores[i] = sqlstore.New(e.open(t, dsn), o)
				wg.Go(func() {
					if err := stores[i].Migrate(t.Context()); err != nil {
						t.Errorf("Migrate of instance %d: %v", i, err)
					}
				})
			}
			wg.Wait()
			if n := count(t, e.open(t, dsn), "SELECT COUNT(*) FROM "+o.Table+"_schema"); n != 1 {
				t.Errorf("%d rows of steps taken, want 1", n)
			}
			id := newRecord(t, stores[0], time.Hour, "a")
			if err := stores[1].Migrate(t.Context()); err != nil {
				t.Errorf("Migrate again: %v", err)
			}
			if r, err := stores[2].Load(t.Context(), id); err != nil || string(r.Values["a"]) != "a" {
				t.Errorf("Load after Migrate = %v, %v", r, err)
			}
		}
	})
}

// Tables that a later version of the program has made are not touched.
func TestMigrateLaterVersion(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		o := sqlstore.Options{Table: newTable()}
		store, db := e.newStore(t, dsn, o), e.open(t, dsn)
		if _, err := db.Exec("INSERT INTO " + o.Table + "_schema (version) VALUES (1000)"); err != nil {
			t.Fatal(err)
		}
		err := store.Migrate(t.Context())
		if want := "the tables are of version 1000"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Migrate = %v, want %s", err, want)
		}
	})
}

// The statements of Schema make what Migrate makes.
func TestSchema(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t, e.dsn(t))
		store := sqlstore.New(db, sqlstore.Options{Table: newTable()})
		if _, err := store.Load(t.Context(), newID()); err == nil || errors.Is(err, sessions.ErrGone) {
			t.Errorf("Load without tables = %v, want an error that is not ErrGone", err)
		}
		for _, statement := range store.Schema() {
			if _, err := db.Exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		if err := store.Migrate(t.Context()); err != nil {
			t.Errorf("Migrate: %v", err)
		}
		newRecord(t, store, time.Hour, "a")
	})
}
