package bind

import (
	"slices"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// wireNames returns a rule of a field with the names of other fields as the client knows them. as is the
// format of the body, "" for an input.
func (o *object) wireNames(f *field, rule *rules.Rule, as format) *rules.Rule {
	// The names of rules with fields in their parameters are like eqfield or required_with.
	if !strings.Contains(rule.Name, "field") && !strings.Contains(rule.Name, "_") {
		return rule
	}
	return o.renamed(f.index[:len(f.index)-1], rule, as)
}

// renamed returns a rule in which all words that are names of fields in Go are replaced by those that the
// client knows. The rule belongs to the struct that is embedded at an index, or to this one.
func (o *object) renamed(at []int, rule *rules.Rule, as format) *rules.Rule {
	words := strings.Split(rule.Param, " ")
	for i, word := range words {
		words[i] = o.wirePath(at, word, as)
	}
	return &rules.Rule{Name: rule.Name, Param: strings.Join(words, " ")}
}

// wirePath returns the name of a field as the client knows it, or of a field of a field, such as
// Owner.Name. Other words are returned as they are.
func (o *object) wirePath(at []int, path string, as format) string {
	name, rest, nested := strings.Cut(path, ".")
	f := o.fieldBelow(at, name)
	if f == nil {
		return path
	}
	if inner := f.node.inner(); nested && inner.kind == kindObject {
		return f.nameIn(as) + "." + inner.object.wirePath(nil, rest, as)
	}
	return f.nameIn(as)
}

// nameIn returns the name of a field in a format of the body, or in its source for "".
func (f *field) nameIn(as format) string {
	switch as {
	case asForm:
		return f.formName
	case asXML:
		return f.xmlName
	}
	return f.name
}

// fieldBelow finds a field by its name in Go, in the struct that is embedded at an index, or in this one.
// It is nil for none.
func (o *object) fieldBelow(at []int, name string) *field {
	// The name is looked up as Go does it, in the struct with the rule: fields of embedded structs can be hidden.
	t := o.typ
	for _, i := range at {
		t = structOf(t.Field(i).Type)
	}
	sf, ok := t.FieldByName(name)
	if !ok {
		return nil
	}
	index := slices.Concat(at, sf.Index)
	for i := range o.fields {
		if slices.Equal(o.fields[i].index, index) {
			return &o.fields[i]
		}
	}
	return nil
}
