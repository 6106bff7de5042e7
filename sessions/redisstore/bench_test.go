//go:build unix

package redisstore_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/sessions"
)

// What a call takes over loopback, as a manager makes it: with a timeout, on a session of five values.
func BenchmarkStore(b *testing.B) {
	c := sharedServer(b).client(b, redis.Options{ContextTimeoutEnabled: true})
	store := quiet(c)
	values := map[string]string{}
	for i := range 5 {
		values[fmt.Sprint("key", i)] = "a value of some length"
	}
	id := "bench" + strconv.FormatInt(time.Now().UnixNano(), 10)
	must(b, store.Create(b.Context(), id, newRecord("bench", values)))
	change := newChange("key1", "another value")
	benchmarks := []struct {
		name string
		call func(ctx context.Context, i int) error
	}{
		{"HGETALL", func(ctx context.Context, _ int) error { return c.HGetAll(ctx, "soay:session:id:"+id).Err() }},
		{"Load", func(ctx context.Context, _ int) error { _, err := store.Load(ctx, id); return err }},
		{"Update", func(ctx context.Context, _ int) error { return store.Update(ctx, id, change) }},
		{"Modify", func(ctx context.Context, _ int) error { return store.Modify(ctx, id, "n", increment) }},
		{"Create and Delete", func(ctx context.Context, i int) error {
			if err := store.Create(ctx, id+" "+strconv.Itoa(i), sessions.Record{Expires: change.Expires}); err != nil {
				return err
			}
			return store.Delete(ctx, id+" "+strconv.Itoa(i))
		}},
		{"Create, Rename and Delete for a user", func(ctx context.Context, i int) error {
			one, two := id+"one"+strconv.Itoa(i), id+"two"+strconv.Itoa(i)
			if err := store.Create(ctx, one, newRecord("bench", values)); err != nil {
				return err
			}
			if err := store.Rename(ctx, one, two, change); err != nil {
				return err
			}
			return store.Delete(ctx, two)
		}},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				must(b, bb.call(ctx, i))
				cancel()
			}
		})
	}
}
