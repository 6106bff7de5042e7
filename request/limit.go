package request

import (
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// A handler that there is a time for runs in a goroutine of its own, with a copy of the Request that is marked. When the time
// is over, the request is answered without it: one decision, by compare-and-swap, ends all marked copies, and the others
// stay live for the middleware outside. So the handler finds its request dead as if it had returned, also while the
// exchange still serves the request, and later when it serves others. What the handler may be using, such as services,
// ends when it has returned.

// Limit returns the request for a handler that may be abandoned. It is called once for a request, before the handler starts.
func (s State) Limit() Request {
	r := s.r
	limited := &requestContext{Context: r.Context()}
	x := r.more()
	if x == nil {
		return r
	}
	x.mu.Lock()
	x.limited = limited
	x.mu.Unlock()
	own := sessions.StateOf(r.Session).WithSource(http1.Apart(r.source(), limited))
	r.Session = sessions.StateOf(own).Limit()
	return r
}

// Settle decides that the handler has returned in time. It is false if it has been abandoned.
func (s State) Settle() bool { return sessions.StateOf(s.r.Session).Settle() }

// IsAbandoned reports whether a request that Limit has returned has ended: its handler is abandoned. It is no use of the
// request.
func (s State) IsAbandoned() bool {
	return sessions.StateOf(s.r.Session).IsLimited() && !s.r.exchange.slot.Holds(s.r.Session)
}

// Abandon decides that the handler was not in time, and ends its request with the cause. It is false, and does nothing, if
// the handler has settled. end is to be called when the handler has returned, with the response that the client got: it
// finishes and closes the services, and runs the functions of AfterResponse that the handler has added.
func (s State) Abandon(cause error) (end func(response.Response), ok bool) {
	exchange, x := s.r.exchange, s.r.peek()
	if x == nil {
		return nil, false
	}
	x.mu.Lock()
	ok = sessions.StateOf(s.r.Session).Abandon()
	x.abandoned = ok
	x.mu.Unlock() // services look at both
	if !ok {
		return nil, false
	}
	settings := exchange.settings
	settings.abandoned.Add(1)
	if exchange.body != nil {
		exchange.body.Abandon()
	}
	x.limited.end(cause)
	return func(resp response.Response) {
		defer settings.abandoned.Add(-1)
		x.endAbandoned(NewExchange(settings), resp)
	}, true
}

// endAbandoned ends what belongs to an abandoned handler, which has returned. s has the settings; the exchange of the
// request may be that of another one by now.
func (x *extra) endAbandoned(s *Exchange, resp response.Response) {
	for _, unit := range x.units() {
		if err := unit.Finish(resp); err != nil {
			x.loggerOr(s).Error("finish the services of a request", "error", err)
		}
	}
	x.mu.Lock()
	x.ended = true // no functions are added any more
	var after []afterResponse
	x.after, after = partition(x.after)
	x.mu.Unlock()
	s.runAfter(after, Outcome{Status: resp.Status(), Err: resp.Err()})
	x.endServices(s)
}

// partition returns the functions of the request, and those of an abandoned handler.
func partition(functions []afterResponse) (own, limited []afterResponse) {
	for _, after := range functions {
		if after.limited {
			limited = append(limited, after)
		} else {
			own = append(own, after)
		}
	}
	return own, limited
}

// Abandoned returns how many handlers of the app were abandoned and have not returned.
func (s State) Abandoned() int64 { return s.r.exchange.settings.Abandoned() }

// Abandoned returns how many handlers were abandoned and have not returned.
func (s *Settings) Abandoned() int64 { return s.abandoned.Load() }

// AfterResponse is [Request.AfterResponse] for code that runs also when its handler is abandoned. It is false if f will not
// run, because the request has ended.
func (s State) AfterResponse(f func(Outcome)) bool { return s.r.addAfter(f) }
