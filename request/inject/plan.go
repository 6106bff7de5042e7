package inject

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// Plan is a compiled container: the services and how each is made. It never changes and is safe for
// concurrent use.
type Plan struct {
	nodes      []*node
	slots      map[reflect.Type]int
	singletons []*node // in the order in which they are made
	given      int     // how many values a scope is opened with; they have the first slots
	scoped     int     // how many scoped services there are
	err        error   // what is wrong with it
	hints      map[reflect.Type]string
}

// node is a service of a plan.
type node struct {
	service
	slot    Slot
	factory reflect.Value
	needs   []*node // by parameter of the factory; nil for one that is missing
	cell    int     // of a scoped service in its scope
}

// Slot is the place of a service in its plan.
type Slot struct {
	plan  *Plan
	index int
}

// Compile makes a plan. given are the types of the values that each scope is opened with; factories of
// scoped and transient services may take them as parameters. All mistakes are reported at once, joined,
// each with the source of its registration:
//
//   - a factory that is no function, is variadic, or returns something else
//   - a nil instance
//   - a function Finish of a service that is not scoped
//   - a type that is registered twice
//   - a service that no factory makes
//   - services that need each other
//   - a singleton that holds a service of one scope, perhaps through others
//
// There is a plan even if there are mistakes. It can be asked for slots, but not started.
func (c *Container) Compile(given ...reflect.Type) (*Plan, error) {
	p := &Plan{slots: map[reflect.Type]int{}, given: len(given), hints: c.hints}
	for _, t := range given {
		p.add(&service{as: t, lifetime: Given})
	}
	var errs []error
	for _, s := range c.services {
		errs = append(errs, p.register(s))
	}
	for _, n := range p.nodes {
		p.connect(n)
	}
	errs = append(errs, p.absent()...)
	errs = append(errs, p.cycles()...)
	errs = append(errs, p.captives()...)
	p.err = errors.Join(errs...)
	if p.err == nil {
		p.order()
	}
	return p, p.err
}

func (p *Plan) add(s *service) *node {
	n := &node{service: *s, slot: Slot{p, len(p.nodes)}}
	p.slots[s.as] = n.slot.index
	p.nodes = append(p.nodes, n)
	return n
}

// register adds a service and returns the mistake in the registration itself.
func (p *Plan) register(s *service) error {
	if i, ok := p.slots[s.as]; ok {
		if p.nodes[i].lifetime == Given {
			return s.mistake("it is there by itself in every scope")
		}
		return s.mistake("it is registered already, at " + p.nodes[i].source)
	}
	n := p.add(s)
	if s.isReady {
		if isNil(s.instance) {
			return s.mistake("the instance is nil")
		}
		return nil
	}
	if s.lifetime > Transient {
		return s.mistake(fmt.Sprintf("it has the unknown lifetime %d", s.lifetime))
	}
	if s.finish != nil && s.lifetime != Scoped {
		return s.mistake(fmt.Sprintf("it has a function Finish, but is %v; only scoped services have an outcome", s.lifetime))
	}
	if err := s.checkFactory(); err != nil {
		return s.mistake(err.Error())
	}
	n.factory = reflect.ValueOf(s.factory)
	if s.lifetime == Scoped {
		n.cell = p.scoped
		p.scoped++
	}
	return nil
}

// connect finds the services that the factory of a service takes.
func (p *Plan) connect(n *node) {
	if !n.factory.IsValid() {
		return
	}
	for t := range n.factory.Type().Ins() {
		var need *node
		if i, ok := p.slots[t]; ok {
			need = p.nodes[i]
		}
		n.needs = append(n.needs, need)
	}
}

// Slot returns the place of a service, for resolving it by [Scope.Value] from then on. The error
// for a type that is no service begins with the type.
func (p *Plan) Slot(t reflect.Type) (Slot, error) {
	if i, ok := p.slots[t]; ok {
		return Slot{p, i}, nil
	}
	return Slot{}, p.missing(t)
}

// HasFinish reports whether a service has a function Finish.
func (p *Plan) HasFinish() bool {
	return slices.ContainsFunc(p.nodes, func(n *node) bool { return n.finish != nil })
}

// Has reports whether t is a service, or the type of a value that scopes are opened with.
func (p *Plan) Has(t reflect.Type) bool { _, ok := p.slots[t]; return ok }

// Lifetime returns the lifetime of a service.
func (p *Plan) Lifetime(slot Slot) Lifetime { return p.nodes[slot.index].lifetime }

// order sorts the singletons so that each is made after the services that it needs, and otherwise in the
// order of registration.
func (p *Plan) order() {
	seen := make([]bool, len(p.nodes))
	var visit func(*node)
	visit = func(n *node) {
		if seen[n.slot.index] {
			return
		}
		seen[n.slot.index] = true
		for _, need := range n.needs {
			visit(need)
		}
		if n.lifetime == Singleton && !n.isReady {
			p.singletons = append(p.singletons, n)
		}
	}
	for _, n := range p.nodes {
		if n.lifetime == Singleton {
			visit(n)
		}
	}
}

// instances returns the nodes whose values exist before the start.
func (p *Plan) instances() []*node {
	return slices.DeleteFunc(slices.Clone(p.nodes), func(n *node) bool { return !n.isReady })
}
