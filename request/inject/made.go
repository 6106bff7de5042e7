package inject

import (
	"errors"
	"io"
	"reflect"
	"runtime/debug"
	"slices"
)

// made is what has to be closed.
type made struct {
	node   *node
	value  reflect.Value
	closer io.Closer // nil where the registration has a function
}

// made returns how to close v, which the factory made of args, and false if nothing has to be.
func (n *node) made(v reflect.Value, args []reflect.Value) (made, bool) {
	if n.close != nil {
		return made{node: n, value: v}, true
	}
	closer, ok := v.Interface().(io.Closer)
	return made{node: n, value: v, closer: closer}, ok && !slices.ContainsFunc(args, func(arg reflect.Value) bool {
		return same(v, arg)
	})
}

// same reports whether two values are one, whatever the types they are resolved as.
func same(a, b reflect.Value) bool {
	a, b = concrete(a), concrete(b)
	return a.Type() == b.Type() && a.Comparable() && b.Comparable() && a.Equal(b)
}

func concrete(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Interface {
		return v.Elem()
	}
	return v
}

// end closes it. It makes an error of a panic, so that one cannot keep others from being closed.
func (m made) end() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
		if err != nil {
			err = m.node.failed("close", err)
		}
	}()
	if m.closer != nil {
		return m.closer.Close()
	}
	return m.node.close(m.value)
}

// endAll closes all, last first.
func endAll(all []made) error {
	var errs []error
	for _, m := range slices.Backward(all) {
		if err := m.end(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
