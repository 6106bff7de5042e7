// Package storetest tests implementations of [sessions.Store]. A store needs one test:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) sessions.Store {
//			store := mystore.New(address)
//			t.Cleanup(func() { store.Close() })
//			return store
//		})
//	}
//
// Each sentence of the contract has its checks, and each check is a subtest that can be run alone
// with go test -run. A failure says what the store did and which sentence of the contract it broke.
// Run the suite with the race detector as well.
//
// The checks use random ids and users. So they may all use one database, which need not be empty; the records
// that they leave behind expire within an hour.
package storetest
