package bind

import (
	"reflect"
	"strconv"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

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
