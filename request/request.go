package request

import (
	"context"
	"errors"
	"net/http"

	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/sessions"
)

// Request is one request, as its handler sees it. It is a small value, and copies of it are the
// same request. Several goroutines may use it at once as long as the handler has not returned; those that
// use its Session, or Detach, need [sessions.Session.Load] before they start.
//
// Afterwards it is dead. In development and tests using a dead Request panics; in production it is
// empty and logs one error. It never shows the data of another request. See [Request.Detach] for
// work that outlives the handler.
type Request struct {
	// Session is the session of the client; see package sessions. It works once the app has
	// UseSessions. It is part of the request and cannot be replaced by that of another.
	//
	// The Session also carries the *http.Request, which belongs to this request alone and is never recycled,
	// and the generation. So a Request has four words, which the compiler keeps in registers.
	Session sessions.Session

	exchange *Exchange // recycled: nothing is read from it without a comparison of generations
}

func (r Request) source() *http.Request { return sessions.StateOf(r.Session).Source() }

// errLate names the way out, because the stack of the panic shows only where the request was used.
var errLate = errors.New("request: request used after its handler returned; " +
	"read what a goroutine needs before starting it, or give it req.Detach()")

// errOverTime is errLate for handlers that may be abandoned.
var errOverTime = errors.New("request: request used after its handler returned, or after the time for it was over; " +
	"read what a goroutine needs before starting it, or give it req.Detach()")

// live reports whether the request may still be used, and reports the misuse if not.
func (r Request) live() bool {
	if s := r.exchange; s != nil && s.slot.Holds(r.Session) {
		return true
	}
	return r.exchange.late(r.Session)
}

// Detach returns a copy that stays usable when the handler has returned: for a goroutine that goes
// on, or a job that starts later. It keeps everything but the parts that end with the request: its
// context is never cancelled, its session cannot be changed, its body is there only if it was read
// by Bytes, Text, JSON or Form before, and of the services it has the singletons.
func (r Request) Detach() Request {
	if !r.live() {
		return r
	}
	own := NewExchange(r.exchange.settings)
	r.Logger() // is made of the observation, which ends
	own.SetRoute(r.onRoute())
	x := r.peek().detached(own.slot.Generation())
	x.services = r.exchange.settings.Services.Outside()
	own.extra.Store(x)
	hr := http1.Fill(r.source()).WithContext(context.WithoutCancel(r.outerContext()))
	hr.Body = http.NoBody
	return Request{Session: sessions.StateOf(r.Session).CopyTo(&own.slot, hr), exchange: own}
}

// HTTP returns the request as package net/http knows it. Its body ends with the handler; nothing checks
// the use of the rest. After Bytes, Text, JSON or Form it has the whole body again.
func (r Request) HTTP() *http.Request {
	if !r.live() {
		return new(http.Request)
	}
	hr := http1.Fill(r.source())
	if ctx := r.outerContext(); ctx != hr.Context() {
		hr = hr.WithContext(ctx)
	}
	if x := r.peek(); x != nil {
		return x.body.withReplay(hr)
	}
	return hr
}

// WithHTTP returns the same request with hr in place of the *http.Request it had, for middleware
// written for net/http that passes a changed one on. The route and its parameters stay those of the
// original path. A session that nothing has looked at yet is read from hr. TLS must not come or go once
// something has been decided by the scheme, see [Request.SetOrigin].
func (r Request) WithHTTP(hr *http.Request) Request {
	if !r.live() {
		return r
	}
	if hr.URL != r.source().URL {
		if x := r.more(); x != nil {
			x.mu.Lock()
			if x.routed == nil {
				x.routed = r.source().URL
			}
			x.mu.Unlock()
		}
	}
	before := r
	r.Session = sessions.StateOf(r.Session).WithSource(hr)
	if scheme := r.Scheme(); (hr.TLS == nil) != (before.source().TLS == nil) && scheme != before.Scheme() {
		before.checkOrigin("SetOrigin or WithHTTP changes the scheme to", scheme)
	}
	return r
}

// Context returns the context of the request. It ends when the client has gone, when the handler
// has returned and the response is written, and, while the response is streamed, when the app
// stops.
func (r Request) Context() context.Context {
	if !r.live() {
		return context.Background()
	}
	x := r.more()
	if x == nil {
		return context.Background()
	}
	return x.context(r.source(), r.outerContext())
}

// WithContext returns the same request with another context, usually one derived from Context.
func (r Request) WithContext(ctx context.Context) Request {
	if !r.live() {
		return r
	}
	r.Context() // is made of the original one, whichever is asked for first
	r.Session = sessions.StateOf(r.Session).WithSource(http1.Fill(r.source()).WithContext(ctx))
	return r
}
