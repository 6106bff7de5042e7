package inject

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/soay-go/soay/request/panics"
)

// ErrFinished means that a service with a function Finish was asked for after [Scope.Finish], too late for it to
// run.
var ErrFinished = errors.New("the response is decided, so its Finish would not run; ask for it before")

// FinishError is the error of a function Finish. It means that the work of a service was not brought to its end, such
// as a transaction that could not be committed.
type FinishError struct{ Err error }

// Error implements error.
func (e *FinishError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the function, with the name of the service.
func (e *FinishError) Unwrap() error { return e.Err }

// Unit is a scoped service with a function Finish, that was made in a scope.
type Unit struct {
	node  *node
	value reflect.Value
}

// Finish calls the function with the outcome. The error is a *[FinishError], which wraps a *[panics.Error] after a
// panic.
func (u Unit) Finish(outcome any) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panics.Recovered(v)
		}
		if err != nil {
			err = &FinishError{u.node.failed("finish", err)}
		}
	}()
	return u.node.finish(u.value, outcome)
}

// Finish returns the services with a function Finish that were made in the scope, the last one first, and only at the
// first call. Such services cannot be made in the scope any more. The caller calls Finish of each.
func (s *Scope) Finish() []Unit {
	s.mu.Lock()
	defer s.mu.Unlock()
	units := s.units
	s.units, s.finished = nil, true
	slices.Reverse(units)
	return units
}

// checkFinish returns an error for a service with a function Finish that would not run any more.
func (s *Scope) checkFinish(n *node) error {
	if n.finish != nil && s.finished {
		return fmt.Errorf("inject: resolve %v: %w", n.as, ErrFinished)
	}
	return nil
}

// unit notes a service that was made if it has a function Finish.
func (s *Scope) unit(n *node, v reflect.Value) error {
	if n.finish == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkFinish(n); err != nil {
		return err
	}
	s.units = append(s.units, Unit{n, v})
	return nil
}
