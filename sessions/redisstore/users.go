package redisstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// listMargin is how much longer than its session an id is listed for its user. The end of a session that
// is used moves on all the time, and the list need not follow each time.
const listMargin = time.Hour

// list adds an id to the list of a user, and returns until when it is listed, as the scripts need it. If the
// record moves from an id that DeleteUser has marked, it fails with sessions.ErrGone.
func (s *Store) list(ctx context.Context, attempted, user, id, from string, expires time.Time) (string, error) {
	now := time.Now()
	until := expires.Add(listMargin)
	if !until.After(now) {
		return millis(until), ctx.Err()
	}
	_, err := s.run(ctx, attempted, listScript, s.keyOfUser(user), id, millis(now), millis(until), until.Sub(now).Milliseconds(), from)
	return millis(until), err
}

// unlist removes an id that has no session any more from a list. If that fails, a later call of list removes
// it after its end.
func (s *Store) unlist(ctx context.Context, user, id string) {
	if user != "" {
		_, _ = s.run(ctx, "unlist a session", unlistScript, s.keyOfUser(user), id)
	}
}

// ListUser implements [sessions.Store]. It takes one round trip for the list, and one for each 500 ids
// in it. A session that is renamed meanwhile is in the result under at least one of its ids.
func (s *Store) ListUser(ctx context.Context, user string) ([]string, error) {
	const attempted = "list the sessions of a user"
	if user == "" {
		return nil, ctx.Err()
	}
	reply, err := s.run(ctx, attempted, idsScript, s.keyOfUser(user), millis(time.Now()))
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
		for chunk := range slices.Chunk(next, 500) {
			found, to, err := s.peek(ctx, attempted, user, chunk, following)
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

// peek returns which ids are sessions of the user, and the new ids of sessions that have moved. With following,
// the ids are new ids, and a reservation counts as a session: it is about to be filled.
func (s *Store) peek(ctx context.Context, attempted, user string, ids []string, following bool) (found, moved []string, err error) {
	cmds, err := await(ctx, s.honoursDeadlines, func() ([]*redis.StringSliceCmd, error) {
		return s.each(ctx, peekScript, ids, millis(time.Now()))
	})
	if err != nil {
		return nil, nil, fmt.Errorf("redisstore: %s: %w", attempted, err)
	}
	for i, cmd := range cmds {
		reply, err := cmd.Result()
		switch {
		case isWrongType(err):
			_ = s.foreign(s.keyOf(ids[i]), "it is no hash")
		case err != nil:
			return nil, nil, fmt.Errorf("redisstore: %s: %w", attempted, err)
		case reply[0] == "live" && reply[1] == user, reply[0] == "pending" && following:
			found = append(found, ids[i])
		case reply[0] == "moved" && reply[1] == user:
			moved = append(moved, reply[2])
		}
	}
	return found, moved, nil
}

// each runs a script on several records in one round trip. The arguments of the script are the id and arg. each
// sends the text of the script, not its hash, because a server that does not know the hash would make only
// some of the commands fail.
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
// it. The first one marks all ids in the list. From then on no listed session moves to an id that is not
// listed, so none escapes while they are removed one after the other.
func (s *Store) DeleteUser(ctx context.Context, user string) error {
	const attempted = "end the sessions of a user"
	if user == "" {
		return ctx.Err()
	}
	reply, err := s.run(ctx, attempted, markScript, s.keyOfUser(user), millis(time.Now()))
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for next := reply[2:]; len(next) > 0; {
		var moved []string
		for chunk := range slices.Chunk(next, 500) {
			to, err := s.end(ctx, attempted, user, chunk)
			if err != nil {
				return err
			}
			for _, id := range chunk {
				known[id] = true
			}
			moved = append(moved, to...)
		}
		next = slices.DeleteFunc(moved, func(id string) bool { return known[id] })
	}
	return nil
}

// end removes the sessions of the user among ids, and returns the new ids of those that have moved.
func (s *Store) end(ctx context.Context, attempted, user string, ids []string) (moved []string, err error) {
	cmds, err := await(ctx, s.honoursDeadlines, func() ([]*redis.StringSliceCmd, error) { return s.each(ctx, endScript, ids, user) })
	if err != nil {
		return nil, fmt.Errorf("redisstore: %s: %w", attempted, err)
	}
	var ended, other []any
	for i, cmd := range cmds {
		reply, err := cmd.Result()
		switch {
		case err != nil:
			return nil, fmt.Errorf("redisstore: %s: %w", attempted, err)
		case reply[0] == "none":
			other = append(other, ids[i])
			continue
		case reply[0] == "moved":
			moved = append(moved, reply[1])
		}
		ended = append(ended, ids[i])
	}
	_, err = s.run(ctx, attempted, releaseScript, s.keyOfUser(user), slices.Concat([]any{len(ended)}, ended, other)...)
	return moved, err
}
