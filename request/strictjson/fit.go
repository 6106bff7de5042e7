package strictjson

import (
	"bytes"
	"reflect"
	"slices"
)

// A fitting walks over a checked text and the type that it is for, before encoding/json does. It takes care of two things
// that encoding/json does not: the memory that the value needs, and names of members that are not exactly those of fields.
type fitting struct {
	data   []byte // the text
	fit    []byte // the same, or a copy without the names that are none of the fields
	opts   Options
	memory int64 // the part of Options.MaxMemory that is left
	err    *Error

	unescaped, folded []byte // names, in memory that is used again
}

// fit returns a text that encoding/json reads as Unmarshal promises.
func fit(data []byte, target reflect.Value, opts Options) ([]byte, *Error) {
	f := fitting{data: data, fit: data, opts: opts, memory: opts.MaxMemory}
	if f.memory <= 0 {
		f.memory = 1<<63 - 1
	}
	v := target.Elem()
	s := shapeOf(v.Type())
	if s.kind != shapeAny && v.IsZero() {
		v = reflect.Value{} // encoding/json fills nothing in it in place
	}
	f.value(skipSpace(data, 0), s, v)
	return f.fit, f.err
}

// take counts the memory of a value, and fails when there is none left.
func (f *fitting) take(size int64, at int) {
	if f.memory -= size; f.memory < 0 && f.err == nil {
		f.err = &Error{Kind: KindMemory, Reason: "the decoded value takes too much memory", Offset: int64(at), Pointer: pointer(f.data, at)}
	}
}

// value looks at the value at i and returns the index behind it. v is the value in its place so far, invalid for none.
func (f *fitting) value(i int, s *shape, v reflect.Value) int {
	first := f.data[i]
	if s == nil || first == 'n' {
		return valueEnd(f.data, i)
	}
	switch s.kind {
	case shapePointer:
		if v.IsValid() && !v.IsNil() {
			return f.value(i, s.elem, v.Elem())
		}
		f.take(s.elem.size, i)
		return f.value(i, s.elem, reflect.Value{})
	case shapeWrapper:
		if v.IsValid() && v.CanAddr() {
			v = reflect.ValueOf(v.Addr().Interface().(Wrapper).Wrapped()).Elem()
		}
		return f.value(i, s.elem, v)
	case shapeAny:
		if v.IsValid() && !v.IsNil() && v.Elem().Kind() == reflect.Pointer && !v.Elem().IsNil() {
			return f.value(i, shapeOf(v.Elem().Type()), v.Elem())
		}
		return f.any(i)
	case shapeList, shapeArray:
		if first == '[' {
			return f.list(i, s, v)
		}
	case shapeMap:
		if first == '{' {
			return f.table(i, s.key+s.elem.size, func(i int) int { return f.value(i, s.elem, reflect.Value{}) })
		}
	case shapeStruct:
		if first == '{' {
			return f.object(i, s, v)
		}
	}
	end := valueEnd(f.data, i)
	if s.kind == shapeOpaque && f.err == nil && isBig(s.typ) && isHuge(string(f.data[i:end])) {
		f.err = &Error{Kind: KindValue, Reason: "number too long", Offset: int64(i), Pointer: pointer(f.data, i)}
	}
	if s.kind == shapeOpaque || first == '"' && s.kind != shapeScalar {
		f.take(textSize(end-i), i)
	}
	return end
}

// any looks at a value for which encoding/json chooses the type.
func (f *fitting) any(i int) int {
	switch f.data[i] {
	case '[':
		f.take(anySize, i)
		return f.each(i, ']', func(i, _ int) int {
			f.take(anySize, i)
			return f.any(i)
		})
	case '{':
		return f.table(i, 2*anySize, f.any)
	case 't', 'f', 'n':
		return valueEnd(f.data, i)
	}
	end := valueEnd(f.data, i)
	f.take(anySize/2+textSize(end-i), i) // eight bytes for a number
	return end
}

// Sizes in bytes, rounded up as the runtime does.
const (
	anySize = 24 // an element of a []any with its share of the capacity, or the header of a slice
	mapSize = 48 // an empty map
	group   = 8  // the entries for which a map grows at once
)

func textSize(length int) int64 { return int64(length+7) &^ 7 }

// MapMemory returns about how many bytes a map with so many entries grows by the next one. size is that of a key and a
// value together.
func MapMemory(entries int, size int64) int64 {
	switch {
	case entries == 0:
		return group * (size + 1)
	case entries < group:
		return 0
	}
	return 5 * size / 2 // maps double when they are nearly full
}

// each calls visit with the place and the number of each element or member, until there is no memory left. It returns the
// index behind the closing bracket.
func (f *fitting) each(i int, closing byte, visit func(i, n int) int) int {
	i = skipSpace(f.data, i+1)
	for n := 0; f.data[i] != closing; n++ {
		i = skipSpace(f.data, visit(i, n))
		if f.err != nil {
			return i
		}
		if f.data[i] == ',' {
			i = skipSpace(f.data, i+1)
		}
	}
	return i + 1
}

func (f *fitting) list(i int, s *shape, v reflect.Value) int {
	return f.each(i, ']', func(i, n int) int {
		switch {
		case s.kind == shapeList:
			f.take(s.elem.size+s.elem.size/4, i) // with its share of the capacity
		case n >= s.typ.Len():
			return valueEnd(f.data, i) // encoding/json passes over it
		}
		if v.IsValid() && n < v.Len() {
			return f.value(i, s.elem, v.Index(n))
		}
		return f.value(i, s.elem, reflect.Value{})
	})
}

// table looks at a map, the entries of which are of this size.
func (f *fitting) table(i int, size int64, value func(i int) int) int {
	f.take(mapSize, i)
	return f.each(i, '}', func(i, n int) int {
		end := stringEnd(f.data, i)
		f.take(MapMemory(n, size)+textSize(end-i-2), i)
		return value(f.behindName(end))
	})
}

// behindName returns the start of the value whose name ends at i.
func (f *fitting) behindName(i int) int { return skipSpace(f.data, skipSpace(f.data, i)+1) }

func (f *fitting) object(i int, s *shape, v reflect.Value) int {
	next := 0
	i = skipSpace(f.data, i+1)
	for f.data[i] != '}' {
		end := stringEnd(f.data, i)
		at := f.member(s, i, end, next)
		i = f.behindName(end)
		if at < 0 {
			i = valueEnd(f.data, i)
		} else {
			m := &s.fields[at]
			next = at + 1
			f.take(m.inner, i)
			i = f.value(i, m.shape, m.of(v))
		}
		if f.err != nil {
			return i
		}
		if i = skipSpace(f.data, i); f.data[i] == ',' {
			i = skipSpace(f.data, i+1)
		}
	}
	return i + 1
}

// member finds the field of a name, which stands in the text with its quotes. It is negative for none. Clients tend to keep
// the order of the fields, so the search begins at a guess.
func (f *fitting) member(s *shape, start, end, guess int) int {
	name := f.data[start+1 : end-1]
	if guess < len(s.fields) && string(name) == s.fields[guess].name {
		return guess
	}
	if bytes.IndexByte(name, '\\') >= 0 {
		f.unescaped = appendText(f.unescaped[:0], name)
		name = f.unescaped
	}
	at, ok := s.byName[string(name)]
	switch {
	case ok:
		return at
	case f.opts.DisallowUnknownFields:
		f.err = &Error{Kind: KindUnknown, Reason: "unknown member", Offset: int64(start), Pointer: pointer(f.data, end)}
		return -1
	}
	f.folded = appendFolded(f.folded[:0], name)
	if s.folded[string(f.folded)] {
		f.mask(start+1, end-1)
	}
	return -1
}

// mask makes a name one that no field can have, since encoding/json would match it in any case.
func (f *fitting) mask(start, end int) {
	if &f.fit[0] == &f.data[0] {
		f.fit = slices.Clone(f.data)
	}
	for i := start; i < end; i++ {
		f.fit[i] = 0x7f
	}
}

// of returns the field of a struct, an invalid value if it is not there yet.
func (m *member) of(v reflect.Value) reflect.Value {
	if !v.IsValid() {
		return v
	}
	for i, at := range m.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}
			}
			v = v.Elem()
		}
		v = v.Field(at)
	}
	return v
}
