package bind

import (
	"encoding/json"
	"reflect"
	"unsafe"

	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/strictjson"
)

// decoder fills values from one JSON text. strictjson.Check has accepted the text before, so the decoder
// looks for no mistakes in it: it can find the end of each value by its brackets and quotes.
//
// Each method reads one value: it starts with at on the first byte of the value, and ends with at behind
// the last one, also if the value is refused. So a violation never stops the reading, and all of them are
// found in one go.
type decoder struct {
	text       string
	at         int  // of the byte that is read next
	clone      bool // strings are copied out of the text
	lookahead  int  // how many more bytes may be looked at to count elements
	memory     budget
	violations violations
}

// sharedText is the size in bytes up to which the strings of a body are parts of one copy of it. That is
// one allocation in place of many, and a string that lives on keeps no more than this alive.
const sharedText = 2 << 10

// decodeJSON fills v from a JSON text, and returns the violations. The rules are those of the value as a
// whole. The value may take so many bytes of memory.
func (n *node) decodeJSON(data []byte, r *rules.Rules, v reflect.Value, memory int64) (outcome, []violation, error) {
	if err := strictjson.Check(data, strictjson.Options{}); err != nil {
		return refused, []violation{syntaxViolation(err.(*strictjson.Error))}, nil
	}
	// The decoder and its violations stay on the stack. The list is copied to that of the request if there is one.
	d := decoder{clone: len(data) > sharedText, lookahead: 4 * len(data), memory: budget{memory}}
	if d.clone {
		d.text = unsafe.String(unsafe.SliceData(data), len(data)) // strings are copied out of it
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

// isDone reports whether the rest of the text is only passed over, since nothing more can be filled or
// reported.
func (d *decoder) isDone() bool { return d.memory.isSpent() || d.violations.isFull() }

// syntaxViolation is the violation of a text that is no JSON, or none of the strict kind.
func syntaxViolation(err *strictjson.Error) violation {
	return violation{
		in: inBody, pointer: err.Pointer, rule: string(err.Kind), unreadable: true,
		reason: "The JSON body is not acceptable: " + err.Reason + ".",
	}
}

// outcome is what a value in the text turned out to be.
type outcome uint8

const (
	filled  outcome = iota
	isNull          // it was null, or there was no body
	refused         // there is a violation
)

// value fills v from the value that starts here, and checks the rules that need this value alone. It goes
// past the value in any case.
func (d *decoder) value(n *node, r *rules.Rules, v reflect.Value) outcome {
	if d.isDone() {
		d.at = valueEnd(d.text, d.at)
		return refused
	}
	// Pointers, lists and maps take a null as a value, but not where one is required.
	if d.text[d.at] == 'n' && (!n.seesNull() || r.Required() || r.NotNull() != nil) {
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

// refuse reports a value that cannot be read.
func (d *decoder) refuse(n *node, rule string) {
	d.violations.add(violation{in: inBody, rule: rule, typ: n.inner().typ, unreadable: true})
}

// null handles a null. It breaks the rule notnull, is no value where one is required, and sets what it is a
// value for to zero.
func (d *decoder) null(n *node, r *rules.Rules, v reflect.Value) outcome {
	if broken := r.NotNull(); broken != nil {
		d.violations.add(violation{in: inBody, rule: broken.Name, typ: n.inner().typ})
		return refused
	}
	if r.Required() || n.nullable {
		v.SetZero()
		return isNull
	}
	if n.kind == kindOptional && n.elem.takesNull() { // so that absent, null and a value are three things
		v.Addr().Interface().(optional).mark()
		return isNull
	}
	d.refuse(n, n.expects())
	return refused
}

// takesNull reports whether a null is a value of an Optional of such values.
func (n *node) takesNull() bool { return n.kind == kindPointer || n.kind == kindAny }

// seesNull reports whether a type's own method decides what a null means.
func (n *node) seesNull() bool {
	return n.kind == kindCustom || n.kind == kindOptional && n.elem.kind == kindCustom && n.elem.nullable
}

// fill sets v, and returns the rule that the text breaks, "" for none. It goes past the value in any case.
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
	case kindAny: // a nil in v stands for null
		before := len(d.violations.list)
		if value := d.any(n); value != nil {
			v.Set(reflect.ValueOf(value))
		}
		if len(d.violations.list) > before {
			return ruleReported
		}
		return ""
	}
	start := d.at // the other kinds are set from the text of the value
	d.at = valueEnd(d.text, start)
	raw := d.text[start:d.at]
	if n.kind == kindCustom {
		return d.custom(n, raw, v)
	}
	return d.scalar(n, raw, v)
}

// custom lets a type read its part of the text by its own method. Its memory is a guess.
func (d *decoder) custom(n *node, raw string, v reflect.Value) string {
	if strictjson.IsHugeNumber(n.typ, raw) { // a few bytes such as 1e999999999 would cost minutes
		return ruleRange
	}
	d.memory.take(int64(len(raw)) + ownSize)
	if v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON([]byte(raw)) != nil {
		return forms[kindCustom]
	}
	return ""
}
