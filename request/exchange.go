package request

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/sessions"
)

// Exchange is the recycled part of a request, for the framework: the code that serves keeps an Exchange
// for each request in flight and uses it again for others, one after the other. Its methods are called by
// one goroutine at a time, and handlers never get hold of it.
type Exchange struct {
	settings   *Settings
	slot       sessions.Slot
	route      atomic.Pointer[Route]
	extra      atomic.Pointer[extra]
	complained atomic.Bool
	finished   atomic.Uint64 // one more than the generation whose services are finished
	writer     writer
	body       ServerBody // nil without one

	observation Observation // nil unless the current request is observed
	entry       Observation // nil unless the current request is logged
}

// NewExchange returns an exchange for requests of an app, for the framework.
func NewExchange(settings *Settings) *Exchange {
	s := new(Exchange)
	s.Init(settings)
	return s
}

// Init prepares a zero Exchange that is part of something larger.
func (s *Exchange) Init(settings *Settings) {
	s.settings = settings
	s.slot.Misuse = s.misuse
	if t := settings.Telemetry; t != nil {
		s.slot.Operation = t.Operation
	}
}

// Begin starts the request hr, whose route is yet to be found.
func (s *Exchange) Begin(hr *http.Request) Request {
	return Request{Session: s.slot.Begin(hr), exchange: s}
}

// End finishes the request that was begun last: it and its copies are dead from here on.
func (s *Exchange) End() {
	s.endWriter()
	s.endBody()
	if x := s.extra.Load(); x != nil {
		x.close(s) // services that a goroutine has made after Finish
		s.extra.Store(nil)
	}
	if s.complained.Load() {
		s.complained.Store(false)
	}
}

// late reports a use of a dead request with this session, and false.
func (s *Exchange) late(session sessions.Session) bool {
	if s == nil || s.settings == nil {
		panic("request: use of a Request that no app has made; see package requesttest for tests")
	}
	if sessions.StateOf(session).IsLimited() {
		s.misuse(errOverTime)
	} else {
		s.misuse(errLate)
	}
	return false
}

// misuse panics, or logs the first misuse since the last End.
func (s *Exchange) misuse(err error) {
	err = s.settings.named(err)
	if s.settings.Strict {
		panic(err)
	}
	if s.complained.CompareAndSwap(false, true) {
		s.settings.logger().Error(err.Error())
	}
}

// extra has the parts that most requests do not need. It is made at its first use, belongs to one generation
// and is never recycled.
type extra struct {
	gen uint64

	mu        sync.Mutex
	values    []value
	few       [2]value // the memory of values, which seldom are more
	after     []afterResponse
	logger    *slog.Logger
	from      origin
	routed    *url.URL // the URL that was routed, where middleware has put another in its place
	decodedOf *url.URL // decoded is its RoutingPath
	decoded   string
	body      body
	ctx       *requestContext
	ctxOf     *http.Request   // ctx was derived from its context
	streaming context.Context // ends when the app stops, nil unless the response is streamed
	services  *inject.Scope
	files     *upload.Store   // nil unless files were sent
	ended     bool            // no more services can be made, and no files kept
	finished  bool            // the response has been written
	limited   *requestContext // that of a handler that may be abandoned, see State.Limit
	abandoned bool            // that handler is
}

// afterResponse is a function of AfterResponse.
type afterResponse struct {
	f       func(Outcome)
	limited bool // it belongs to a handler that may be abandoned
}

// value is a value that a Key has stored.
type value struct {
	key *keyID
	v   any
}

// Outcome is the end of a response.
type Outcome struct {
	Status int   // the status sent, 0 if the connection was cut before
	Bytes  int64 // bytes of content
	Err    error // the error behind an error response or a cut connection
	Cut    bool  // the connection was cut, whatever was sent before
}

// peek returns the extra of the request, nil where nothing has made one.
func (r Request) peek() *extra {
	if x := r.exchange.extra.Load(); x != nil && x.gen == r.gen() {
		return x
	}
	return nil
}

func (r Request) gen() uint64 { return sessions.StateOf(r.Session).Generation() }

// more returns the extra of the request and makes it at the first use. It returns nil for a dead request.
//
// As everywhere the pointer is loaded before the generation is compared. So a late goroutine cannot replace
// the extra of another request: the swap fails, because the pointer is not the one that was loaded.
func (r Request) more() *extra {
	for {
		x := r.exchange.extra.Load()
		if !r.live() {
			return nil
		}
		if x != nil && x.gen == r.gen() {
			return x
		}
		fresh := &extra{gen: r.gen()}
		fresh.values = fresh.few[:0]
		if r.exchange.extra.CompareAndSwap(x, fresh) {
			return fresh
		}
	}
}

// detached returns a copy for another exchange; x may be nil.
func (x *extra) detached(gen uint64) *extra {
	if x == nil {
		x = new(extra)
	}
	c := &extra{gen: gen}
	x.body.detachTo(&c.body)
	x.mu.Lock()
	defer x.mu.Unlock()
	c.values, c.logger = slices.Clone(x.values), x.logger
	c.from, c.routed = x.from, x.routed
	return c
}

// context returns outer, the context of hr, made so that it can be ended when the app stops.
func (x *extra) context(hr *http.Request, outer context.Context) context.Context {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ctx == nil {
		x.ctxOf = hr
		x.ctx = &requestContext{Context: outer, streaming: x.streaming, ended: x.finished}
	}
	if x.ctxOf != hr {
		return outer
	}
	return x.ctx
}

// Stream tells the current request that its response is being streamed: from now on its context ends when
// the app stops, for a stream has no end of its own that could be waited for, and its session can only be
// read, for the cookie has been decided.
func (s *Exchange) Stream(r Request) {
	sessions.StateOf(r.Session).MakeReadOnly()
	if s.settings.Stopping == nil {
		return
	}
	if x := r.more(); x != nil {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.streaming = s.settings.Stopping
		if x.ctx != nil {
			x.ctx.endWith(x.streaming)
		}
	}
}

// HasWork reports whether Finish runs code of the app, which may take its time: functions of AfterResponse, the access
// log, or the closing of services.
func (s *Exchange) HasWork() bool {
	if s.entry != nil {
		return true
	}
	x := s.current()
	if x == nil {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.hasWork()
}

func (x *extra) hasWork() bool {
	return x.after != nil || x.services != nil && !x.ended && !x.abandoned
}

// current returns the extra of the current request, nil where nothing has made one. One that a late goroutine
// has left for an earlier request does not count.
func (s *Exchange) current() *extra {
	if x := s.extra.Load(); x != nil && x.gen == s.slot.Generation() {
		return x
	}
	return nil
}

// Finish ends the context of the current request, runs the functions of AfterResponse, last first, tells the access log,
// and closes the services of the request. It comes before End; a second call does nothing.
func (s *Exchange) Finish(o Outcome) {
	if observation := s.observation; observation != nil {
		s.observation = nil
		s.protect(observation.End, o)
	}
	x := s.current()
	if x == nil {
		s.log(o)
		return
	}
	s.slot.Finish()
	x.mu.Lock()
	after, ctx := x.after, x.ctx
	x.after, x.finished = nil, true
	if x.abandoned {
		after, x.after = partition(after)
	}
	x.mu.Unlock()
	ctx.end(nil) // first, for a function may wait for goroutines that wait for it
	s.runAfter(after, o)
	s.log(o)
	x.close(s)
}

// log tells the access log the end of the request.
func (s *Exchange) log(o Outcome) {
	if entry := s.entry; entry != nil {
		s.entry = nil
		s.protect(entry.End, o)
	}
}

func (s *Exchange) runAfter(functions []afterResponse, o Outcome) {
	for _, after := range slices.Backward(functions) {
		s.protect(after.f, o)
	}
}

// protect keeps a panic of one function from the others.
func (s *Exchange) protect(f func(Outcome), o Outcome) {
	defer func() {
		if v := recover(); v != nil {
			e := panics.Recovered(v)
			s.settings.logger().Error("panic after the response", "panic", e.Value, "stack", string(e.Stack))
		}
	}()
	f(o)
}

// AfterResponse makes f run when the response has been written or the connection was cut: for
// access logs and for closing what belongs to the request. The request is still live in f, but its
// body and its context have ended. Functions run in reverse order. The client need not wait for
// them, and the app stops only when they are done.
func (r Request) AfterResponse(f func(Outcome)) {
	if r.live() {
		r.addAfter(f)
	}
}

// addAfter adds a function of AfterResponse. It is false if the request has ended, or its abandoned handler has returned.
func (r Request) addAfter(f func(Outcome)) bool {
	if !r.exchange.slot.Holds(r.Session) {
		return false
	}
	x := r.more()
	if x == nil {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	limited := sessions.StateOf(r.Session).IsLimited()
	if limited && x.ended && x.abandoned {
		return false
	}
	x.after = append(x.after, afterResponse{f, limited})
	return true
}

type forTest struct{}

// ForTest returns a context for the server of a test client, for the framework. Functions of AfterResponse run
// before the response ends there, so that a test with the response sees their effects, and the stop does not
// wait for load balancers.
func ForTest(ctx context.Context) context.Context { return context.WithValue(ctx, forTest{}, true) }

// IsForTest reports whether a context comes from ForTest, for the framework.
func IsForTest(ctx context.Context) bool { return ctx.Value(forTest{}) != nil }

// ErrStopping is the cause of a context that ended because the app stops.
var ErrStopping = errors.New("request: the app is stopping")

// SetRoute sets the route of the current request. Handlers never get hold of an Exchange, so no late goroutine
// can set the route of another request. A load is cheaper than a store, and the route is often that of the last
// request.
func (s *Exchange) SetRoute(route *Route) {
	if s.route.Load() != route {
		s.route.Store(route)
	}
}
