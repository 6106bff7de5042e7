package auth

import (
	"encoding/json"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Claim returns the claim of an identity that a JSON Pointer names (RFC 6901), such as /email or /realm_access/roles.
// It is false for nobody, for a claim that is not there or null, and for one that is not exactly of the JSON type of a T:
// the text "true" is no bool, the number 1.5 is no int, and a list with anything but texts is no []string.
func Claim[T any](id *Identity, pointer string) (T, bool) {
	var v, zero T
	node, ok := id.find(pointer)
	if !ok || node == nil {
		return zero, false
	}
	switch node.(type) {
	case string, bool:
		if v, ok := node.(T); ok { // as nearly always
			return v, true
		}
	}
	if !fits(node, reflect.TypeFor[T]()) {
		return zero, false
	}
	text, err := json.Marshal(node)
	if err != nil || json.Unmarshal(text, &v) != nil {
		return zero, false
	}
	return v, true
}

// fits refuses what package json accepts for a type although it is of another: null, which it skips, lists of another
// length than an array, and texts for numbers. All else is left to that package, and to types that read JSON themselves.
func fits(node any, t reflect.Type) bool {
	for t.Kind() == reflect.Pointer && node != nil {
		t = t.Elem()
	}
	kind := t.Kind()
	if reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return true
	}
	switch node := node.(type) {
	case nil:
		return kind == reflect.Pointer || kind == reflect.Interface || kind == reflect.Map || kind == reflect.Slice
	case string:
		return t != reflect.TypeFor[json.Number]()
	case []any:
		if kind == reflect.Array && t.Len() != len(node) {
			return false
		}
		return kind != reflect.Array && kind != reflect.Slice || all(slices.Values(node), t.Elem)
	case map[string]any:
		return kind != reflect.Map || all(maps.Values(node), t.Elem)
	}
	return true
}

// all reports whether all nodes fit the type of elements.
func all(nodes iter.Seq[any], element func() reflect.Type) bool {
	for node := range nodes {
		if !fits(node, element()) {
			return false
		}
	}
	return true
}

// copyOf returns a copy of a node in which numbers are float64 where they fit.
func copyOf(node any) any {
	switch node := node.(type) {
	case json.Number:
		if f, err := node.Float64(); err == nil {
			return f
		}
	case []any:
		list := make([]any, len(node))
		for i, element := range node {
			list[i] = copyOf(element)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(node))
		for name, member := range node {
			object[name] = copyOf(member)
		}
		return object
	}
	return node
}

// find returns the node that a pointer names.
func (id *Identity) find(pointer string) (any, bool) {
	if id == nil || id.claims == "" {
		return nil, false
	}
	id.parse.Do(func() {
		d := json.NewDecoder(strings.NewReader(id.claims))
		d.UseNumber()
		_ = d.Decode(&id.tree) // NewIdentity has made the text
	})
	var node any = id.tree
	if pointer == "" {
		return node, id.tree != nil
	}
	if pointer[0] != '/' {
		return nil, false
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		name, ok := unescape(token)
		if !ok {
			return nil, false
		}
		if node, ok = member(node, name); !ok {
			return nil, false
		}
	}
	return node, true
}

// unescapePointer reads ~1 before ~0, so that ~01 is ~1 (RFC 6901 section 4): a replacer takes what stands first.
var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// unescape returns the name that a token of a pointer stands for. A ~ before anything but 0 and 1 is an error (RFC 6901
// section 3).
func unescape(token string) (name string, ok bool) {
	for i := range len(token) {
		if token[i] == '~' && (i+1 == len(token) || token[i+1] != '0' && token[i+1] != '1') {
			return "", false
		}
	}
	return unescapePointer.Replace(token), true
}

// member returns the member of an object, or the element of a list, which has no leading zeros (RFC 6901 section 4).
func member(node any, name string) (any, bool) {
	switch node := node.(type) {
	case map[string]any:
		v, ok := node[name]
		return v, ok
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(node) || strconv.Itoa(i) != name {
			return nil, false
		}
		return node[i], true
	}
	return nil, false
}
