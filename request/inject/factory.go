package inject

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request/panics"
)

var typeError = reflect.TypeFor[error]()

// checkFactory returns the mistake in the factory of a service.
func (s *service) checkFactory() error {
	if s.factory == nil {
		return errors.New("the factory is nil")
	}
	t := reflect.TypeOf(s.factory)
	switch {
	case t.Kind() != reflect.Func:
		return fmt.Errorf("the factory is of type %v; it must be a function", t)
	case reflect.ValueOf(s.factory).IsNil():
		return errors.New("the factory is nil")
	case t.IsVariadic():
		return fmt.Errorf("the factory %v is variadic; list the services that it needs", t)
	case !s.returns(t):
		return fmt.Errorf("the factory %v must return %v, or %v and an error", t, s.as, s.as)
	}
	return nil
}

func (s *service) returns(t reflect.Type) bool {
	switch t.NumOut() {
	case 1:
		return t.Out(0).AssignableTo(s.as)
	case 2:
		return t.Out(0).AssignableTo(s.as) && t.Out(1) == typeError
	}
	return false
}

// errGone is the error of a factory that has called runtime.Goexit.
var errGone = errors.New("the factory ended its goroutine")

// make calls the factory. A panic becomes an error, so that the goroutines that wait for the service learn
// of it, and the values made before are closed.
func (n *node) make(args []reflect.Value) (v reflect.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panics.Recovered(p).WithStack()
		}
		if err != nil {
			v, err = reflect.Value{}, n.failed("make", err)
		}
	}()
	out := n.factory.Call(args)
	if len(out) == 2 && !out[1].IsNil() {
		return v, As[error](out[1])
	}
	if isNil(out[0]) && !n.nilable {
		return v, errors.New("the factory returned nil")
	}
	if out[0].Type() != n.as {
		return out[0].Convert(n.as), nil
	}
	return out[0], nil
}

// failed adds the name of the service to an error.
func (n *node) failed(what string, err error) error {
	if n.source == "" {
		return fmt.Errorf("inject: %s %v: %w", what, n.as, err)
	}
	return fmt.Errorf("inject: %s %v of %s: %w", what, n.as, n.source, err)
}
