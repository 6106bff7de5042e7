//go:build unix

package redislimit_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/middleware/ratelimit/redislimit"
)

// A store tells why it cannot do its work, and is well again when the reason is gone.
func TestCheckHealth(t *testing.T) {
	tests := []struct {
		description string
		begin, end  func(*testing.T, *server)
		want        string // part of the error
	}{
		{"a replica", func(t *testing.T, s *server) { must(t, s.client(t).ReplicaOf(t.Context(), "127.0.0.1", "1").Err()) },
			func(t *testing.T, s *server) { must(t, s.client(t).ReplicaOf(t.Context(), "NO", "ONE").Err()) }, "READONLY"},
		{"no memory", func(t *testing.T, s *server) { must(t, s.client(t).ConfigSet(t.Context(), "maxmemory", "1").Err()) },
			func(t *testing.T, s *server) { must(t, s.client(t).ConfigSet(t.Context(), "maxmemory", "0").Err()) }, "OOM"},
		{"not there", func(_ *testing.T, s *server) { s.kill() }, func(t *testing.T, s *server) { s.start(t) }, "connect"},
	}
	s := startServer(t)
	store := redislimit.New(s.client(t), redislimit.Options{Prefix: "shop:"})
	for _, tt := range tests {
		must(t, store.CheckHealth(t.Context()))
		tt.begin(t, s)
		if err := store.CheckHealth(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "redislimit: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.description, err)
		}
		tt.end(t, s)
	}
	for range 100 { // the bucket is never empty
		must(t, store.CheckHealth(t.Context()))
	}
}

// While the server hangs, a check ends with its context.
func TestCheckHealthWhileTheServerHangs(t *testing.T) {
	for _, o := range []redis.Options{{}, {ContextTimeoutEnabled: true}} {
		s := startServer(t)
		store := redislimit.New(s.clientWith(t, o))
		must(t, store.CheckHealth(t.Context()))
		s.signal(t, syscall.SIGSTOP)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := store.CheckHealth(ctx); err == nil { // whichever of the two ends the call
			t.Errorf("ContextTimeoutEnabled %v: %v", o.ContextTimeoutEnabled, err)
		}
	}
}
