package bind

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// validate checks the rules for the struct as a whole, after those of the structs that are embedded in it.
func (o *object) validate(v reflect.Value, as format, found *violations) {
	for _, at := range o.inner {
		if inner := embedded(v, at); inner.IsValid() {
			o.addStructViolations(at, o.c.rules.Struct(inner), as, found)
		}
	}
	o.addStructViolations(nil, o.c.rules.Struct(v), as, found)
}

// addStructViolations adds the violations that the rules of one struct have reported.
func (o *object) addStructViolations(at []int, reported []rules.StructViolation, as format, found *violations) {
	for _, broken := range reported {
		found.add(o.structViolation(at, broken.Field, o.renamed(at, &broken.Rule, as), as))
	}
}

// structViolation returns the violation of the field that a rule for the struct as a whole has named. That
// may be a field of a field, such as Owner.Name or Cats[0].Name. If there is no such field, it is the
// violation of the struct.
func (o *object) structViolation(at []int, path string, rule *rules.Rule, as format) violation {
	name, rest, _ := strings.Cut(path, ".")
	name, index, _ := strings.Cut(name, "[")
	f := o.fieldBelow(at, name)
	if f == nil { // the application may report any name
		out := violation{in: inBody, rule: rule.Name, param: rule.Param, typ: o.typ}
		if as == "" {
			out.in = inRequest
		}
		return out
	}
	out := f.violation(rule, as)
	if index != "" {
		out.pointer += "/" + strings.TrimSuffix(index, "]")
	}
	// The path goes on in the struct that the field is, or that its elements are.
	inner := f.node.inner()
	if inner.kind == kindSlice || inner.kind == kindArray {
		inner = inner.elem.inner()
	}
	if rest == "" || inner.kind != kindObject || f.in != inBody {
		return out
	}
	below := inner.object.structViolation(nil, rest, rule, cmp.Or(as, asJSON))
	below.pointer = out.pointer + below.pointer
	return below
}
