package bind

import "strings"

// maxPointer is the limit of pointers in bytes, since the client may choose the names in them. A longer one
// is cut to that of a value around it.
const maxPointer = 256

// within puts the violations from the given one on inside of a member or an element.
func (v *violations) within(from int, segment string) {
	if len(v.list) > from {
		v.below(from, pointerTo(segment))
	}
}

// below puts a prefix in front of the pointers of the violations from the given one on.
func (v *violations) below(from int, prefix string) {
	for i := from; i < len(v.list); i++ {
		longer := prefix + v.list[i].pointer
		for len(longer) > maxPointer { // one segment after the other, from the end
			longer = longer[:strings.LastIndexByte(longer, '/')]
		}
		v.list[i].pointer = longer
	}
}

// pointerTo returns the JSON Pointer of a member or element (RFC 6901 section 3).
func pointerTo(segment string) string { return "/" + escapePointer.Replace(segment) }

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// named gives the violations of elements the name of the field that holds the elements.
func (v *violations) named(from int, name string) {
	for i := from; i < len(v.list); i++ {
		if v.list[i].name == "" {
			v.list[i].name = name
		}
	}
}
