package redisstore

import (
	"context"
	"time"

	"github.com/soay-go/soay/sessions"
)

// reserved is how long a new id stays reserved for a record that moves.
const reserved = time.Minute

// Rename implements [sessions.Store]. It takes four round trips, five when somebody signs in, and seven
// for the record of a user.
// Both ids are never good at the same time. If it fails half-way neither may be.
func (s *Store) Rename(ctx context.Context, from, to string, change sessions.Change) error {
	const what = "rename a session"
	token := newToken()
	if err := s.make(ctx, what, to, token, reserved, []any{fieldID, to, fieldPending, 1}); err != nil {
		return err
	}
	old, listed, err := s.leave(ctx, what, from, to, change)
	if err != nil {
		s.delete(ctx, to)
		return err
	}
	record := change.Apply(old)
	life := max(time.Until(record.Expires).Milliseconds(), 1)
	args := append([]any{to, millis(time.Now()), token, life}, encode(to, record)...)
	if record.User != "" {
		args = append(args, fieldListed, listed)
	}
	if _, err := s.run(ctx, what, fillScript, s.keyOf(to), args...); err != nil {
		return err
	}
	_, _ = s.run(ctx, what, traceScript, s.keyOf(from), from, millis(time.Now()), to) // or it all goes in time
	s.unlist(ctx, old.User, from)
	return nil
}

// delete removes what was reserved. It goes by itself if that fails.
func (s *Store) delete(ctx context.Context, id string) {
	_, _ = s.run(ctx, "delete a session", deleteScript, s.keyOf(id), id)
}

// leave ends the old id and returns the record as it is at this moment. By then the new id is listed
// for the user that the record will have, who may change meanwhile unless the change names him.
func (s *Store) leave(ctx context.Context, what, from, to string, change sessions.Change) (old sessions.Record, listed string, err error) {
	user, owned := "", 0
	if change.User != nil {
		user, owned = *change.User, 1
	}
	life := max(time.Until(change.Expires), reserved)
	for {
		if user != "" {
			if listed, err = s.list(ctx, what, user, to, from, change.Expires); err != nil {
				return old, "", err
			}
		}
		reply, err := s.run(ctx, what, leaveScript, s.keyOf(from), from, millis(time.Now()), to, user, owned, life.Milliseconds())
		if err != nil {
			return old, "", err
		}
		if reply[0] == "ok" {
			if old, err = decode(from, fieldsOf(reply[1:])); err != nil {
				return old, "", s.foreign(s.keyOf(from), err.Error())
			}
			return old, listed, nil
		}
		user = reply[1]
	}
}

// fieldsOf returns fields that stand one behind the other.
func fieldsOf(reply []string) map[string]string {
	fields := make(map[string]string, len(reply)/2)
	for i := 0; i+1 < len(reply); i += 2 {
		fields[reply[i]] = reply[i+1]
	}
	return fields
}
