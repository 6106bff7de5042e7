package bind

import (
	"reflect"
	"strings"

	"github.com/soay-go/soay/request/bind/internal/rules"
	"github.com/soay-go/soay/request/strictjson"
)

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
