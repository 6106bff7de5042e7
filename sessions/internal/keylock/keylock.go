// Package keylock is a lock for each key, which goroutines wait for no longer than their context allows.
package keylock

import (
	"context"
	"sync"
)

// Locks is a set of locks, one for each key. Its zero value is ready, and it is safe for concurrent use. A
// key that nobody locks or waits for takes no memory.
//
// Stores use it to be fast, not to be correct: other processes do not wait for it.
type Locks struct {
	mu    sync.Mutex
	locks map[string]*lock
}

// lock is the lock of one key.
type lock struct {
	held  chan struct{} // full while a goroutine holds the lock
	users int           // goroutines that hold the lock or wait for it; guarded by Locks.mu
}

// Lock locks a key. If the lock is in use it waits until the lock is available, or until the context ends,
// whose error it then returns.
func (l *Locks) Lock(ctx context.Context, key string) (unlock func(), err error) {
	k := l.acquire(key)
	select {
	case k.held <- struct{}{}:
		return func() { <-k.held; l.release(key, k) }, nil
	case <-ctx.Done():
		l.release(key, k)
		return nil, ctx.Err()
	}
}

// acquire returns the lock of a key for one more user.
func (l *Locks) acquire(key string) *lock {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.locks[key]
	if k == nil {
		k = &lock{held: make(chan struct{}, 1)}
		if l.locks == nil {
			l.locks = map[string]*lock{}
		}
		l.locks[key] = k
	}
	k.users++
	return k
}

// release removes a lock that has no other user.
func (l *Locks) release(key string, k *lock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.locks, key)
	}
}
