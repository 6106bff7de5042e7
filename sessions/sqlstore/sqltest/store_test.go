// Package sqltest_test tests package sqlstore with the drivers and servers that programs use. It is a
// module of its own, so that these are no business of those who use Soay.
package sqltest_test

import (
	"testing"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/sqlstore"
	"github.com/soay-go/soay/sessions/storetest"
)

// newStore returns a store whose tables are there. It finds the dialect by itself.
func (e engine) newStore(t testing.TB, dsn string, options ...sqlstore.Options) *sqlstore.Store {
	t.Helper()
	store := sqlstore.New(e.open(t, dsn), options...)
	if err := store.Check(); err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestStore(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		storetest.Run(t, func(t *testing.T) sessions.Store { return e.newStore(t, dsn) }, storetest.Options{
			Shared: func(t *testing.T, _ sessions.Store) sessions.Store { return e.newStore(t, dsn) },
			Rounds: 20,
		})
	})
}
