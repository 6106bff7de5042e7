package bind

import (
	"slices"
	"strconv"

	"github.com/soay-go/soay/request/strictjson"
)

// Sizes of values of type any in bytes.
const (
	anySize   = 16 // an element of a list of any
	listSize  = 24 // the header of a list
	floatSize = 8
)

// any returns the value that starts here, in the types that encoding/json has for an interface: nil, bool,
// float64, string, []any and map[string]any.
func (d *decoder) any(n *node) any {
	// The first byte tells the type, since the text was checked.
	start := d.at
	switch d.text[start] {
	case '[':
		return d.anyList(n)
	case '{':
		return d.anyTable(n)
	}
	d.at = valueEnd(d.text, start)
	switch raw := d.text[start:d.at]; raw[0] {
	case 'n':
		return nil
	case 't', 'f':
		return raw[0] == 't'
	case '"':
		d.memory.take(anySize)
		return d.own(strictjson.Unquote(raw))
	default:
		d.memory.take(floatSize)
		f, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			d.refuse(n, ruleRange)
		}
		return f
	}
}

// anyList returns the list that starts here. It grows once, as other lists do, see extend.
func (d *decoder) anyList(n *node) any {
	list := []any{}
	d.memory.take(listSize)
	for d.next(']') {
		if d.isDone() {
			d.at = valueEnd(d.text, d.at)
			continue
		}
		if len(list) == cap(list) {
			before := cap(list)
			more := max(d.remaining(len(list), len(d.text)), 1)
			if d.memory.take(int64(more) * anySize); d.memory.isSpent() {
				continue // isDone from now on, so the rest is passed over
			}
			list = slices.Grow(list, more)
			d.memory.take(int64(cap(list)-before-more) * anySize)
		}
		before := len(d.violations.list)
		list = append(list, d.any(n))
		d.violations.within(before, strconv.Itoa(len(list)-1))
	}
	return list
}

// anyTable returns the object that starts here. Its keys are all names that the client has sent.
func (d *decoder) anyTable(n *node) any {
	table := map[string]any{}
	d.memory.take(mapSize)
	for d.next('}') {
		end := stringEnd(d.text, d.at)
		name := strictjson.Unquote(d.text[d.at:end])
		d.at = skipSpace(d.text, skipSpace(d.text, end)+1)
		if d.isDone() {
			d.at = valueEnd(d.text, d.at)
			continue
		}
		d.memory.take(strictjson.MapMemory(len(table), 2*anySize))
		name = d.own(name)
		before := len(d.violations.list)
		table[name] = d.any(n)
		d.violations.within(before, name)
	}
	return table
}
