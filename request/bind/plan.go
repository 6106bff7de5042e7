package bind

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
)

// Binder is implemented by types that take what they need from a request themselves: an input as a
// whole, or one of its fields. An error with a status, such as a problem, is what the client gets;
// any other one is a 500.
type Binder interface {
	BindRequest(request.Request) error
}

var binderType = reflect.TypeFor[Binder]()

// Plan fills values of one type, an input. It never changes once the app has started and is safe
// for concurrent use.
type Plan struct {
	typ      reflect.Type
	itself   bool    // the type is a Binder
	input    *object // its fields, by which its rules are judged; nil for a body alone
	path     places
	query    places
	headers  places
	cookies  places
	form     places
	binders  [][]int // indexes of fields that bind themselves
	services []service
	body     *body
}

// places are the fields of an input with one source.
type places struct {
	names
	at []int // their indexes in the input
}

func (p *places) put(name string, at int) {
	p.names.add(name)
	p.at = append(p.at, at)
}

// body is what takes the body of the request.
type body struct {
	field   int // in input; -1 when the input itself is the body
	formats []Format
	node    *node
}

// service is a field of an input that takes a service.
type service struct {
	typ   reflect.Type
	name  string // in Go
	index []int
	slot  inject.Slot
}

// Params describes what the plan takes from outside of the body, and the fields of a form.
func (p *Plan) Params() []Param {
	if p.input == nil {
		return nil
	}
	var params []Param
	for i := range p.input.fields {
		f := &p.input.fields[i]
		if f.in == InBody {
			continue
		}
		t, _ := Unwrap(f.node.typ)
		param := Param{Name: f.name, In: f.in, Type: t, Required: f.required, Rules: f.rules, Tag: f.tag}
		if f.fallback != nil {
			param.Default, param.HasDefault = *f.fallback, true
		}
		params = append(params, param)
	}
	return params
}

// Body describes the body that the plan takes, nil for none. A plan with parameters in [Form] has a
// form for a body, which is not repeated here.
func (p *Plan) Body() *Body {
	if p.body == nil {
		return nil
	}
	t, optional := Unwrap(p.body.node.typ)
	b := &Body{Formats: p.body.formats, Type: t, Optional: optional, Required: true}
	if p.body.field >= 0 {
		f := &p.input.fields[p.body.field]
		b.Required, b.Rules, b.Tag = f.required, f.rules, f.tag
	}
	return b
}

// HasBody reports whether the plan reads the body.
func (p *Plan) HasBody() bool { return p.body != nil || len(p.form.at) > 0 }

// BindsItself reports whether the input, or a field of it, is a [Binder].
func (p *Plan) BindsItself() bool { return p.itself || len(p.binders) > 0 }

// HasRules reports whether a request can be refused with status 422.
func (p *Plan) HasRules() bool {
	if p.itself {
		return false
	}
	seen := map[*node]bool{}
	if p.input == nil {
		return p.body.node.hasRules(seen)
	}
	for i := range p.input.fields {
		f := &p.input.fields[i]
		if f.rules != nil || f.in == InBody && f.node.hasRules(seen) {
			return true
		}
	}
	return p.input.c.rules.HasStructRules()
}

// hasRules reports whether values of the node, or parts of them, have rules. seen are the nodes that
// have been looked at, for types can be parts of themselves.
func (n *node) hasRules(seen map[*node]bool) bool {
	switch {
	case seen[n]:
		return false
	case n.kind == kindArray:
		return true // of their length
	case n.kind == kindObject && n.object.c.rules.HasStructRules():
		return true
	}
	seen[n] = true
	if n.object == nil {
		return n.elem != nil && n.elem.hasRules(seen)
	}
	for i := range n.object.fields {
		if f := &n.object.fields[i]; f.rules != nil || f.node.hasRules(seen) {
			return true
		}
	}
	return false
}

// Link finds the services that the input takes. It is called once, when all services are known and
// before the first request; services may be nil for none.
func (p *Plan) Link(services *inject.Plan) error {
	var errs []error
	for i := range p.services {
		s := &p.services[i]
		if services == nil {
			errs = append(errs, fmt.Errorf("field %s of %s: there are no services", s.name, p.typ))
			continue
		}
		var err error
		if s.slot, err = services.Slot(s.typ); err != nil {
			errs = append(errs, fmt.Errorf("field %s of %s: %w", s.name, p.typ, err))
		}
	}
	return errors.Join(errs...)
}

// inject fills the fields tagged inject.
func (p *Plan) inject(req request.Request, v reflect.Value) error {
	for i := range p.services {
		s := &p.services[i]
		value, err := request.StateOf(req).Service(s.slot)
		if err != nil {
			return err
		}
		v.FieldByIndex(s.index).Set(value)
	}
	return nil
}
