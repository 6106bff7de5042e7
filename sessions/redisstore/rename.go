package redisstore

import (
	"context"
	"strconv"
	"time"
)

// trace is how long it is known that a record has moved, and how long a new id stays reserved for one
// that moves.
const trace = time.Minute

// Rename implements [sessions.Store]. It takes three round trips, and six for the record of a user.
// Both ids are never good at the same time. If it fails half-way neither may be.
func (s *Store) Rename(ctx context.Context, from, to string) error {
	const what = "rename a session"
	token := newToken()
	if err := s.make(ctx, what, to, token, trace, []any{fieldID, to, fieldPending, 1}); err != nil {
		return err
	}
	fields, record, err := s.leave(ctx, what, from, to)
	if err != nil {
		s.delete(ctx, to)
		return err
	}
	life := max(time.Until(record.expires).Milliseconds(), 1)
	args := append([]any{to, millis(time.Now()), token, life}, fields...)
	if _, err := s.run(ctx, what, fillScript, s.keyOf(to), args...); err != nil {
		return err
	}
	s.unlist(ctx, record.user, from)
	return nil
}

// delete removes what was reserved. It goes by itself if that fails.
func (s *Store) delete(ctx context.Context, id string) {
	_, _ = s.run(ctx, "delete a session", deleteScript, s.keyOf(id), id)
}

// owned is what Rename needs to know of a record.
type owned struct {
	user    string
	expires time.Time
}

// leave ends the old id and returns the fields that the record has at this moment, for the new one.
// By then the new one is listed for the user, who may change meanwhile.
func (s *Store) leave(ctx context.Context, what, from, to string) ([]any, owned, error) {
	var user, listed string
	for {
		reply, err := s.run(ctx, what, leaveScript, s.keyOf(from), from, millis(time.Now()), to, user, listed,
			trace.Milliseconds())
		if err != nil {
			return nil, owned{}, err
		}
		expires, err := strconv.ParseInt(reply[2], 10, 64)
		if err != nil {
			return nil, owned{}, s.foreign(s.keyOf(from), "its field "+fieldExpires+" is no time")
		}
		record := owned{user: reply[1], expires: time.UnixMilli(expires)}
		if reply[0] == "ok" {
			return moved(reply[3:], to, listed), record, nil
		}
		user = record.user
		if listed, err = s.list(ctx, what, user, to, record.expires); err != nil {
			return nil, owned{}, err
		}
	}
}

// moved returns the fields of a record as they are to be under its new id.
func moved(reply []string, to, listed string) []any {
	fields := make([]any, 0, len(reply)+4)
	for i := 0; i+1 < len(reply); i += 2 {
		switch reply[i] {
		case fieldID, fieldListed, fieldMoved, fieldToken:
		default:
			fields = append(fields, reply[i], reply[i+1])
		}
	}
	fields = append(fields, fieldID, to)
	if listed != "" {
		fields = append(fields, fieldListed, listed)
	}
	return fields
}
