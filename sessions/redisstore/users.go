package redisstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// margin is how much longer than its session an id is listed for its user. The end of a session that
// is used moves on all the time, and the list need not follow each time.
const margin = time.Hour

// list enters an id for a user. It returns until when, as the scripts want it.
func (s *Store) list(ctx context.Context, what, user, id string, expires time.Time) (string, error) {
	now := time.Now()
	until := expires.Add(margin)
	if !until.After(now) {
		return millis(until), ctx.Err()
	}
	_, err := s.run(ctx, what, listScript, s.keyOfUser(user), id, millis(now), millis(until), until.Sub(now).Milliseconds())
	return millis(until), err
}

// unlist removes an id that will never be one again. If that fails it is removed in time by another
// call of list.
func (s *Store) unlist(ctx context.Context, user, id string) {
	if user != "" {
		_, _ = s.run(ctx, "unlist a session", unlistScript, s.keyOfUser(user), id)
	}
}

// ListUser implements [sessions.Store]. It takes one round trip for the list, and one for each 500 ids
// in it. A session that is renamed meanwhile is in the result under one of its ids at least.
func (s *Store) ListUser(ctx context.Context, user string) ([]string, error) {
	const what = "list the sessions of a user"
	if user == "" {
		return nil, ctx.Err()
	}
	reply, err := s.run(ctx, what, membersScript, s.keyOfUser(user), millis(time.Now()))
	if err != nil {
		return nil, err
	}
	var ids []string
	next := reply[2:]
	for following := false; len(next) > 0; following = true {
		var moved []string
		for some := range slices.Chunk(next, 500) {
			found, to, err := s.look(ctx, what, user, some, following)
			if err != nil {
				return nil, err
			}
			ids, moved = append(ids, found...), append(moved, to...)
		}
		next = moved
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// look returns those of some ids that are sessions of the user, and the new ids of those that have
// moved. An id that was reached from an old one is good even if its record is yet to be filled.
func (s *Store) look(ctx context.Context, what, user string, ids []string, following bool) (found, moved []string, err error) {
	cmds, err := await(ctx, s.prompt, func() ([]*redis.StringSliceCmd, error) { return s.peek(ctx, ids) })
	if err != nil {
		return nil, nil, fmt.Errorf("redisstore: %s: %w", what, err)
	}
	for i, cmd := range cmds {
		reply, err := cmd.Result()
		switch {
		case isWrongType(err):
			_ = s.foreign(s.keyOf(ids[i]), "it is no hash")
		case err != nil:
			return nil, nil, fmt.Errorf("redisstore: %s: %w", what, err)
		case reply[0] == "live" && reply[1] == user, reply[0] == "pending" && following:
			found = append(found, ids[i])
		case reply[0] == "moved" && reply[1] == user:
			moved = append(moved, reply[2])
		}
	}
	return found, moved, nil
}

// peek asks for the states of several records in one round trip. It sends the text of the script,
// because nobody could repeat the commands for which a server does not know its hash.
func (s *Store) peek(ctx context.Context, ids []string) ([]*redis.StringSliceCmd, error) {
	pipe := s.client.Pipeline()
	cmds := make([]*redis.StringSliceCmd, len(ids))
	for i, id := range ids {
		cmds[i] = redis.NewStringSliceCmd(ctx, "eval", peekScript.text, 1, s.keyOf(id), id, millis(time.Now()))
		_ = pipe.Process(ctx, cmds[i])
	}
	_, err := pipe.Exec(ctx)
	if isWrongType(err) {
		err = nil // the first error; each command has its own
	}
	return cmds, err
}
