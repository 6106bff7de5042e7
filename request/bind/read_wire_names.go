package bind

import (
	"slices"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// wireNames returns a rule of a field in which other fields are called what the client calls them.
func (o *object) wireNames(f *field, rule *rules.Rule) *rules.Rule {
	if !strings.Contains(rule.Name, "field") && !strings.Contains(rule.Name, "_") {
		return rule
	}
	return o.renamed(f.index[:len(f.index)-1], rule)
}

// renamed returns a rule in which all words that are names of fields are those of the client. The
// rule is one of a struct that is embedded at an index, or of this one.
func (o *object) renamed(at []int, rule *rules.Rule) *rules.Rule {
	words := strings.Split(rule.Param, " ")
	for i, word := range words {
		words[i] = o.wirePath(at, word)
	}
	return &rules.Rule{Name: rule.Name, Param: strings.Join(words, " ")}
}

// wirePath returns what the client calls a field, or a field of a field such as Owner.Name. Other
// words are returned as they are.
func (o *object) wirePath(at []int, path string) string {
	name, rest, nested := strings.Cut(path, ".")
	f := o.fieldBelow(at, name)
	if f == nil {
		return path
	}
	if inner := f.node.inner(); nested && inner.kind == kindObject {
		return f.name + "." + inner.object.wirePath(nil, rest)
	}
	return f.name
}

// fieldBelow finds a field by its name in Go, in a struct that is embedded at an index, or in this
// one. It is nil for none.
func (o *object) fieldBelow(at []int, name string) *field {
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
