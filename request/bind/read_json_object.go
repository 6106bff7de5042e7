package bind

import (
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/strictjson"
)

// object fills a struct.
func (d *decoder) object(o *object, v reflect.Value) string {
	if d.text[d.at] != '{' {
		d.at = valueEnd(d.text, d.at)
		return forms[kindObject]
	}
	p := progress{as: asJSON}
	before := len(d.violations.list)
	next := 0
	for d.next('}') {
		end := stringEnd(d.text, d.at)
		i := o.json.find(strictjson.Unquote(d.text[d.at:end]), next)
		d.at = skipSpace(d.text, skipSpace(d.text, end)+1)
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

// member fills one field of a struct.
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

// more steps into a list or an object, or on to its next part, and reports whether there is one.
// Before the first part it stands at the opening bracket.
func (d *decoder) next(closing byte) bool {
	i := skipSpace(d.text, d.at)
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

// insideString fills a field whose value stands inside a string.
func (d *decoder) insideString(f *field, v reflect.Value) outcome {
	start := d.at
	if d.text[start] == 'n' {
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
	text, at := d.text, d.at
	d.text, d.at = inside, 0
	got := d.value(f.node, f.rules, v)
	d.text, d.at = text, at
	return got
}

// isInside reports whether a text is a value that may stand inside a string for the field.
func (f *field) isInside(text string) bool {
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
