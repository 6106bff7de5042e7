package bind

import (
	"encoding/json"
	"reflect"
	"unsafe"

	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/strictjson"
)

// decoder fills values from one JSON text that has been checked.
type decoder struct {
	text       string
	at         int
	clone      bool // strings are copied out of the text
	lookahead  int  // how many more bytes may be looked at to count elements
	memory     budget
	violations violations
}

// sharedText is the size up to which the strings of a body are parts of one copy of it: one
// allocation in place of many, which keeps no more than this alive for the sake of one string.
const sharedText = 2 << 10

// decodeJSON fills v from a JSON text, and returns what is wrong with it. Rules are those for the
// value as a whole. The value may take so many bytes of memory.
func (n *node) decodeJSON(data []byte, r *rules.Rules, v reflect.Value, memory int64) (outcome, []violation, error) {
	if err := strictjson.Check(data, strictjson.Options{}); err != nil {
		return refused, []violation{syntaxViolation(err.(*strictjson.Error))}, nil
	}
	// The violations are a part of the decoder, which so stays off the heap; theirs are copied to those
	// of the request when there are some.
	d := decoder{clone: len(data) > sharedText, lookahead: 4 * len(data), memory: budget{memory}}
	if d.clone {
		d.text = unsafe.String(unsafe.SliceData(data), len(data)) // nothing of it is kept
	} else {
		d.text = string(data)
	}
	d.at = skipSpace(d.text, 0)
	got := d.value(n, r, v)
	if d.memory.isSpent() {
		return refused, nil, errMemory
	}
	return got, d.violations.list, nil
}

// isDone reports whether there is nothing more to be made or told, so that the rest is only passed
// over.
func (d *decoder) isDone() bool { return d.memory.isSpent() || d.violations.isFull() }

// syntaxViolation is the violation of a text that is no JSON, or no strict one.
func syntaxViolation(err *strictjson.Error) violation {
	return violation{
		in: inBody, pointer: err.Pointer, rule: string(err.Kind), unreadable: true,
		reason: "The JSON body is not acceptable: " + err.Reason + ".",
	}
}

// outcome says what was made of a value.
type outcome uint8

const (
	filled  outcome = iota
	isNull          // it was null
	refused         // there is a violation that says why
)

// value fills v from the value that starts here, and holds it to the rules that need nothing else.
func (d *decoder) value(n *node, r *rules.Rules, v reflect.Value) outcome {
	if d.isDone() {
		d.at = valueEnd(d.text, d.at)
		return refused
	}
	if d.text[d.at] == 'n' && (!n.seesNull() || r.Required()) {
		d.at += len("null")
		return d.null(n, r, v)
	}
	if rule := d.fill(n, r, v); rule != "" {
		if rule != ruleReported {
			d.refuse(n, rule)
		}
		return refused
	}
	if r == nil {
		return filled
	}
	if broken := r.Check(n.bare(v)); broken != nil {
		d.violations.add(violation{in: inBody, rule: broken.Name, param: broken.Param, typ: n.inner().typ})
		return refused
	}
	return filled
}

// ruleReported stands for violations that have been added already.
const ruleReported = "reported"

func (d *decoder) refuse(n *node, rule string) {
	d.violations.add(violation{in: inBody, rule: rule, typ: n.inner().typ, unreadable: true})
}

// null deals with a null, which is no value where one is required.
func (d *decoder) null(n *node, r *rules.Rules, v reflect.Value) outcome {
	if r.Required() || n.nullable {
		v.SetZero()
		return isNull
	}
	if n.kind == kindOptional && n.elem.takesNull() {
		v.Addr().Interface().(optional).mark()
		return isNull
	}
	d.refuse(n, n.expects())
	return refused
}

// takesNull reports whether a null is a value of an Optional of such values.
func (n *node) takesNull() bool { return n.kind == kindPointer || n.kind == kindAny }

// seesNull reports whether it is for a type's own method to say what a null is.
func (n *node) seesNull() bool {
	return n.kind == kindCustom || n.kind == kindOptional && n.elem.kind == kindCustom && n.elem.nullable
}

// fill sets v and returns the rule that the text breaks. It goes past the value in any case.
func (d *decoder) fill(n *node, r *rules.Rules, v reflect.Value) string {
	switch n.kind {
	case kindPointer:
		p := v
		if v.IsNil() {
			d.memory.take(n.elem.size)
			p = reflect.New(n.elem.typ)
			v.Set(p)
		}
		return d.fill(n.elem, r, p.Elem())
	case kindOptional:
		o := v.Addr().Interface().(optional)
		o.mark()
		return d.fill(n.elem, r, reflect.ValueOf(o.Wrapped()).Elem())
	case kindObject:
		return d.object(n.object, v)
	case kindSlice, kindArray:
		return d.list(n, r, v)
	case kindMap:
		return d.table(n, r, v)
	case kindAny:
		before := len(d.violations.list)
		if value := d.any(n); value != nil {
			v.Set(reflect.ValueOf(value))
		}
		if len(d.violations.list) > before {
			return ruleReported
		}
		return ""
	}
	start := d.at
	d.at = valueEnd(d.text, start)
	raw := d.text[start:d.at]
	if n.kind == kindCustom {
		return d.custom(n, raw, v)
	}
	return d.scalar(n, raw, v)
}

// custom lets a type read its part of the text. What that makes of it cannot be known.
func (d *decoder) custom(n *node, raw string, v reflect.Value) string {
	if strictjson.IsHugeNumber(n.typ, raw) {
		return ruleRange
	}
	d.memory.take(int64(len(raw)) + ownSize)
	if v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON([]byte(raw)) != nil {
		return forms[kindCustom]
	}
	return ""
}
