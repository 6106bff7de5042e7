package ratelimit

import (
	"context"
	"time"

	"github.com/soay-go/soay/router"
)

// Store keeps the buckets of clients. It is safe for concurrent use. [NewMemory] and package redislimit have
// one; another needs to do what Take says, and finds the arithmetic in [ResultOf].
//
// If a store has a method Check() error, its error stops the start of the app. With App.UseHealth the method
// CheckHealth(context.Context) error, if it has one, is asked whether the store works; see package health.
type Store interface {
	// Take takes cost requests from the bucket under key, which has the rates. If one of the rates does not
	// allow it, nothing is taken from any. A negative cost gives back, and 0 only looks. Calls for one key
	// come with the same rates, unless the program was changed. Take returns when ctx ends. It is not
	// repeated after an error, since then it is unknown whether it has taken something.
	Take(ctx context.Context, key string, cost int, rates []router.Rate) (Result, error)
}

// Limit is one of the rates that a [Store] was given.
type Limit = router.Rate

// Result is what a [Store] says about the tightest of the rates: for a request that is refused the one with
// the longest wait, else the one with the fewest requests left.
type Result struct {
	// Allowed says that the cost was taken. It is true also for costs of 0 and less.
	Allowed bool
	// Limit is the rate.
	Limit Limit
	// Remaining is how many requests are left.
	Remaining int
	// RetryAfter is how long to wait until the cost can be taken, or with nothing taken and none left the next
	// request. It is 0 if nobody has to wait. A cost of more than the capacity can never be taken.
	RetryAfter time.Duration
	// Reset is how long it takes until the bucket is full again, if nothing more is taken.
	Reset time.Duration
}

// ResultOf returns the result for stores that implement GCRA. reset has for each of the rates how long its bucket
// takes to be full again, after the cost was taken if it was allowed.
func ResultOf(cost int, allowed bool, rates []router.Rate, reset []time.Duration) Result {
	var tightest Result
	for i, rate := range rates {
		r := Result{Allowed: allowed, Limit: rate, Reset: reset[i]}
		interval := rate.Interval()
		full := interval * time.Duration(rate.Capacity())
		r.Remaining = int(max(0, full-reset[i]) / interval)
		wants := cost
		if allowed {
			wants = 1
		}
		if cost == 0 || !allowed {
			r.RetryAfter = waitFor(wants, rate, full-reset[i])
		}
		if i == 0 || r.isTighter(tightest) {
			tightest = r
		}
	}
	return tightest
}

// waitFor returns how long it takes until free, the time that a bucket has left, is enough for a cost.
func waitFor(cost int, rate router.Rate, free time.Duration) time.Duration {
	cost = min(cost, rate.Capacity())
	return max(0, rate.Interval()*time.Duration(cost)-free)
}

func (r Result) isTighter(than Result) bool {
	if r.RetryAfter != than.RetryAfter {
		return r.RetryAfter > than.RetryAfter
	}
	if r.Remaining != than.Remaining {
		return r.Remaining < than.Remaining
	}
	return r.Reset > than.Reset
}
