package bind

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// complete fills in what follows from the type and tags of a field.
func (c *Compiler) complete(f *field) (err error) {
	if f.node, err = c.node(f.typ); err != nil {
		return err
	}
	f.needsParent = needsParent(f.rules)
	f.isList, f.emptyIsAbsent = f.node.isTexts(), f.node.emptyIsAbsent()
	text, ok := f.tag.Lookup("default")
	if !ok {
		return nil
	}
	switch {
	case f.required:
		return errors.New("it is required, so its default is never used")
	case f.node.kind == kindOptional:
		return errors.New("an Optional has no default; ask it with Or")
	}
	f.defaultText, f.defaultSize = &text, f.node.pointerSize()
	if f.isList {
		f.defaultSize += int64(strings.Count(text, ",")+1) * (f.node.inner().elem.size + f.node.inner().elem.pointerSize())
	}
	return f.checkDefault(text)
}

// needsParent reports whether rules, or those of elements, look at the struct around their values.
func needsParent(r *rules.Rules) bool {
	return r != nil && (r.NeedsParent() || needsParent(r.Elem()) || needsParent(r.Keys()))
}

// blankIsAbsent reports whether an empty text stands for no value: forms send all their fields. It is
// a value for strings alone.
func (n *node) emptyIsAbsent() bool {
	n = n.inner()
	if n.kind == kindSlice && n.elem != nil {
		n = n.elem.inner()
	}
	return n.kind != kindString
}

// checkDefault refuses a default that no client could have sent.
func (f *field) checkDefault(text string) error {
	v := reflect.New(f.node.typ).Elem()
	switch rule := f.node.setDefault(text, v); rule {
	case "":
	case ruleRange:
		return fmt.Errorf("the default %q is beyond the type %s", text, f.node.typ)
	default:
		return fmt.Errorf("the default %q is no %s", text, rule)
	}
	if broken := f.check(f.node.bare(v)); broken != nil {
		return fmt.Errorf("the default %q breaks the rule %s", text, broken.Name)
	}
	return nil
}

// setDefault sets v to a default; the values of a list are separated by commas.
func (n *node) setDefault(text string, v reflect.Value) string {
	if !n.isTexts() {
		if !n.isText() {
			return "value that a default can be for"
		}
		return n.setText(text, v)
	}
	for n.kind == kindPointer {
		v.Set(reflect.New(n.elem.typ))
		n, v = n.elem, v.Elem()
	}
	parts := strings.Split(text, ",")
	v.Set(reflect.MakeSlice(n.typ, len(parts), len(parts)))
	for i, part := range parts {
		if rule := n.elem.setText(part, v.Index(i)); rule != "" {
			return rule
		}
	}
	return ""
}
