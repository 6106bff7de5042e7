package bind

import (
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/strictjson"
)

// mapSize is the size of an empty map in bytes.
const mapSize = 48

// copied is the size of a string that is copied out of the text.
func (d *decoder) copied(text string) int64 {
	if !d.clone {
		return 0
	}
	return int64(len(text))
}

// table fills a map. One that is too long is handled as list does it.
func (d *decoder) table(n *node, r *rules.Rules, v reflect.Value) string {
	if d.text[d.at] != '{' {
		d.at = valueEnd(d.text, d.at)
		return forms[kindMap]
	}
	before := len(d.violations.list)
	most := r.MaxLength()
	d.memory.take(mapSize)
	v.Set(reflect.MakeMap(n.typ))
	// One key and one value serve all entries: SetMapIndex copies both.
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
		key.SetZero() // of the entry before
		value.SetZero()
		had := len(d.violations.list)
		if d.key(n.key, r.Keys(), name, key) && n.key.kind == kindText && v.MapIndex(key).IsValid() {
			d.refuse(n.key, "duplicate") // two spellings of one key, such as two of an IP address
		}
		d.element(n.elem, r.Elem(), value)
		d.violations.within(had, name)
		v.SetMapIndex(key, value)
	}
	if v.Len() > most { // as in tooLong; the rules find one entry too many
		d.violations.list = d.violations.list[:before]
	}
	if len(d.violations.list) > before {
		return ruleReported
	}
	return ""
}

// key fills the key of a map, and reports whether it is valid. An integer has one spelling only: else two
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

// isCanonical reports whether an integer has no plus sign, no leading zeros, and no sign on zero.
func isCanonical(number string) bool {
	digits := strings.TrimPrefix(number, "-")
	return digits[0] != '+' && (digits[0] != '0' || number == "0")
}
