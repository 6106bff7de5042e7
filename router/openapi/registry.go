package openapi

import (
	"bytes"
	"reflect"

	"github.com/soay-go/soay/request/bind"
)

// use is how a value travels, since a type may be read and written differently.
type use int

const (
	asInput  use = iota // JSON that clients send
	asOutput            // JSON that handlers return
	asText              // outside of JSON: a parameter, or a field of a form
	asXML               // XML that clients send, where values are texts too
)

func (u use) isText() bool { return u == asText || u == asXML }

// component is the schema of a type that has a name, for one use.
type component struct {
	key    componentKey
	schema *schema
	name   string // by nameAll
}

type componentKey struct {
	t   reflect.Type
	use use
}

// registry makes schemas of types. The schema of a type with a name is made once and referred to; so a type
// can hold itself.
type registry struct {
	compiler *bind.Compiler
	all      []*component // in the order in which they were met
	byKey    map[componentKey]*component
	refs     []*schema // the schemas with a target
}

func newRegistry(compiler *bind.Compiler) *registry {
	return &registry{compiler: compiler, byKey: map[componentKey]*component{}}
}

// place is the context of a value: its use, and the rules that it obeys.
type place struct {
	use     use
	rules   *bind.Rules // nil without
	nonNull bool        // null is refused, or never written
	loose   bool        // the rules may not hold for the value itself, but for its elements
}

// elem returns the place of the elements of a list or map that stands at p. Their rules may refuse a null.
func (p place) elem() place {
	inside := place{use: p.use}
	if p.rules != nil && p.rules.Elem != nil {
		inside.rules, inside.nonNull = p.rules.Elem, p.rules.Elem.RefusesNull()
	}
	return inside
}

// value returns the schema of a value.
func (r *registry) value(t reflect.Type, at place) (*schema, error) {
	bare, pointer, optional := strip(t)
	s, err := r.bare(bare, at)
	if err != nil {
		return nil, err
	}
	if !at.loose && custom(bare, at.use) == nil {
		s.addRules(bare, at.rules, pointer)
	}
	switch {
	case at.use.isText():
	case at.nonNull && at.use == asInput:
		return s.notNull(), nil
	case at.nonNull:
	case pointer, optional && at.use == asOutput, isNilable(bare, at.use) && !(optional && at.use == asInput && isList(bare)):
		return s.orNull(), nil
	}
	return s, nil
}

// strip returns the type behind pointers and Optionals, and whether there were any.
func strip(t reflect.Type) (bare reflect.Type, pointer, optional bool) {
	for {
		inner, isOptional := bind.Unwrap(t)
		switch {
		case isOptional:
			t, optional = inner, true
		case t.Kind() == reflect.Pointer:
			t, pointer = t.Elem(), true
		default:
			return t, pointer, optional
		}
	}
}

// ref returns a reference to the component of a type.
func (r *registry) ref(t reflect.Type, u use, describe func() (*schema, error)) (*schema, error) {
	key := componentKey{t, u}
	c := r.byKey[key]
	if c == nil {
		c = &component{key: key}
		r.byKey[key] = c // before its parts, which may be of the same type
		r.all = append(r.all, c)
		var err error
		if c.schema, err = describe(); err != nil {
			return nil, err
		}
	}
	s := &schema{target: c}
	r.refs = append(r.refs, s)
	return s, nil
}

// link writes the references by the names that name gives.
func (r *registry) link(name func(*component) string) {
	for _, s := range r.refs {
		s.Ref = "#/components/schemas/" + name(s.target)
	}
}

// split returns the types whose schemas for input and output differ, perhaps deep inside. Two schemas with
// references count as the same as long as the types that they refer to do; so the search goes on until no
// type is added.
func (r *registry) split() map[reflect.Type]bool {
	split := map[reflect.Type]bool{}
	names := namer{}
	for grown := true; grown; {
		grown = false
		r.link(func(c *component) string {
			if split[c.key.t] && c.key.use == asInput {
				return names.unique(c) + "-input"
			}
			return names.unique(c)
		})
		for _, c := range r.all {
			other := r.byKey[componentKey{c.key.t, asOutput}]
			if c.key.use == asInput && other != nil && !split[c.key.t] &&
				!bytes.Equal(encode(c.schema), encode(other.schema)) {
				split[c.key.t], grown = true, true
			}
		}
	}
	return split
}

// schemas names all components and returns them by their names. Nothing may be added afterwards.
func (r *registry) schemas(reserved ...string) map[string]*schema {
	r.nameAll(reserved)
	r.link(func(c *component) string { return c.name })
	named := map[string]*schema{}
	for _, c := range r.all {
		named[c.name] = c.schema
	}
	return named
}
