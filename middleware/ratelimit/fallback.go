package ratelimit

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/router"
)

const (
	maxFailures  = 3           // in a row, until the store is left alone
	pause        = time.Second // for which it is left alone
	warningEvery = time.Minute
)

// Fallback is a store that may fail, and the memory that takes over. It is safe for concurrent use. It is for the
// framework.
type Fallback struct {
	name    string
	kind    string // of the store, for observers
	store   Store
	memory  *Memory // nil with FailClosed; the store itself where that is one
	timeout time.Duration
	start   time.Time

	failures atomic.Int32 // in a row
	resume   atomic.Int64 // when the store is asked again, since the start; 0 if it is not left alone
	warned   atomic.Int64 // when the log was told, since the start; 0 for never
}

// NewFallback returns a Fallback of a store, and of a new [Memory] unless the store is one. The log calls it by name. It
// is for the framework.
func NewFallback(name string, store Store) *Fallback {
	return newFallback(Options{Name: name, Store: store}.withDefaults())
}

func newFallback(o Options) *Fallback {
	g := &Fallback{name: o.Name, kind: strings.TrimPrefix(fmt.Sprintf("%T", o.Store), "*"), store: o.Store, timeout: o.StoreTimeout, start: time.Now()}
	if m, ok := o.Store.(*Memory); ok {
		g.memory = m
	} else if !o.FailClosed {
		g.memory = NewMemory()
	}
	return g
}

// Take asks the store, as [Store.Take] says, within its time. If it fails, the memory answers. The error is nil but for
// a limit with FailClosed. It is for the framework.
func (g *Fallback) Take(req request.Request, key []byte, cost int, rates []router.Rate) (Result, error) {
	if g.store == Store(g.memory) {
		return g.memory.take(key, cost, rates), nil
	}
	err := errLeftAlone
	if g.mayAsk() {
		var r Result
		if r, err = g.ask(req, string(key), cost, rates); err == nil {
			return r, nil
		}
		g.failed()
		g.warn(req, err)
	}
	if g.memory == nil {
		return Result{}, err
	}
	return g.memory.take(key, cost, rates), nil
}

// ask calls the store within its time. A client that goes away meanwhile is no failure of the store.
func (g *Fallback) ask(req request.Request, key string, cost int, rates []router.Rate) (Result, error) {
	ctx, end := request.StateOf(req).Operation(request.StateOf(req).Context(), "ratelimit.take", g.kind)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.timeout)
	defer cancel()
	r, err := g.store.Take(ctx, key, cost, rates)
	end(err)
	if err == nil {
		g.failures.Store(0)
		g.resume.Store(0)
	}
	return r, err
}

// mayAsk reports whether the store is to be asked. After a pause one request tries it before the others do.
func (g *Fallback) mayAsk() bool {
	at := g.resume.Load()
	if at == 0 {
		return true
	}
	now := g.now()
	return now >= at && g.resume.CompareAndSwap(at, now+int64(pause))
}

func (g *Fallback) failed() {
	if g.failures.Add(1) >= maxFailures {
		g.resume.Store(g.now() + int64(pause))
	}
}

// warn tells the log at most once a minute.
func (g *Fallback) warn(req request.Request, err error) {
	last, now := g.warned.Load(), g.now()
	if last != 0 && now-last < int64(warningEvery) || !g.warned.CompareAndSwap(last, now) {
		return
	}
	instead := "the memory of this process takes over"
	if g.memory == nil {
		instead = "requests are answered with 503"
	}
	req.Logger().LogAttrs(request.StateOf(req).Context(), slog.LevelWarn,
		"rate limit: the store failed; "+instead, slog.String("limit", g.name), slog.Any("error", err))
}

// now returns the time since the start, which is never 0.
func (g *Fallback) now() int64 { return 1 + int64(time.Since(g.start)) }
