package sqlstore_test

import (
	"database/sql/driver"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

var update = flag.Bool("update", false, "write testdata anew")

// The statements of each dialect are those in testdata, where they can be read.
func TestStatements(t *testing.T) {
	for _, d := range []sqlstore.Dialect{sqlstore.PostgreSQL, sqlstore.SQLite, sqlstore.MySQL} {
		t.Run(d.String(), func(t *testing.T) {
			db := &fake{answer: answers}
			store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: d})
			var b strings.Builder
			note := func(title string, statements []string) {
				b.WriteString("-- " + title + "\n" + strings.Join(statements, "\n") + "\n\n")
			}
			note("Schema", store.Schema())
			for _, c := range calls() {
				if err := c.call(t, store); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				note(c.name, db.statements())
			}
			name := filepath.Join("testdata", strings.ToLower(d.String())+".sql")
			if *update {
				if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
		})
	}
}

// Settings of MySQL and MariaDB that break the store are refused with their names, and asked for until they
// are right.
func TestSettings(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"autocommit", "ON", ""},
		{"autocommit", "1", ""},
		{"autocommit", "OFF", "autocommit is off"},
		{"tx_isolation", "READ-UNCOMMITTED", "tx_isolation is READ-UNCOMMITTED"},
		{"transaction_isolation", "read uncommitted", "transaction_isolation is READ UNCOMMITTED"},
		{"tx_isolation", "READ-COMMITTED", ""},
		{"transaction_isolation", "REPEATABLE-READ", ""},
		{"transaction_isolation", "SERIALIZABLE", ""},
	} {
		asked, value := 0, tt.value
		db := &fake{answer: func(statement string) ([][]driver.Value, error) {
			if strings.HasPrefix(statement, "SHOW SESSION VARIABLES") {
				asked++
				return [][]driver.Value{{tt.name, value}}, nil
			}
			return answers(statement)
		}}
		store := sqlstore.New(db.open(t), sqlstore.Options{Dialect: sqlstore.MySQL})
		for _, c := range calls() {
			err := c.call(t, store)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s with %s = %s: %v, want %q", c.name, tt.name, tt.value, err, tt.want)
			}
		}
		value = "ON"
		if _, err := store.Load(t.Context(), "id"); err != nil {
			t.Errorf("when %s is right: %v", tt.name, err)
		}
		if before := asked; store.Delete(t.Context(), "id") != nil || asked != before || tt.want == "" && asked != 1 {
			t.Errorf("%s was asked for %d times", tt.name, asked)
		}
	}
}

// answers are those of a database that has one session, with one value, and one that has expired.
func answers(statement string) ([][]driver.Value, error) {
	switch {
	case strings.Contains(statement, "v.name, length"):
		return [][]driver.Value{{[]byte("ann"), int64(1), int64(2), int64(3), []byte("a"), int64(1), []byte("1")}}, nil
	case strings.Contains(statement, "length(v.value)"):
		return [][]driver.Value{{int64(1), []byte("1")}}, nil
	case strings.Contains(statement, "ORDER BY expires"), strings.Contains(statement, "UNION ALL"), strings.Contains(statement, "owner = "):
		return [][]driver.Value{{"old"}}, nil
	case strings.Contains(statement, "GET_LOCK"):
		return [][]driver.Value{{int64(1)}}, nil
	case strings.Contains(statement, "MAX(version)"):
		return [][]driver.Value{{nil}}, nil
	}
	return nil, nil
}

type call struct {
	name string
	call func(t *testing.T, s *sqlstore.Store) error
}

func calls() []call {
	user, now := "ann", time.Now()
	values := func(names ...string) map[string][]byte {
		m := map[string][]byte{}
		for _, name := range names {
			m[name] = []byte("1")
		}
		return m
	}
	update := func(c sessions.Change) func(*testing.T, *sqlstore.Store) error {
		return func(t *testing.T, s *sqlstore.Store) error { return s.Update(t.Context(), "id", c) }
	}
	modify := func(value []byte) func(*testing.T, *sqlstore.Store) error {
		return func(t *testing.T, s *sqlstore.Store) error {
			return s.Modify(t.Context(), "id", "a", func([]byte) ([]byte, error) { return value, nil })
		}
	}
	return []call{
		{"Migrate", func(t *testing.T, s *sqlstore.Store) error { return s.Migrate(t.Context()) }},
		{"Create, and a sweep, which is due", func(t *testing.T, s *sqlstore.Store) error {
			r := sessions.Record{Values: values("a", "b"), User: user, Created: now, Seen: now, Expires: now}
			return s.Create(t.Context(), "id", r)
		}},
		{"Load", func(t *testing.T, s *sqlstore.Store) error { _, err := s.Load(t.Context(), "id"); return err }},
		{"ListUser", func(t *testing.T, s *sqlstore.Store) error { _, err := s.ListUser(t.Context(), user); return err }},
		{"Update of the times", update(sessions.Change{Seen: now, Expires: now})},
		{"Update of the user", update(sessions.Change{User: &user, Created: now, Seen: now, Expires: now})},
		{"Update of values", update(sessions.Change{Set: values("a", "b", "c"), Delete: []string{"d", "e"}})},
		{"Update that clears", update(sessions.Change{Clear: true, Set: values("a"), Delete: []string{"d"}})},
		{"Modify", modify([]byte("2"))},
		{"Modify that removes", modify(nil)},
		{"Modify that changes nothing", modify([]byte("1"))},
		{"Rename", func(t *testing.T, s *sqlstore.Store) error {
			return s.Rename(t.Context(), "id", "other", sessions.Change{User: &user, Set: values("a", "b"), Delete: []string{"d"}})
		}},
		{"Delete", func(t *testing.T, s *sqlstore.Store) error { return s.Delete(t.Context(), "id") }},
		{"DeleteUser", func(t *testing.T, s *sqlstore.Store) error { return s.DeleteUser(t.Context(), user) }},
	}
}
