package auth_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// guessable is a scheme whose credentials stand in a header. "right" is ada's.
type guessable string

func (h guessable) Presented(req soay.Request) bool { return req.Header(string(h)) != "" }

func (h guessable) Authenticate(req soay.Request) (*soay.Identity, error) {
	switch req.Header(string(h)) {
	case "right":
		return ada, nil
	case "expired":
		return nil, auth.Invalid(auth.ReasonExpired, nil)
	case "malformed":
		return nil, auth.Invalid(auth.ReasonMalformed, nil)
	case "not allowed":
		return nil, auth.Invalid(auth.ReasonNotAllowed, nil)
	case "not mine":
		return nil, auth.ErrNotMine
	case "outage":
		return nil, errors.New("the table is locked")
	}
	return nil, auth.Invalid(auth.ReasonInvalid, nil)
}

func (h guessable) Describe() auth.Description {
	return auth.Description{Security: router.SecurityScheme{Type: "apiKey", In: "header", Name: string(h)}}
}

var ada = func() *soay.Identity {
	id, err := auth.NewIdentity(auth.Profile{Subject: "ada"})
	if err != nil {
		panic(err)
	}
	return id
}()

// newThrottled returns an app with two schemes, a guarded route and an open one, and its log.
func newThrottled(o auth.ThrottleOptions) (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{}
	app := soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1})
	app.AddScheme("key", guessable("X-Key"))
	app.AddScheme("token", guessable("X-Token"))
	app.UseAuthentication(auth.Options{Throttle: o})
	answer := func(req soay.Request) soay.Response { return response.Text("user " + soay.User(req).Subject()) }
	app.Get("/me", answer).Auth()
	app.Get("/open", answer).AllowAnonymous()
	return app, log
}

// sent returns the response to a GET from an address without a network, with headers.
func sent(app http.Handler, client, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = client
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// guess sends wrong keys and returns how many of them were judged.
func guess(app http.Handler, n int, client string) int {
	judged := 0
	for range n {
		if sent(app, client, "/me", "X-Key", "wrong").Code == http.StatusUnauthorized {
			judged++
		}
	}
	return judged
}

const (
	office = "192.0.2.1:1001"
	home   = "198.51.100.1:1001"
)

func TestWrongKeysAreThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, log := newThrottled(auth.ThrottleOptions{})
		if got := guess(app, 30, office); got != 20 {
			t.Errorf("%d of 30 wrong keys were judged, want 20", got)
		}
		tests := []struct {
			description, client, path string
			headers                   []string
			want                      int
		}{
			{"wrong again", office, "/me", []string{"X-Key", "wrong"}, 429},
			{"right", office, "/me", []string{"X-Key", "right"}, 429},
			{"right from another port", "192.0.2.1:9", "/me", []string{"X-Key", "right"}, 429},
			{"right, as an address of IPv6", "[::ffff:192.0.2.1]:9", "/me", []string{"X-Key", "right"}, 429},
			{"beside a right one of another scheme", office, "/me", []string{"X-Key", "right", "X-Token", "right"}, 429},
			{"another scheme", office, "/me", []string{"X-Token", "right"}, 200},
			{"another scheme, wrong", office, "/me", []string{"X-Token", "wrong"}, 401},
			{"another address", home, "/me", []string{"X-Key", "right"}, 200},
			{"nobody", office, "/me", nil, 401},
			{"nobody on an open page", office, "/open", nil, 200},
			{"with a key on an open page", office, "/open", []string{"X-Key", "right"}, 200},
			{"nothing is there", office, "/none", []string{"X-Key", "right"}, 404},
		}
		for _, tt := range tests {
			if got := sent(app, tt.client, tt.path, tt.headers...); got.Code != tt.want {
				t.Errorf("%s: %d, want %d", tt.description, got.Code, tt.want)
			}
		}
		refused := sent(app, office, "/me", "X-Key", "right", "Accept", "application/json")
		if got := refused.Header().Get("Retry-After"); got != "15" || !strings.Contains(refused.Body.String(), "too-many-attempts") ||
			refused.Header().Get("WWW-Authenticate") != "" || refused.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("Retry-After %q, want the 15 s after which one may be wrong again: %v %s", got, refused.Header(), refused.Body)
		}
		if open := sent(app, office, "/open", "X-Key", "right"); open.Body.String() != "user " {
			t.Errorf("on an open page a key that waits is %q, want nobody's", open.Body)
		}
		lines := log.Records("auth: refused")
		if last := lines[len(lines)-1]; last["level"] != "WARN" || last["reason"] != "too-many-attempts" || last["scheme"] != "key" || last["client"] != "192.0.2.1" {
			t.Errorf("the log has %v", last)
		}
		time.Sleep(14 * time.Second)
		if got := sent(app, office, "/me", "X-Key", "right"); got.Code != 429 || got.Header().Get("Retry-After") != "1" {
			t.Errorf("after 14 s: %d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
		}
		time.Sleep(time.Second)
		if got := sent(app, office, "/me", "X-Key", "right").Code; got != 200 {
			t.Errorf("after 15 s the right key is %d, want 200", got)
		}
		if got := guess(app, 5, office); got != 1 {
			t.Errorf("after 15 s %d wrong ones were judged, want 1", got)
		}
		time.Sleep(time.Hour)
		if got := guess(app, 30, office); got != 20 {
			t.Errorf("after an hour %d were judged, want 20", got)
		}
	})
}

// Who has another fault than a wrong key has not guessed.
func TestOnlyWrongKeysCount(t *testing.T) {
	app, _ := newThrottled(auth.ThrottleOptions{})
	for _, credential := range []string{"right", "expired", "malformed", "not allowed", "not mine", "outage"} {
		for range 30 {
			if got := sent(app, office, "/me", "X-Key", credential).Code; got == 429 {
				t.Fatalf("%q was counted", credential)
			}
		}
	}
	if got := guess(app, 30, office); got != 20 {
		t.Errorf("%d wrong keys were judged, want 20", got)
	}
}

func TestClientsOfIPv6(t *testing.T) {
	app, _ := newThrottled(auth.ThrottleOptions{Headers: soay.Rate{Requests: 3, Per: time.Hour}})
	guess(app, 3, "[2001:db8::1]:1")
	for client, want := range map[string]int{"[2001:db8::ffff:1]:1": 429, "[2001:db8::1%eth0]:1": 429, "[2001:db8:0:1::1]:1": 200} {
		if got := sent(app, client, "/me", "X-Key", "right").Code; got != want {
			t.Errorf("%s: %d, want %d", client, got, want)
		}
	}
}

func TestThrottleOff(t *testing.T) {
	app, _ := newThrottled(auth.ThrottleOptions{Off: true, Headers: soay.Rate{Requests: 1, Per: time.Hour}})
	if got := guess(app, 50, office); got != 50 {
		t.Errorf("%d of 50 were judged", got)
	}
}

// Over the rate there are at most the requests that run at the same time, and afterwards the right key is refused.
func TestParallelGuesses(t *testing.T) {
	app, _ := newThrottled(auth.ThrottleOptions{})
	var judged atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			judged.Add(int64(guess(app, 50, office)))
			sent(app, home, "/me", "X-Key", "right")
			guess(app, 30, "203.0.113."+strconv.Itoa(i)+":1")
		})
	}
	wg.Wait()
	if n := judged.Load(); n < 20 || n > 20+16 {
		t.Errorf("%d guesses were judged, want 20 and at most 16 that ran at the same time", n)
	}
	if got := sent(app, office, "/me", "X-Key", "right").Code; got != 429 {
		t.Errorf("then the right key is %d, want 429", got)
	}
	if got := sent(app, home, "/me", "X-Key", "right").Code; got != 200 {
		t.Errorf("another's is %d, want 200", got)
	}
}

// However many addresses guess, the first one stays blocked or is so again at its next wrong key.
func TestManyAddresses(t *testing.T) {
	app, _ := newThrottled(auth.ThrottleOptions{Headers: soay.Rate{Requests: 1, Per: time.Hour}})
	for i := range 12_000 {
		guess(app, 1, fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255))
	}
	refused := 0
	for i := range 12_000 {
		client := fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)
		if sent(app, client, "/me", "X-Key", "wrong").Code == 429 {
			refused++
		} else if got := sent(app, client, "/me", "X-Key", "right").Code; got != 429 {
			t.Fatalf("%s: %d after another wrong key", client, got)
		}
	}
	if refused < 5_000 || refused > 10_000 { // each that is blocked anew takes the place of another
		t.Errorf("%d addresses are known without the store, want some thousand, at most 10,000", refused)
	}
}

// countingStore counts its calls, and fails or hangs as long as it is told to.
type countingStore struct {
	*ratelimit.Memory
	calls, looks atomic.Int64
	fail, hang   atomic.Bool
}

func newCountingStore() *countingStore { return &countingStore{Memory: ratelimit.NewMemory()} }

func (s *countingStore) Take(ctx context.Context, key string, cost int, rates []router.Rate) (ratelimit.Result, error) {
	s.calls.Add(1)
	if cost == 0 {
		s.looks.Add(1)
	}
	if s.hang.Load() {
		<-ctx.Done()
		return ratelimit.Result{}, ctx.Err()
	}
	if s.fail.Load() {
		return ratelimit.Result{}, errors.New("connection refused")
	}
	return s.Memory.Take(ctx, key, cost, rates)
}

func TestStoreIsAskedOnlyAfterFailures(t *testing.T) {
	store := newCountingStore()
	app, _ := newThrottled(auth.ThrottleOptions{Store: store})
	ask := func(n int, headers ...string) {
		for range n {
			sent(app, office, "/me", headers...)
		}
	}
	ask(10, "X-Key", "right")
	ask(10, "X-Key", "expired")
	ask(10)
	if n := store.calls.Load(); n != 0 {
		t.Errorf("requests that were not wrong asked the store %d times", n)
	}
	ask(40, "X-Key", "wrong")
	ask(10, "X-Key", "right")
	if got, want := [2]int64{store.calls.Load(), store.looks.Load()}, [2]int64{21, 1}; got != want {
		t.Errorf("20 failures and more: %v calls and looks, want %v", got, want)
	}
}

// Apps that share a store share the counts: each refuses from the first wrong key on.
func TestInstancesShareTheStore(t *testing.T) {
	store := ratelimit.NewMemory()
	first, _ := newThrottled(auth.ThrottleOptions{Store: store})
	second, _ := newThrottled(auth.ThrottleOptions{Store: store})
	if got := guess(first, 30, office); got != 20 {
		t.Errorf("%d were judged, want 20", got)
	}
	if got := guess(second, 30, office); got != 1 {
		t.Errorf("the other instance has judged %d, want 1", got)
	}
}

// A store that fails neither opens the app nor closes it.
func TestThrottleWithoutItsStore(t *testing.T) {
	for _, tt := range []struct {
		description string
		set         func(*countingStore) *atomic.Bool
	}{
		{"it fails", func(s *countingStore) *atomic.Bool { return &s.fail }},
		{"it hangs", func(s *countingStore) *atomic.Bool { return &s.hang }},
	} {
		synctest.Test(t, func(t *testing.T) {
			store := newCountingStore()
			tt.set(store).Store(true)
			app, log := newThrottled(auth.ThrottleOptions{Store: store})
			if got := sent(app, office, "/me", "X-Key", "right").Code; got != 200 {
				t.Errorf("%s: the right key is %d", tt.description, got)
			}
			start := time.Now()
			if got := guess(app, 30, office); got != 20 {
				t.Errorf("%s: %d were judged, want the 20 of the memory", tt.description, got)
			}
			if took := time.Since(start); took > 300*time.Millisecond {
				t.Errorf("%s: 30 wrong keys took %v", tt.description, took)
			}
			lines := log.Records("rate limit: the store failed; the memory of this process takes over")
			if len(lines) != 1 || lines[0]["limit"] != "auth" {
				t.Errorf("%s: the log has %v, want one warning", tt.description, lines)
			}
		})
	}
}

func TestWrongThrottleOptions(t *testing.T) {
	var none *ratelimit.Memory
	wrong := soay.Rate{Requests: -1, Per: time.Minute}
	tests := []struct {
		description string
		options     auth.ThrottleOptions
		want        []string
	}{
		{"rates", auth.ThrottleOptions{Headers: wrong, Pair: wrong, Address: wrong, Account: soay.Rate{Requests: 1}}, []string{
			"UseAuthentication: Throttle: Headers: Requests: -1", "UseAuthentication: Throttle: Pair: Requests: -1",
			"UseAuthentication: Throttle: Address: Requests: -1", "UseAuthentication: Throttle: Account: Per: 0s",
		}},
		{"by user", auth.ThrottleOptions{Pair: soay.Rate{Requests: 1, Per: time.Hour, By: router.ByUser}}, []string{"Throttle: Pair: By: nobody"}},
		{"nil store", auth.ThrottleOptions{Store: none}, []string{"Throttle: Store: the *ratelimit.Memory is nil"}},
		{"wrong store, switched off", auth.ThrottleOptions{Off: true, Store: ratelimit.NewMemory(ratelimit.MemoryOptions{MaxKeys: -1})},
			[]string{"Throttle: ratelimit: NewMemory: MaxKeys"}},
	}
	for _, tt := range tests {
		app, _ := newThrottled(tt.options)
		err := app.Start(t.Context())
		if err == nil {
			t.Errorf("%s: the app starts", tt.description)
			continue
		}
		for _, want := range append(tt.want, "throttle_test.go:") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", tt.description, err, want)
			}
		}
	}
}

// noSink is a ResponseWriter that costs nothing.
type noSink struct{ header http.Header }

func (w noSink) Header() http.Header       { return w.header }
func (noSink) Write(b []byte) (int, error) { return len(b), nil }
func (noSink) WriteHeader(int)             {}

// A request with a key costs as much with the throttle as without, also while others are blocked.
func TestThrottleAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	count := func(o auth.ThrottleOptions, blocked string) float64 {
		app, _ := newThrottled(o)
		if blocked != "" {
			guess(app, 30, blocked)
		}
		r, w := httptest.NewRequest(http.MethodGet, "/me", nil), noSink{http.Header{}}
		r.RemoteAddr = office
		r.Header.Set("X-Key", "right")
		return testing.AllocsPerRun(500, func() {
			clear(w.header)
			app.ServeHTTP(w, r)
		})
	}
	want := count(auth.ThrottleOptions{Off: true}, "")
	got := []float64{count(auth.ThrottleOptions{}, ""), count(auth.ThrottleOptions{}, home)}
	if diff := cmp.Diff([]float64{want, want}, got); diff != "" {
		t.Errorf("allocations with nobody blocked, and with another: %s", diff)
	}
}

// A rate that is never given back blocks, and says so, rather than being too large for a number.
func TestThrottleForCenturies(t *testing.T) {
	app, _ := newThrottled(auth.ThrottleOptions{Headers: router.Rate{Requests: 1, Per: math.MaxInt64}})
	ask(app, "GET", "/me", "X-Key", "wrong")
	w := ask(app, "GET", "/me", "X-Key", "right")
	if got := w.Header().Get("Retry-After"); w.Code != 429 || len(got) < 10 {
		t.Errorf("after a wrong one: %d, Retry-After %q; want 429 and 292 years", w.Code, got)
	}
}
