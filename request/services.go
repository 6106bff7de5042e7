package request

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"

	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// errNoServices is the error in tests of single handlers, which have no app.
var errNoServices = errors.New("the request has no services; those of an app have, see requesttest.New")

// Resolve returns the service T of the app: a singleton, the one T of this request, or a new one
// where T is transient. What it makes for the request is closed when the response has been written,
// after the functions of AfterResponse. Several goroutines of a request may call it. Singletons
// cost no memory.
//
// A type that is no service, a factory that fails and a request that has ended are errors. A
// detached request has singletons only.
func Resolve[T any](r Request) (T, error) {
	v, err := r.resolve(reflect.TypeFor[T]())
	if err != nil {
		var zero T
		return zero, err
	}
	return inject.As[T](v), nil
}

func (r Request) resolve(t reflect.Type) (reflect.Value, error) {
	if !r.live() {
		return reflect.Value{}, fmt.Errorf("request: resolve %v: %w", t, inject.ErrClosed)
	}
	provider := r.exchange.settings.Services
	if provider == nil {
		return reflect.Value{}, fmt.Errorf("request: resolve %v: %w", t, errNoServices)
	}
	slot, err := provider.Slot(t)
	if err != nil {
		return reflect.Value{}, fmt.Errorf("request: resolve %w", err)
	}
	return r.service(slot)
}

// service resolves a service by its place in the app's plan. A shared one costs no scope.
func (r Request) service(slot inject.Slot) (reflect.Value, error) {
	if !r.live() {
		return reflect.Value{}, inject.ErrClosed
	}
	if p := r.exchange.settings.Services; p != nil {
		if v, ok := p.Shared(slot); ok {
			return v, nil
		}
	}
	return r.services().Value(slot)
}

func (r Request) services() *inject.Scope {
	if !r.live() {
		return closedScope()
	}
	provider := r.exchange.settings.Services
	if provider == nil {
		return new(inject.Scope)
	}
	x := r.more()
	if x == nil {
		return closedScope()
	}
	scope := x.scope(r, provider)
	if !r.exchange.slot.Holds(r.Session) {
		x.close(r.exchange) // End may have looked before there was a scope
	}
	return scope
}

func closedScope() *inject.Scope {
	s := new(inject.Scope)
	_ = s.Close()
	return s
}

// scope returns the scope of the request, closed if that has ended.
func (x *extra) scope(r Request, provider *inject.Provider) *inject.Scope {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.services == nil {
		x.services = provider.Scope(r)
		x.services.Late = logLateClose
		if r.exchange.finished.Load() == r.gen()+1 {
			x.services.Finish()
		}
		if x.ended {
			_ = x.services.Close()
		}
	}
	return x.services
}

// FinishServices tells the services of the request the response, and returns what is to be sent: this response or,
// if a service fails, an error page. Each service is told once. Those that have something to be told cannot be made
// from now on. A handler with a time for it is in time from here on, so that services are told what the client gets. If
// the request has ended already, because nobody has waited for the handler, it does nothing.
func (s State) FinishServices(resp response.Response) response.Response {
	if s.r.exchange == nil || !s.r.exchange.slot.Holds(s.r.Session) {
		return resp
	}
	if sessions.StateOf(s.r.Session).IsLimited() && !s.Settle() {
		return resp
	}
	s.r.exchange.setFinished(s.r.gen())
	for _, unit := range s.r.peek().units() {
		if err := unit.Finish(resp); err != nil {
			resp = s.Complete(response.Error(err))
		}
	}
	return resp
}

// setFinished marks a generation, unless a later one is marked. The mark comes before the look at the services: a
// goroutine that opens their scope at the same time finds the mark, or its scope is found.
func (s *Exchange) setFinished(gen uint64) {
	for {
		old := s.finished.Load()
		if old > gen || s.finished.CompareAndSwap(old, gen+1) {
			return
		}
	}
}

// units ends the making of services that are to be finished, and returns those that there are. x may be nil.
func (x *extra) units() []inject.Unit {
	if x == nil {
		return nil
	}
	x.mu.Lock()
	scope := x.services
	x.mu.Unlock()
	if scope == nil {
		return nil
	}
	return scope.Finish()
}

// close is endServices, unless they belong to an abandoned handler: they end with that.
func (x *extra) close(s *Exchange) {
	x.mu.Lock()
	abandoned := x.abandoned
	x.mu.Unlock()
	if !abandoned {
		x.endServices(s)
	}
}

// endServices closes the services that were made for the request, and its files. No more are made from now on. A service
// may have a file open; it has read what it needs when it is closed.
func (x *extra) endServices(s *Exchange) {
	x.mu.Lock()
	scope, files := x.services, x.files
	x.ended, x.files = true, nil
	x.mu.Unlock()
	if files != nil {
		if err := files.Close(); err != nil {
			x.loggerOr(s).Error("close the files of a request", "error", err)
		}
	}
	if scope == nil {
		return
	}
	if err := scope.Close(); err != nil {
		x.loggerOr(s).Error(closeMessage, "error", err)
	}
}

// loggerOr returns the logger of the request, or else that of the app.
func (x *extra) loggerOr(s *Exchange) *slog.Logger {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.logger != nil {
		return x.logger
	}
	return s.settings.logger()
}

const closeMessage = "close the services of a request"

// logLateClose logs the error of a service that was closed late, because its factory was still at work when the
// request ended. The request's own logger is gone by then.
func logLateClose(values []any, err error) {
	values[0].(Request).exchange.settings.logger().Error(closeMessage, "error", err)
}
