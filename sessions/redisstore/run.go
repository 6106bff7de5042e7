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
	sum := sha1.Sum([]byte(text)) // which is how Redis names scripts
	return &script{text: text, hash: hex.EncodeToString(sum[:])}
}

// command is a command whose reply is an array of texts.
type command struct {
	*redis.StringSliceCmd
	once bool
}

// NoRetry keeps the client from repeating what must not be done twice, when nobody knows whether it
// was done.
func (c command) NoRetry() bool { return c.once }

// run runs a script on a key and returns its reply. That there is no session is sessions.ErrGone.
func (s *Store) run(ctx context.Context, what string, sc *script, key string, args ...any) ([]string, error) {
	return s.send(ctx, what, false, sc, key, args)
}

// runOnce is run for what must not be repeated.
func (s *Store) runOnce(ctx context.Context, what string, sc *script, key string, args ...any) ([]string, error) {
	return s.send(ctx, what, true, sc, key, args)
}

func (s *Store) send(ctx context.Context, what string, once bool, sc *script, key string, args []any) ([]string, error) {
	reply, err := await(ctx, s.prompt, func() ([]string, error) { return s.evaluate(ctx, once, sc, key, args) })
	switch {
	case isWrongType(err):
		return nil, s.foreign(key, "it is no hash")
	case err != nil:
		return nil, fmt.Errorf("redisstore: %s: %w", what, err)
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
		return nil, fmt.Errorf("redisstore: %s: the id is in use", what)
	}
	return reply, nil
}

// evaluate runs a script by its hash. A server that does not know it, such as one that was restarted,
// gets the text.
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

// soon is a deadline that is worth no goroutine, which takes as long as half a round trip.
const soon = 2 * time.Second

// await calls f and waits for its end, but no longer than the context says: the client itself looks
// at deadlines only if it was told to, which makes it prompt, and never at a cancellation while it
// reads an answer. What is then left behind occupies a connection until the client gives it up.
//
// With a prompt client and a deadline that comes soon anyway it just calls f, and a cancellation may
// wait for the deadline.
func await[T any](ctx context.Context, prompt bool, f func() (T, error)) (T, error) {
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
	if ctx.Done() == nil || prompt && limited && time.Until(deadline) <= soon {
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

// isPrompt reports whether a client ends a call at its deadline by itself. One of a cluster may have
// to find its servers first.
func isPrompt(client redis.UniversalClient) bool {
	c, ok := client.(*redis.Client)
	return ok && c != nil && c.Options().ContextTimeoutEnabled
}

// ended returns the error of a context that is over. Its deadline may have come a moment before its
// timer.
func ended(ctx context.Context) error {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// isWrongType recognizes the error for keys of another type. Older servers wrap it when it comes
// from a script.
func isWrongType(err error) bool {
	_, ok := errors.AsType[redis.Error](err)
	return ok && strings.Contains(err.Error(), "WRONGTYPE")
}
