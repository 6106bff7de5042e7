package redisstore

import (
	"log/slog"
	"sync"

	"github.com/soay-go/soay/sessions"
)

// maxNotes is how many keys are remembered. Beyond that it begins anew.
const maxNotes = 1000

// notes remembers what has been logged.
type notes struct {
	mu   sync.Mutex
	keys map[string]struct{}
}

// first reports whether key is new.
func (n *notes) first(key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.keys[key]; ok {
		return false
	}
	if n.keys == nil || len(n.keys) >= maxNotes {
		n.keys = map[string]struct{}{}
	}
	n.keys[key] = struct{}{}
	return true
}

// foreign logs, once, that what lies under a key is no session, and returns that there is none.
func (s *Store) foreign(key, why string) error {
	if s.noted.first(key) {
		s.opts.Logger.Warn("redisstore: what is under the key of a session is none",
			slog.String("key", key), slog.String("reason", why))
	}
	return sessions.ErrGone
}
