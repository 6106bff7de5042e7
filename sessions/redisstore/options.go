package redisstore

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay/request/safelog"
	"github.com/soay-go/soay/sessions/internal/optional"
)

// Options sets the keys of the sessions in Redis. The zero value is the default.
type Options struct {
	// Prefix begins the names of all keys. Each of several programs that share a server needs its own.
	// It must not have braces, because they would keep all sessions on one server of a cluster. The
	// default is soay:session:.
	Prefix string
	// Logger gets a warning, once for each key, if the key of a session has a value that is no session.
	// The default is slog.Default().
	Logger *slog.Logger
}

const defaultPrefix = "soay:session:"

// withDefaults checks the client and the options of a call, and returns the options with the defaults in the
// place of zero values.
func withDefaults(client redis.UniversalClient, options []Options) (Options, error) {
	var errs []error
	o, err := optional.One(options)
	if err != nil {
		errs = append(errs, fmt.Errorf("redisstore: %w", err))
	}
	if isNil(client) {
		errs = append(errs, errors.New("redisstore: the client is nil"))
	} else if isStale(client) {
		errs = append(errs, errors.New("redisstore: the client reads from replicas or from a cache, "+
			"and so would show sessions that have ended; give the store a client of its own"))
	}
	if strings.ContainsAny(o.Prefix, "{}") {
		errs = append(errs, fmt.Errorf("redisstore: Prefix: %q has braces, which would keep all sessions on one server of a cluster",
			o.Prefix))
	}
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	o.Logger = safelog.Wrap(cmp.Or(o.Logger, slog.Default()))
	return o, errors.Join(errs...)
}

// isStale reports whether a client may read old data.
func isStale(client redis.UniversalClient) bool {
	switch c := client.(type) {
	case *redis.Client:
		return c.Options().ClientSideCache != nil || c.Options().ClientSideCacheConfig != nil
	case *redis.ClusterClient: // RouteByLatency and RouteRandomly imply it
		return c.Options().ReadOnly
	}
	return false
}

// isNil reports whether a client is nil or a nil pointer, such as the client beside an ignored error.
func isNil(client redis.UniversalClient) bool {
	switch c := client.(type) {
	case nil:
		return true
	case *redis.Client:
		return c == nil
	case *redis.ClusterClient:
		return c == nil
	case *redis.Ring:
		return c == nil
	}
	return false
}
