package bind

import (
	"errors"
	"fmt"
	"net/textproto"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/header"
)

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
