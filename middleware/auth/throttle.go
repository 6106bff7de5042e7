package auth

import (
	"cmp"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions/keyring"
)

// ThrottleOptions limits how often clients may be wrong. The zero value is the default.
//
// Of credentials in headers, such as API keys, only wrong ones count: not expired ones, and not what has another fault. A
// client that was wrong too often for a scheme gets 429 for requests with credentials of it, right ones included, until it
// may be wrong once more. Its requests without them, with those of another scheme or with a session go on. A client is
// an address, of IPv6 the first 64 bits. A request asks the store only if it was wrong.
//
// For passwords of people there is [Try].
type ThrottleOptions struct {
	// Store keeps the counts. The default is a [ratelimit.NewMemory] of its own. While the store fails or takes more
	// than 100 ms, the memory of the process takes over. Instances that share a store share the counts.
	Store ratelimit.Store
	// Headers is how often wrong credentials may come from one address for one scheme. The default is 20 in 5 min. More
	// are 429, also with right ones; as many requests as run at the same time may be wrong besides.
	Headers router.Rate
	// Pair, Address and Account are how often [Try] lets somebody try the password of one account from one address, of
	// any account from one address, and of one account from any address. The defaults are 10 in 15 min, 50 in 15 min
	// and 50 in 1 h.
	Pair, Address, Account router.Rate
	// Off switches all of it off.
	Off bool
}

// The defaults of ThrottleOptions.
var (
	defaultHeaders = router.Rate{Requests: 20, Per: 5 * time.Minute}
	defaultPair    = router.Rate{Requests: 10, Per: 15 * time.Minute}
	defaultAddress = router.Rate{Requests: 50, Per: 15 * time.Minute}
	defaultAccount = router.Rate{Requests: 50, Per: time.Hour}
)

// check returns what is wrong with the options.
func (o ThrottleOptions) check() []error {
	var errs []error
	wrong := func(name string, err error) {
		for _, e := range router.Unjoin(err) {
			errs = append(errs, inField("Throttle", "%s%w", name, e))
		}
	}
	for _, r := range [...]struct {
		name string
		rate router.Rate
	}{{"Headers: ", o.Headers}, {"Pair: ", o.Pair}, {"Address: ", o.Address}, {"Account: ", o.Account}} {
		if r.rate == (router.Rate{}) {
			continue
		}
		wrong(r.name, r.rate.Check())
		if r.rate.By == router.ByUser {
			wrong(r.name, inField("By", "nobody is a user before the sign-in"))
		}
	}
	if o.Store != nil {
		wrong("", ratelimit.CheckStore(o.Store))
	}
	return errs
}

// throttle limits how often clients may be wrong.
type throttle struct {
	off     bool
	buckets *ratelimit.Fallback
	// The rates, each as the list that a store takes.
	headers, pair, address, account []router.Rate

	blocked blockList
	devices *keyring.Protector
	secure  func(https bool, host string) bool
}

func (t *throttle) start(o ThrottleOptions, setup Setup) {
	t.off = o.Off
	t.buckets = ratelimit.NewFallback("auth", o.Store)
	t.headers = []router.Rate{cmp.Or(o.Headers, defaultHeaders)}
	t.pair = []router.Rate{cmp.Or(o.Pair, defaultPair)}
	t.address = []router.Rate{cmp.Or(o.Address, defaultAddress)}
	t.account = []router.Rate{cmp.Or(o.Account, defaultAccount)}
	t.blocked.start = time.Now()
	t.devices = keyring.Reserved(setup.Ring, "auth device")
	if t.secure = setup.SecureCookie; t.secure == nil {
		t.secure = func(https bool, _ string) bool { return https }
	}
}

// wait returns how long a client must not send credentials of a scheme, 0 if it may.
func (t *throttle) wait(req request.Request, scheme string) time.Duration {
	if t.blocked.isEmpty() {
		return 0
	}
	var buf [96]byte
	return t.blocked.left(appendScheme(buf[:0], req, scheme))
}

// failed counts a wrong credential.
func (t *throttle) failed(req request.Request, scheme string) {
	if t.off {
		return
	}
	var buf [96]byte
	key := appendScheme(buf[:0], req, scheme)
	result, err := t.buckets.Take(req, key, 1, t.headers)
	if err == nil && result.Allowed && result.Remaining == 0 { // it was the last: how long it takes, only a look tells
		result, err = t.buckets.Take(req, key, 0, t.headers)
	}
	if err == nil && result.RetryAfter > 0 {
		t.blocked.add(key, result.RetryAfter)
	}
}

// appendScheme appends the key of a client's credentials of a scheme.
func appendScheme(b []byte, req request.Request, scheme string) []byte {
	b = append(b, "auth:scheme:"...)
	b = strconv.AppendInt(b, int64(len(scheme)), 10)
	b = append(append(append(b, ':'), scheme...), ':')
	return ratelimit.AppendClient(b, req)
}

// maxBlocked is how many blocks are kept, each of about 100 bytes. One more takes the place of one of a few that ends
// soonest: whoever has that one is blocked anew when it is wrong again, for the bucket is still empty.
const (
	maxBlocked    = 10_000
	sampleBlocked = 8
)

// blockList has who must not send credentials, and until when: in nanoseconds since the start. So a request with right
// credentials need not ask the store.
type blockList struct {
	start time.Time
	last  atomic.Int64 // when the last one ends, 0 if there is none

	mu   sync.RWMutex
	ends map[string]int64
}

// isEmpty reports whether nobody is blocked. It is all that most requests do.
func (l *blockList) isEmpty() bool { return l.last.Load() == 0 }

// left returns how long a key is blocked, 0 if it is not.
func (l *blockList) left(key []byte) time.Duration {
	now := l.now()
	if l.last.Load() <= now {
		l.clear()
		return 0
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return time.Duration(max(0, l.ends[string(key)]-now))
}

// clear removes all if all have ended.
func (l *blockList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last.Load() <= l.now() {
		l.last.Store(0)
		clear(l.ends)
	}
}

// add blocks a key for some time.
func (l *blockList) add(key []byte, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if _, known := l.ends[string(key)]; !known && len(l.ends) >= maxBlocked {
		l.drop(now)
	}
	if l.ends == nil {
		l.ends = map[string]int64{}
	}
	end := now + min(int64(wait), math.MaxInt64-now)
	l.ends[string(key)] = end
	l.last.Store(max(l.last.Load(), end))
}

// drop removes those of a sample that have ended, and the one that ends soonest.
func (l *blockList) drop(now int64) {
	soonest, n := "", 0
	for key, end := range l.ends { // in an order that differs each time
		if end <= now {
			delete(l.ends, key)
		} else if soonest == "" || end < l.ends[soonest] {
			soonest = key
		}
		if n++; n == sampleBlocked {
			break
		}
	}
	delete(l.ends, soonest)
}

// now returns the time since the start, which is never 0.
func (l *blockList) now() int64 { return 1 + int64(time.Since(l.start)) }

// once reports whether a key is used for the first time within a time.
func (t *throttle) once(req request.Request, key string, within time.Duration) (bool, error) {
	result, err := t.buckets.Take(req, []byte("once "+key), 1, []router.Rate{{Requests: 1, Per: within}})
	return err == nil && result.Allowed, err
}
