package router

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request"
)

// Rate is how many requests one client may make in a time.
//
//	soay.Rate{Requests: 100, Per: time.Minute}
//
// A client may make Burst requests at once. Each of them comes back after Per divided by Requests, 600 ms in
// the example, so nothing begins anew at the end of a minute. This is the generic cell rate algorithm (GCRA).
type Rate struct {
	// Requests is how many requests are allowed in the time Per, at least 1.
	Requests int
	// Per is the time, more than 0. Per divided by Requests must be at least 1 ns.
	Per time.Duration
	// Burst is how many requests may come at once. The default is Requests.
	Burst int
	// By says who has a bucket of his own. The default is ByAddress.
	By RateBy
}

// RateBy says what makes two requests those of one client.
type RateBy int

const (
	// ByAddress counts by the client's address. It is the default.
	ByAddress RateBy = iota
	// ByUser counts by who the client is, as soay.User returns it, and by the address where that is nobody. In an app
	// without schemes it counts by the user of the session.
	ByUser
)

// Interval returns the time after which one request comes back, for packages that keep rates.
func (r Rate) Interval() time.Duration { return r.Per / time.Duration(max(1, r.Requests)) }

// Capacity returns how many requests may come at once, for packages that keep rates.
func (r Rate) Capacity() int { return cmp.Or(r.Burst, r.Requests) }

// Check returns what is wrong with the rate, nil if it is right.
func (r Rate) Check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if r.Requests <= 0 {
		wrong("Requests: %d is not positive", r.Requests)
	}
	if r.Per <= 0 {
		wrong("Per: %v is not positive", r.Per)
	}
	if r.Burst < 0 {
		wrong("Burst: %d is negative", r.Burst)
	}
	if r.By != ByAddress && r.By != ByUser {
		wrong("By: %d is unknown; it is ByAddress or ByUser", int(r.By))
	}
	if len(errs) == 0 {
		switch interval := r.Interval(); {
		case interval < 1:
			wrong("%d requests per %v are more than one in a nanosecond", r.Requests, r.Per)
		case int64(r.Capacity()) > math.MaxInt64/int64(interval):
			wrong("%d requests at once take more than 292 years to come back", r.Capacity())
		}
	}
	return errors.Join(errs...)
}

// RateLimits are the rates of a route or a group, and the name of their buckets. It is for the framework.
type RateLimits struct {
	Rates []Rate
	// Name is the same in all instances of a program. No two routes or groups have the same one.
	Name string
}

// Check returns the mistakes of all rates.
func (l RateLimits) Check() error {
	var errs []error
	if len(l.Rates) == 0 {
		errs = append(errs, errors.New("no rate is given"))
	}
	for _, rate := range l.Rates {
		errs = append(errs, rate.Check())
	}
	return errors.Join(errs...)
}

// ConcurrencyLimit counts the requests that run at the same time. It is for the framework.
type ConcurrencyLimit struct {
	Max    int
	active atomic.Int64
}

// Check returns an error for a limit that lets nothing pass.
func (l *ConcurrencyLimit) Check() error {
	if l.Max <= 0 {
		return fmt.Errorf("%d is not positive", l.Max)
	}
	return nil
}

// Enter counts one more request, unless there are as many as may be. It reports whether it did.
func (l *ConcurrencyLimit) Enter() bool {
	if l.active.Add(1) > int64(l.Max) {
		l.active.Add(-1)
		return false
	}
	return true
}

// Leave counts one request less.
func (l *ConcurrencyLimit) Leave() { l.active.Add(-1) }

// String returns the number.
func (l *ConcurrencyLimit) String() string { return strconv.Itoa(l.Max) }

var (
	rateLimits    = request.NewRouteKey[RateLimits]("RateLimit")
	maxConcurrent = request.NewRouteKey[*ConcurrencyLimit]("MaxConcurrent")
	rateLimited   = request.NewRouteKey[bool]("UseRateLimit")
)

// RateLimit limits how often one client may call the route, beside the limits of the app. With several rates
// a request must keep all of them. The buckets are the route's own, with the options of the app's
// UseRateLimit that has the default name. A later call replaces the rates, and those of the route's groups do
// not hold for it.
func (r *Route) RateLimit(rates ...Rate) *Route {
	r.router.setRates(r, strings.Join(r.methods, ",")+" "+r.text, rates)
	return r
}

// RateLimit limits how often one client may call the routes of the group, all of them together, beside the
// limits of the app. See [Route.RateLimit].
func (g Group) RateLimit(rates ...Rate) Group {
	g.g.router.setRates(g, "group "+g.g.prefix, rates)
	return g
}

// setRates sets rates under a name, with a number behind it where several routes or groups have that name.
func (r *Router) setRates(on request.RouteScope, name string, rates []Rate) {
	if !r.closed { // or several goroutines may be here
		if r.limits == nil {
			r.limits = map[string]int{}
		}
		r.limits[name]++
		if n := r.limits[name]; n > 1 {
			name += "#" + strconv.Itoa(n)
		}
	}
	rateLimits.Set(on, RateLimits{Rates: append([]Rate(nil), rates...), Name: name})
}

// MaxConcurrent sets how many requests for the route may run at the same time; more are answered with 503 and
// Retry-After. A request runs until its response is written, however that ends, also a stream.
func (r *Route) MaxConcurrent(n int) *Route {
	maxConcurrent.Set(r, &ConcurrencyLimit{Max: n})
	return r
}

// MaxConcurrent sets how many requests for the routes of the group, all of them together, may run at the same
// time. See [Route.MaxConcurrent].
func (g Group) MaxConcurrent(n int) Group {
	maxConcurrent.Set(g, &ConcurrencyLimit{Max: n})
	return g
}

// RateLimitsOf returns the rates of a request's route, without any for one that has none. It is for the framework.
func RateLimitsOf(req request.Request) RateLimits { return rateLimits.Of(req) }

// ConcurrencyLimitOf returns the limit of a request's route, nil without one. It is for the framework.
func ConcurrencyLimitOf(req request.Request) *ConcurrencyLimit { return maxConcurrent.Of(req) }

// SetRateLimited notes that an app limits rates, for the description of its API. It is for the framework.
func SetRateLimited(on request.RouteScope) { rateLimited.Set(on, true) }

// IsRateLimited reports whether requests can be answered with 429 because of a rate.
func (i Info) IsRateLimited() bool {
	return i.Settings[rateLimited.String()] != nil || i.Settings[rateLimits.String()] != nil
}

// IsConcurrencyLimited reports whether requests can be answered with 503 because others run.
func (i Info) IsConcurrencyLimited() bool { return i.Settings[maxConcurrent.String()] != nil }

// MaxConcurrent returns how many requests for the route, or for those of its group, may run at the same time, 0 for any number.
func (i Info) MaxConcurrent() int {
	if limit, ok := i.Settings[maxConcurrent.String()].(*ConcurrencyLimit); ok {
		return limit.Max
	}
	return 0
}

// Rates returns the rates of the route and its groups, without those of the app.
func (i Info) Rates() []Rate {
	limits, _ := i.Settings[rateLimits.String()].(RateLimits)
	return limits.Rates
}
