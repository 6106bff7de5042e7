package soay

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"sync/atomic"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// ServiceOptions sets up a service that is resolved as T.
type ServiceOptions[T any] struct {
	// Close closes what the factory made, when the request or the app ends. The default is the
	// method Close of an io.Closer, for what the factory has made itself. An instance is closed
	// only by this function. A Close that may take long limits itself.
	Close func(T) error
	// Finish brings the work of a scoped service to its end, before the response is sent: it commits if the
	// response is a success, else it rolls back. It runs once for each such service that was made for a request,
	// those made last first, when the endpoint and the middleware of its groups and its route have returned: also
	// after a panic, which is a response with status 500 by then, and when the handler cuts the connection. The
	// response is complete; of a stream only the status and the headers are there.
	//
	// An error or a panic of Finish takes the place of the response, and is an *[inject.FinishError]: the client
	// gets a 500, unless the error has a status of its own, the session is not saved, and the services that are
	// still to be finished see this response. After Finish the service cannot be made for the request any more,
	// so a first use by AfterResponse or by a stream is an error. Close comes at the end, as always.
	Finish func(T, Response) error
}

// AddSingleton registers a service that is made once, when the app starts, before its hooks run. It
// is closed when the app has stopped, after the stop hooks, those made last first.
//
// The factory is a function that returns a T, or something that is assignable to T, and perhaps an
// error; T is often an interface. Its parameters are other services, found by their types. Services
// that are missing, that need each other, and a singleton that would hold a scoped service are
// mistakes that the start reports. A factory of a singleton that fails stops the start.
func AddSingleton[T any](a *App, factory any, options ...ServiceOptions[T]) {
	addService(a, "AddSingleton", inject.Singleton, factory, options)
}

// AddScoped registers a service that is made once for each request that asks for it. It is closed
// when the response has been written, after the functions of AfterResponse, those made last first;
// also after a panic and when the client has gone.
//
// The factory is as for [AddSingleton]; the [Request] may be a parameter of it too. If it fails,
// that is the answer to everyone in this request who asks for the service.
func AddScoped[T any](a *App, factory any, options ...ServiceOptions[T]) {
	addService(a, "AddScoped", inject.Scoped, factory, options)
}

// AddTransient registers a service that is made each time that someone asks for it. It is closed
// with the request or the singleton that it was made for. The factory is as for [AddScoped].
func AddTransient[T any](a *App, factory any, options ...ServiceOptions[T]) {
	addService(a, "AddTransient", inject.Transient, factory, options)
}

// AddInstance registers a singleton that is there already. The app closes it only if the options
// say how, after all singletons that it has made itself. An app that is started again uses the same
// instance.
func AddInstance[T any](a *App, value T, options ...ServiceOptions[T]) {
	o := one(a, "AddInstance", options)
	if a.open("AddInstance") {
		if o.Finish != nil {
			a.fail("AddInstance: an instance has no Finish; only scoped services have")
		}
		inject.AddInstance(&a.services.container, value, o.Close, router.Source())
	}
}

func addService[T any](a *App, call string, lifetime inject.Lifetime, factory any, options []ServiceOptions[T]) {
	o := one(a, call, options)
	if a.open(call) {
		s := inject.Service[T]{Lifetime: lifetime, Factory: factory, Close: o.Close, Source: router.Source()}
		if o.Finish != nil {
			s.Finish = func(v T, outcome any) error { return o.Finish(v, outcome.(Response)) }
		}
		inject.Add(&a.services.container, s)
	}
}

// Resolve returns the service T for a request. See [request.Resolve].
func Resolve[T any](req Request) (T, error) { return request.Resolve[T](req) }

// Service returns the singleton T of an app that has started, for hooks and for code outside of
// requests. It is there as long as the app runs, in start hooks and in stop hooks too.
func Service[T any](a *App) (T, error) {
	var zero T
	t := reflect.TypeFor[T]()
	p := a.services.provider.Load()
	if p == nil {
		return zero, fmt.Errorf("soay: service %v: the app is not running", t)
	}
	v, err := p.Singleton(t)
	if err != nil {
		return zero, fmt.Errorf("soay: %w", err)
	}
	return inject.As[T](v), nil
}

// finishServices is middleware that finishes the services of a request with the response of next.
func finishServices(next Handler) Handler {
	return func(req Request) Response {
		returned := false
		defer func() {
			if !returned { // by a panic that cuts the connection; errors of Finish are logged
				request.StateOf(req).FinishServices(response.Error(http.ErrAbortHandler))
			}
		}()
		resp := next(req)
		returned = true
		return request.StateOf(req).FinishServices(resp)
	}
}

// services are those of an app.
type services struct {
	container inject.Container
	plan      *inject.Plan                    // once the setup is complete
	provider  atomic.Pointer[inject.Provider] // while the app runs
}

// compile checks the registrations. The plan is there even if some are wrong.
func (s *services) compile() error {
	var err error
	s.plan, err = s.container.Compile(reflect.TypeFor[Request]())
	return err
}

func (s *services) start() error {
	p, err := s.plan.Start()
	if err != nil {
		return fmt.Errorf("soay: start: %w", err)
	}
	s.provider.Store(p)
	return nil
}

// stop closes the singletons.
func (s *services) stop() error {
	p := s.provider.Swap(nil)
	if p == nil {
		return nil
	}
	var errs []error
	for _, err := range router.Unjoin(p.Close()) {
		errs = append(errs, fmt.Errorf("soay: stop: %w", err))
	}
	return errors.Join(errs...)
}
