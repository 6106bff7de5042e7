package bind

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/messages"
	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/response/problem"
)

// MaxViolations is how many violations of one request are reported. A body of one megabyte can have many
// more; the client learns of the rest when it has mended these.
const maxViolations = 100

// Error is the error of a request that does not fit its plan. The client gets the problem that it
// wraps, in the language that it likes best.
type Error struct{ *problem.Problem }

// Unwrap returns the problem.
func (e *Error) Unwrap() error { return e.Problem }

// violation is something wrong with a request, before it is put into words.
type violation struct {
	in         source
	pointer    string // of what is in the body
	name       string // of the parameter, or of the member that the sentence is about
	rule       string
	param      string
	typ        reflect.Type
	unreadable bool   // it could not be read, which is worse than breaking a rule
	reason     string // in place of a sentence made from the rule
}

// violations collects what is wrong with a request.
type violations struct{ list []violation }

func (f *violations) add(one violation) {
	if f.list == nil {
		f.list = make([]violation, 0, 4)
	}
	if len(f.list) < maxViolations {
		f.list = append(f.list, one)
	}
}

func (f *violations) addAll(list []violation) {
	for _, one := range list {
		f.add(one)
	}
}

// isUnread reports whether one of the violations from the given one on is a value that cannot be read.
func (f *violations) hasUnreadable(from int) bool {
	return slices.ContainsFunc(f.list[from:], func(one violation) bool { return one.unreadable })
}

func (f *violations) isFull() bool { return len(f.list) >= maxViolations }

// whole is where a violation is that is in no single value of a request.
const inRequest source = "request"

// maxPointer bounds pointers in bytes, for they can have names that the client chose. Of a longer
// one the enclosing value is named.
const maxPointer = 256

// within puts the violations from the given one on inside a member or element.
func (f *violations) within(from int, segment string) {
	if len(f.list) > from {
		f.below(from, pointerTo(segment))
	}
}

// pointerTo returns the JSON Pointer of a member or element (RFC 6901 section 3).
func pointerTo(segment string) string { return "/" + escapePointer.Replace(segment) }

// below puts the violations from the given one on below a pointer.
func (f *violations) below(from int, prefix string) {
	for i := from; i < len(f.list); i++ {
		longer := prefix + f.list[i].pointer
		for len(longer) > maxPointer {
			longer = longer[:strings.LastIndexByte(longer, '/')]
		}
		f.list[i].pointer = longer
	}
}

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// named gives the violations of elements the name of the field that has them.
func (f *violations) named(from int, name string) {
	for i := from; i < len(f.list); i++ {
		if f.list[i].name == "" {
			f.list[i].name = name
		}
	}
}

// refusal is the error of a request with these violations.
func newError(list []violation, acceptLanguage []string) error {
	language := messages.For(acceptLanguage)
	out := make([]problem.Violation, len(list))
	status := http.StatusUnprocessableEntity
	for i := range list {
		out[i] = list[i].public(language)
		if list[i].unreadable {
			status = http.StatusBadRequest
		}
	}
	p := problem.Invalid(status, out)
	p.Language = language.Tag()
	return &Error{p}
}

func (f *violation) public(language *messages.Language) problem.Violation {
	out := problem.Violation{In: string(f.in), Rule: f.rule, Detail: f.reason}
	if f.in == inBody {
		out.Pointer = f.pointer
	} else {
		out.Parameter = f.name
	}
	if out.Detail == "" {
		out.Detail = language.Message(f.name, f.rule, f.param, f.typ)
	}
	return out
}

// violation returns the violation of a field that breaks a rule, in a body of some format, or of an input as
// a whole for "".
func (f *field) violation(rule *rules.Rule, as format) violation {
	return f.violationOf(rule.Name, rule.Param, as)
}

func (f *field) violationOf(rule, param string, as format) violation {
	out := violation{in: f.in, name: f.name, rule: rule, param: param, typ: f.node.inner().typ}
	switch as {
	case asJSON:
		out.pointer = f.pointer
	case asXML:
		out.name = f.xmlName
		out.pointer = pointerTo(f.xmlName)
	case asForm:
		out.in, out.name = inForm, f.formName
	}
	return out
}

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

// judge asks the rules for the struct as a whole, after those for structs that are embedded in it.
func (o *object) validate(v reflect.Value, as format, found *violations) {
	for _, at := range o.inner {
		if inner := embedded(v, at); inner.IsValid() {
			o.addStructViolations(at, o.c.rules.Struct(inner), as, found)
		}
	}
	o.addStructViolations(nil, o.c.rules.Struct(v), as, found)
}

func (o *object) addStructViolations(at []int, reported []rules.StructViolation, as format, found *violations) {
	for _, broken := range reported {
		found.add(o.structViolation(at, broken.Field, o.renamed(at, &broken.Rule), as))
	}
}

// blame returns the violation of the field that a rule for the whole struct names, which may be a field
// of a field, such as Owner.Name or Cats[0].Name. Without such a field it is that of the struct.
func (o *object) structViolation(at []int, path string, rule *rules.Rule, as format) violation {
	name, rest, _ := strings.Cut(path, ".")
	name, index, _ := strings.Cut(name, "[")
	f := o.fieldBelow(at, name)
	if f == nil {
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
