package auth

import (
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// Attempt is one try of a password, see [Try]. Its methods may be called by several goroutines; the first call counts.
type Attempt struct {
	req      request.Request
	throttle *throttle
	account  account
	taken    []bucket
	state    atomic.Int32
	before   *Attempt // an earlier one of the same request, nil for none
}

// The states of an Attempt.
const (
	open int32 = iota
	succeeded
	failed
)

var attempted = request.NewKey[*Attempt]("attempt to sign in")

var errNoGuard = errors.New("auth: Try: the app has no scheme, or the request has ended; call AddScheme")

// Try asks whether somebody may try a password of an account now: call it before the password is checked, with the name
// or the address that was typed, also if there is no such account. The error is a [*RefusedError] for the response
// 429, or says that the app has no scheme.
//
//	attempt, err := auth.Try(req, form.Email)
//	if err != nil {
//		return response.Error(err)
//	}
//	account := accounts[form.Email] // the zero value for an unknown one
//	ok, stale, err := password.Verify(account.PasswordHash, form.Password)
//	…
//	attempt.Succeeded()
//
// A try that fails counts for three rates, see [ThrottleOptions]: of the pair of account and address, of the address and
// of the account. It is taken before the password is checked and given back if that succeeds, so however
// many try at once, no more guesses are answered than the rates allow.
//
// The rate of the account stops those who guess from many addresses. It would let them lock its owner out, too, so it does
// not hold for a browser that has signed in to the account within 90 days. Such a browser has the cookie
// __Host-device, in development over http device, which names the last 5 accounts, sealed by the keys of the app, and is
// of no use for anything else. With keys of its own each instance knows only the browsers that it has seen, until it
// ends.
//
// Accounts are compared without regard to case, to spaces around them and to how accents are encoded (the forms of Unicode). The
// store has hashes of them. Whether there is an account plays no part, so nobody can find that out.
func Try(req request.Request, account string) (*Attempt, error) {
	g := guardKey.Of(req)
	if g == nil {
		return nil, errNoGuard
	}
	a := &Attempt{req: req, throttle: &g.registry.throttle, account: accountOf(account)}
	if !a.throttle.off {
		if wait := a.take(); wait > 0 {
			return nil, &RefusedError{Reason: ReasonTooMany, Status: ReasonTooMany.status(), RetryAfter: wait}
		}
	}
	a.before, _ = attempted.Get(req)
	attempted.Set(req, a)
	return a, nil
}

// bucket is what a try takes from.
type bucket struct {
	key   []byte
	rates []router.Rate
}

// take takes a token of each rate, or of none, and returns how long to wait for the one that has none.
func (a *Attempt) take() time.Duration {
	buckets := a.throttle.bucketsOf(a.req, a.account)
	if a.throttle.deviceOf(a.req).knows(a.account) {
		buckets = buckets[:2]
	}
	for i, b := range buckets {
		result, err := a.throttle.buckets.Take(a.req, b.key, 1, b.rates)
		if err == nil && !result.Allowed {
			a.giveBack()
			return max(1, result.RetryAfter)
		}
		a.taken = buckets[:i+1]
	}
	return 0
}

// bucketsOf returns those for a client and an account. That of the account alone is the last.
func (t *throttle) bucketsOf(req request.Request, of account) []bucket {
	client, name := clientOf(req), of.String()
	return []bucket{
		{[]byte("auth:pair:" + name + ":" + client), t.pair},
		{[]byte("auth:address:" + client), t.address},
		{[]byte("auth:account:" + name), t.account},
	}
}

func (a *Attempt) giveBack() {
	for _, b := range a.taken {
		// An error means that the store is the memory, which has none.
		_, _ = a.throttle.buckets.Take(a.req, b.key, -1, b.rates)
	}
	a.taken = nil
}

// Succeeded says that the password was right: the try does not count, and the browser is known from now on. Call it
// before the handler returns: the cookie by which it is known is a part of the response.
func (a *Attempt) Succeeded() {
	if a.end(succeeded) {
		a.giveBack()
	}
}

// Failed says that the password was wrong, or that there is no such account. A try of which the handler says nothing has
// failed as well.
func (a *Attempt) Failed() { a.end(failed) }

// end reports whether the attempt ends by this call. After the end of its request that is a misuse.
func (a *Attempt) end(state int32) bool {
	_, live := attempted.Get(a.req)
	return live && a.state.CompareAndSwap(open, state)
}

// finish gives the response the cookie by which the browser is known, if one of the attempts of the request has
// succeeded. a is the last of them.
func (a *Attempt) finish(req request.Request, resp response.Response) response.Response {
	var accounts []account
	for each := a; each != nil; each = each.before {
		if each.state.Load() == succeeded && !each.throttle.off {
			accounts = append(accounts, each.account)
		}
	}
	if len(accounts) == 0 {
		return resp
	}
	return resp.WithHeadersOf(noStore).WithCookie(a.throttle.cookieFor(req, accounts))
}

// cookieFor returns the cookie of a browser that has signed in to accounts just now, the newest first.
func (t *throttle) cookieFor(req request.Request, accounts []account) *http.Cookie {
	d := t.deviceOf(req)
	for i := range accounts {
		d = d.with(accounts[len(accounts)-1-i], now())
	}
	secure := t.secure(req.Scheme() == "https", req.Host())
	c := response.NewCookie(deviceName(secure), t.devices.Protect(d.encode()))
	c.Secure, c.MaxAge = secure, int(deviceAge/time.Second)
	return c
}
