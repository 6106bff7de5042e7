package redisstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Modify implements [sessions.Store]. It takes two round trips if no other write to the key comes
// between. If the connection breaks while the value is set, the error does not tell whether it was.
func (s *Store) Modify(ctx context.Context, id, key string, f func(value []byte) ([]byte, error)) error {
	const attempted = "modify a value"
	done, err := s.try(ctx, attempted, id, key, f)
	if done || err != nil {
		return err
	}
	// Another call has changed the value. The calls of this program continue one after the other, so that
	// they do not make each other fail again and again.
	unlock, err := s.locks.Lock(ctx, s.keyOf(id)+valuePrefix+key)
	if err != nil {
		return fmt.Errorf("redisstore: %s: %w", attempted, err)
	}
	defer unlock()
	for attempt := 1; ; attempt++ {
		if done, err := s.try(ctx, attempted, id, key, f); done || err != nil {
			return err
		}
		if err := pause(ctx, attempted, attempt); err != nil {
			return err
		}
	}
}

// try replaces a value by the result of f, and reports whether it did: it does not if the value has changed
// meanwhile. An error of f is returned unwrapped.
func (s *Store) try(ctx context.Context, attempted, id, key string, f func([]byte) ([]byte, error)) (bool, error) {
	field := valuePrefix + key
	reply, err := s.run(ctx, attempted, modifyScript, s.keyOf(id), id, millis(time.Now()), field)
	if err != nil {
		return false, err
	}
	var old []byte
	had, before := 0, reply[1]
	if reply[0] == "value" {
		old, had = []byte(before), 1
	}
	value, err := f(old)
	if err != nil {
		return false, err
	}
	has := 1
	if value == nil {
		has = 0
	}
	reply, err = s.runOnce(ctx, attempted, modifyScript, s.keyOf(id), id, millis(time.Now()), field,
		had, before, has, string(value))
	return err == nil && reply[0] == "ok", err
}

// pause waits for a random time, so that programs which modify the same key do not stay in step.
func pause(ctx context.Context, attempted string, attempt int) error {
	wait := time.NewTimer(rand.N(min(time.Duration(attempt)*100*time.Microsecond, 5*time.Millisecond)))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("redisstore: %s: %w", attempted, ctx.Err())
	}
}
