package inject

import "reflect"

// Lifetime says how long a service lives and who shares it.
type Lifetime uint8

const (
	// Singleton is made once, when the plan starts, and shared by all.
	Singleton Lifetime = iota
	// Scoped is made once in each scope, when it is asked for.
	Scoped
	// Transient is made each time that it is asked for.
	Transient
	// Given is not made: the scope is opened with it, such as the request.
	Given
)

// String names the lifetime as it stands in the errors of a container.
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
	// Close closes the value, at the end of the scope or of the provider. The default is the Close
	// method of an io.Closer, for a value that the factory has made itself. A factory that returns
	// one of its arguments, such as a singleton as an interface, leaves the closing to the owner of
	// the argument. So does one that returns a struct with such a service embedded, unless the type
	// of the struct has a Close method of its own.
	Close func(T) error
	// Finish learns the outcome of the scope before it ends, see [Scope.Finish]. Only a scoped service may have it.
	Finish func(v T, outcome any) error
	// Nilable says that nil is a value, for a pointer to something that need not be there. The default is that it is
	// an error.
	Nilable bool
	// Source is the place of the registration, for reports of mistakes.
	Source string
}

// Container collects registrations. The zero value is empty and ready to use, by one goroutine at a time.
// Mistakes are reported by Compile.
type Container struct {
	services []*service
	hints    map[reflect.Type]string
}

// Hint sets what the errors say besides where T is asked for and is no service. It is for the framework.
func Hint[T any](c *Container, text string) {
	if c.hints == nil {
		c.hints = map[reflect.Type]string{}
	}
	c.hints[reflect.TypeFor[T]()] = text
}

// service is a registration without its type parameter.
type service struct {
	as       reflect.Type
	lifetime Lifetime
	source   string
	factory  any
	nilable  bool
	isReady  bool          // it is an instance
	instance reflect.Value // of type as
	close    func(reflect.Value) error
	finish   func(v reflect.Value, outcome any) error
}

// Add registers a service.
func Add[T any](c *Container, s Service[T]) {
	added := &service{
		as: reflect.TypeFor[T](), lifetime: s.Lifetime, source: s.Source, factory: s.Factory, nilable: s.Nilable,
		close: closeFunc(s.Close),
	}
	if s.Finish != nil {
		added.finish = func(v reflect.Value, outcome any) error { return s.Finish(As[T](v), outcome) }
	}
	c.services = append(c.services, added)
}

// AddInstance registers a singleton that exists already. It is closed only if close is not nil, after
// everything that the factories of singletons have made.
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

// As returns a resolved value as a T. It panics if v is not a T.
func As[T any](v reflect.Value) T { return v.Interface().(T) }

// isNil reports whether v is a nil that cannot be used. A nil slice can: it is an empty one.
func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Func, reflect.Map, reflect.Chan, reflect.UnsafePointer:
		return v.IsNil()
	}
	return false
}
