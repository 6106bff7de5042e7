package redisstore

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/sessions"
)

// script is the text of a script and the hash by which servers know it.
type script struct{ text, hash string }

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text)) // the name that Redis gives a script
	return &script{text: text, hash: hex.EncodeToString(sum[:])}
}

// command is a command whose reply is an array of texts.
type command struct {
	*redis.StringSliceCmd
	once bool
}

// NoRetry tells the client whether it must not repeat the command after a broken connection, when it is
// unknown whether the server has done it.
func (c command) NoRetry() bool { return c.once }

// run runs a script on a key and returns its reply. The error is sessions.ErrGone if there is no session.
// The client may repeat the command.
func (s *Store) run(ctx context.Context, attempted string, sc *script, key string, args ...any) ([]string, error) {
	return s.send(ctx, attempted, false, sc, key, args)
}

// runOnce is run for a script that must not be repeated.
func (s *Store) runOnce(ctx context.Context, attempted string, sc *script, key string, args ...any) ([]string, error) {
	return s.send(ctx, attempted, true, sc, key, args)
}

func (s *Store) send(ctx context.Context, attempted string, once bool, sc *script, key string, args []any) ([]string, error) {
	reply, err := await(ctx, s.honoursDeadlines, func() ([]string, error) { return s.evaluate(ctx, once, sc, key, args) })
	switch {
	case isWrongType(err):
		return nil, s.foreign(key, "it is no hash")
	case err != nil:
		return nil, fmt.Errorf("redisstore: %s: %w", attempted, err)
	}
	if len(reply) != 1 {
		return reply, nil
	}
	switch reply[0] {
	case "gone":
		return nil, sessions.ErrGone
	case "foreign":
		return nil, s.foreign(key, "it lacks what a session needs")
	case "taken":
		return nil, fmt.Errorf("redisstore: %s: the id is in use", attempted)
	}
	return reply, nil
}

// evaluate runs a script by its hash. If the server does not know the hash, for instance after a restart, it
// sends the text.
func (s *Store) evaluate(ctx context.Context, once bool, sc *script, key string, args []any) ([]string, error) {
	all := append([]any{"evalsha", sc.hash, 1, key}, args...)
	cmd := command{redis.NewStringSliceCmd(ctx, all...), once}
	_ = s.client.Process(ctx, cmd)
	if !redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
		return cmd.Result()
	}
	all[0], all[1] = "eval", sc.text
	cmd = command{redis.NewStringSliceCmd(ctx, all...), once}
	_ = s.client.Process(ctx, cmd)
	return cmd.Result()
}

// soon is the longest time to a deadline for which await saves the goroutine. A goroutine costs as much as half
// a round trip.
const soon = 2 * time.Second

// await calls f, and returns before the end of f if the context ends first. It needs a goroutine for that:
// the client honours deadlines only with ContextTimeoutEnabled, and never a cancellation while it reads an
// answer. A call that is left behind occupies a connection until the client gives up.
//
// If the client honours deadlines and the deadline is soon, await just calls f. A cancellation takes effect
// at the deadline then.
func await[T any](ctx context.Context, honoursDeadlines bool, f func() (T, error)) (T, error) {
	type result struct {
		v   T
		err error
	}
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	outcome := func(r result) (T, error) {
		if err := ended(ctx); r.err != nil && err != nil {
			return none, err
		}
		return r.v, r.err
	}
	deadline, limited := ctx.Deadline()
	if ctx.Done() == nil || honoursDeadlines && limited && time.Until(deadline) <= soon {
		v, err := f()
		return outcome(result{v, err})
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	select {
	case r := <-done:
		return outcome(r)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// honoursDeadlines reports whether a client ends a call at its deadline by itself. A client of a cluster does
// not, because it may have to find its servers first.
func honoursDeadlines(client redis.UniversalClient) bool {
	c, ok := client.(*redis.Client)
	return ok && c != nil && c.Options().ContextTimeoutEnabled
}

// ended returns the error of a context that has ended, else nil. The deadline may have passed a moment before
// the timer of the context fires.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// isWrongType reports whether an error is the one for keys of another type. Older servers wrap it if it comes
// from a script.
func isWrongType(err error) bool {
	_, ok := errors.AsType[redis.Error](err)
	return ok && strings.Contains(err.Error(), "WRONGTYPE")
}
