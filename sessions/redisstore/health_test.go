//go:build unix

package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions/redisstore"
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
	store := redisstore.New(s.client(t), redisstore.Options{Prefix: "shop:"})
	for _, tt := range tests {
		must(t, store.CheckHealth(t.Context()))
		tt.begin(t, s)
		if err := store.CheckHealth(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "redisstore: check the health: ") ||
			!strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.description, err)
		}
		tt.end(t, s)
	}
	must(t, store.CheckHealth(t.Context()))
	if keys := s.client(t).Keys(t.Context(), "*").Val(); len(keys) != 1 || keys[0] != "shop:id:health" {
		t.Errorf("the server has %q", keys)
	}
	if life := s.client(t).PTTL(t.Context(), "shop:id:health").Val(); life <= 0 || life > time.Minute {
		t.Errorf("the key ends in %v", life)
	}
}

// While the server hangs, a check ends with its context.
func TestCheckHealthWhileTheServerHangs(t *testing.T) {
	for _, tt := range clients {
		s := startServer(t)
		store := redisstore.New(s.client(t, tt.options))
		must(t, store.CheckHealth(t.Context()))
		s.signal(t, syscall.SIGSTOP)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := store.CheckHealth(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", tt.description, err)
		}
	}
}
