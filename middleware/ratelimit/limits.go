package ratelimit

import (
	"errors"
	"fmt"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

// Limits are those of an app, in the order in which they were added. It is for the framework.
type Limits struct {
	// User returns the user of a request, "" for nobody. It is asked inside of the session. An error is the answer.
	User func(request.Request) (string, error)
	// Exempt reports whether no limit is for a request. nil means that none is exempt.
	Exempt func(request.Request) bool

	limiters []*limiter
	routes   sync.Map // the *limiter of rates of routes, by their names
	ofRoutes func() *limiter
}

// limiter is one limit of the app, or the rates of a route.
type limiter struct {
	options Options
	store   *Fallback
	// address and user are its rates that are counted by the one and by the other.
	address, user policy
}

// policy has rates that are counted together.
type policy struct {
	*limiter
	prefix string // of keys
	rates  []router.Rate
	header policyHeader
}

// Add adds a limit. The error joins all mistakes. It is for the framework.
func (l *Limits) Add(rate router.Rate, options Options) error {
	o := options.withDefaults()
	err := errors.Join(rate.Check(), o.check())
	for _, other := range l.limiters {
		if other.options.Name == o.Name {
			err = errors.Join(err, fmt.Errorf("there is a limit with the Name %q already", o.Name))
		}
	}
	if err != nil {
		return err
	}
	l.limiters = append(l.limiters, newLimiter(o, newFallback(o), o.Name, o.Name, append([]router.Rate{rate}, o.More...)))
	return nil
}

// newLimiter returns a limiter whose rates have buckets under bucket, and whose headers have name.
func newLimiter(o Options, store *Fallback, bucket, name string, rates []router.Rate) *limiter {
	l := &limiter{options: o, store: store}
	l.address = policy{limiter: l, prefix: keyPrefix(bucket)}
	l.user = policy{limiter: l, prefix: keyPrefix(bucket + " user")}
	for i, rate := range rates {
		p := &l.address
		if rate.By == router.ByUser {
			p = &l.user
		}
		p.rates = append(p.rates, rate)
		p.header.add(itemName(name, i), rate)
	}
	l.address.header.finish()
	l.user.header.finish()
	return l
}

// HasUsers reports whether a limit that was added counts by users. It is for the framework.
func (l *Limits) HasUsers() bool {
	for _, each := range l.limiters {
		if len(each.user.rates) > 0 {
			return true
		}
	}
	return false
}

// ofRoute returns the limiter of a route's rates, nil if it has none. It is made for the first request.
func (l *Limits) ofRoute(req request.Request) *limiter {
	limits := router.RateLimitsOf(req)
	if len(limits.Rates) == 0 {
		return nil
	}
	if made, ok := l.routes.Load(limits.Name); ok {
		return made.(*limiter)
	}
	base := l.ofRoutes()
	made, _ := l.routes.LoadOrStore(limits.Name, newLimiter(base.options, base.store, "route "+limits.Name, routeName, limits.Rates))
	return made.(*limiter)
}

// base returns a function that returns the options and the store for the rates of routes.
func (l *Limits) base() func() *limiter {
	for _, each := range l.limiters {
		if each.options.Name == defaultName {
			return func() *limiter { return each }
		}
	}
	return sync.OnceValue(func() *limiter {
		o := Options{}.withDefaults()
		return &limiter{options: o, store: newFallback(o)}
	})
}

// Each calls f with each limit that was added. It is for the framework.
func (l *Limits) Each(f func(Options)) {
	for _, each := range l.limiters {
		f(each.options)
	}
}
