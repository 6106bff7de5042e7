package inject

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// mistake returns the error of a registration.
func (s *service) mistake(what string) error {
	return s.at(fmt.Errorf("service %v: %s", s.as, what))
}

func (s *service) at(err error) error {
	if s.source == "" {
		return err
	}
	return fmt.Errorf("%s: %w", s.source, err)
}

// chain is a path from a service to one that it needs.
type chain []*node

func (c chain) String() string {
	names := make([]string, len(c))
	for i, n := range c {
		names[i] = n.as.String()
	}
	return strings.Join(names, " -> ")
}

// missing returns the error for a type that is no service, with a hint at a type that may be meant.
func (p *Plan) missing(t reflect.Type) error {
	if t == nil {
		return errors.New("nil: no such service")
	}
	for _, n := range p.nodes {
		switch {
		case n.as == reflect.PointerTo(t), t.Kind() == reflect.Pointer && n.as == t.Elem():
			return fmt.Errorf("%v: no such service, but %v is one", t, n.as)
		case t.Kind() == reflect.Interface && t.NumMethod() > 0 && n.as.Implements(t):
			return fmt.Errorf("%v: no such service, but %v implements it", t, n.as)
		}
	}
	if hint := p.hints[t]; hint != "" {
		return fmt.Errorf("%v: no such service; %s", t, hint)
	}
	return fmt.Errorf("%v: no such service", t)
}

// absent reports the services that no factory makes, each with the path to it from a service that no other
// needs.
func (p *Plan) absent() []error {
	var errs []error
	for _, n := range p.nodes {
		for i, need := range n.needs {
			if t := n.factory.Type().In(i); need == nil && !n.asksBefore(i, t) {
				errs = append(errs, n.at(fmt.Errorf("service %v -> %w", p.wayTo(n), p.missing(t))))
			}
		}
	}
	return errs
}

// asksBefore reports whether a parameter before the i-th has the type t.
func (n *node) asksBefore(i int, t reflect.Type) bool {
	for j := range i {
		if n.factory.Type().In(j) == t {
			return true
		}
	}
	return false
}

// wayTo returns a path to a service from one that no other needs, if there is such a one.
func (p *Plan) wayTo(n *node) chain {
	way := chain{n}
	for {
		i := slices.IndexFunc(p.nodes, func(m *node) bool {
			return slices.Contains(m.needs, way[0]) && !slices.Contains(way, m)
		})
		if i < 0 {
			return way
		}
		way = slices.Insert(way, 0, p.nodes[i])
	}
}

// cycles reports services that need each other.
func (p *Plan) cycles() []error {
	var errs []error
	done := make([]bool, len(p.nodes))
	var visit func(way chain)
	visit = func(way chain) {
		n := way[len(way)-1]
		for _, need := range n.needs {
			if need == nil || done[need.slot.index] {
				continue
			}
			next := append(slices.Clip(way), need)
			if i := slices.Index(way, need); i >= 0 {
				errs = append(errs, need.mistake(fmt.Sprintf("it needs itself: %v", next[i:])))
				continue
			}
			visit(next)
		}
		done[n.slot.index] = true
	}
	for _, n := range p.nodes {
		if !done[n.slot.index] {
			visit(chain{n})
		}
	}
	return errs
}

// captives reports singletons that would hold a service which ends with a scope.
func (p *Plan) captives() []error {
	var errs []error
	for _, n := range p.nodes {
		if n.lifetime != Singleton {
			continue
		}
		seen := map[*node]bool{nil: true}
		var visit func(way chain)
		visit = func(way chain) {
			for _, need := range way[len(way)-1].needs {
				if seen[need] || need.lifetime == Singleton { // which reports for itself
					continue
				}
				seen[need] = true
				next := append(slices.Clip(way), need)
				if need.lifetime == Transient {
					visit(next)
					continue
				}
				errs = append(errs, n.at(fmt.Errorf("service %v: a singleton cannot hold %v, which is %v",
					next, need.as, need.lifetime)))
			}
		}
		visit(chain{n})
	}
	return errs
}
