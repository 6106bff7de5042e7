package memstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// An app keeps its sessions in the store; nothing else calls it.
func Example() {
	store := memstore.New(memstore.Options{MaxSessions: 10_000})
	defer store.Close()

	ctx, now := context.Background(), time.Now()
	err := store.Create(ctx, "id", sessions.Record{
		Values: map[string][]byte{"visits": []byte("1")}, User: "ann", Created: now, Seen: now, Expires: now.Add(time.Hour)})
	if err != nil {
		fmt.Println(err)
	}
	ids, err := store.ListUser(ctx, "ann")
	fmt.Println(store.Len(), ids, err)
	// Output: 1 [id] <nil>
}

// What is wrong with the options is reported when the app starts.
func ExampleStore_Check() {
	store := memstore.New(memstore.Options{MaxSessions: -1})
	fmt.Println(store.Check())
	// Output: memstore: MaxSessions: is negative: -1
}
