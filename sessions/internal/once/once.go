// Package once tells the first time that something happens from later ones, for each key on its own. It is
// for lines in a log that should not be repeated.
package once

import "sync"

// maxKeys limits the memory of Keys. When it is reached all keys are forgotten.
const maxKeys = 1000

// Keys remembers keys. Its zero value is ready, and it is safe for concurrent use.
type Keys struct {
	mu   sync.Mutex
	seen map[string]struct{}
}

// First reports whether a key is new, and remembers it.
func (k *Keys) First(key string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.seen[key]; ok {
		return false
	}
	if k.seen == nil || len(k.seen) >= maxKeys {
		k.seen = map[string]struct{}{}
	}
	k.seen[key] = struct{}{}
	return true
}
