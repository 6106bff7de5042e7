package bind

import (
	"reflect"
	"slices"

	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/upload"
)

// Description is what a [Plan] says about itself, to the router and to the description of the API. It is for the framework.
type Description struct {
	// Params are the values from the path, the query, headers and cookies, and the fields of a form, in the order of the
	// fields in Go.
	Params []Field
	// Body is the field that takes the body, or the input as a whole. It is nil if there is no body, and for a form whose
	// fields are in Params.
	Body *Field
	// MediaTypes are the content types of Body, in the order in which they are tried.
	MediaTypes []string
	// ReadsBody reports whether there is a body or a form.
	ReadsBody bool
	// BindsItself reports whether the input, or a field of it, is a [Binder], which may read anything.
	BindsItself bool
	// HasRules reports whether a request can be refused with status 422.
	HasRules bool
	// FormBytes is how many bytes a form with files may have as far as its fields tell, and 32 MiB at least. It is 0 without
	// files.
	FormBytes int64
	// AnyForm reports whether a form that does not fit refuses no request: it is a [Form].
	AnyForm bool
}

// Field describes a field that is filled from a request: a parameter, a body, or a member of an object in a body.
// It is for the framework.
type Field struct {
	In         string // the tag that names its source: path, query, header, cookie, form or body
	Name       string // on the wire: in JSON, for a member of an object
	FormName   string // of a member in a form: that of the tag form, or else Name
	XMLName    string // of a member in XML: that of the tag xml, or else Name
	GoName     string
	Type       reflect.Type
	Required   bool // a request without it is refused
	Default    string
	HasDefault bool
	Omit       bool   // it is left out of JSON output when empty or zero: omitempty or omitzero
	AsString   bool   // the option string of the json tag: a number or bool inside a string
	Rules      *Rules // nil without
	Tag        reflect.StructTag
	// File is what the tag file of a file says, nil for what is no file.
	File *upload.Rule

	compiled *rules.Rules
}

// Accepts reports whether a value of the field's type, without its pointers, obeys the rules that look at nothing but this
// value.
func (f *Field) Accepts(v reflect.Value) bool { return f.compiled.Check(v) == nil }

// Rules are the rules of the tag validate for a value, and for the values inside of it. It is for the framework.
type Rules struct {
	List     []Rule // for the value itself; aliases are replaced by their rules
	Required bool   // required is one of them: a null counts as not sent
	NotNull  bool   // notnull is one of them: a null is refused
	Keys     *Rules // for the keys of a map, nil without
	Elem     *Rules // for the elements of a list or map, nil without
}

// RefusesNull reports whether a null is no value: it counts as not sent, or is refused. r may be nil.
func (r *Rules) RefusesNull() bool { return r != nil && (r.Required || r.NotNull) }

// Rule is one rule, such as max=50. It is for the framework.
type Rule struct {
	Name  string // max
	Param string // 50
	Any   []Rule // the rules of which one is enough, as in eq=0|gte=18; nil for a single rule
}

// Describe returns what the plan says about itself. The slices are the caller's.
func (p *Plan) Describe() Description {
	d := Description{
		BindsItself: p.itself || len(p.binders) > 0, ReadsBody: p.hasBody(), HasRules: p.hasRules(), AnyForm: p.tolerant,
		FormBytes: p.formBytes(),
	}
	if p.body != nil {
		// An input that is the body as a whole has no field, so no name, rules or tag.
		body := Field{In: string(inBody), Type: p.body.node.typ, Required: !p.tolerant}
		if p.body.field >= 0 {
			body = p.input.fields[p.body.field].describe()
		}
		d.Body = &body
		for _, f := range p.body.formats {
			d.MediaTypes = append(d.MediaTypes, mediaTypes[f])
		}
	}
	if p.input == nil {
		return d
	}
	for i := range p.input.fields {
		if f := &p.input.fields[i]; f.in != inBody {
			described := f.describe()
			if k := slices.Index(p.files.at, i); k >= 0 {
				described.File = &p.wants[k].Rule
			}
			d.Params = append(d.Params, described)
		}
	}
	return d
}

// Fields describes the members of the JSON object that a struct type is, in the order and with the names
// that encoding/json gives them, see [strictjson.Fields]. It is for types that are written as well, for
// which there is no plan.
func (c *Compiler) Fields(t reflect.Type) ([]Field, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prepare()
	if c.err != nil {
		return nil, c.err
	}
	members, err := c.members(t)
	if err != nil {
		return nil, err
	}
	all := make([]Field, len(members))
	for i := range members {
		all[i] = members[i].describe()
	}
	return all, nil
}

func (f *field) describe() Field {
	d := Field{
		In: string(f.in), Name: f.name, FormName: f.formName, XMLName: f.xmlName, GoName: f.goName, Type: f.typ,
		Required: f.required, Omit: f.omit, AsString: f.asString, Rules: describeRules(f.rules), Tag: f.tag, compiled: f.rules,
	}
	d.Default, d.HasDefault = f.tag.Lookup("default")
	return d
}

func describeRules(r *rules.Rules) *Rules {
	if r == nil {
		return nil
	}
	return &Rules{
		List: describeList(r.All()), Required: r.Required(), NotNull: r.NotNull() != nil, Keys: describeRules(r.Keys()),
		Elem: describeRules(r.Elem()),
	}
}

func describeList(list []rules.Rule) []Rule {
	all := make([]Rule, len(list))
	for i, rule := range list {
		all[i] = Rule{Name: rule.Name, Param: rule.Param}
		if alternatives := rule.Alternatives(); len(alternatives) > 1 {
			all[i].Any = describeList(alternatives)
		}
	}
	return all
}

// hasBody reports whether the plan reads the body: as a whole, or as a form.
func (p *Plan) hasBody() bool { return p.body != nil || p.hasForm() }

// hasForm reports whether there are fields that come from a form.
func (p *Plan) hasForm() bool { return len(p.form.at)+len(p.files.at) > 0 }

// hasRules reports whether a request can be refused since it breaks a rule. Those of a Form refuse none.
func (p *Plan) hasRules() bool {
	if p.itself {
		return false
	}
	seen := map[*node]bool{}
	if p.input == nil {
		return !p.tolerant && p.body.node.hasRules(seen)
	}
	named := !p.tolerant // there are fields outside of a Form, which rules for the struct may name
	for i := range p.input.fields {
		f := &p.input.fields[i]
		if p.tolerant && (f.in == inForm || f.in == inBody) {
			continue
		}
		named = true
		if f.rules != nil || slices.Contains(p.files.at, i) || f.in == inBody && f.node.hasRules(seen) {
			return true
		}
	}
	return named && p.input.c.rules.HasStructRules()
}

// hasRules reports whether values of the node, or parts of them, have rules. seen are the nodes that have
// been looked at, since types can contain themselves.
func (n *node) hasRules(seen map[*node]bool) bool {
	switch {
	case seen[n]:
		return false
	case n.kind == kindArray:
		return true // about their length
	case n.kind == kindObject && n.object.c.rules.HasStructRules():
		return true
	}
	seen[n] = true
	if n.object == nil {
		return n.elem != nil && n.elem.hasRules(seen)
	}
	for i := range n.object.fields {
		if f := &n.object.fields[i]; f.rules != nil || f.node.hasRules(seen) {
			return true
		}
	}
	return false
}
