package redisstore

import (
	"context"
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
