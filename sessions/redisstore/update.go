package redisstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/soay-go/soay/sessions"
)

// Update implements [sessions.Store]. It takes one round trip, and two more where the record must be
// listed for its user: when it gets a new one, and about once an hour.
func (s *Store) Update(ctx context.Context, id string, change sessions.Change) error {
	const attempted = "update a session"
	var user, listed string
	if change.User != nil && *change.User != "" {
		var err error
		user = *change.User
		if listed, err = s.list(ctx, attempted, user, id, "", change.Expires); err != nil {
			return err
		}
	}
	for {
		reply, err := s.run(ctx, attempted, updateScript, s.keyOf(id), updateArgs(id, change, user, listed)...)
		if err != nil || reply[0] != "list" {
			return err
		}
		user = reply[1]
		if listed, err = s.list(ctx, attempted, user, id, "", change.Expires); err != nil {
			return err
		}
	}
}

// updateArgs returns the arguments of updateScript:
//
//	1  the id
//	2  the time now
//	3  the end of the record
//	4  the time until then, in milliseconds
//	5  1 if the user changes, else 0
//	6  the new user
//	7  the user for whom this Update has listed the id, "" for nobody
//	8  until when it is listed then
//	9  whether the values are cleared
//	10 the number of fields to set, followed by the fields and their contents, and the fields to delete
func updateArgs(id string, c sessions.Change, user, listed string) []any {
	now := time.Now()
	setUser, newUser := 0, ""
	if c.User != nil {
		setUser, newUser = 1, *c.User
	}
	fields := make([]any, 0, 6+2*len(c.Set))
	fields = append(fields, fieldSeen, seconds(c.Seen), fieldExpires, millis(c.Expires))
	if !c.Created.IsZero() {
		fields = append(fields, fieldCreated, seconds(c.Created))
	}
	for key, value := range c.Set {
		fields = append(fields, valuePrefix+key, string(value))
	}
	args := make([]any, 0, 10+len(fields)+len(c.Delete))
	args = append(args, id, millis(now), millis(c.Expires), c.Expires.Sub(now).Milliseconds(),
		setUser, newUser, user, listed, c.Clear, len(fields)/2)
	args = append(args, fields...)
	for _, key := range c.Delete {
		args = append(args, valuePrefix+key)
	}
	return args
}

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
