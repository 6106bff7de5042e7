package bind

import (
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/strictjson"
)

// object fills a struct. Members that the struct does not have are passed over, and nothing in them is
// looked at. It returns ruleReported if anything else is wrong.
func (d *decoder) object(o *object, v reflect.Value) string {
	if d.text[d.at] != '{' {
		d.at = valueEnd(d.text, d.at)
		return forms[kindObject]
	}
	p := progress{as: asJSON} // a bit for each field, on the stack
	before := len(d.violations.list)
	next := 0 // the position of the next name, if the client keeps the order of the fields
	for d.next('}') {
		end := stringEnd(d.text, d.at)
		i := o.json.find(strictjson.Unquote(d.text[d.at:end]), next)
		d.at = skipSpace(d.text, skipSpace(d.text, end)+1) // behind the colon
		if i < 0 {
			d.at = valueEnd(d.text, d.at)
			continue
		}
		next = i + 1
		d.member(o, i, v, &p)
	}
	o.finish(v, &p, &d.violations, &d.memory)
	if len(d.violations.list) > before {
		return ruleReported
	}
	return ""
}

// member fills one field of a struct, and records what became of it. The violations in it get the name of
// the field and its place in front of their own.
func (d *decoder) member(o *object, i int, v reflect.Value, p *progress) {
	f := &o.fields[i]
	before := len(d.violations.list)
	var got outcome
	if f.asString {
		got = d.insideString(f, f.of(v, &d.memory))
	} else {
		got = d.value(f.node, f.rules, f.of(v, &d.memory))
	}
	switch got {
	case filled:
		p.sent.Set(i)
	case isNull:
		p.null.Set(i)
	case refused:
		p.broken.Set(i)
		p.unreadable = p.unreadable || d.violations.hasUnreadable(before)
		d.violations.named(before, f.name)
		d.violations.below(before, f.pointer)
	}
}

// next steps into a list or an object, or on to its next part, and reports whether there is one. Before the
// first part the decoder stands at the opening bracket.
func (d *decoder) next(closing byte) bool {
	i := skipSpace(d.text, d.at) // at the opening bracket, or behind a part
	if c := d.text[i]; c == '{' || c == '[' || c == ',' {
		i = skipSpace(d.text, i+1)
	}
	d.at = i
	if d.text[i] == closing {
		d.at++
		return false
	}
	return true
}

// insideString fills a field whose value stands inside a string, as the option string of its json tag says.
func (d *decoder) insideString(f *field, v reflect.Value) outcome {
	start := d.at
	if d.text[start] == 'n' { // a null stands outside of a string, as in encoding/json
		return d.value(f.node, f.rules, v)
	}
	d.at = valueEnd(d.text, start)
	inside := ""
	if raw := d.text[start:d.at]; raw[0] == '"' {
		inside = strictjson.Unquote(raw)
	}
	if !f.isInside(inside) {
		d.refuse(f.node, f.node.expects())
		return refused
	}
	// The decoder reads the text inside the string as if it were its own, and goes back to it afterwards.
	text, at := d.text, d.at
	d.text, d.at = inside, 0
	got := d.value(f.node, f.rules, v)
	d.text, d.at = text, at
	return got
}

// isInside reports whether a text is a value that may stand inside a string for the field.
func (f *field) isInside(text string) bool {
	// The text inside a string has not been checked: to Check it was only a string.
	if strictjson.Check([]byte(text), strictjson.Options{}) != nil || valueEnd(text, 0) != len(text) {
		return false
	}
	switch text[0] {
	case '"':
		return f.node.inner().kind == kindString
	case 't', 'f':
		return f.node.inner().kind == kindBool
	}
	k := f.node.inner().kind
	return isNumber(text) && (k == kindFloat || k == kindNumber || !strings.ContainsAny(text, ".eE"))
}
