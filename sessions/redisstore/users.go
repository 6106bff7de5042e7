package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// margin is how much longer than its session an id is listed for its user. The end of a session that
// is used moves on all the time, and the list need not follow each time.
const margin = time.Hour

// list enters an id for a user. It returns until when, as the scripts want it. It fails with
// sessions.ErrGone where the record moves from an id whose session is being ended.
func (s *Store) list(ctx context.Context, what, user, id, from string, expires time.Time) (string, error) {
	now := time.Now()
	until := expires.Add(margin)
	if !until.After(now) {
		return millis(until), ctx.Err()
	}
	_, err := s.run(ctx, what, listScript, s.keyOfUser(user), id, millis(now), millis(until), until.Sub(now).Milliseconds(), from)
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
	for i, id := range next {
		next[i] = strings.TrimPrefix(id, endedPrefix)
	}
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
	cmds, err := await(ctx, s.prompt, func() ([]*redis.StringSliceCmd, error) {
		return s.each(ctx, peekScript, ids, millis(time.Now()))
	})
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

// each runs a script on several records in one round trip. Its arguments are the id and one more. It sends
// the text of the script, because nobody could repeat the commands for which a server does not know its
// hash.
func (s *Store) each(ctx context.Context, sc *script, ids []string, arg string) ([]*redis.StringSliceCmd, error) {
	pipe := s.client.Pipeline()
	cmds := make([]*redis.StringSliceCmd, len(ids))
	for i, id := range ids {
		cmds[i] = redis.NewStringSliceCmd(ctx, "eval", sc.text, 1, s.keyOf(id), id, arg)
		_ = pipe.Process(ctx, cmds[i])
	}
	_, err := pipe.Exec(ctx)
	if isWrongType(err) {
		err = nil // the first error; each command has its own
	}
	return cmds, err
}

// DeleteUser implements [sessions.Store]. It takes one round trip for the list, and two for each 500 ids in
// it. From the first one on no session that is listed moves on to an id that is not, so there is nothing to
// run after.
func (s *Store) DeleteUser(ctx context.Context, user string) error {
	const what = "end the sessions of a user"
	if user == "" {
		return ctx.Err()
	}
	reply, err := s.run(ctx, what, condemnScript, s.keyOfUser(user), millis(time.Now()))
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for next := reply[2:]; len(next) > 0; {
		var moved []string
		for some := range slices.Chunk(next, 500) {
			to, err := s.end(ctx, what, user, some)
			if err != nil {
				return err
			}
			for _, id := range some {
				known[id] = true
			}
			moved = append(moved, to...)
		}
		next = slices.DeleteFunc(moved, func(id string) bool { return known[id] })
	}
	return nil
}

// end removes those of some ids that are sessions of the user, and returns the new ids of those that have
// moved.
func (s *Store) end(ctx context.Context, what, user string, ids []string) (moved []string, err error) {
	cmds, err := await(ctx, s.prompt, func() ([]*redis.StringSliceCmd, error) { return s.each(ctx, endScript, ids, user) })
	if err != nil {
		return nil, fmt.Errorf("redisstore: %s: %w", what, err)
	}
	var ended, other []any
	for i, cmd := range cmds {
		reply, err := cmd.Result()
		switch {
		case err != nil:
			return nil, fmt.Errorf("redisstore: %s: %w", what, err)
		case reply[0] == "none":
			other = append(other, ids[i])
			continue
		case reply[0] == "moved":
			moved = append(moved, reply[1])
		}
		ended = append(ended, ids[i])
	}
	_, err = s.run(ctx, what, releaseScript, s.keyOfUser(user), slices.Concat([]any{len(ended)}, ended, other)...)
	return moved, err
}
