package router

import (
	"encoding"
	"reflect"
	"slices"
	"sync"

	"github.com/soay-go/soay/request/strictjson"
)

// An emptier knows where in the values of a type nil lists and maps can be. Clients expect a list there,
// and encoding/json would write a null. It never changes once it is made.
type emptier struct {
	typ    reflect.Type
	elem   *emptier // of a pointer, a list or a map; nil if there can be none inside
	fields []emptierField
}

type emptierField struct {
	index   []int
	emptier *emptier
	keepNil bool // a nil is left out of the output, by omitempty or omitzero
}

// emptiers are the emptiers of all types that were outputs, by their reflect.Type.
var emptiers sync.Map

// emptierOf returns the emptier of a type. It is nil if the type has no lists and maps, which is found out
// only once.
func emptierOf(t reflect.Type) *emptier {
	if e, ok := emptiers.Load(t); ok {
		return e.(*emptier)
	}
	e := emptying{}.emptier(t)
	emptiers.Store(t, e)
	return e
}

// emptying makes emptiers. It finds the emptier of a type that contains itself in the map.
type emptying map[reflect.Type]*emptier

func (made emptying) emptier(t reflect.Type) *emptier {
	if !hasLists(t, map[reflect.Type]bool{}) {
		return nil
	}
	if e := made[t]; e != nil {
		return e
	}
	e := &emptier{typ: t}
	made[t] = e
	if t.Kind() != reflect.Struct {
		e.elem = made.emptier(t.Elem())
		return e
	}
	for _, f := range strictjson.Fields(t) {
		if inner := made.emptier(f.Struct.Type); inner != nil {
			keepNil := slices.Contains(f.Options, "omitempty") || slices.Contains(f.Options, "omitzero")
			e.fields = append(e.fields, emptierField{f.Index, inner, keepNil})
		}
	}
	return e
}

// hasLists reports whether there can be nil lists or maps in the JSON of a type. It does not look into
// types that write themselves, and into interfaces.
func hasLists(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || writesItself(t) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Slice, reflect.Map:
		return true
	case reflect.Pointer, reflect.Array:
		return hasLists(t.Elem(), seen)
	case reflect.Struct:
		return slices.ContainsFunc(strictjson.Fields(t), func(f strictjson.Field) bool { return hasLists(f.Struct.Type, seen) })
	}
	return false
}

var textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()

// writesItself reports whether a type has a method that writes it, of its own or of its pointer.
func writesItself(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		return false // hasLists goes on to the type behind it
	}
	p := reflect.PointerTo(t)
	return p.Implements(marshalerType) || p.Implements(textMarshalerType)
}

// maxLevels is how deep values are looked into. A deeper one most likely points to itself; encoding/json
// reports that as an error.
const maxLevels = 10_000

// filled returns a value in which all nil lists and maps are empty ones. If there are none, that is the
// value itself, found without an allocation. Else it is a copy: the value belongs to the handler, which may
// go on using it.
func (e *emptier) filled(v any) any {
	if e == nil {
		return v
	}
	in := reflect.ValueOf(v)
	s := search{levels: maxLevels}
	if !s.finds(e, in, false) || s.levels < 0 {
		return v
	}
	out := reflect.New(e.typ).Elem()
	out.Set(in)
	f := filling{levels: maxLevels}
	if f.fill(e, out, false); f.tooDeep {
		return v
	}
	return out.Interface()
}

// search looks for nil lists and maps. It ends when one is found, or when the value is too deep.
type search struct{ levels int }

func (s *search) finds(e *emptier, v reflect.Value, keepNil bool) bool {
	if s.levels--; s.levels < 0 {
		return true
	}
	found := s.findsIn(e, v, keepNil)
	if !found {
		s.levels++
	}
	return found
}

func (s *search) findsIn(e *emptier, v reflect.Value, keepNil bool) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && s.finds(e.elem, v.Elem(), false)
	case reflect.Struct:
		for i := range e.fields {
			f := &e.fields[i]
			if inner := fieldOf(v, f.index); inner.IsValid() && s.finds(f.emptier, inner, f.keepNil) {
				return true
			}
		}
		return false
	case reflect.Slice, reflect.Map:
		if v.IsNil() {
			return !keepNil
		}
	}
	if e.elem == nil {
		return false
	}
	if v.Kind() == reflect.Map {
		for entries := v.MapRange(); entries.Next(); {
			if s.finds(e.elem, entries.Value(), false) {
				return true
			}
		}
		return false
	}
	for i := range v.Len() {
		if s.finds(e.elem, v.Index(i), false) {
			return true
		}
	}
	return false
}

// fieldOf returns a field. It is invalid behind a nil pointer to an embedded struct.
func fieldOf(v reflect.Value, index []int) reflect.Value {
	for i, at := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v = v.Elem(); !v.IsValid() {
				return v
			}
		}
		v = v.Field(at)
	}
	return v
}

// filling makes nil lists and maps empty ones, in a copy.
type filling struct {
	levels  int
	tooDeep bool
}

// fill fills v, which can be set and is a copy. Pointers, lists and maps in it still lead to values of the
// handler. They are copied on the way if there may be nil lists or maps behind them.
func (f *filling) fill(e *emptier, v reflect.Value, keepNil bool) {
	if f.tooDeep = f.tooDeep || f.levels == 0; f.tooDeep {
		return
	}
	f.levels--
	defer func() { f.levels++ }()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			ownPointer(v)
			f.fill(e.elem, v.Elem(), false)
		}
	case reflect.Struct:
		f.fields(e, v)
	case reflect.Array:
		for i := range v.Len() {
			f.fill(e.elem, v.Index(i), false)
		}
	case reflect.Slice, reflect.Map:
		switch {
		case v.IsNil() && keepNil, !v.IsNil() && e.elem == nil:
		case v.Kind() == reflect.Slice:
			f.list(e, v)
		default:
			f.table(e, v)
		}
	}
}

func (f *filling) list(e *emptier, v reflect.Value) {
	list := reflect.MakeSlice(e.typ, v.Len(), v.Len())
	reflect.Copy(list, v)
	for i := 0; e.elem != nil && i < list.Len(); i++ {
		f.fill(e.elem, list.Index(i), false)
	}
	v.Set(list)
}

func (f *filling) table(e *emptier, v reflect.Value) {
	table := reflect.MakeMapWithSize(e.typ, v.Len())
	for entries := v.MapRange(); entries.Next(); {
		value := reflect.New(e.typ.Elem()).Elem()
		value.Set(entries.Value())
		f.fill(e.elem, value, false)
		table.SetMapIndex(entries.Key(), value)
	}
	v.Set(table)
}

// fields fills the fields of a struct. An embedded pointer on the way to a field gets a copy of its struct,
// once for all fields behind it.
func (f *filling) fields(e *emptier, v reflect.Value) {
	var owned [][]int
	for i := range e.fields {
		field := &e.fields[i]
		if !fieldOf(v, field.index).IsValid() {
			continue
		}
		for n := 1; n < len(field.index); n++ {
			at := field.index[:n]
			outer := fieldOf(v, at)
			if outer.Kind() == reflect.Pointer && !slices.ContainsFunc(owned, func(o []int) bool { return slices.Equal(o, at) }) {
				ownPointer(outer)
				owned = append(owned, at)
			}
		}
		f.fill(field.emptier, fieldOf(v, field.index), field.keepNil)
	}
}

// ownPointer makes a pointer point to a copy. It may be an embedded pointer to a struct that is not
// exported. Package reflect does not set such a field, but it sets the value at the address of one.
func ownPointer(v reflect.Value) {
	v = reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
	p := reflect.New(v.Type().Elem())
	p.Elem().Set(v.Elem())
	v.Set(p)
}
