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

// A table of another program that has the name of one of the store's is an error at the start, and stays as
// it is.
func TestMigrateForeignTable(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		for _, suffix := range []string{"", "_values", "_moved"} {
			dsn := e.dsn(t)
			o := sqlstore.Options{Table: newTable()}
			db := e.open(t, dsn)
			if _, err := db.Exec("CREATE TABLE " + o.Table + suffix + " (id INTEGER NOT NULL PRIMARY KEY, total INTEGER)"); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec("INSERT INTO " + o.Table + suffix + " (id, total) VALUES (1, 2)"); err != nil {
				t.Fatal(err)
			}
			err := sqlstore.New(db, o).Migrate(t.Context())
			if err == nil || !strings.Contains(err.Error(), o.Table+suffix) {
				t.Errorf("Migrate over a foreign table %q = %v, want an error that names it", suffix, err)
			}
			if n := count(t, db, "SELECT total FROM "+o.Table+suffix); n != 2 {
				t.Errorf("the foreign table has %d, want 2", n)
			}
		}
	})
}

// So is one that is missing although the steps were taken.
func TestMigrateMissingTable(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		o := sqlstore.Options{Table: newTable()}
		store := e.newStore(t, dsn, o)
		if _, err := e.open(t, dsn).Exec("DROP TABLE " + o.Table + "_moved"); err != nil {
			t.Fatal(err)
		}
		if err := store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), o.Table+"_moved") {
			t.Errorf("Migrate without a table = %v, want an error that names it", err)
		}
	})
}

// Connections whose settings would keep sessions alive that have ended are refused.
func TestSettingsOfMariaDB(t *testing.T) {
	dsn, err := sharedMariaDB()
	need(t, dsn, err)
	for setting, want := range map[string]string{
		"autocommit=0": "autocommit", "tx_isolation=%27READ-UNCOMMITTED%27": "tx_isolation",
		"tx_isolation=%27READ-COMMITTED%27": "", "tx_isolation=%27SERIALIZABLE%27": "",
	} {
		e := engine{driver: "mysql"}
		store := sqlstore.New(e.open(t, dsn+"?"+setting), sqlstore.Options{Table: newTable()})
		err := store.Migrate(t.Context())
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("Migrate with %s = %v, want %q", setting, err, want)
		}
		if _, err := store.Load(t.Context(), newID()); want != "" && (err == nil || errors.Is(err, sessions.ErrGone)) {
			t.Errorf("Load with %s = %v, want an error", setting, err)
		}
	}
}
