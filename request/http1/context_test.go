package http1_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/soay-go/soay/request/http1"
)

// client is the other end of a request's connection.
type client struct {
	watches atomic.Int32
	ended   atomic.Bool // set after End
	late    atomic.Bool // Watch was called after that
	leave   context.CancelFunc
}

func (c *client) LocalAddr() net.Addr { return &net.TCPAddr{Port: 80} }

func (c *client) Watch(cancel context.CancelFunc) {
	if c.ended.Load() {
		c.late.Store(true)
	}
	c.leave = cancel
	c.watches.Add(1)
}

// contextOf returns the context of a request by a connection.
func contextOf(base context.Context) (*http1.Message, *client) {
	var h http1.Head
	h.Scan([]byte(plaintext))
	c := new(client)
	return h.Message([]byte(plaintext), base, c, ""), c
}

type key struct{}

var errOut = errors.New("out of time")

func TestContext(t *testing.T) {
	base, cancelBase := context.WithCancelCause(context.WithValue(t.Context(), key{}, "value"))
	for _, tt := range []struct {
		name    string
		run     func(*http1.Message, *client) // before the look at the context
		watches int32
		want    error // of Err
		cause   error
	}{
		{"nothing happens", func(*http1.Message, *client) {}, 1, nil, nil},
		{"values start nothing, and the end comes first", func(m *http1.Message, _ *client) {
			m.Value(key{})
			m.Value(http.LocalAddrContextKey)
			m.Deadline()
			m.End()
		}, 0, context.Canceled, context.Canceled},
		{"the client leaves", func(m *http1.Message, c *client) { m.Done(); c.leave() }, 1, context.Canceled, context.Canceled},
		{"the client leaves, and Err found out", func(m *http1.Message, c *client) { m.Err(); c.leave() }, 1, context.Canceled, context.Canceled},
		{"the request ends", func(m *http1.Message, _ *client) { m.Done(); m.End() }, 1, context.Canceled, context.Canceled},
		{"it ends twice", func(m *http1.Message, _ *client) { m.End(); m.End(); m.Done(); m.End() }, 0, context.Canceled, context.Canceled},
		{"the base ends", func(*http1.Message, *client) { cancelBase(errOut) }, 1, context.Canceled, errOut},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, c := contextOf(base)
			tt.run(m, c)
			if cause := context.Cause(m); cause != tt.cause {
				t.Errorf("cause %v, want %v", cause, tt.cause)
			}
			if got := m.Err(); got != tt.want {
				t.Errorf("error %v, want %v", got, tt.want)
			}
			select {
			case <-m.Done():
				if tt.want == nil {
					t.Error("done")
				}
			default:
				if tt.want != nil {
					t.Error("not done")
				}
			}
			if got := c.watches.Load(); got != tt.watches {
				t.Errorf("watched %d times, want %d", got, tt.watches)
			}
			if got := m.Value(key{}); got != "value" {
				t.Errorf("value %v", got)
			}
			if addr, ok := m.Value(http.LocalAddrContextKey).(net.Addr); !ok || addr.String() != ":80" {
				t.Errorf("local address %v", addr)
			}
		})
	}
}

// Package context starts a goroutine for each context that is derived from one that it does not know.
func TestDerivedContextsStartNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, c := contextOf(context.Background())
		before := runtime.NumGoroutine()
		derived, cancel := context.WithCancelCause(m)
		defer cancel(nil)
		timed, stopTimed := context.WithTimeout(context.WithValue(m, key{}, 1), 1)
		defer stopTimed()
		var ran atomic.Bool
		context.AfterFunc(m, func() { ran.Store(true) })
		forgotten := context.AfterFunc(m, func() { t.Error("ran") })
		if !forgotten() {
			t.Error("cannot be stopped")
		}
		if got := runtime.NumGoroutine(); got != before {
			t.Errorf("%d goroutines more", got-before)
		}
		if c.watches.Load() != 1 {
			t.Error("the client is not watched")
		}
		m.End()
		<-derived.Done()
		<-timed.Done()
		synctest.Wait()
		if !ran.Load() {
			t.Error("the function of AfterFunc did not run")
		}
	})
}

// TestDoneAndEndAtOnce ends requests while goroutines ask for their ends.
func TestDoneAndEndAtOnce(t *testing.T) {
	for range 2000 {
		m, c := contextOf(context.Background())
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				switch i {
				case 0:
					m.Err()
				case 1:
					m.Value(key{})
				}
				<-m.Done()
				if m.Err() == nil {
					t.Error("done without an error")
				}
			})
		}
		all.Go(func() {
			m.End()
			c.ended.Store(true)
		})
		all.Wait()
		if n := c.watches.Load(); n > 1 || c.late.Load() {
			t.Fatalf("watched %d times, late: %t", n, c.late.Load())
		}
	}
}

// TestFillAtOnce reads fields while the map is made.
func TestFillAtOnce(t *testing.T) {
	for range 500 {
		hr := messageOf(t, browser).Request()
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				if i%2 == 0 && http1.Fill(hr).Header.Get("Sec-Ch-Ua-Mobile") != "?0" {
					t.Error("the map has no values")
				}
				if http1.Value(hr, "Sec-Ch-Ua-Mobile") != "?0" || len(http1.Values(hr, "Cookie")) != 1 {
					t.Error("there are no fields")
				}
			})
		}
		all.Wait()
	}
}

// TestChangedMap has a handler that changes the header map, which is what counts from then on.
func TestChangedMap(t *testing.T) {
	hr := messageOf(t, browser).Request()
	http1.Fill(hr).Header.Set("Cookie", "new=1")
	hr.Header.Del("Accept")
	if got := http1.Value(hr, "Cookie"); got != "new=1" {
		t.Errorf("Cookie %q", got)
	}
	if got := http1.Values(http1.Fill(hr), "Accept"); got != nil {
		t.Errorf("Accept %q", got)
	}
	own := &http.Request{Header: http.Header{"Accept": {"a", "b"}}}
	copied := http1.Fill(own).WithContext(hr.Context())
	for _, other := range []*http.Request{own, copied} {
		if got := http1.Value(other, "Accept") + http1.Values(http1.Fill(other), "Accept")[1]; got != "ab" {
			t.Errorf("Accept of another request %q", got)
		}
	}
}
