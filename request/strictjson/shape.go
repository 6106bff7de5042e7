package strictjson

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
	"unicode/utf8"
)

// A Wrapper is a type whose UnmarshalJSON decodes all of its text into one other value, such as an optional one. Unmarshal
// looks into it, as it cannot into other types with such a method.
type Wrapper interface {
	// Wrapped returns a pointer to that value.
	Wrapped() any
}

// A shape has everything about a type that reading a text into it needs. It never changes once it is made.
type shape struct {
	kind   shapeKind
	typ    reflect.Type
	size   int64  // of the value itself, in bytes
	elem   *shape // of a pointer, a wrapper, a list or a map
	key    int64  // the size of a map's keys
	fields []member
	byName map[string]int
	folded map[string]bool // the names of the fields, folded
}

// A member is a field of a struct.
type member struct {
	name  string
	shape *shape
	index []int
	inner int64 // what the embedded pointers on the way to it may need
}

type shapeKind uint8

const (
	shapeScalar shapeKind = iota // without anything behind it
	shapeString
	shapeOpaque // what its own method reads
	shapeAny
	shapePointer
	shapeWrapper
	shapeList
	shapeArray
	shapeMap
	shapeStruct
)

var (
	unmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	textType        = reflect.TypeFor[encoding.TextUnmarshaler]()
	wrapperType     = reflect.TypeFor[Wrapper]()
)

// shapes are the shapes of all types that were targets, by their reflect.Type.
var shapes sync.Map

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s := shaper{}.shape(t)
	shapes.Store(t, s)
	return s
}

// A shaper makes shapes. It finds the shape of a type that contains itself in the map.
type shaper map[reflect.Type]*shape

func (made shaper) shape(t reflect.Type) *shape {
	if s := made[t]; s != nil {
		return s
	}
	s := &shape{typ: t, size: int64(t.Size())}
	made[t] = s
	switch p := reflect.PointerTo(t); {
	case t.Kind() == reflect.Pointer:
		s.kind, s.elem = shapePointer, made.shape(t.Elem())
	case p.Implements(wrapperType) && p.Implements(unmarshalerType):
		s.kind = shapeWrapper
		s.elem = made.shape(reflect.TypeOf(reflect.New(t).Interface().(Wrapper).Wrapped()).Elem())
	case p.Implements(unmarshalerType), p.Implements(textType):
		s.kind = shapeOpaque
	default:
		made.byKind(s)
	}
	return s
}

func (made shaper) byKind(s *shape) {
	switch t := s.typ; t.Kind() {
	case reflect.String:
		s.kind = shapeString
	case reflect.Interface:
		s.kind = shapeAny
	case reflect.Slice:
		s.kind, s.elem = shapeList, made.shape(t.Elem())
	case reflect.Array:
		s.kind, s.elem = shapeArray, made.shape(t.Elem())
	case reflect.Map:
		s.kind, s.elem, s.key = shapeMap, made.shape(t.Elem()), int64(t.Key().Size())
	case reflect.Struct:
		s.kind, s.byName, s.folded = shapeStruct, map[string]int{}, map[string]bool{}
		for i, f := range Fields(t) {
			s.fields = append(s.fields, member{f.Name, made.shape(f.Struct.Type), f.Index, embeddedSize(t, f.Index)})
			s.byName[f.Name] = i
			s.folded[string(appendFolded(nil, []byte(f.Name)))] = true
		}
	}
}

// embeddedSize is the size of the structs behind embedded pointers on the way to a field.
func embeddedSize(t reflect.Type, index []int) (size int64) {
	for _, i := range index[:len(index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			t = t.Elem()
			size += int64(t.Size())
		}
	}
	return size
}

// appendFolded appends a name in the form in which names are compared.
func appendFolded(text, name []byte) []byte {
	for len(name) > 0 {
		r, size := utf8.DecodeRune(name)
		text, name = utf8.AppendRune(text, foldRune(r)), name[size:]
	}
	return text
}
