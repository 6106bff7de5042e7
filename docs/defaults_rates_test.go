package docs_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

func rateDefaults() map[string]check {
	return map[string]check{
		"Rate of requests":                                says("none", noRate),
		"Answer to a request over a limit":                answerOverALimit,
		"Client that a limit is for":                      clientOfALimit,
		"Headers about a limit":                           headersOfALimit,
		"Store of a limit":                                says("the memory of the process", storeOfALimit),
		"Clients in the memory":                           clientsInTheMemory,
		"Store that is slow":                              slowLimitStore,
		"Store that fails":                                says("the memory of the process takes over, with the same rates", failingLimitStore),
		"Requests at the same time":                       says("any number", atTheSameTime),
		"Answer to one request too many at the same time": oneTooMany,
	}
}

// hourly is one request in an hour.
var hourly = soay.Rate{Requests: 1, Per: time.Hour}

// limited returns an app with a limit of one request in an hour.
func limited(options ...ratelimit.Options) *soay.App {
	app := quiet()
	app.UseRateLimit(hourly, options...)
	app.Get("/", text("hi"))
	return app
}

// askFrom lets app answer a GET from an address.
func askFrom(app http.Handler, client string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = client
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

const someClient = "192.0.2.1:1"

func noRate(t *testing.T) {
	app := quiet()
	app.Get("/", text("hi"))
	for range 1000 {
		if w := askFrom(app, someClient); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
}

func answerOverALimit(t *testing.T, cell string) {
	app := limited()
	askFrom(app, someClient)
	if w := askFrom(app, someClient); w.Code != status(t, cell) || w.Header().Get(names(cell)[0]) != "3600" {
		t.Errorf("%d with %v, the page says %s", w.Code, w.Header(), cell)
	}
}

func clientOfALimit(t *testing.T, cell string) {
	bits := number(t, cell, "")
	app := limited()
	last := func(bit int) string { // an address that differs from the first one in this bit
		b := [16]byte{0x20, 0x01}
		b[(bit-1)/8] |= 0x80 >> ((bit - 1) % 8)
		return "[" + netip.AddrFrom16(b).String() + "]:1"
	}
	for _, tt := range []struct {
		client string
		want   int
	}{{"[2001::]:1", 200}, {last(bits + 1), 429}, {last(bits), 200}, {"192.0.2.1:1", 200}, {"192.0.2.1:2", 429}, {"192.0.2.2:1", 200}} {
		if got := askFrom(app, tt.client).Code; got != tt.want {
			t.Errorf("%s: %d, want %d", tt.client, got, tt.want)
		}
	}
}

func headersOfALimit(t *testing.T, cell string) {
	w := askFrom(limited(), someClient)
	for _, name := range names(cell) {
		if w.Header().Get(name) == "" {
			t.Errorf("there is no %s", name)
		}
	}
}

func storeOfALimit(t *testing.T) {
	one, other := limited(), limited()
	if a, b, c := askFrom(one, someClient), askFrom(other, someClient), askFrom(one, someClient); a.Code != 200 || b.Code != 200 || c.Code != 429 {
		t.Errorf("%d, from another app %d, again %d", a.Code, b.Code, c.Code)
	}
}

func clientsInTheMemory(t *testing.T, cell string) {
	limit := number(t, cell, "")
	m := ratelimit.NewMemory()
	for i := range limit + limit/4 {
		_, _ = m.Take(t.Context(), strconv.Itoa(i), 1, []router.Rate{hourly})
	}
	if n := m.Len(); n > limit || n < limit*99/100 {
		t.Errorf("it keeps %d, the page says %s", n, cell)
	}
}

// limitStore is a store that fails with the end of its context, or at once.
type limitStore struct{ hangs bool }

func (s limitStore) Take(ctx context.Context, _ string, _ int, _ []router.Rate) (ratelimit.Result, error) {
	if s.hangs {
		<-ctx.Done()
	}
	return ratelimit.Result{}, errors.New("down")
}

func slowLimitStore(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := askFrom(limited(ratelimit.Options{Store: limitStore{hangs: true}}), someClient)
		if took := time.Since(start); w.Code != 200 || took != duration(t, cell) {
			t.Errorf("%d after %v, the page says %s", w.Code, took, cell)
		}
	})
}

func failingLimitStore(t *testing.T) {
	app := limited(ratelimit.Options{Store: limitStore{}})
	if a, b := askFrom(app, someClient), askFrom(app, someClient); a.Code != 200 || b.Code != 429 {
		t.Errorf("%d and %d", a.Code, b.Code)
	}
	if w := askFrom(limited(ratelimit.Options{Store: limitStore{}, FailClosed: true}), someClient); w.Code != 503 {
		t.Errorf("with FailClosed %d", w.Code)
	}
}

func atTheSameTime(t *testing.T) {
	const many = 100
	app := quiet()
	inside := make(chan struct{}, many)
	open := make(chan struct{})
	app.Get("/", func(soay.Request) soay.Response {
		inside <- struct{}{}
		<-open
		return response.Text("hi")
	})
	codes := make(chan int, many)
	for range many {
		go func() { codes <- askFrom(app, someClient).Code }()
	}
	for range many {
		<-inside
	}
	close(open)
	for range many {
		if code := <-codes; code != 200 {
			t.Fatal(code)
		}
	}
}

func oneTooMany(t *testing.T, cell string) {
	app := quiet()
	app.Get("/", func(soay.Request) soay.Response {
		w := askFrom(app, someClient)
		if w.Code != status(t, cell) || w.Header().Get(names(cell)[0]) == "" {
			t.Errorf("%d with %v, the page says %s", w.Code, w.Header(), cell)
		}
		return response.Text("hi")
	}).MaxConcurrent(1)
	askFrom(app, someClient)
}
