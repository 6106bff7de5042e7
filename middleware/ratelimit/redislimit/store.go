package redislimit

import (
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/router"
)

// Options sets the keys in Redis. The zero value is the default.
type Options struct {
	// Prefix begins the names of all keys. Each of several programs that share a server needs its own. It must not
	// have braces, because they would keep all keys on one server of a cluster. The default is soay:limit:.
	Prefix string
}

const defaultPrefix = "soay:limit:"

// Store keeps buckets in Redis. It implements [ratelimit.Store], holds nothing itself, and is safe for concurrent
// use. Make one with [New].
type Store struct {
	client redis.UniversalClient
	prefix string
	hash   string // by which servers know the script
	direct bool   // the client ends a call at its deadline by itself
	err    error  // of Check
}

var _ ratelimit.Store = (*Store)(nil)

// New returns a store that uses client. If the client or the options are wrong, Check returns an error, which stops
// the start of the app. New does not connect: the app starts even if the server is down.
func New(client redis.UniversalClient, options ...Options) *Store {
	var o Options
	var errs []error
	if len(options) > 1 {
		errs = append(errs, fmt.Errorf("redislimit: %d options; pass one", len(options)))
	}
	if len(options) > 0 {
		o = options[0]
	}
	if v := reflect.ValueOf(client); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		errs = append(errs, errors.New("redislimit: the client is nil"))
	}
	if strings.ContainsAny(o.Prefix, "{}") {
		errs = append(errs, fmt.Errorf("redislimit: Prefix: %q has braces, which would keep all keys on one server of a cluster", o.Prefix))
	}
	sum := sha1.Sum([]byte(script)) // the name that Redis gives a script
	return &Store{
		client: client, prefix: cmp.Or(o.Prefix, defaultPrefix), hash: hex.EncodeToString(sum[:]),
		direct: honoursDeadlines(client), err: errors.Join(errs...),
	}
}

// Check returns an error if the client or the options are wrong. The app calls it at the start.
func (s *Store) Check() error { return s.err }

// honoursDeadlines reports whether a client ends a call at its deadline by itself. A client of a cluster does not,
// because it may have to find its servers first.
func honoursDeadlines(client redis.UniversalClient) bool {
	c, ok := client.(*redis.Client)
	return ok && c != nil && c.Options().ContextTimeoutEnabled
}

// Take implements [ratelimit.Store]. It takes one round trip.
func (s *Store) Take(ctx context.Context, key string, cost int, rates []router.Rate) (ratelimit.Result, error) {
	reply, err := s.evaluate(ctx, key, cost, rates)
	if err != nil {
		return ratelimit.Result{}, fmt.Errorf("redislimit: %w", err)
	}
	if len(reply) != 1+len(rates) {
		return ratelimit.Result{}, fmt.Errorf("redislimit: the reply has %d parts", len(reply))
	}
	var few [2]time.Duration // most have no more rates
	reset := few[:0]
	for _, nanoseconds := range reply[1:] {
		reset = append(reset, time.Duration(nanoseconds))
	}
	return ratelimit.ResultOf(cost, reply[0] == 1, rates, reset), nil
}

// CheckHealth returns why the store cannot do its work, nil if it can: it takes from a bucket of its own, so a server
// that takes no writes is an error as well. It takes one round trip.
func (s *Store) CheckHealth(ctx context.Context) error {
	_, err := s.Take(ctx, "health", 1, []router.Rate{{Requests: 1_000_000, Per: time.Second}}) // keys of clients have a colon
	return err
}

// command is a command that the client must not repeat after a broken connection, when it is unknown whether the
// server has done it.
type command struct{ *redis.IntSliceCmd }

// NoRetry tells the client so.
func (command) NoRetry() bool { return true }

// evaluate runs the script, and returns before its end if ctx ends first. A call that is left behind occupies a
// connection until the client gives up.
func (s *Store) evaluate(ctx context.Context, key string, cost int, rates []router.Rate) ([]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	args := make([]any, 0, 5+2*len(rates))
	args = append(args, "evalsha", s.hash, 1, s.prefix+key, cost)
	for _, rate := range rates {
		args = append(args, int64(rate.Interval()), rate.Capacity())
	}
	if s.direct || ctx.Done() == nil {
		return s.process(ctx, args)
	}
	type result struct {
		reply []int64
		err   error
	}
	done := make(chan result, 1)
	go func() {
		reply, err := s.process(ctx, args)
		done <- result{reply, err}
	}()
	select {
	case r := <-done:
		return r.reply, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// process runs the script by its hash. If the server does not know the hash, for instance after a restart, it sends
// the text; nothing has happened then.
func (s *Store) process(ctx context.Context, args []any) ([]int64, error) {
	cmd := command{redis.NewIntSliceCmd(ctx, args...)}
	_ = s.client.Process(ctx, cmd)
	if !redis.HasErrorPrefix(cmd.Err(), "NOSCRIPT") {
		return cmd.Result()
	}
	args[0], args[1] = "eval", script
	cmd = command{redis.NewIntSliceCmd(ctx, args...)}
	_ = s.client.Process(ctx, cmd)
	return cmd.Result()
}
