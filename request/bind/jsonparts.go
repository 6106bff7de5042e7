package bind

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request/bind/rules"
)

// object fills a struct.
func (d *decoder) object(o *object, v reflect.Value) string {
	if d.text[d.at] != '{' {
		d.at = valueEnd(d.text, d.at)
		return forms[kindObject]
	}
	p := progress{as: JSON}
	before := len(d.faults.list)
	next := 0
	for d.more('}') {
		end := stringEnd(d.text, d.at)
		i := o.json.find(unquote(d.text[d.at:end]), next)
		d.at = skipSpace(d.text, skipSpace(d.text, end)+1)
		if i < 0 {
			d.at = valueEnd(d.text, d.at)
			continue
		}
		next = i + 1
		d.member(o, i, v, &p)
	}
	o.finish(v, &p, &d.faults)
	if len(d.faults.list) > before {
		return ruleReported
	}
	return ""
}

// member fills one field of a struct.
func (d *decoder) member(o *object, i int, v reflect.Value, p *progress) {
	f := &o.fields[i]
	before := len(d.faults.list)
	var got outcome
	if f.asString {
		got = d.insideString(f, f.of(v))
	} else {
		got = d.value(f.node, f.rules, f.of(v))
	}
	switch got {
	case filled:
		p.sent.set(i)
	case refused:
		p.broken.set(i)
		p.unread = p.unread || d.faults.isUnread(before)
		d.faults.named(before, f.name)
		d.faults.below(before, f.pointer)
	}
}

// more steps into a list or an object, or on to its next part, and reports whether there is one.
// Before the first part it stands at the opening bracket.
func (d *decoder) more(closing byte) bool {
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

// list fills a slice or an array.
func (d *decoder) list(n *node, r *rules.Rules, v reflect.Value) string {
	if d.text[d.at] != '[' {
		d.at = valueEnd(d.text, d.at)
		return forms[n.kind]
	}
	before := len(d.faults.list)
	elem := r.Elem()
	count := 0
	for d.more(']') {
		if d.faults.isFull() || n.kind == kindArray && count >= v.Len() {
			d.at = valueEnd(d.text, d.at)
			count++
			continue
		}
		if n.kind == kindSlice {
			n.extend(v, count+1)
		}
		had := len(d.faults.list)
		d.element(n.elem, elem, v.Index(count))
		d.faults.within(had, strconv.Itoa(count))
		count++
	}
	switch {
	case n.kind == kindArray && count != v.Len():
		d.faults.add(fault{in: InBody, rule: "len", param: strconv.Itoa(v.Len()), typ: n.typ})
	case n.kind == kindSlice && count == 0:
		v.Set(reflect.MakeSlice(n.typ, 0, 0)) // which is not null
	}
	if len(d.faults.list) > before {
		return ruleReported
	}
	return ""
}

// extend makes room for one more element. Small ones get more room at once, for few lists have one
// element; large ones do not, for a short text can have many lists of them.
func (n *node) extend(list reflect.Value, length int) {
	if length == 1 && n.elem.typ.Size() <= 32 {
		list.Grow(4)
	} else {
		list.Grow(1)
	}
	list.SetLen(length)
}

// element fills an element of a list or map. A null that is none of its values is a fault of its
// own, for an element cannot be left out.
func (d *decoder) element(n *node, r *rules.Rules, v reflect.Value) {
	if d.value(n, r, v) == nothing && r.Required() {
		d.faults.add(fault{in: InBody, rule: missing.Name, typ: n.inner().typ})
	}
}

// table fills a map.
func (d *decoder) table(n *node, r *rules.Rules, v reflect.Value) string {
	if d.text[d.at] != '{' {
		d.at = valueEnd(d.text, d.at)
		return forms[kindMap]
	}
	before := len(d.faults.list)
	v.Set(reflect.MakeMap(n.typ))
	for d.more('}') {
		end := stringEnd(d.text, d.at)
		name := unquote(d.text[d.at:end])
		d.at = skipSpace(d.text, skipSpace(d.text, end)+1)
		had := len(d.faults.list)
		key, value := reflect.New(n.key.typ).Elem(), reflect.New(n.elem.typ).Elem()
		if d.key(n.key, r.Keys(), name, key) && n.key.kind == kindText && v.MapIndex(key).IsValid() {
			d.refuse(n.key, "duplicate") // of a name with another spelling
		}
		d.element(n.elem, r.Elem(), value)
		d.faults.within(had, name)
		v.SetMapIndex(key, value)
	}
	if len(d.faults.list) > before {
		return ruleReported
	}
	return ""
}

// key fills the key of a map, and reports whether it is one. Integers have one spelling, or two
// members could be one entry.
func (d *decoder) key(n *node, r *rules.Rules, name string, v reflect.Value) bool {
	if d.clone {
		name = strings.Clone(name)
	}
	rule := n.setText(name, v)
	if rule == "" && (n.kind == kindInt || n.kind == kindUint) && !isCanonical(name) {
		rule = forms[n.kind]
	}
	if rule != "" {
		d.refuse(n, rule)
	} else if broken := r.Check(v); broken != nil {
		d.faults.add(fault{in: InBody, rule: broken.Name, param: broken.Param, typ: n.typ})
	}
	return rule == ""
}

// isCanonical reports whether an integer has no plus sign, no zeros before it, and no sign on zero.
func isCanonical(number string) bool {
	digits := strings.TrimPrefix(number, "-")
	return digits[0] != '+' && (digits[0] != '0' || number == "0")
}
