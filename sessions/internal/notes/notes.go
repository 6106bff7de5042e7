// Package notes remembers what has been logged, so that it is logged once.
package notes

import "sync"

// most is how many keys are remembered. Beyond that it begins anew.
const most = 1000

// Notes remembers keys. Its zero value is ready, and it is safe for concurrent use.
type Notes struct {
	mu   sync.Mutex
	keys map[string]struct{}
}

// First reports whether a key is new.
func (n *Notes) First(key string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.keys[key]; ok {
		return false
	}
	if n.keys == nil || len(n.keys) >= most {
		n.keys = map[string]struct{}{}
	}
	n.keys[key] = struct{}{}
	return true
}
