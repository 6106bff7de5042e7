package inject

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// Provider has the singletons of a plan and opens scopes. It is safe for concurrent use.
type Provider struct {
	plan   *Plan
	values []reflect.Value   // by slot, those of singletons
	shared map[identity]bool // has the singletons that are pointers
	fields sync.Map          // see inherits
	root   Scope             // owns what was made for the singletons, and is a scope without values
}

// Start makes the singletons, each after what it needs and otherwise in the order of registration.
// If a factory fails, what was made before is closed again. Each start makes new ones.
func (p *Plan) Start() (*Provider, error) {
	if p.err != nil {
		return nil, fmt.Errorf("inject: start: %w", p.err)
	}
	pr := &Provider{plan: p, values: make([]reflect.Value, len(p.nodes)), shared: map[identity]bool{}}
	pr.root.provider = pr
	for _, n := range p.instances() {
		pr.share(n, n.instance)
		if n.close != nil {
			pr.root.made = append(pr.root.made, made{node: n, value: n.instance})
		}
	}
	undo := true
	defer func() { // also if a factory calls runtime.Goexit
		if undo {
			_ = pr.Close()
		}
	}()
	for _, n := range p.singletons {
		v, err := pr.root.build(n)
		if err != nil {
			undo = false
			return nil, errors.Join(err, pr.Close())
		}
		pr.share(n, v)
	}
	undo = false
	return pr, nil
}

// share makes a value known as a singleton.
func (p *Provider) share(n *node, v reflect.Value) {
	p.values[n.slot.index] = v
	if id := idOf(v); id != (identity{}) {
		p.shared[id] = true
	}
}

// Slot returns the place of a service; see [Plan.Slot].
func (p *Provider) Slot(t reflect.Type) (Slot, error) { return p.plan.Slot(t) }

// Shared returns a singleton, and false for other services and when the provider is closed. It
// allocates nothing.
func (p *Provider) Shared(slot Slot) (reflect.Value, bool) {
	if slot.plan != p.plan || p.root.closed.Load() {
		return reflect.Value{}, false
	}
	v := p.values[slot.index]
	return v, v.IsValid()
}

// Singleton returns a singleton by its type. Other services are an error: they need a scope.
func (p *Provider) Singleton(t reflect.Type) (reflect.Value, error) {
	slot, err := p.Slot(t)
	if err != nil {
		return reflect.Value{}, err
	}
	return p.root.Value(slot)
}

// Scope opens a scope. values are the values that [Container.Compile] was told the types of, in the same
// order. If one of them has a method Context() context.Context, waiting for a service that another
// goroutine makes ends with that context. The scope must be closed. It is cheap: nothing is made before it
// is asked for.
func (p *Provider) Scope(values ...any) *Scope { return &Scope{provider: p, given: values} }

// Outside returns a scope that resolves singletons only, for code that no request or job waits for. It need
// not be closed. A nil Provider returns nil.
func (p *Provider) Outside() *Scope {
	if p == nil {
		return nil
	}
	return &p.root
}

// Close closes the values that were made for the singletons, in reverse order, and then the instances that
// are registered with a function for it. All of them are closed, whatever fails, and the errors are joined.
// From then on nothing can be resolved, in open scopes either. A second call does nothing.
//
// There is no context: a Close that may take long has a limit of its own. Close the scopes first.
func (p *Provider) Close() error { return p.root.end() }
