package request

// Key is the name and type of a value that middleware attaches to requests. Make one with [NewKey]
// and keep it in a package variable.
type Key[T any] struct{ id *keyID }

type keyID struct{ name string }

// NewKey returns a new key, different from all others; the name is for people.
//
//	var User = request.NewKey[*Account]("user")
func NewKey[T any](name string) Key[T] { return Key[T]{&keyID{name}} }

// String returns the name.
func (k Key[T]) String() string { return k.id.name }

// Set attaches v to the request, in place of an earlier value. All copies of the request see it.
func (k Key[T]) Set(r Request, v T) {
	if !r.live() {
		return
	}
	x := r.more()
	if x == nil {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.values {
		if x.values[i].key == k.id {
			x.values[i].v = v
			return
		}
	}
	x.values = append(x.values, value{k.id, v})
}

// Get returns the value attached to the request, and whether there is one.
func (k Key[T]) Get(r Request) (T, bool) {
	var zero T
	if !r.live() {
		return zero, false
	}
	x := r.peek()
	if x == nil {
		return zero, false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.values {
		if e.key == k.id {
			v, _ := e.v.(T) // which only a nil interface is not
			return v, true
		}
	}
	return zero, false
}
