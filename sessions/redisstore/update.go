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
	const what = "update a session"
	var user, listed string
	if change.User != nil && *change.User != "" {
		var err error
		user = *change.User
		if listed, err = s.list(ctx, what, user, id, "", change.Expires); err != nil {
			return err
		}
	}
	for {
		reply, err := s.run(ctx, what, updateScript, s.keyOf(id), updateArgs(id, change, user, listed)...)
		if err != nil || reply[0] != "list" {
			return err
		}
		user = reply[1]
		if listed, err = s.list(ctx, what, user, id, "", change.Expires); err != nil {
			return err
		}
	}
}

// updateArgs returns what the script needs: the id and the time now, when the record ends, whether it
// gets an owner and which, for whom and until when it is listed, whether it is cleared, and then the
// number of fields to be set, these fields, and those to be deleted.
func updateArgs(id string, c sessions.Change, user, listed string) []any {
	now := time.Now()
	owned, owner := 0, ""
	if c.User != nil {
		owned, owner = 1, *c.User
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
		owned, owner, user, listed, c.Clear, len(fields)/2)
	args = append(args, fields...)
	for _, key := range c.Delete {
		args = append(args, valuePrefix+key)
	}
	return args
}

// Modify implements [sessions.Store]. It takes two round trips if no other write to the key comes
// between. If the connection breaks while the value is set, the error does not tell whether it was.
func (s *Store) Modify(ctx context.Context, id, key string, f func(value []byte) ([]byte, error)) error {
	const what = "modify a value"
	done, err := s.try(ctx, what, id, key, f)
	if done || err != nil {
		return err
	}
	// There are several. Those of this program go on one after the other, so that many of them do not
	// keep each other busy.
	unlock, err := s.locks.Lock(ctx, s.keyOf(id)+valuePrefix+key)
	if err != nil {
		return fmt.Errorf("redisstore: %s: %w", what, err)
	}
	defer unlock()
	for attempt := 1; ; attempt++ {
		if done, err := s.try(ctx, what, id, key, f); done || err != nil {
			return err
		}
		if err := pause(ctx, what, attempt); err != nil {
			return err
		}
	}
}

// try replaces a value by what f makes of it, if it is still the same by then. An error of f is
// returned as it is.
func (s *Store) try(ctx context.Context, what, id, key string, f func([]byte) ([]byte, error)) (bool, error) {
	field := valuePrefix + key
	reply, err := s.run(ctx, what, modifyScript, s.keyOf(id), id, millis(time.Now()), field)
	if err != nil {
		return false, err
	}
	var old []byte
	had, before := 0, reply[1] // which f does not get
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
	reply, err = s.runOnce(ctx, what, modifyScript, s.keyOf(id), id, millis(time.Now()), field,
		had, before, has, string(value))
	return err == nil && reply[0] == "ok", err
}

// pause lets programs that want the same key get out of step.
func pause(ctx context.Context, what string, attempt int) error {
	wait := time.NewTimer(rand.N(min(time.Duration(attempt)*100*time.Microsecond, 5*time.Millisecond)))
	defer wait.Stop()
	select {
	case <-wait.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("redisstore: %s: %w", what, ctx.Err())
	}
}
