package auth

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Claim returns the claim of an identity that a JSON Pointer names (RFC 6901), such as /email or /realm_access/roles.
// It is false for nobody, for a claim that is not there, and for one that is not exactly of the JSON type of a T: the
// text "true" is no bool, and a list with anything but texts is no []string.
func Claim[T any](id *Identity, pointer string) (T, bool) {
	var zero T
	node, ok := id.find(pointer)
	if !ok || node == nil {
		return zero, false
	}
	switch want := any(&zero).(type) {
	case *string:
		if *want, ok = node.(string); !ok {
			return zero, false
		}
		return zero, true
	case *bool:
		*want, ok = node.(bool)
		return zero, ok
	case *[]string:
		list, ok := texts(node)
		*want = list
		return zero, ok
	}
	text, err := json.Marshal(node)
	if err != nil {
		return zero, false
	}
	var v T
	if json.Unmarshal(text, &v) != nil {
		return zero, false
	}
	return v, true
}

// texts returns a list of nothing but texts.
func texts(node any) ([]string, bool) {
	list, ok := node.([]any)
	if !ok {
		return nil, false
	}
	found := make([]string, len(list))
	for i, v := range list {
		if found[i], ok = v.(string); !ok {
			return nil, false
		}
	}
	return found, true
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
		return node, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	for name := range strings.SplitSeq(pointer[1:], "/") {
		var ok bool
		if node, ok = member(node, unescapePointer.Replace(name)); !ok {
			return nil, false
		}
	}
	return node, true
}

// unescapePointer reads ~1 before ~0, so that ~01 is ~1 (RFC 6901 section 4): a replacer takes what stands first.
var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// member returns the member of an object, or the element of a list.
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
