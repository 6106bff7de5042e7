package redisstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/internal/keylock"
	"github.com/soay-go/soay/sessions/internal/once"
)

// Store keeps sessions in Redis. It implements [sessions.Store], holds no session itself, and is safe
// for concurrent use. Make one with [New].
type Store struct {
	client redis.UniversalClient
	prompt bool // the client ends a call at its deadline by itself
	opts   Options
	err    error
	logged once.Keys
	locks  keylock.Locks
}

var _ sessions.Store = (*Store)(nil)

// New returns a store that uses client. What is wrong with the client or the options is an error of
// Check, which stops the start of the app. It does not connect: a server that is down at the start
// is one that is down.
func New(client redis.UniversalClient, options ...Options) *Store {
	s := &Store{client: client, prompt: isPrompt(client)}
	s.opts, s.err = settle(client, options)
	return s
}

// Check returns what is wrong with the client and the options. The app asks for it when it starts.
func (s *Store) Check() error { return s.err }

func (s *Store) keyOf(id string) string { return s.opts.Prefix + "id:" + id }

func (s *Store) keyOfUser(user string) string { return s.opts.Prefix + "user:" + user }

// Load implements [sessions.Store]. It takes one round trip.
func (s *Store) Load(ctx context.Context, id string) (sessions.Record, error) {
	key := s.keyOf(id)
	fields, err := await(ctx, s.prompt, func() (map[string]string, error) { return s.client.HGetAll(ctx, key).Result() })
	switch {
	case isWrongType(err):
		return sessions.Record{}, s.foreign(key, "it is no hash")
	case err != nil:
		return sessions.Record{}, fmt.Errorf("redisstore: load a session: %w", err)
	case len(fields) == 0 || fields[fieldMoved] != "" || fields[fieldPending] != "":
		return sessions.Record{}, sessions.ErrGone
	}
	record, err := decode(id, fields)
	if err != nil {
		return sessions.Record{}, s.foreign(key, err.Error())
	}
	if !time.Now().Before(record.Expires) {
		return sessions.Record{}, sessions.ErrGone
	}
	return record, nil
}

// Create implements [sessions.Store]. It takes one round trip, and two for the record of a user. A
// record that has expired already is not kept, which is no error.
func (s *Store) Create(ctx context.Context, id string, record sessions.Record) error {
	const what = "create a session"
	now := time.Now()
	if !now.Before(record.Expires) {
		return ctx.Err()
	}
	fields := encode(id, record)
	if record.User != "" {
		listed, err := s.list(ctx, what, record.User, id, "", record.Expires)
		if err != nil {
			return err
		}
		fields = append(fields, fieldListed, listed)
	}
	return s.make(ctx, what, id, newToken(), record.Expires.Sub(now), fields)
}

// make writes a hash under an id that has none. The token tells a call that is repeated, because its
// answer was lost, from another one.
func (s *Store) make(ctx context.Context, what, id, token string, life time.Duration, fields []any) error {
	args := append([]any{id, millis(time.Now()), token, max(life.Milliseconds(), 1)}, fields...)
	_, err := s.run(ctx, what, makeScript, s.keyOf(id), args...)
	return err
}

// Delete implements [sessions.Store]. It takes one round trip, two for the record of a user, and one more
// for each time that the record has moved since it had this id.
//
// A record that moves at the same moment does not get away: it leaves the trace of the new id in the same
// step, and if that is only reserved yet it will not be filled any more.
func (s *Store) Delete(ctx context.Context, id string) error {
	for {
		reply, err := s.run(ctx, "delete a session", deleteScript, s.keyOf(id), id)
		switch {
		case errors.Is(err, sessions.ErrGone):
			return nil
		case err != nil:
			return err
		case reply[0] == "moved" && reply[1] != id:
			id = reply[1]
			continue
		}
		s.unlist(ctx, reply[1], id)
		return nil
	}
}

// foreign logs, once, that what lies under a key is no session, and returns that there is none.
func (s *Store) foreign(key, why string) error {
	if s.logged.First(key) {
		s.opts.Logger.Warn("redisstore: what is under the key of a session is none",
			slog.String("key", key), slog.String("reason", why))
	}
	return sessions.ErrGone
}
