package bind

import "strings"

// maxPointer bounds pointers in bytes, for they can have names that the client chose. Of a longer
// one the enclosing value is named.
const maxPointer = 256

// within puts the violations from the given one on inside a member or element.
func (f *violations) within(from int, segment string) {
	if len(f.list) > from {
		f.below(from, pointerTo(segment))
	}
}

// below puts the violations from the given one on below a pointer.
func (f *violations) below(from int, prefix string) {
	for i := from; i < len(f.list); i++ {
		longer := prefix + f.list[i].pointer
		for len(longer) > maxPointer {
			longer = longer[:strings.LastIndexByte(longer, '/')]
		}
		f.list[i].pointer = longer
	}
}

// pointerTo returns the JSON Pointer of a member or element (RFC 6901 section 3).
func pointerTo(segment string) string { return "/" + escapePointer.Replace(segment) }

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

// named gives the violations of elements the name of the field that has them.
func (f *violations) named(from int, name string) {
	for i := from; i < len(f.list); i++ {
		if f.list[i].name == "" {
			f.list[i].name = name
		}
	}
}
