package keylock_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/soay-go/soay/sessions/internal/keylock"
)

func TestLock(t *testing.T) {
	var locks keylock.Locks
	var wg sync.WaitGroup
	n := 0 // the race detector watches it
	for range 100 {
		wg.Go(func() {
			unlock, err := locks.Lock(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			n++
		})
	}
	wg.Wait()
	if n != 100 {
		t.Errorf("100 goroutines with the lock counted to %d", n)
	}
}

// Waiting ends with the context and leaves nothing locked. Another key has another lock.
func TestLockWithContext(t *testing.T) {
	var locks keylock.Locks
	unlock, err := locks.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := locks.Lock(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("Lock of a key in use, with a context that has ended = %v, want %v", err, context.Canceled)
	}
	unlockOther, err := locks.Lock(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	unlockOther()
	unlock()
	if unlock, err = locks.Lock(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	unlock()
}
