package bind

import (
	"encoding/base64"
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/strictjson"
)

// scalar sets v to a string, number or boolean.
func (d *decoder) scalar(n *node, raw string, v reflect.Value) string {
	// No kind has two forms: a number in a string is no number, and a number is no string.
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
	case kindBytes: // strict base64: one spelling for each value
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
	// The other kinds are texts, in JSON as elsewhere.
	return n.setText(text, v)
}

// own returns a string that is safe to keep: the text may be memory that the server uses again.
func (d *decoder) own(text string) string {
	if !d.clone {
		return text
	}
	d.memory.take(int64(len(text)))
	return strings.Clone(text)
}

// isNumber reports whether a value is a number. The text was checked, so its first byte tells.
func isNumber(raw string) bool { return raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' }

// setNumber sets v to a JSON number. Integers may have a fraction or an exponent, as long as they are
// integers.
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
