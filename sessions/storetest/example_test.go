package storetest_test

import (
	"testing"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
	"github.com/soay-go/soay/sessions/storetest"
)

// A store that keeps everything in memory has one instance, and its clock can be moved by
// testing/synctest.
func ExampleRun() {
	_ = func(t *testing.T) { // this is TestStore of the store's package
		storetest.Run(t, func(t *testing.T) sessions.Store {
			store := memstore.New()
			t.Cleanup(func() { store.Close() })
			return store
		}, storetest.Options{Bubble: true})
	}
	// Output:
}
