package inject

import "reflect"

// Lifetime says how long a service lives and who shares it.
type Lifetime uint8

const (
	// Singleton is made once, when the plan starts, and shared by all.
	Singleton Lifetime = iota
	// Scoped is made once in each scope that asks for it.
	Scoped
	// Transient is made each time that someone asks for it.
	Transient
	// Given is not made: whoever opens a scope hands it in, such as the request.
	Given
)

// String names the lifetime as the errors of a container do.
func (l Lifetime) String() string {
	return [...]string{"a singleton", "scoped", "transient", "a value of the scope"}[min(l, Given)]
}

// Service is the registration of a service that is resolved as T, which may be an interface.
type Service[T any] struct {
	// Lifetime is Singleton, Scoped or Transient. The default is Singleton.
	Lifetime Lifetime
	// Factory makes the service: a function of other services that returns a T, or a type that is
	// assignable to T, and perhaps an error. An error, a nil and a panic fail the resolving.
	Factory any
	// Close closes what the factory made, at the end of the scope or of the provider. The default
	// is the Close method of an io.Closer, for what the factory has made itself: one that returns
	// an argument of its own, such as a singleton as an interface, leaves that to its owner. So does
	// one that returns a struct with such a service embedded, unless its type has a Close method of
	// its own.
	Close func(T) error
	// Source is the place of the registration, for reports of mistakes.
	Source string
}

// Container collects registrations. The zero value is empty and ready to use, by one goroutine at a
// time. Mistakes are reported by Compile.
type Container struct{ services []*service }

// service is a registration without its type parameter.
type service struct {
	as       reflect.Type
	lifetime Lifetime
	source   string
	factory  any
	isReady  bool          // given as instance
	instance reflect.Value // of type as
	close    func(reflect.Value) error
}

// Add registers a service.
func Add[T any](c *Container, s Service[T]) {
	c.services = append(c.services, &service{
		as: reflect.TypeFor[T](), lifetime: s.Lifetime, source: s.Source, factory: s.Factory, close: closeFunc(s.Close),
	})
}

// AddInstance registers a singleton that is there already. It is closed only if close is not nil,
// after everything that the factories of singletons have made.
func AddInstance[T any](c *Container, value T, close func(T) error, source string) {
	// The element of an array is a value of type T, also if that is an interface, and cannot be set.
	c.services = append(c.services, &service{
		as: reflect.TypeFor[T](), source: source, isReady: true, instance: reflect.ValueOf([1]T{value}).Index(0),
		close: closeFunc(close),
	})
}

func closeFunc[T any](close func(T) error) func(reflect.Value) error {
	if close == nil {
		return nil
	}
	return func(v reflect.Value) error { return close(As[T](v)) }
}

// As returns a resolved value as what it is. It panics if v is not a T.
func As[T any](v reflect.Value) T { return v.Interface().(T) }

// isNil reports whether v is of a kind that is useless when nil. A slice is not: it is empty then.
func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Func, reflect.Map, reflect.Chan, reflect.UnsafePointer:
		return v.IsNil()
	}
	return false
}
