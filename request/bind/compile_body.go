package bind

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// bodyField takes the field that is the body into the plan. A body is required, unless the type of the
// field has a value for nothing: a pointer or an Optional. Its formats are checked against the type in the
// order of the tag.
func (c *Compiler) bodyField(p *Plan, t reflect.Type, sf reflect.StructField, at []int) error {
	if err := p.checkNoBody(); err != nil {
		return err
	}
	f := field{goName: sf.Name, in: inBody, index: at, typ: sf.Type, parentType: t, tag: sf.Tag}
	var err error
	if f.rules, err = c.rulesOf(t, sf); err != nil {
		return err
	}
	optional := sf.Type.Kind() == reflect.Pointer
	if !optional {
		_, optional = Unwrap(sf.Type)
	}
	f.required = f.rules.Required() || !optional
	if err := c.complete(&f); err != nil {
		return err
	}
	var formats []format
	for name := range strings.SplitSeq(sf.Tag.Get(string(inBody)), ",") {
		formats = append(formats, format(name))
	}
	return p.addBody(f, formats...)
}

// checkNoBody refuses a second field that takes the body.
func (p *Plan) checkNoBody() error {
	if p.body != nil {
		return fmt.Errorf("field %s takes the body already", p.input.fields[p.body.field].goName)
	}
	return nil
}

// addBody adds the field that is the body, in these formats.
func (p *Plan) addBody(f field, formats ...format) error {
	p.body = &body{field: len(p.input.fields), node: f.node, tolerant: p.tolerant}
	p.input.fields = append(p.input.fields, f)
	for _, format := range formats {
		if err := p.body.take(format); err != nil {
			return err
		}
	}
	return p.checkBodies()
}

// checkBodies refuses a body beside a form.
func (p *Plan) checkBodies() error {
	if p.body != nil && p.hasForm() {
		return errors.New("a request has one body: fields tagged form cannot stand beside one tagged body")
	}
	return nil
}

// take adds a format. It refuses types that cannot be written in the format.
func (b *body) take(format format) error {
	n := b.node.inner() // pointers and Optionals count as the type behind them
	fits := true
	switch format {
	case asJSON:
	case asForm, asXML:
		fits = n.kind == kindObject
	case asText:
		fits = n.kind == kindString
	case asBytes:
		fits = n.kind == kindBytes
	default:
		return fmt.Errorf("%q is no format of a body; json, form, xml, text and bytes are", format)
	}
	if !fits {
		return fmt.Errorf("a %s cannot be the body of a request in the format %s", n.typ, format)
	}
	b.formats = append(b.formats, format)
	switch format {
	case asForm:
		return n.object.checkForm()
	case asXML:
		return n.object.checkXML(map[*object]bool{})
	}
	return nil
}

// checkNames refuses structs in which two fields have the same name in a format.
func (o *object) checkNames(format format, nameOf func(f *field) string) error {
	of := map[string]string{}
	for i := range o.fields {
		f := &o.fields[i]
		if other, ok := of[nameOf(f)]; ok {
			return fmt.Errorf("its fields %s and %s are both called %q in the format %s", other, f.goName, nameOf(f), format)
		}
		of[nameOf(f)] = f.goName
	}
	return nil
}

// checkForm refuses structs that a form cannot hold: it has no members inside of members.
func (o *object) checkForm() error {
	if err := o.checkNames(asForm, func(f *field) string { return f.formName }); err != nil {
		return err
	}
	for i := range o.fields {
		if f := &o.fields[i]; !f.node.isText() && !f.node.isTexts() {
			return fmt.Errorf("its field %s, a %s, cannot come from a form", f.goName, f.node.typ)
		}
	}
	return nil
}

// checkXML refuses structs that XML cannot hold. seen are the structs that have been looked at, since types
// can contain themselves.
func (o *object) checkXML(seen map[*object]bool) error {
	if seen[o] {
		return nil
	}
	seen[o] = true
	if err := o.checkNames(asXML, func(f *field) string { return f.xmlName }); err != nil {
		return err
	}
	for i := range o.fields {
		f := &o.fields[i]
		n := f.node.inner()
		if n.kind == kindSlice {
			n = n.elem.inner()
		}
		if n.kind == kindObject {
			if err := n.object.checkXML(seen); err != nil {
				return err
			}
		} else if !n.isText() {
			return fmt.Errorf("its field %s, a %s, cannot come from XML", f.goName, f.node.typ)
		}
	}
	return nil
}
