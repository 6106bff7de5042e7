package request

import "slices"

// RouteKey is the name and type of a setting that routes have, such as a limit or a rule. It can be set on
// an app, a group or a route, and is read from requests. Make one with [NewRouteKey] and keep it in a
// package variable:
//
//	var audience = request.NewRouteKey[string]("audience")
//
//	audience.Set(app.Group("/admin"), "staff") // or an app, or a route
//
//	audience.Of(req) // "staff" for the routes of the group
//
// A route has the settings of its app and its groups, also of those that are made after it was registered.
// The nearest value wins, that of the route before that of its group, unless the key merges them.
//
// Requests that no route matches have the settings of the app. Where a path has routes but none for the
// method, the answer (405, or the automatic one to OPTIONS) has the settings of the path's GET route, or
// else of its first one.
//
// A value with a method Check() error is checked when it is set, and its error stops the start. To set a
// key after the start is logged and changes nothing.
type RouteKey[T any] struct{ id *routeKey }

type routeKey struct {
	name  string
	merge func(outer, inner any) any // nil where the inner value wins
}

// NewRouteKey returns a new key, different from all others. The name is for people: App.Routes lists it. For
// values that add up, merge returns the value of two: outer comes from the app or an outer group, inner
// from what is nearer to the route. Values that are set on one scope one after the other are merged as well.
// Without merge the inner value, and the later one, wins.
func NewRouteKey[T any](name string, merge ...func(outer, inner T) T) RouteKey[T] {
	id := &routeKey{name: name}
	for _, f := range merge {
		if f != nil {
			id.merge = func(outer, inner any) any { return f(as[T](outer), as[T](inner)) }
		}
	}
	return RouteKey[T]{id}
}

// as returns the T in v, which only a nil of an interface type is not.
func as[T any](v any) T {
	t, _ := v.(T)
	return t
}

// String returns the name.
func (k RouteKey[T]) String() string { return k.id.name }

// Set sets the key on an app, a group or a route.
func (k RouteKey[T]) Set(on RouteScope, v T) {
	s := on.routeSettings()
	if !s.open(k.id.name) {
		return
	}
	if c, ok := any(v).(interface{ Check() error }); ok {
		if err := c.Check(); err != nil {
			s.fail(k.id.name, err)
		}
	}
	s.values = with(s.values, setting{k.id, v})
}

// Of returns the value that the route of the request has, and the zero value where it has none and once the
// request has ended. It allocates nothing.
func (k RouteKey[T]) Of(r Request) T {
	var zero T
	route := r.onRoute()
	if route == nil {
		return zero
	}
	return valueOf(route.settings, k)
}

// In returns the value that a route has, and the zero value where it has none, for the framework.
func (k RouteKey[T]) In(route *Route) T { return valueOf(route.settings, k) }

// Along returns the value that a route in these scopes has, the outermost first, for the framework.
func (k RouteKey[T]) Along(scopes ...*RouteSettings) T { return valueOf(compile(scopes), k) }

// RouteScope is what a [RouteKey] can be set on: an App, a Group or a Route.
type RouteScope interface{ routeSettings() *RouteSettings }

// RouteSettings has the values of the keys that were set on one scope, for the framework: an app, a group
// and a route are a [RouteScope] because they embed it.
type RouteSettings struct {
	open   func(call string) bool
	fail   func(call string, err error)
	values []setting
}

// setting is the value of a key.
type setting struct {
	key   *routeKey
	value any
}

// NewRouteSettings returns the settings of a scope without any, for the framework. open reports whether
// something can still be set and complains if not, and fail notes a wrong value.
func NewRouteSettings(open func(call string) bool, fail func(call string, err error)) *RouteSettings {
	return &RouteSettings{open: open, fail: fail}
}

func (s *RouteSettings) routeSettings() *RouteSettings { return s }

// SettingsOf returns the settings of a scope, for the framework.
func SettingsOf(on RouteScope) *RouteSettings { return on.routeSettings() }

// SettingsAlong returns what a route in these scopes has, the outermost first, by the names of the keys,
// for the framework. It is nil where nothing is set.
func SettingsAlong(scopes ...*RouteSettings) map[string]any {
	var named map[string]any
	for _, s := range compile(scopes) {
		if named == nil {
			named = map[string]any{}
		}
		named[s.key.name] = s.value
	}
	return named
}

// Innermost returns the innermost of scopes with a value, or else the first one, for the framework. Routes for
// which it is the same have the same settings.
func Innermost(scopes ...*RouteSettings) *RouteSettings {
	for _, scope := range slices.Backward(scopes) {
		if len(scope.values) > 0 {
			return scope
		}
	}
	return scopes[0]
}

// compile returns the settings of a route in these scopes, the outermost first.
func compile(scopes []*RouteSettings) []setting {
	var values []setting
	for _, scope := range scopes {
		for _, s := range scope.values {
			values = with(values, s)
		}
	}
	return values
}

// with returns values with one more, merged with the value that the key has already.
func with(values []setting, s setting) []setting {
	i := slices.IndexFunc(values, func(have setting) bool { return have.key == s.key })
	if i < 0 {
		return append(values, s)
	}
	if s.key.merge != nil {
		s.value = s.key.merge(values[i].value, s.value)
	}
	values[i] = s
	return values
}

func valueOf[T any](values []setting, k RouteKey[T]) T {
	for i := range values {
		if values[i].key == k.id {
			return as[T](values[i].value)
		}
	}
	var zero T
	return zero
}

// maxBody limits the body in bytes. It is read for every body, so a [Route] keeps its value.
var maxBody = NewRouteKey[int64]("MaxBody")

// SetMaxBody sets how many bytes a body may have, for the framework.
func SetMaxBody(on RouteScope, bytes int64) { maxBody.Set(on, bytes) }
