package bind_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/response/problem"
)

// A shape is a struct type made by chance, twice: as an application writes it, and with pointers for
// all of its fields, so that the library knows what was sent.
type shape struct {
	typ, lib reflect.Type
	fields   []madeField
	whole    [][]int // indexes of the structs that have a rule for the whole
}

// madeField is one of its fields, with those of embedded structs.
type madeField struct {
	json, rule string
	kind       int
	index      []int
	neighbours [][]int
}

// fieldKinds are the types of fields, and what the library gets in their place.
var fieldKinds = []struct {
	typ, lib reflect.Type
	values   []string
	lone     string // a rule for the value alone
	nullable bool
}{
	{typeOf[int](), typeOf[*int](), []string{"0", "1", "7", "-1"}, "min=0", false},
	{typeOf[*int](), typeOf[*int](), []string{"0", "1", "7", "-1"}, "lt=7", true},
	{typeOf[bind.Optional[int]](), typeOf[*int](), []string{"0", "1", "7"}, "ne=1", false},
	{typeOf[string](), typeOf[*string](), []string{`""`, `"a"`, `"7"`, `"nil"`}, "max=2", false},
	{typeOf[*string](), typeOf[*string](), []string{`""`, `"a"`, `"7"`}, "len=1", true},
	{typeOf[bind.Optional[*string]](), typeOf[*string](), []string{`""`, `"a"`, `"7"`}, "ne=a", true},
	{typeOf[any](), typeOf[any](), []string{`""`, `"a"`, "7", "0", "[1]", `{"k":1}`, "true"}, "", true},
	{typeOf[[]int](), typeOf[*[]int](), []string{"[]", "[1]", "[1,2]", "[7,7,7]"}, "max=2", true},
}

// Kinds of which values can be compared, as the library compares them.
func family(kind int) int { return []int{0, 0, 0, 1, 1, 1, 2, 3}[kind] }

var fieldNames = []string{"A", "B", "C", "D"}

type maker struct {
	*rand.Rand
	count int
	shape *shape
}

func makeShape(seed uint64) *shape {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 3)), shape: &shape{}}
	m.shape.typ, m.shape.lib = m.structType(nil, 2)
	return m.shape
}

// structType makes a struct at an index of the outermost one.
func (m *maker) structType(index []int, levels int) (typ, lib reflect.Type) {
	var fields, libFields []reflect.StructField
	kinds := map[string]int{}
	for _, name := range fieldNames[:2+m.IntN(3)] {
		kinds[name] = m.IntN(len(fieldKinds))
	}
	for _, name := range fieldNames[:len(kinds)] {
		k := kinds[name]
		f := madeField{json: fmt.Sprintf("f%d", m.count), kind: k, index: append(slices.Clone(index), len(fields))}
		m.count++
		f.rule = m.rule(&f, name, kinds)
		m.shape.fields = append(m.shape.fields, f)
		tag := reflect.StructTag(fmt.Sprintf(`json:"%s" validate:"%s"`, f.json, f.rule))
		fields = append(fields, reflect.StructField{Name: name, Type: fieldKinds[k].typ, Tag: tag})
		libFields = append(libFields, reflect.StructField{Name: name, Type: fieldKinds[k].lib, Tag: tag})
	}
	for i := 0; levels > 0 && i < m.IntN(4); i++ {
		inner, libInner := m.structType(append(slices.Clone(index), len(fields)), levels-1)
		if m.IntN(2) == 0 {
			inner = reflect.PointerTo(inner)
		}
		name := fmt.Sprintf("E%d", i)
		fields = append(fields, reflect.StructField{Name: name, Type: inner, Anonymous: true})
		libFields = append(libFields, reflect.StructField{Name: name, Type: libInner, Anonymous: true})
	}
	if m.IntN(2) == 0 {
		m.shape.whole = append(m.shape.whole, index)
	}
	return reflect.StructOf(fields), reflect.StructOf(libFields)
}

// rule makes the rules of a field, which look at one or two others of the struct.
func (m *maker) rule(f *madeField, name string, kinds map[string]int) string {
	other := fieldNames[m.IntN(len(kinds))]
	if other == name {
		return fieldKinds[f.kind].lone
	}
	at := func(name string) []int {
		return append(slices.Clone(f.index[:len(f.index)-1]), slices.Index(fieldNames, name))
	}
	f.neighbours = [][]int{at(other)}
	comparable := family(f.kind) == family(kinds[other]) || family(f.kind) == 2 || family(kinds[other]) == 2
	if m.IntN(2) == 0 && comparable {
		rule := []string{"eqfield", "nefield", "gtfield", "gtefield", "ltfield", "ltefield", "eqcsfield", "gtecsfield"}[m.IntN(8)] + "=" + other
		if lone := fieldKinds[f.kind].lone; lone != "" && m.IntN(3) == 0 {
			rule = lone + "," + rule
		}
		return rule
	}
	if m.IntN(2) == 0 {
		words := other
		if second := fieldNames[m.IntN(len(kinds))]; second != other && second != name {
			f.neighbours = append(f.neighbours, at(second))
			words += " " + second
		}
		return []string{"required_with", "required_with_all", "required_without", "required_without_all", "excluded_with",
			"excluded_with_all", "excluded_without", "excluded_without_all"}[m.IntN(8)] + "=" + words
	}
	value := []string{"7", "a", "7", "2"}[family(kinds[other])]
	if m.IntN(6) == 0 && fieldKinds[kinds[other]].nullable && family(kinds[other]) != 2 {
		value = "nil"
	}
	return []string{"required_if", "required_unless", "excluded_if", "excluded_unless", "skip_unless"}[m.IntN(5)] + "=" + other + " " + value
}

// body makes a JSON text for the shape, and says which fields it has.
func (m *maker) body(s *shape) string {
	var parts []string
	for _, f := range s.fields {
		k := fieldKinds[f.kind]
		switch n := m.IntN(8); {
		case n < 2:
		case n == 2 && k.nullable:
			parts = append(parts, fmt.Sprintf("%q:null", f.json))
		default:
			parts = append(parts, fmt.Sprintf("%q:%s", f.json, k.values[m.IntN(len(k.values))]))
		}
	}
	m.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return "{" + strings.Join(parts, ",") + "}"
}

// at returns a part of a struct, invalid behind a nil pointer.
func at(v reflect.Value, index []int) reflect.Value {
	for _, i := range index {
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v
		}
		v = v.Field(i)
	}
	return v
}

// sevenOf is the rule for whole structs: no field of theirs may be a 7.
func sevenOf(sl validator.StructLevel) {
	for field, v := range sl.Current().Fields() {
		text, _ := json.Marshal(v.Interface())
		if !field.Anonymous && string(text) == "7" {
			sl.ReportError(nil, field.Name, field.Name, "seven", "")
		}
	}
}

// validatorFor knows the rules for whole structs of a shape.
func validatorFor(s *shape, of reflect.Type) *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	for _, index := range s.whole {
		t := of
		for _, i := range index {
			if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
				t = t.Elem()
			}
		}
		v.RegisterStructValidation(sevenOf, reflect.New(t).Elem().Interface())
	}
	return v
}

// inLibrary returns what the library finds, as it is told here: by the names of clients. It is false
// where the library panics.
func (s *shape) inLibrary(v *validator.Validate, body string) (found map[string]bool, ok bool) {
	defer func() { ok = recover() == nil }()
	value := reflect.New(s.lib)
	if err := json.Unmarshal([]byte(body), value.Interface()); err != nil {
		panic(err)
	}
	found = map[string]bool{}
	structs := map[string]bool{}
	var reported validator.ValidationErrors
	errors.As(v.Struct(value.Interface()), &reported)
	for _, one := range reported {
		f := s.named(one.StructNamespace())
		own := at(value.Elem(), f.index)
		switch {
		case one.Tag() == "seven":
			structs[f.json+" seven"] = true
		case own.IsNil() && !strings.HasPrefix(one.Tag(), "required") && one.Tag() != "skip_unless":
			// what was not sent breaks no other rules
		case strings.Contains(one.Tag(), "field") && at(value.Elem(), f.neighbours[0]).IsNil():
			// there is nothing to compare with
		default:
			found[f.json+" "+one.Tag()] = true
		}
	}
	if len(found) == 0 {
		return structs, true
	}
	return found, true
}

// named finds a field by its path in Go.
func (s *shape) named(namespace string) *madeField {
	for i := range s.fields {
		f, t, path := &s.fields[i], s.lib, ""
		for _, at := range f.index {
			path += "." + t.Field(at).Name
			t = t.Field(at).Type
		}
		if "."+strings.TrimPrefix(namespace, ".") == path {
			return f
		}
	}
	panic("no field " + namespace)
}

// FuzzGeneratedTypes: what is bound to a type made by chance is what encoding/json makes of it, and is
// refused for what the library finds, in structs that are embedded by value and by pointer, with equal
// names, with neighbours of all kinds that were sent or not, and with rules for the whole.
func FuzzGeneratedTypes(f *testing.F) {
	for seed := range uint64(150) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		s := makeShape(seed)
		plan, err := bind.NewCompiler(validatorFor(s, s.typ)).Plan(s.typ)
		if err != nil {
			t.Fatalf("%s: %v", s.typ, err)
		}
		library := validatorFor(s, s.lib)
		m := &maker{Rand: rand.New(rand.NewPCG(seed, 5))}
		for range 50 {
			checkGenerated(t, s, plan, library, m.body(s))
		}
	})
}

func checkGenerated(t *testing.T, s *shape, plan *bind.Plan, library *validator.Validate, body string) {
	t.Helper()
	got := reflect.New(s.typ)
	found := map[string]bool{}
	if err := plan.Bind(post(jsonType, body), got.Elem()); err != nil {
		for _, one := range violations(t, err) {
			found[strings.TrimPrefix(one.Pointer, "/")+" "+one.Rule] = true
		}
	} else {
		want := reflect.New(s.typ)
		if err := json.Unmarshal([]byte(body), want.Interface()); err != nil || !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Fatalf("%s\n%s: got %+v, want %+v, %v", s.typ, body, got, want, err)
		}
	}
	if want, ok := s.inLibrary(library, body); ok && !reflect.DeepEqual(found, want) {
		t.Fatalf("%s\n%s\nfound       %v\nthe library %v", s.typ, body, found, want)
	}
}

// oddValues are values of all kinds, of which most are wrong in most places.
var oddValues = []string{
	"null", "true", "0", "7", "-1", "1.5", "1e400", "99999999999999999999", `""`, `"a"`, `"cat"`, `"7"`, "[]", "[1]", "[null]", `["a"]`, "[[1],[1]]",
	"{}", `{"A":1}`, `{"f0":1}`, `[{"k":1}]`, "[1,2,3,4,5,6,7,8,9]",
}

// FuzzGeneratedHostile: whatever is sent for a type made by chance, it binds or is refused with a status
// of the client's, and nothing panics.
func FuzzGeneratedHostile(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		s := makeShape(seed)
		plan, err := bind.NewCompiler(validatorFor(s, s.typ)).Plan(s.typ)
		if err != nil {
			t.Fatalf("%s: %v", s.typ, err)
		}
		m := rand.New(rand.NewPCG(seed, 7))
		for range 50 {
			var parts []string
			for _, field := range s.fields {
				if m.IntN(4) > 0 {
					parts = append(parts, fmt.Sprintf("%q:%s", field.json, oddValues[m.IntN(len(oddValues))]))
				}
			}
			body := "{" + strings.Join(parts, ",") + "}"
			if err := plan.Bind(post(jsonType, body), reflect.New(s.typ).Elem()); err != nil && problem.StatusOf(err) >= 500 {
				t.Fatalf("%s\n%s: %v", s.typ, body, err)
			}
		}
	})
}
