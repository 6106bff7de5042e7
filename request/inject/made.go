package inject

import (
	"errors"
	"io"
	"reflect"
	"slices"
	"unsafe"

	"github.com/soay-go/soay/request/panics"
)

// made is what has to be closed.
type made struct {
	node   *node
	value  reflect.Value
	closer io.Closer // nil where the registration has a function
}

// made returns how to close v, which the factory of n made of args, and false if nothing has to be.
func (p *Provider) made(n *node, v reflect.Value, args []reflect.Value) (made, bool) {
	if n.close != nil {
		return made{node: n, value: v}, true
	}
	closer, ok := v.Interface().(io.Closer)
	return made{node: n, value: v, closer: closer}, ok && !p.isOwned(v, args)
}

// isOwned reports whether the method Close of v closes a service that has an owner already: v is one,
// or has inherited the method from one that is embedded in it. args are those that v was made of.
func (p *Provider) isOwned(v reflect.Value, args []reflect.Value) bool {
	for {
		v = concrete(v)
		if !v.IsValid() {
			return false
		}
		if p.shared[idOf(v)] || slices.ContainsFunc(args, func(arg reflect.Value) bool { return same(v, arg) }) {
			return true
		}
		field := p.inherits(v.Type())
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if field < 0 || !v.IsValid() {
			return false
		}
		v = v.Field(field)
	}
}

// identity is what a pointer is the same by, whatever the type it is resolved as.
type identity struct {
	typ     reflect.Type
	pointer unsafe.Pointer
}

// idOf returns the zero identity for what cannot be told from others: a value that is no pointer, or
// one to nothing, of which all have the same address.
func idOf(v reflect.Value) identity {
	v = concrete(v)
	if v.Kind() != reflect.Pointer || v.Type().Elem().Size() == 0 {
		return identity{}
	}
	return identity{v.Type(), v.UnsafePointer()}
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
func (m made) end() error {
	err := panics.Call(func() error {
		if m.closer != nil {
			return m.closer.Close()
		}
		return m.node.close(m.value)
	})
	if err != nil {
		return m.node.failed("close", err)
	}
	return nil
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
