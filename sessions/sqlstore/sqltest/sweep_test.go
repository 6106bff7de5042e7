package sqltest_test

import (
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

// left reports tables that have another number of sessions and values.
func left(t *testing.T, db *sql.DB, table string, want int) {
	t.Helper()
	for _, name := range []string{table, table + "_values"} {
		if n := count(t, db, "SELECT COUNT(*) FROM "+name); n != want {
			t.Errorf("%d rows in %s, want %d", n, name, want)
		}
	}
}

// Writes remove what has expired: one batch each until a batch is not full, and then no more until the
// interval is over.
func TestSweepAfterWrites(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		o := sqlstore.Options{Table: newTable(), SweepInterval: time.Hour, SweepBatch: 10}
		db, filler := e.open(t, dsn), e.newStore(t, dsn, o)
		newRecord(t, filler, time.Hour, "a") // its sweep for this hour
		dead := func(n int) {
			for range n {
				newRecord(t, filler, -time.Second, "a")
			}
		}
		dead(25)
		left(t, db, o.Table, 26)
		store := e.newStore(t, dsn, o)
		for _, want := range []int{17, 8, 4, 5} {
			newRecord(t, store, time.Hour, "a")
			left(t, db, o.Table, want)
		}
		dead(3)
		newRecord(t, store, time.Hour, "a")
		left(t, db, o.Table, 9)
	})
}

// The ids that sessions had before are forgotten as well, in batches of their own.
func TestSweepOfOldIDs(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		o := sqlstore.Options{Table: newTable(), SweepInterval: time.Hour, SweepBatch: 10}
		store, db := e.newStore(t, dsn, o), e.open(t, dsn)
		id, now := newRecord(t, store, time.Hour, "a"), time.Now()
		for i := range 25 {
			c := sessions.Change{Seen: now, Expires: now.Add(-time.Minute)}
			if i%5 > 0 {
				c.Expires = now.Add(time.Hour)
			}
			to := newID()
			if err := store.Rename(t.Context(), id, to, c); err != nil {
				t.Fatal(err)
			}
			if id = to; i%5 == 0 { // which was its end
				id = newRecord(t, store, time.Hour, "a")
			}
		}
		if n, err := store.Sweep(t.Context()); n != 5 || err != nil {
			t.Errorf("%d sessions swept, %v, want 5", n, err)
		}
		left(t, db, o.Table, 1)
		if n := count(t, db, "SELECT COUNT(*) FROM "+o.Table+"_moved"); n != 20 {
			t.Errorf("%d old ids are left, want the 20 that may still be asked for", n)
		}
		if _, err := db.Exec("UPDATE " + o.Table + "_moved SET expires = 1"); err != nil {
			t.Fatal(err)
		}
		if n, err := store.Sweep(t.Context()); n != 0 || err != nil {
			t.Errorf("%d sessions swept, %v, want none", n, err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM "+o.Table+"_moved"); n != 0 {
			t.Errorf("%d old ids are left, want none", n)
		}
	})
}

// All instances may sweep at once: each row is removed once, and what lives stays.
func TestSweepAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		const dead = 300
		dsn := e.dsn(t)
		o := sqlstore.Options{Table: newTable(), SweepInterval: time.Hour, SweepBatch: 20}
		db, filler := e.open(t, dsn), e.newStore(t, dsn, o)
		lives := newRecord(t, filler, time.Hour, "a")
		for range dead {
			newRecord(t, filler, -time.Second, "a")
		}
		var swept atomic.Int64
		var wg sync.WaitGroup
		for range 4 {
			store := e.newStore(t, dsn, o)
			wg.Go(func() {
				n, err := store.Sweep(t.Context())
				if err != nil {
					t.Errorf("Sweep: %v", err)
				}
				swept.Add(int64(n))
			})
		}
		wg.Wait()
		n, err := filler.Sweep(t.Context()) // what an instance found locked it has left
		if total := int(swept.Load()) + n; total != dead || err != nil {
			t.Errorf("%d swept, %v, want %d", total, err, dead)
		}
		left(t, db, o.Table, 1)
		if _, err := filler.Load(t.Context(), lives); err != nil {
			t.Errorf("Load of what lives: %v", err)
		}
	})
}

// Rows that this package would not write are no session, and no failure.
func TestForeignRows(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		o := sqlstore.Options{Table: newTable()}
		store, db := e.newStore(t, dsn, o), e.open(t, dsn)
		insert := "INSERT INTO " + o.Table + "_values (root, name, value) VALUES "
		huge := map[string]string{
			"sqlite": "CAST('big' AS BLOB), zeroblob(16777216)",
			"pgx":    "'big', decode(repeat('00', 16777216), 'hex')",
			"mysql":  "", // its type does not take more
		}[e.driver]
		if huge != "" {
			id := newRecord(t, store, time.Hour, "a")
			if _, err := db.Exec(insert + "('" + id + "', " + huge + ")"); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Load(t.Context(), id); !errors.Is(err, sessions.ErrGone) {
				t.Errorf("Load of a session with a value of 16 MiB = %v, want ErrGone", err)
			}
			f := func(value []byte) ([]byte, error) { return value, nil }
			if err := store.Modify(t.Context(), id, "big", f); !errors.Is(err, sessions.ErrGone) {
				t.Errorf("Modify of a value of 16 MiB = %v, want ErrGone", err)
			}
		}
		orphan := map[string]string{"sqlite": "CAST('a' AS BLOB), CAST('b' AS BLOB)"}[e.driver]
		if orphan == "" {
			orphan = "'a', 'b'"
		}
		id := newID()
		if _, err := db.Exec(insert + "('" + id + "', " + orphan + ")"); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Load(t.Context(), id); !errors.Is(err, sessions.ErrGone) {
			t.Errorf("Load of values without a session = %v, want ErrGone", err)
		}
		for _, id := range []string{"", " ", "\x00", "\xff", "ä", "' OR '1' = '1", string(make([]byte, 1000))} {
			if _, err := store.Load(t.Context(), id); !errors.Is(err, sessions.ErrGone) {
				t.Errorf("Load of %.20q = %v, want ErrGone", id, err)
			}
		}
	})
}
