package bind

import (
	"errors"
	"fmt"
	"net/textproto"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// param takes a field into the plan whose source is not the body.
func (c *Compiler) param(p *Plan, t reflect.Type, sf reflect.StructField, at []int, source source) error {
	f := field{
		name: sf.Tag.Get(string(source)), goName: sf.Name, in: source, index: at, typ: sf.Type, parentType: t, tag: sf.Tag,
	}
	f.formName = f.name
	if err := checkName(source, f.name); err != nil {
		return err
	}
	if _, has := sf.Tag.Lookup("file"); has {
		return fmt.Errorf("the tag file is for files, not for a %s", sf.Type)
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
	if err := p.checkTaken(f); err != nil {
		return err
	}
	p.add(f)
	return p.checkBodies()
}

// checkTaken refuses a name that another field has. The two could not be told apart in a request.
func (p *Plan) checkTaken(f field) error {
	for _, other := range p.input.fields {
		if other.in == f.in && sameName(f.in, other.name, f.name) {
			return fmt.Errorf("field %s takes the %s %q already", other.goName, f.in, f.name)
		}
	}
	return nil
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

// sameName reports whether two names are the same to clients. Case does not count in the names of headers
// (RFC 9110 section 5.1).
func sameName(source source, a, b string) bool {
	return a == b || source == inHeader && strings.EqualFold(a, b)
}

// checkForm refuses types that the source cannot hold: values that are not written as text, and lists where
// a name is sent once.
func (f *field) checkForm() error {
	switch {
	case f.node.isText():
		return nil
	case f.node.isTexts() && f.in != inPath && f.in != inCookie:
		return nil
	}
	return fmt.Errorf("a %s cannot come from the %s", f.node.typ, f.in)
}

// add adds a field to the input and to the fields of its source.
func (p *Plan) add(f field) {
	of := map[source]*places{inPath: &p.path, inQuery: &p.query, inHeader: &p.headers, inCookie: &p.cookies, inForm: &p.form}[f.in]
	name := f.name
	if f.in == inHeader {
		name = textproto.CanonicalMIMEHeaderKey(name)
	}
	of.put(name, len(p.input.fields))
	p.input.fields = append(p.input.fields, f)
}
