package bind

import (
	"errors"
	"fmt"
	"reflect"
)

// wholeForm makes a Form[t] the input as a whole.
func (c *Compiler) wholeForm(p *Plan, t reflect.Type) error {
	p.tolerant = true
	switch {
	case t.Kind() != reflect.Struct || isForm(t):
		return fmt.Errorf("a %s cannot be a form", t)
	case reflect.PointerTo(t).Implements(binderType):
		return fmt.Errorf("%s binds itself, so it cannot be a form", t)
	case !isTagged(t):
		return c.wholeBody(p, t, asForm)
	}
	err := c.wholeInput(p, t)
	if err == nil && !p.hasForm() && (p.body == nil || !p.body.isForm()) {
		err = fmt.Errorf("%s has no field that comes from a form; tag some with form", t)
	}
	return err
}

// formField takes a field into the plan that is a Form[inner]. What is filled is the value in it.
func (c *Compiler) formField(p *Plan, sf reflect.StructField, at []int, inner reflect.Type) error {
	switch source, ok := sourceOf(sf.Tag); {
	case p.tolerant && p.formAt == nil:
		return errors.New("a Form cannot be inside of a Form")
	case ok && source != inBody:
		return fmt.Errorf("a Form is the body, so it cannot come from the %s", source)
	case ok && sf.Tag.Get(string(inBody)) != string(asForm):
		return errors.New(`a Form is read as a form alone; tag it with body:"form", or not at all`)
	case sf.Tag.Get("validate") != "":
		return errors.New("a Form has no rules; its fields have")
	}
	if err := p.checkNoBody(); err != nil {
		return err
	}
	value, _ := sf.Type.FieldByName(formValue)
	f := field{
		goName: sf.Name, in: inBody, index: append(at[:len(at):len(at)], value.Index...), typ: inner, parentType: sf.Type, tag: sf.Tag,
	}
	if err := c.complete(&f); err != nil {
		return err
	}
	p.tolerant, p.formAt = true, at
	return p.addBody(f, asForm)
}

// isForm reports whether the body is a form and nothing else.
func (b *body) isForm() bool { return len(b.formats) == 1 && b.formats[0] == asForm }
