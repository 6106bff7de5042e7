package bind

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind/internal/messages"
	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/inject"
)

// Compiler makes plans, one for each type; the package comment shows how. It remembers the nodes of all
// types that it has met, so that types which use each other share them. It is safe for concurrent use.
// It is for the framework.
type Compiler struct {
	validator *validator.Validate
	named     []Language
	plans     sync.Map // a compiled for each reflect.Type

	mu        sync.Mutex      // held while a type is compiled, which uses the fields below
	rules     *rules.Compiler // from the first plan on, as the other fields
	languages *messages.Set
	nodes     map[reflect.Type]*node
	err       error // the rules of the validator cannot be read
}

// compiled is what has become of a type: a plan or an error.
type compiled struct {
	plan *Plan
	err  error
}

// NewCompiler returns a compiler that validates values by the rules of v, or by those of its library for
// nil. v must not be changed any more. If v is of a version of the library that is not supported, all plans
// are errors. Messages are in English and the languages; those with mistakes are left out, see [CheckLanguages].
//
// The rules are prepared for the first plan, so that programs without typed handlers do not link their library. It
// finds methods by their names, and for that the linker keeps all methods of all types.
// It is for the framework.
func NewCompiler(v *validator.Validate, languages ...Language) *Compiler {
	return &Compiler{validator: v, named: languages}
}

// prepare makes what plans are made of.
func (c *Compiler) prepare() {
	if c.nodes != nil {
		return
	}
	c.nodes = map[reflect.Type]*node{}
	c.languages, _ = messages.NewSet(messageSources(c.named))
	c.rules, c.err = rules.NewCompiler(c.validator)
}

// Plan returns the plan for a struct type, compiled at its first use. The error joins everything that is
// wrong with the type.
func (c *Compiler) Plan(t reflect.Type) (*Plan, error) {
	done, ok := c.plans.Load(t)
	if !ok {
		done = c.once(t)
	}
	return done.(compiled).plan, done.(compiled).err
}

// once compiles a type. The plans that there are go on being used meanwhile: their parts do not change.
func (c *Compiler) once(t reflect.Type) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if done, ok := c.plans.Load(t); ok {
		return done // another goroutine was faster
	}
	if c.prepare(); c.err != nil {
		return compiled{nil, c.err}
	}
	p, err := c.compile(t)
	if err != nil {
		clear(c.nodes) // a node may have parts that are wrong
		p = nil
	}
	done := compiled{p, err}
	c.plans.Store(t, done)
	return done
}

// compile makes the plan of a type. There are four kinds of inputs: types that bind themselves, structs
// whose fields have sources, structs that are the JSON body as a whole, and Forms.
func (c *Compiler) compile(t reflect.Type) (*Plan, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the input %s is no struct", t)
	}
	p := &Plan{typ: t, languages: c.languages}
	if reflect.PointerTo(t).Implements(binderType) {
		p.itself = true
		return p, checkBinder(t)
	}
	if inner, is := formOf(t); is {
		return p, c.wholeForm(p, inner)
	}
	if !isTagged(t) {
		return p, c.wholeBody(p, t, asJSON)
	}
	return p, c.wholeInput(p, t)
}

// wholeInput takes the fields of an input into the plan.
func (c *Compiler) wholeInput(p *Plan, t reflect.Type) error {
	// They are an object too. It is filled from several sources, but validated in the same way.
	p.input = &object{typ: t, c: c}
	errs := c.inputs(p, t, nil)
	p.input.prepare()
	return errors.Join(errs...)
}

// isTagged reports whether any field says where it comes from.
func isTagged(t reflect.Type) bool {
	if t.NumField() == 0 {
		return true
	}
	for f := range t.Fields() { // a service or a Binder is no JSON either
		_, ok := sourceOf(f.Tag)
		_, injected := f.Tag.Lookup("inject")
		if ok || injected || isForm(f.Type) || reflect.PointerTo(f.Type).Implements(binderType) {
			return true
		}
		if isFlattened(f) && isTagged(f.Type) {
			return true
		}
	}
	return false
}

// wholeBody makes the struct t the body, in one format.
func (c *Compiler) wholeBody(p *Plan, t reflect.Type, format format) error {
	n, err := c.node(t)
	if err != nil {
		return err
	}
	p.body = &body{field: -1, node: n, tolerant: p.tolerant}
	return p.body.take(format)
}

// Link finds the services of the fields tagged inject. It is called once, when all services are known and
// before the first request. services may be nil for none.
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
