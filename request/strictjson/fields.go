package strictjson

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Field is a member of the JSON object that a struct is.
type Field struct {
	Name    string              // of the member
	Options []string            // behind the name in the tag, such as omitempty
	Parent  reflect.Type        // the struct that declares the field
	Struct  reflect.StructField // as Parent has it
	Index   []int               // from the outermost struct

	tagged bool // the tag has the name
}

// Fields returns the members of the JSON object that a struct type is, in the order and with the names that encoding/json
// gives them. Fields of embedded structs are members too. A field hides those of its name that lie deeper. Of two that lie
// equally deep, the one with a tag wins; if both have one, neither is a member.
func Fields(t reflect.Type) []Field {
	found := collect(nil, t, nil, map[reflect.Type]bool{})
	byName := map[string][]Field{}
	for _, f := range found {
		byName[f.Name] = append(byName[f.Name], f)
	}
	return slices.DeleteFunc(found, func(f Field) bool { return !f.dominates(byName[f.Name]) })
}

// dominates reports whether f wins over the other fields of its name.
func (f Field) dominates(namesakes []Field) bool {
	for _, other := range namesakes {
		if !slices.Equal(f.Index, other.Index) && other.rank() <= f.rank() {
			return false
		}
	}
	return true
}

func (f Field) rank() int {
	if f.tagged {
		return 2 * len(f.Index)
	}
	return 2*len(f.Index) + 1
}

// collect appends the fields of a struct and of those embedded in it. within are the structs that are being looked at; one
// that embeds itself has nothing new below.
func collect(found []Field, t reflect.Type, index []int, within map[reflect.Type]bool) []Field {
	if within[t] {
		return found
	}
	within[t] = true
	defer delete(within, t)
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(slices.Clone(index), i)
		name, options := memberName(sf.Tag)
		switch {
		case sf.Tag.Get("json") == "-":
		case sf.Anonymous && name == "" && structOf(sf.Type) != nil:
			found = collect(found, structOf(sf.Type), at, within)
		case sf.IsExported() || sf.Anonymous && sf.Type.Kind() == reflect.Struct:
			f := Field{Name: name, Options: options, Parent: t, Struct: sf, Index: at, tagged: name != ""}
			if !f.tagged {
				f.Name = sf.Name
			}
			found = append(found, f)
		}
	}
	return found
}

// structOf returns the struct that t is or points to, nil for none.
func structOf(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return t
}

// memberName returns the name that a tag gives a field, and the options behind it. A name that encoding/json does not take
// counts as none.
func memberName(tag reflect.StructTag) (name string, options []string) {
	parts := strings.Split(tag.Get("json"), ",")
	for _, r := range parts[0] {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return "", parts[1:]
		}
	}
	return parts[0], parts[1:]
}
