package bind

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// complete adds to a field what follows from its type and tags.
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
	// A default is parsed anew for each request, since handlers may change lists. Its size is known now.
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

// emptyIsAbsent reports whether an empty text is no value. Forms send all of their fields, also the empty
// ones. Only a string, or a list of strings, has an empty text for a value.
func (n *node) emptyIsAbsent() bool {
	n = n.inner()
	if n.kind == kindSlice && n.elem != nil {
		n = n.elem.inner()
	}
	return n.kind != kindString
}

// checkDefault refuses a default that a client could not send: its text is no value of the type, or breaks
// a rule.
func (f *field) checkDefault(text string) error {
	v := reflect.New(f.node.typ).Elem()
	switch rule := f.node.setDefault(text, v); rule {
	case "":
	case ruleRange:
		return fmt.Errorf("the default %q is beyond the type %s", text, f.node.typ)
	default:
		return fmt.Errorf("the default %q is no %s", text, rule)
	}
	// Rules that look at other fields are left out: the default alone cannot break them.
	if broken := f.check(f.node.bare(v)); broken != nil {
		return fmt.Errorf("the default %q breaks the rule %s", text, broken.Name)
	}
	return nil
}

// setDefault sets v to a default. The values of a list are separated by commas. It returns the rule that
// the text breaks, "" for none.
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
