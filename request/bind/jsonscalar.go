package bind

import (
	"encoding/base64"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/strictjson"
)

// scalar sets v to a string, number or boolean.
func (d *decoder) scalar(n *node, raw string, v reflect.Value) string {
	isString := raw[0] == '"'
	switch n.kind {
	case kindBool:
		if raw != "true" && raw != "false" {
			return "boolean"
		}
		v.SetBool(raw == "true")
		return ""
	case kindInt, kindUint, kindDuration, kindFloat, kindNumber:
		if !isNumber(raw) {
			return forms[n.kind]
		}
		return setNumber(n, raw, v)
	}
	if !isString {
		return forms[n.kind]
	}
	text := strictjson.Unquote(raw)
	switch n.kind {
	case kindBytes:
		b, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return forms[kindBytes]
		}
		d.memory.take(int64(len(b)))
		v.SetBytes(b)
		return ""
	case kindString:
		text = d.own(text)
	default:
		d.memory.take(int64(len(text)) + ownSize)
	}
	return n.setText(text, v)
}

// own returns a string that does not depend on memory that is used again.
func (d *decoder) own(text string) string {
	if !d.clone {
		return text
	}
	d.memory.take(int64(len(text)))
	return strings.Clone(text)
}

func isNumber(raw string) bool { return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' }

func setNumber(n *node, raw string, v reflect.Value) string {
	switch n.kind {
	case kindFloat:
		return setFloat(raw, v)
	case kindNumber:
		v.SetString(strings.Clone(raw))
		return ""
	}
	if strings.ContainsAny(raw, ".eE") {
		if raw = integral(raw); raw == "" {
			return "integer"
		}
	}
	if n.kind == kindUint {
		return setUint(raw, v)
	}
	return setInt(raw, v)
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
