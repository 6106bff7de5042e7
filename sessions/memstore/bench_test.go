package memstore_test

import (
	"fmt"
	"sync/atomic"
	"testing"
)

// BenchmarkStore measures the store with 10,000 sessions, used by all processors at once.
func BenchmarkStore(b *testing.B) {
	const n = 10_000
	store := open(b)
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%064d", i)
		create(b, store, ids[i], record("", "1"))
	}
	ctx, c := b.Context(), change("2")
	for _, bb := range []struct {
		name string
		f    func(id string) error
	}{
		{"Load", func(id string) error { _, err := store.Load(ctx, id); return err }},
		{"Update", func(id string) error { return store.Update(ctx, id, c) }},
		{"Modify", func(id string) error {
			return store.Modify(ctx, id, "key", func(value []byte) ([]byte, error) { return value, nil })
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var next atomic.Int64
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for i := next.Add(997); pb.Next(); i++ {
					if err := bb.f(ids[i%n]); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
