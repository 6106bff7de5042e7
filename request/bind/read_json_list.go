package bind

import (
	"reflect"
	"strconv"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// list fills a slice or an array. If a slice is longer than its rules allow, one element more than that is
// filled: it is enough for the rules to find the slice too long, and no handler will see the rest.
func (d *decoder) list(n *node, r *rules.Rules, v reflect.Value) string {
	if d.text[d.at] != '[' {
		d.at = valueEnd(d.text, d.at)
		return forms[n.kind]
	}
	before := len(d.violations.list)
	elem, most := r.Elem(), r.MaxLength()
	count := 0
	for d.next(']') {
		// The rest is counted, but not filled.
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
		v.Set(reflect.MakeSlice(n.typ, 0, 0)) // an empty list is not null
	}
	if len(d.violations.list) > before {
		return ruleReported
	}
	return ""
}

// tooLong gives a list one element more than it may have, so that its rules refuse it. The violations of
// its elements, from the given one on, are dropped: that the list is too long is the one that counts.
func (d *decoder) tooLong(n *node, list reflect.Value, most, before int) {
	if length := list.Len(); length <= most {
		d.memory.grow(n, list, most+1-length)
		if list.Cap() <= most {
			return // the budget is spent, so there is another error
		}
		list.SetLen(most + 1)
	}
	d.violations.list = d.violations.list[:before]
}

// extend makes a list longer by the element that starts here. A list of small elements gets a capacity of
// four at first, since few lists have one element. When that is full, the rest is counted, and the list
// grows once to the length that it needs.
func (d *decoder) extend(n *node, list reflect.Value, most int) {
	length, more := list.Len(), 1 // a large element gets its place alone, until there is a second one
	switch {
	case length < list.Cap():
	case length > 0:
		more = d.remaining(length, most)
	case n.elem.size <= 32:
		more = 4
	}
	d.memory.grow(n, list, more)
}

// remaining counts the elements from here on, for a list of this length, and stops at one more than most.
// In lists inside each other it could look at each byte many times. So all counting together has a limit;
// beyond it the answer is that the list doubles.
func (d *decoder) remaining(length, most int) int {
	count := 0
	for at := d.at; count <= most-length; { // at is the start of an element
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

// element fills an element of a list or map. An element cannot be absent, so a null that is no value of its
// type breaks the rule required.
func (d *decoder) element(n *node, r *rules.Rules, v reflect.Value) {
	if d.value(n, r, v) == isNull && r.Required() {
		d.violations.add(violation{in: inBody, rule: missing.Name, typ: n.inner().typ})
	}
}
