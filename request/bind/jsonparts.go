package bind

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
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

// list fills a slice or an array. Of a slice that is longer than its rules allow, one element more
// than that is filled: the rules find it too long, and nobody asks for the rest.
func (d *decoder) list(n *node, r *rules.Rules, v reflect.Value) string {
	if d.text[d.at] != '[' {
		d.at = valueEnd(d.text, d.at)
		return forms[n.kind]
	}
	before := len(d.violations.list)
	elem, most := r.Elem(), r.MaxLength()
	count := 0
	for d.next(']') {
		if d.isDone() || count > most || n.kind == kindArray && count >= v.Len() {
			d.at = valueEnd(d.text, d.at)
			count++
			continue
		}
		if n.kind == kindSlice {
			d.extend(n, v, most)
		}
		had := len(d.violations.list)
		d.element(n.elem, elem, v.Index(count))
		d.violations.within(had, strconv.Itoa(count))
		count++
	}
	switch {
	case n.kind == kindArray && count != v.Len():
		d.violations.add(violation{in: inBody, rule: "len", param: strconv.Itoa(v.Len()), typ: n.typ})
	case n.kind == kindSlice && count > most:
		d.tooLong(n, v, most, before)
	case n.kind == kindSlice && count == 0:
		v.Set(reflect.MakeSlice(n.typ, 0, 0)) // which is not null
	}
	if len(d.violations.list) > before {
		return ruleReported
	}
	return ""
}

// tooLong makes a list longer than it may be, whatever its elements are, and forgets the violations of
// these from the given one on: the rules of the list have to refuse it.
func (d *decoder) tooLong(n *node, list reflect.Value, most, before int) {
	if length := list.Len(); length <= most {
		d.memory.grow(n, list, most+1-length)
		if list.Cap() <= most {
			return // the budget is spent
		}
		list.SetLen(most + 1)
	}
	d.violations.list = d.violations.list[:before]
}

// extend makes a list longer by the element that starts here. It gives small ones some room at first,
// for few lists have one element, and then just as much as the list needs.
func (d *decoder) extend(n *node, list reflect.Value, most int) {
	length, more := list.Len(), 1
	switch {
	case length < list.Cap():
	case length > 0:
		more = d.remaining(length, most)
	case n.elem.size <= 32:
		more = 4
	}
	d.memory.grow(n, list, more)
}

// remaining counts the elements of a list of this length from here on, so far that there is one more
// than most. A text of lists inside each other could make it look at each byte many times; when it
// has looked at too many, it says that the list doubles.
func (d *decoder) remaining(length, most int) int {
	count := 0
	for at := d.at; count <= most-length; {
		if d.lookahead < 0 {
			return max(count, length)
		}
		end := skipSpace(d.text, valueEnd(d.text, at))
		d.lookahead -= end - at
		count++
		if d.text[end] == ']' {
			break
		}
		at = skipSpace(d.text, end+1)
	}
	return count
}

// element fills an element of a list or map. A null that is none of its values is a violation of its
// own, for an element cannot be left out.
func (d *decoder) element(n *node, r *rules.Rules, v reflect.Value) {
	if d.value(n, r, v) == isNull && r.Required() {
		d.violations.add(violation{in: inBody, rule: missing.Name, typ: n.inner().typ})
	}
}

// mapSize is what an empty map takes.
const mapSize = 48

// copied is what a string takes that is copied out of the text.
func (d *decoder) copied(text string) int64 {
	if !d.clone {
		return 0
	}
	return int64(len(text))
}

// table fills a map, one that is too long as list does.
func (d *decoder) table(n *node, r *rules.Rules, v reflect.Value) string {
	if d.text[d.at] != '{' {
		d.at = valueEnd(d.text, d.at)
		return forms[kindMap]
	}
	before := len(d.violations.list)
	most := r.MaxLength()
	d.memory.take(mapSize)
	v.Set(reflect.MakeMap(n.typ))
	key, value := reflect.New(n.key.typ).Elem(), reflect.New(n.elem.typ).Elem()
	for d.next('}') {
		end := stringEnd(d.text, d.at)
		name := strictjson.Unquote(d.text[d.at:end])
		d.at = skipSpace(d.text, skipSpace(d.text, end)+1)
		if d.isDone() || v.Len() > most {
			d.at = valueEnd(d.text, d.at)
			continue
		}
		d.memory.take(strictjson.MapMemory(v.Len(), n.key.size+n.elem.size) + d.copied(name))
		key.SetZero()
		value.SetZero()
		had := len(d.violations.list)
		if d.key(n.key, r.Keys(), name, key) && n.key.kind == kindText && v.MapIndex(key).IsValid() {
			d.refuse(n.key, "duplicate") // of a name with another spelling
		}
		d.element(n.elem, r.Elem(), value)
		d.violations.within(had, name)
		v.SetMapIndex(key, value)
	}
	if v.Len() > most {
		d.violations.list = d.violations.list[:before]
	}
	if len(d.violations.list) > before {
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
		d.violations.add(violation{in: inBody, rule: broken.Name, param: broken.Param, typ: n.typ})
	}
	return rule == ""
}

// isCanonical reports whether an integer has no plus sign, no zeros before it, and no sign on zero.
func isCanonical(number string) bool {
	digits := strings.TrimPrefix(number, "-")
	return digits[0] != '+' && (digits[0] != '0' || number == "0")
}
