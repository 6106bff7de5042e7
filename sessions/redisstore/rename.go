package redisstore

import (
	"context"
	"time"

	"github.com/soay-go/soay/sessions"
)

// reservation is how long a new id stays reserved for a record that moves.
const reservation = time.Minute

// Rename implements [sessions.Store]. It takes four round trips, five when somebody signs in, and seven
// for the record of a user. Both ids are never valid at the same time. If it fails half-way, neither may be.
//
// A cluster may keep the two ids on two servers, so the move is four scripts:
//
//	       old id                            new id
//	start  record                            -
//	make   record                            pending: reserved, no session
//	move   record, moved to the new id:      pending
//	       no session, for Delete to follow
//	fill   as before                         record with the change
//	redir. moved to the new id, no values    record
//
// A Delete by the old id before move ends the record there. After move it follows to the new id and removes the
// reservation or the record. fill finds no reservation then, and the session stays ended.
func (s *Store) Rename(ctx context.Context, from, to string, change sessions.Change) error {
	const attempted = "rename a session"
	token := newToken()
	if err := s.make(ctx, attempted, to, token, reservation, []any{fieldID, to, fieldPending, 1}); err != nil {
		return err
	}
	old, listed, err := s.moveAway(ctx, attempted, from, to, change)
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
	if _, err := s.run(ctx, attempted, fillScript, s.keyOf(to), args...); err != nil {
		return err
	}
	// If this fails, the old record keeps its values until it expires.
	_, _ = s.run(ctx, attempted, redirectScript, s.keyOf(from), from, millis(time.Now()), to)
	s.unlist(ctx, old.User, from)
	return nil
}

// delete removes a reservation. If that fails, the reservation expires.
func (s *Store) delete(ctx context.Context, id string) {
	_, _ = s.run(ctx, "delete a session", deleteScript, s.keyOf(id), id)
}

// moveAway ends the old id and returns the record as it is at this moment. Before that it lists the new id for
// the user that the record will have. Unless the change sets the user, the user of the record may change
// meanwhile, and moveAway tries again.
func (s *Store) moveAway(ctx context.Context, attempted, from, to string, change sessions.Change) (old sessions.Record, listed string, err error) {
	user, setUser := "", 0
	if change.User != nil {
		user, setUser = *change.User, 1
	}
	life := max(time.Until(change.Expires), reservation)
	for {
		if user != "" {
			if listed, err = s.list(ctx, attempted, user, to, from, change.Expires); err != nil {
				return old, "", err
			}
		}
		reply, err := s.run(ctx, attempted, moveScript, s.keyOf(from), from, millis(time.Now()), to, user, setUser, life.Milliseconds())
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

// fieldsOf returns a map of fields and contents that alternate in a reply.
func fieldsOf(reply []string) map[string]string {
	fields := make(map[string]string, len(reply)/2)
	for i := 0; i+1 < len(reply); i += 2 {
		fields[reply[i]] = reply[i+1]
	}
	return fields
}
