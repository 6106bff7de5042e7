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
	client           redis.UniversalClient
	honoursDeadlines bool // of the client, see the function of this name
	opts             Options
	err              error         // of Check
	logged           once.Keys     // keys of foreign values that are in the log
	locks            keylock.Locks // for calls of Modify that conflict
}

var _ sessions.Store = (*Store)(nil)

// New returns a store that uses client. If the client or the options are wrong, Check returns an error, which
// stops the start of the app. New does not connect: the app starts even if the server is down.
func New(client redis.UniversalClient, options ...Options) *Store {
	s := &Store{client: client, honoursDeadlines: honoursDeadlines(client)}
	s.opts, s.err = withDefaults(client, options)
	return s
}

// Check returns an error if the client or the options are wrong. The app calls it at the start.
func (s *Store) Check() error { return s.err }

// CheckHealth returns why the store cannot do its work, nil if it can: it writes a key that ends by itself, so a server
// that takes no writes is an error as well. It takes one round trip.
func (s *Store) CheckHealth(ctx context.Context) error {
	const id = "health" // no session has this id, for ids are hashes
	_, err := s.run(ctx, "check the health", healthScript, s.keyOf(id), id, millis(time.Now()))
	return err
}

func (s *Store) keyOf(id string) string { return s.opts.Prefix + "id:" + id }

func (s *Store) keyOfUser(user string) string { return s.opts.Prefix + "user:" + user }

// Load implements [sessions.Store]. It takes one round trip.
func (s *Store) Load(ctx context.Context, id string) (sessions.Record, error) {
	key := s.keyOf(id)
	fields, err := await(ctx, s.honoursDeadlines, func() (map[string]string, error) { return s.client.HGetAll(ctx, key).Result() })
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
	const attempted = "create a session"
	now := time.Now()
	if !now.Before(record.Expires) {
		return ctx.Err()
	}
	fields := encode(id, record)
	if record.User != "" {
		listed, err := s.list(ctx, attempted, record.User, id, "", record.Expires)
		if err != nil {
			return err
		}
		fields = append(fields, fieldListed, listed)
	}
	return s.make(ctx, attempted, id, newToken(), record.Expires.Sub(now), fields)
}

// make writes a hash under an id that has none. The token identifies the call: if the client repeats it
// because the answer was lost, the hash is its own, and that is no error.
func (s *Store) make(ctx context.Context, attempted, id, token string, life time.Duration, fields []any) error {
	args := append([]any{id, millis(time.Now()), token, max(life.Milliseconds(), 1)}, fields...)
	_, err := s.run(ctx, attempted, makeScript, s.keyOf(id), args...)
	return err
}

// Delete implements [sessions.Store]. It takes one round trip, two for the record of a user, and one more
// for each time that the record has moved since it had this id.
//
// A record that moves at the same moment does not escape. The script that moves it leaves the new id behind,
// and Delete follows. If the new id is only reserved at this moment, Delete removes the reservation, and the
// Rename cannot fill it any more.
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

// foreign logs, once for each key, that the key has a value which is no session. It returns ErrGone.
func (s *Store) foreign(key, why string) error {
	if s.logged.First(key) {
		s.opts.Logger.Warn("redisstore: what is under the key of a session is none",
			slog.String("key", key), slog.String("reason", why))
	}
	return sessions.ErrGone
}
