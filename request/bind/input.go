package bind

import (
	"errors"
	"fmt"
	"net/textproto"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// source is where a value of a request comes from: the tag that says so.
type source string

const (
	inPath   source = "path"
	inQuery  source = "query"
	inHeader source = "header"
	inCookie source = "cookie"
	inForm   source = "form"
	inBody   source = "body"
)

// sources are the tags that say where a field comes from, in the order in which violations are told.
var sources = []source{inPath, inQuery, inHeader, inCookie, inForm, inBody}

// sourceOf returns the source that a tag names.
func sourceOf(tag reflect.StructTag) (source, bool) {
	for _, s := range sources {
		if _, ok := tag.Lookup(string(s)); ok {
			return s, true
		}
	}
	return "", false
}

// anotherSource returns a source besides the first that a tag names.
func anotherSource(tag reflect.StructTag, first source) (source, bool) {
	for _, s := range sources {
		if _, ok := tag.Lookup(string(s)); ok && s != first {
			return s, true
		}
	}
	return "", false
}

// compile makes the plan of a type.
func (c *Compiler) compile(t reflect.Type) (*Plan, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the input %s is no struct", t)
	}
	p := &Plan{typ: t}
	if reflect.PointerTo(t).Implements(binderType) {
		p.itself = true
		return p, checkBinder(t)
	}
	if !isTagged(t) {
		return p, c.wholeBody(p)
	}
	p.input = &object{typ: t, c: c}
	errs := c.inputs(p, t, nil)
	p.input.prepare()
	return p, errors.Join(errs...)
}

// checkBinder refuses tags in a type that binds itself: nothing reads them. It may bind itself
// without wanting to, by the method of a field that it embeds.
func checkBinder(t reflect.Type) error {
	var errs []error
	for f := range t.Fields() {
		source, ok := sourceOf(f.Tag)
		if _, injected := f.Tag.Lookup("inject"); injected {
			source, ok = "inject", true
		}
		if ok {
			errs = append(errs, fmt.Errorf("field %s of %s: the tag %s means nothing in a type that binds itself; "+
				"if it does so by what it embeds, make that a field with a name", f.Name, t, source))
		}
	}
	return errors.Join(errs...)
}

// isTagged reports whether any field says where it comes from.
func isTagged(t reflect.Type) bool {
	if t.NumField() == 0 {
		return true
	}
	for f := range t.Fields() {
		_, ok := sourceOf(f.Tag)
		if _, injected := f.Tag.Lookup("inject"); ok || injected || reflect.PointerTo(f.Type).Implements(binderType) {
			return true
		}
		if isFlattened(f) && isTagged(f.Type) {
			return true
		}
	}
	return false
}

// isFlattened reports whether a field is an embedded struct whose fields count as those of the
// struct around it.
func isFlattened(f reflect.StructField) bool {
	return f.Anonymous && f.Type.Kind() == reflect.Struct && f.Type.NumField() > 0
}

// wholeBody makes a plan for a type that is the JSON body itself.
func (c *Compiler) wholeBody(p *Plan) error {
	n, err := c.node(p.typ)
	if err != nil {
		return err
	}
	p.body = &body{field: -1, formats: []format{asJSON}, node: n}
	return nil
}

// inputs sorts the fields of an input by their sources.
func (c *Compiler) inputs(p *Plan, t reflect.Type, index []int) []error {
	var errs []error
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i)
		if err := c.input(p, t, f, at); err != nil {
			errs = append(errs, fmt.Errorf("field %s of %s: %w", f.Name, t, err))
		}
		if _, ok := sourceOf(f.Tag); !ok && isFlattened(f) && !reflect.PointerTo(f.Type).Implements(binderType) {
			errs = append(errs, c.inputs(p, f.Type, at)...)
		}
	}
	return errs
}

// input takes one field of an input, or of a struct embedded in it, into the plan.
func (c *Compiler) input(p *Plan, t reflect.Type, f reflect.StructField, at []int) error {
	source, ok := sourceOf(f.Tag)
	_, injected := f.Tag.Lookup("inject")
	if other, two := anotherSource(f.Tag, source); ok && two {
		return fmt.Errorf("it cannot be both from the %s and from the %s", source, other)
	}
	switch {
	case !f.IsExported() && (ok || injected):
		return errors.New("it is not exported, so it cannot be set")
	case !f.IsExported() && (!f.Anonymous || f.Type.Kind() != reflect.Struct):
		return nil
	case ok && injected:
		return fmt.Errorf("it cannot be both from the %s and a service", source)
	case injected:
		p.services = append(p.services, service{typ: f.Type, name: f.Name, index: at})
		return nil
	case ok && source == inBody:
		return c.bodyField(p, t, f, at)
	case ok:
		return c.param(p, t, f, at, source)
	case reflect.PointerTo(f.Type).Implements(binderType):
		p.binders = append(p.binders, at)
		return nil
	case f.Anonymous && f.Type.Kind() == reflect.Struct, f.Tag.Get("json") == "-":
		return nil
	case f.Anonymous && structOf(f.Type) != nil:
		return errors.New("it is embedded through a pointer; embed the struct itself")
	}
	return errors.New("nothing says where it comes from; tag it with path, query, header, cookie, form, body or inject")
}

// param takes a field with a source other than the body.
func (c *Compiler) param(p *Plan, t reflect.Type, sf reflect.StructField, at []int, source source) error {
	f := field{
		name: sf.Tag.Get(string(source)), goName: sf.Name, in: source, index: at, typ: sf.Type, parentType: t, tag: sf.Tag,
	}
	f.formName = f.name
	if err := checkName(source, f.name); err != nil {
		return err
	}
	var err error
	if f.rules, err = c.rulesOf(t, sf); err != nil {
		return err
	}
	f.required = source == inPath || f.rules.Required()
	if err := c.complete(&f); err != nil {
		return err
	}
	if err := f.checkForm(); err != nil {
		return err
	}
	for _, other := range p.input.fields {
		if other.in == source && sameName(source, other.name, f.name) {
			return fmt.Errorf("field %s takes the %s %q already", other.goName, source, f.name)
		}
	}
	p.add(f)
	return p.checkBodies()
}

// checkName refuses names under which nothing can be sent.
func checkName(source source, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the tag %s has no name", source)
	case (source == inHeader || source == inCookie) && !header.IsToken(name):
		return fmt.Errorf("%q is no name of a %s", name, source)
	case source == inHeader && strings.EqualFold(name, "Host"):
		return errors.New("the host is no header here; ask the request for it")
	}
	return nil
}

// sameName reports whether two names are one to clients: those of headers in any case.
func sameName(source source, a, b string) bool {
	return a == b || source == inHeader && strings.EqualFold(a, b)
}

// checkForm refuses what cannot be written as text, or not as often as its source allows.
func (f *field) checkForm() error {
	switch {
	case f.node.isText():
		return nil
	case f.node.isTexts() && f.in != inPath && f.in != inCookie:
		return nil
	}
	return fmt.Errorf("a %s cannot come from the %s", f.node.typ, f.in)
}

// add puts a field in its place.
func (p *Plan) add(f field) {
	of := map[source]*places{inPath: &p.path, inQuery: &p.query, inHeader: &p.headers, inCookie: &p.cookies, inForm: &p.form}[f.in]
	name := f.name
	if f.in == inHeader {
		name = textproto.CanonicalMIMEHeaderKey(name)
	}
	of.put(name, len(p.input.fields))
	p.input.fields = append(p.input.fields, f)
}
