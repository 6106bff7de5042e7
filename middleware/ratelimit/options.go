package ratelimit

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

// Options refines a limit. The zero value is the default.
type Options struct {
	// Name tells the limits of an app apart, in keys and in headers. It consists of up to 64 letters, digits, -, _ and
	// dots. The default is "default". The options of that one are those of the rates of routes as well.
	Name string
	// More are further rates that a request must keep, such as 1000 in a day beside 10 in a second.
	More []router.Rate
	// Store keeps the buckets. The default is a [NewMemory] of its own.
	Store Store
	// StoreTimeout is how long a Store may take for a request. The default is 100 ms.
	StoreTimeout time.Duration
	// FailClosed answers with 503 while the store fails. By default the memory of the process takes over.
	FailClosed bool
	// Key returns whose bucket a request takes from, in place of the client's address or user, and false for a
	// request that is not limited. With a rate by [router.ByUser] it is called where the session is known. Beware
	// of values that clients choose freely: each gives them a new bucket.
	Key func(request.Request) (string, bool)
	// Cost returns how many requests a request counts for; 0 and less count nothing. The default is 1. One of more
	// than the capacity is always refused.
	Cost func(request.Request) int
	// IPv6Prefix is how many bits of an IPv6 address make a client. The default is 64.
	IPv6Prefix int
	// Headers says which headers tell clients of their limits. The default is [HeadersDraft].
	Headers Headers
	// Exempt reports whether a request is not limited.
	Exempt func(request.Request) bool
}

// Headers are the headers that tell clients of their limits. Refusals have Retry-After in any case.
type Headers int

const (
	// HeadersDraft sends RateLimit-Policy and RateLimit as of draft-ietf-httpapi-ratelimit-headers-10. It is the
	// default.
	HeadersDraft Headers = iota
	// HeadersLegacy sends X-RateLimit-Limit, X-RateLimit-Remaining, and X-RateLimit-Reset with the Unix time in
	// seconds at which the bucket is full again, of the tightest rate.
	HeadersLegacy
	// HeadersNone sends none.
	HeadersNone
)

// The defaults of Options.
const (
	defaultName         = "default"
	defaultStoreTimeout = 100 * time.Millisecond
	defaultIPv6Prefix   = 64
)

// routeName is the name in headers of the rates that a route has.
const routeName = "route"

var validName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

func (o Options) withDefaults() Options {
	o.Name = cmp.Or(o.Name, defaultName)
	o.StoreTimeout = cmp.Or(o.StoreTimeout, defaultStoreTimeout)
	o.IPv6Prefix = cmp.Or(o.IPv6Prefix, defaultIPv6Prefix)
	if o.Store == nil {
		o.Store = NewMemory()
	}
	return o
}

// check returns what is wrong with options that have their defaults.
func (o Options) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !validName.MatchString(o.Name) {
		wrong("Name: %q is not made of up to 64 letters, digits, -, _ and dots", o.Name)
	}
	if o.Name == routeName {
		wrong("Name: %q is the name of the rates of routes", o.Name)
	}
	for i, rate := range o.More {
		for _, err := range router.Unjoin(rate.Check()) {
			wrong("More[%d]: %w", i, err)
		}
	}
	if o.StoreTimeout < 0 {
		wrong("StoreTimeout: %v is negative", o.StoreTimeout)
	}
	if o.IPv6Prefix < 1 || o.IPv6Prefix > 128 {
		wrong("IPv6Prefix: %d is not from 1 to 128", o.IPv6Prefix)
	}
	if o.Headers < HeadersDraft || o.Headers > HeadersNone {
		wrong("Headers: %d is unknown", int(o.Headers))
	}
	return errors.Join(append(errs, CheckStore(o.Store))...)
}

// CheckStore returns what is wrong with a store of an option Store. It is for the framework.
func CheckStore(store Store) error {
	if v := reflect.ValueOf(store); v.Kind() == reflect.Pointer && v.IsNil() {
		return fmt.Errorf("Store: the %T is nil", store)
	}
	if s, ok := store.(interface{ Check() error }); ok {
		return s.Check()
	}
	return nil
}

// itemName returns the name in headers of rate i of a limit. Names must differ.
func itemName(name string, i int) string {
	if i > 0 {
		name += "-" + strconv.Itoa(i+1)
	}
	return name
}
