package sqlstore_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
)

func TestCheck(t *testing.T) {
	const known = sqlstore.SQLite
	tests := []struct {
		name    string
		options []sqlstore.Options
		want    string // "" for no mistake
	}{
		{"a dialect is enough", []sqlstore.Options{{Dialect: known}}, ""},
		{"a table", []sqlstore.Options{{Dialect: known, Table: "My_sessions2"}}, ""},
		{"the longest table", []sqlstore.Options{{Dialect: known, Table: strings.Repeat("a", 40)}}, ""},
		{"a driver that does not tell", nil, "sqlstore: Dialect: the driver *sqlstore_test.fake does not tell; set it"},
		{"an unknown dialect", []sqlstore.Options{{Dialect: 4}}, "sqlstore: Dialect: has the unknown value 4"},
		{"a negative dialect", []sqlstore.Options{{Dialect: -1}}, "sqlstore: Dialect: has the unknown value -1"},
		{"two options", make([]sqlstore.Options, 2), "sqlstore: 2 options; pass one"},
		{"a table that ends the quotes", []sqlstore.Options{{Dialect: known, Table: `a"; DROP TABLE users; --`}}, "sqlstore: Table: "},
		{"a table of a schema", []sqlstore.Options{{Dialect: known, Table: "app.sessions"}}, "sqlstore: Table: "},
		{"a table with a digit in front", []sqlstore.Options{{Dialect: known, Table: "1sessions"}}, "sqlstore: Table: "},
		{"a table beyond ASCII", []sqlstore.Options{{Dialect: known, Table: "schäfchen"}}, "sqlstore: Table: "},
		{"a long table", []sqlstore.Options{{Dialect: known, Table: strings.Repeat("a", 41)}}, "sqlstore: Table: "},
		{"a table with a backquote", []sqlstore.Options{{Dialect: known, Table: "a`b"}}, "sqlstore: Table: "},
		{"a table with a question mark", []sqlstore.Options{{Dialect: known, Table: "a?"}}, "sqlstore: Table: "},
		{"a negative interval", []sqlstore.Options{{Dialect: known, SweepInterval: -time.Second}},
			"sqlstore: SweepInterval: is negative: -1s"},
		{"a negative batch", []sqlstore.Options{{Dialect: known, SweepBatch: -1}}, "sqlstore: SweepBatch: is -1; "},
		{"a large batch", []sqlstore.Options{{Dialect: known, SweepBatch: 10_001}},
			"sqlstore: SweepBatch: is 10001; the limit is 10000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := sqlstore.New((&fake{}).open(t), tt.options...).Check()
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Check() = %v, want %q", err, tt.want)
			}
		})
	}
}

// All mistakes are told at once, by the start of the app too, and no method does anything.
func TestMistakes(t *testing.T) {
	store := sqlstore.New(nil, sqlstore.Options{Table: "a b", SweepBatch: -1})
	mistakes := store.Check()
	for _, want := range []string{"the database is nil", "Table: ", "SweepBatch: "} {
		if mistakes == nil || !strings.Contains(mistakes.Error(), want) {
			t.Errorf("Check() = %v, want %q in it", mistakes, want)
		}
	}
	ctx := t.Context()
	_, loading := store.Load(ctx, "a")
	_, listing := store.ListUser(ctx, "ann")
	_, sweeping := store.Sweep(ctx)
	for i, err := range []error{
		loading, listing, sweeping, store.Migrate(ctx), store.Create(ctx, "a", sessions.Record{}),
		store.Update(ctx, "a", sessions.Change{}), store.Delete(ctx, "a"), store.Rename(ctx, "a", "b", sessions.Change{}),
		store.Modify(ctx, "a", "k", func(b []byte) ([]byte, error) { return b, nil }),
	} {
		if !errors.Is(err, mistakes) {
			t.Errorf("method %d = %v, want the error of Check", i, err)
		}
	}
	if got := store.Schema(); got != nil {
		t.Errorf("Schema() = %q, want nil", got)
	}
	app := soay.New()
	app.UseSessionStore(store)
	if err := app.Start(ctx); err == nil || !strings.Contains(err.Error(), "the database is nil") {
		t.Errorf("Start = %v, want what Check tells", err)
	}
}

func TestDialectString(t *testing.T) {
	for d, want := range map[sqlstore.Dialect]string{
		sqlstore.PostgreSQL: "PostgreSQL", sqlstore.SQLite: "SQLite", sqlstore.MySQL: "MySQL", 7: "Dialect(7)",
	} {
		if got := d.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}

func Example() {
	app := soay.New()
	db, err := sql.Open("pgx", "postgres://localhost/shop") // with the driver of your choice
	if err != nil {
		return
	}
	store := sqlstore.New(db)
	app.UseSessionStore(store)
	app.OnStart(store.Migrate)
	app.Run(":8080")
}
