package inject

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
)

// Errors of resolving. They are wrapped with the type that was asked for.
var (
	// ErrClosed means that the scope or the provider is closed.
	ErrClosed = errors.New("the services are closed")
	// ErrNoScope means that a service other than a singleton was asked for where no scope is open.
	ErrNoScope = errors.New("only singletons can be resolved here")
	// ErrForeign means that the slot is not of this plan. The zero Scope has no plan at all.
	ErrForeign = errors.New("it is no service here")
)

// Scope resolves services and owns those that it has made. It is safe for concurrent use.
//
// A scoped service is made once, even if several goroutines ask for it at the same time: the others wait.
// If its factory fails, all of them get that error, in this scope for good. A factory that resolves its own
// service in the scope of its caller waits for itself; declare the services that it needs as parameters,
// which are checked.
type Scope struct {
	// Late gets the errors of closing values that Close has left to a factory at work, with the values
	// that the scope was opened with. Set it before the first use. If it is nil, the errors become part
	// of the error of resolving.
	Late func(values []any, err error)

	provider *Provider
	given    []any
	closed   atomic.Bool

	mu       sync.Mutex
	cells    []cell
	made     []made
	units    []Unit // what Finish returns
	finished bool
	atWork   int // the number of factories that have begun and not ended
}

// cell is the place of a scoped service in its scope.
type cell struct {
	progress progress
	value    reflect.Value
	err      error
	waiting  chan struct{} // closed when the service is there; nil while no goroutine waits
}

type progress uint8

const (
	untouched progress = iota
	making
	done
)

// Value resolves a service. A singleton exists already, a scoped service is made when it is asked for
// first, and a transient one each time.
func (s *Scope) Value(slot Slot) (reflect.Value, error) {
	if slot.plan == nil {
		return reflect.Value{}, fmt.Errorf("inject: resolve a service: %w", ErrForeign)
	}
	n := slot.plan.nodes[slot.index]
	v, err := s.resolve(n)
	if err == ErrClosed || err == ErrForeign {
		err = fmt.Errorf("inject: resolve %v: %w", n.as, err)
	}
	return v, err
}

// isRoot reports whether s is the scope of the provider itself.
func (s *Scope) isRoot() bool { return s.provider != nil && s == &s.provider.root }

func (s *Scope) resolve(n *node) (reflect.Value, error) {
	if s.isRoot() && n.slot.plan == s.provider.plan && n.lifetime != Singleton && !s.closed.Load() {
		return reflect.Value{}, fmt.Errorf("inject: resolve %v, which is %v: %w", n.as, n.lifetime, ErrNoScope)
	}
	return s.value(n)
}

// value resolves the services that a factory needs, too.
func (s *Scope) value(n *node) (reflect.Value, error) {
	p := s.provider
	switch {
	case s.closed.Load():
		return reflect.Value{}, ErrClosed
	case p == nil || p.plan != n.slot.plan:
		return reflect.Value{}, ErrForeign
	case p.root.closed.Load():
		return reflect.Value{}, ErrClosed
	}
	switch n.lifetime {
	case Singleton:
		return p.values[n.slot.index], nil
	case Given:
		return s.handedIn(n)
	case Scoped:
		return s.once(n)
	}
	return s.build(n)
}

// handedIn returns a value that the scope was opened with.
func (s *Scope) handedIn(n *node) (reflect.Value, error) {
	if i := n.slot.index; i < len(s.given) {
		if v := reflect.ValueOf(s.given[i]); v.IsValid() && v.Type() == n.as {
			return v, nil
		}
	}
	return reflect.Value{}, fmt.Errorf("inject: the scope was opened without a value of type %v", n.as)
}

// once returns a scoped service. The goroutine that comes first makes it.
func (s *Scope) once(n *node) (reflect.Value, error) {
	for {
		s.mu.Lock()
		if s.cells == nil {
			s.cells = make([]cell, s.provider.plan.scoped)
		}
		c := &s.cells[n.cell]
		switch c.progress {
		case done:
			v, err := c.value, c.err
			s.mu.Unlock()
			return v, err
		case untouched:
			c.progress = making
			s.mu.Unlock()
			return s.fill(c, n)
		}
		if c.waiting == nil {
			c.waiting = make(chan struct{})
		}
		waiting := c.waiting
		s.mu.Unlock()
		if err := s.wait(waiting); err != nil {
			return reflect.Value{}, fmt.Errorf("inject: resolve %v: wait for the one who makes it: %w", n.as, err)
		}
	}
}

// fill makes the service of a cell and gives it to the goroutines that wait for it, however its factory
// ends.
func (s *Scope) fill(c *cell, n *node) (v reflect.Value, err error) {
	ended := false
	defer func() {
		if !ended { // by runtime.Goexit
			err = n.failed("make", errGone)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		c.progress, c.value, c.err = done, v, err
		if c.waiting != nil {
			close(c.waiting)
		}
	}()
	v, err = s.build(n)
	ended = true
	return v, err
}

// wait waits until done is closed. It gives up with the context of a value that the scope was opened with.
func (s *Scope) wait(done <-chan struct{}) error {
	for _, g := range s.given {
		if g, ok := g.(interface{ Context() context.Context }); ok {
			ctx := g.Context()
			select {
			case <-done:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	<-done
	return nil
}

// build makes a service, after the services that it needs. If the scope is closed meanwhile, the service is
// closed with the others, by the last factory at work.
func (s *Scope) build(n *node) (v reflect.Value, err error) {
	if err := s.begin(n); err != nil {
		return reflect.Value{}, err
	}
	var m made
	closes := false
	defer func() {
		if closed, failed := s.finish(m, closes); closed && err == nil {
			v, err = reflect.Value{}, errors.Join(fmt.Errorf("inject: resolve %v: %w", n.as, ErrClosed), failed)
		} else if failed != nil {
			err = errors.Join(err, failed)
		}
	}()
	args := make([]reflect.Value, len(n.needs))
	for i, need := range n.needs {
		if args[i], err = s.value(need); err != nil {
			return reflect.Value{}, err
		}
	}
	if v, err = n.make(args); err != nil {
		return reflect.Value{}, err
	}
	m, closes = s.provider.made(n, v, args)
	if err = s.unit(n, v); err != nil {
		return reflect.Value{}, err
	}
	return v, nil
}

// begin notes that a factory is at work. It is an error in a closed scope, and for a service that would come too late.
func (s *Scope) begin(n *node) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return ErrClosed
	}
	if err := s.checkFinish(n); err != nil {
		return err
	}
	s.atWork++
	return nil
}

// finish notes that a factory is done, and how to close the value that it made. In a scope that was closed
// meanwhile, the last factory closes everything, and finish returns the errors.
func (s *Scope) finish(m made, closes bool) (closed bool, err error) {
	s.mu.Lock()
	if closes {
		s.made = append(s.made, m)
	}
	s.atWork--
	var left []made
	if closed = s.closed.Load(); closed && s.atWork == 0 {
		left, s.made = s.made, nil
	}
	s.mu.Unlock()
	if err = endAll(left); err != nil && s.Late != nil {
		s.Late(s.given, err)
		err = nil
	}
	return closed, err
}

// Close closes the values that were made in the scope, in reverse order: transient services too, and also
// those of a factory that has failed half way. All of them are closed, whatever fails, and the errors are
// joined. From then on resolving is an error. If factories are still at work, Close does not wait: the last
// one to end closes everything, so that no service is closed before one that was made of it. A second call
// does nothing.
func (s *Scope) Close() error {
	if s.isRoot() {
		return nil // it is the provider's
	}
	return s.end()
}

func (s *Scope) end() error {
	s.mu.Lock()
	s.closed.Store(true)
	var left []made
	if s.atWork == 0 {
		left, s.made = s.made, nil
	}
	s.mu.Unlock()
	return endAll(left)
}
