package rules_test

import (
	"database/sql"
	"reflect"
	"strings"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/bind/internal/rules"
)

// What developers get wrong in tags is found when they are compiled, by name.
func TestMistakesInTags(t *testing.T) {
	v := validator.New()
	v.RegisterAlias("circle", "min=1,circle")
	v.RegisterAlias("round", "min=1,about|len=3")
	v.RegisterAlias("about", "round=7")
	v.RegisterAlias("hollow", "")
	tests := []struct {
		description string
		value       any
		tag         string
		want        string
	}{
		{"unknown rule", "", "required,emial", `rules: unknown rule "emial"`},
		{"space before a rule", "", "min=1, max=2", `rules: unknown rule " max"`},
		{"unknown alternative", "", "email|foo=1", `rules: unknown rule "foo"`},
		{"structural word as an alternative", "", "omitempty|email", `rules: unknown rule "omitempty"`},
		{"dive with a parameter", []int{}, "dive=2", `rules: unknown rule "dive"`},
		{"required with a parameter is none of presence", "", "requird", `rules: unknown rule "requird"`},
		{"empty rule", "", "min=1,,max=2", `rules: "min=1,,max=2" has an empty rule`},
		{"comma at the end", "", "min=1,", `rules: "min=1," has an empty rule`},
		{"empty alternative", "", "email|", `rules: "email|" has an empty rule`},
		{"parameter without a name", "", "=3", `rules: "=3" has an empty rule`},
		{"alias that is empty", "", "hollow", `rules: "hollow" has an empty rule`},
		{"wrong type", true, "min=3", `rules: min cannot validate bool`},
		{"wrong type behind a pointer", new(bool), "min=3", `rules: min cannot validate bool`},
		{"wrong type of the library's own rule", 3, "timezone", `rules: timezone cannot validate int`},
		{"rule for texts", 3, "email", `rules: email cannot validate int: it is for strings`},
		{"rule for texts on a slice", []string{}, "alphanum", `rules: alphanum cannot validate []string: it is for strings`},
		{"parameter that is no number", 3, "min=abc", `rules: min of int takes no "abc": strconv.ParseInt: parsing "abc": invalid syntax`},
		{"no parameter", "", "len", `rules: len of string takes no "": strconv.ParseInt: parsing "": invalid syntax`},
		{"fraction for an int", 3, "max=1.5", `rules: max of int takes no "1.5": strconv.ParseInt: parsing "1.5": invalid syntax`},
		{"negative for a uint", uint(3), "min=-1", `rules: min of uint takes no "-1": strconv.ParseUint: parsing "-1": invalid syntax`},
		{"too large", int8(3), "eq=9223372036854775808", `rules: eq of int8 takes no "9223372036854775808": strconv.ParseInt: parsing "9223372036854775808": value out of range`},
		{"parameter behind omitempty", 3, "omitempty,min=x", `rules: min of int takes no "x": strconv.ParseInt: parsing "x": invalid syntax`},
		{"parameter of an alternative", 3, "eq=1|eq=x", `rules: eq of int takes no "x": strconv.ParseInt: parsing "x": invalid syntax`},
		{"parameter that a rule does not know", "", "spicedb=foo", `rules: "spicedb=foo" cannot validate string: Unrecognized parameter: foo`},
		{"odd conditions", "", "required_if=A 1 B", `rules: "required_if=A 1 B" cannot validate string: Bad param number for required_if `},
		{"dive into what has no elements", 3, "dive,min=1", `rules: dive into int, which is no slice, array or map`},
		{"dive too deep", []int{}, "dive,dive,min=1", `rules: dive into int, which is no slice, array or map`},
		{"dive into an interface", new(any), "dive,min=1", `rules: dive into interface {}, which is no slice, array or map`},
		{"rule for elements", []bool{}, "dive,min=1", `rules: min cannot validate bool`},
		{"rule for keys", map[bool]int{}, "dive,keys,min=1,endkeys", `rules: min cannot validate bool`},
		{"keys of a slice", []int{}, "dive,keys,min=1,endkeys", `rules: keys of []int, which is no map`},
		{"keys without dive", map[string]int{}, "keys,min=1,endkeys", `rules: keys without dive directly before it`},
		{"keys not directly behind dive", map[string]int{}, "dive,min=1,keys,min=1,endkeys", `rules: keys without dive directly before it`},
		{"keys without an end", map[string]int{}, "dive,keys,min=1", `rules: keys without endkeys`},
		{"end without keys", map[string]int{}, "dive,min=1,endkeys", `rules: endkeys without keys`},
		{"alias that contains itself", 3, "circle", `rules: the alias "circle" contains itself`},
		{"aliases that contain each other as alternatives", 3, "round", `rules: the alias "round" contains itself`},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			_, err := newCompiler(v).Compile(reflect.TypeOf(test.value), test.tag)
			if err == nil || err.Error() != test.want {
				t.Errorf("Compile(%T, %q):\n got %v\nwant %s", test.value, test.tag, err, test.want)
			}
		})
	}
}

func TestNoRules(t *testing.T) {
	for _, tag := range []string{"", "-"} {
		r, err := plain.Compile(reflect.TypeFor[int](), tag)
		if r != nil || err != nil {
			t.Errorf("Compile(%q) = %v, %v", tag, r, err)
		}
	}
	var none *rules.Rules
	zero := reflect.ValueOf(0)
	if none.Required() || none.NeedsParent() || none.Keys() != nil || none.Elem() != nil || none.All() != nil ||
		none.Check(zero) != nil || none.CheckIn(zero, in(zero)) != nil || none.Absent(zero, in(zero)) != nil || none.FitsIn(zero.Type(), reflect.StructField{}) != nil {
		t.Error("nil has rules")
	}
}

// All is for documentation: it has everything in order, aliases replaced.
func TestAll(t *testing.T) {
	v := validator.New()
	v.RegisterAlias("username", "alphanum,min=3")
	v.RegisterAlias("even", "eq=2|eq=4")
	always := func(validator.FieldLevel) bool { return true }
	for _, rule := range []string{"alpha", "tidy"} {
		if err := v.RegisterValidation(rule, always); err != nil {
			t.Fatal(err)
		}
	}
	v.RegisterCustomTypeFunc(func(reflect.Value) any { return "" }, sql.NullString{})
	c := newCompiler(v)
	tests := []struct {
		description string
		value       any
		tag         string
		want        []rules.Rule
	}{
		{"in order", "", "required,min=3,max=50", []rules.Rule{{Name: "required"}, {Name: "min", Param: "3"}, {Name: "max", Param: "50"}}},
		{"with omitempty", "", "omitempty,email", []rules.Rule{{Name: "omitempty"}, {Name: "email"}}},
		{"without what is behind dive", []int{}, "max=3,dive,min=1", []rules.Rule{{Name: "max", Param: "3"}}},
		{"only dive", []int{}, "dive,min=1", []rules.Rule{}},
		{"alternatives", 0, "omitempty,eq=1|gte=18", []rules.Rule{{Name: "omitempty"}, {Name: "eq=1|gte=18"}}},
		{"escapes", "", "oneof=a0x2Cb c0x7Cd", []rules.Rule{{Name: "oneof", Param: "a,b c|d"}}},
		{"escapes in alternatives", "", "eq=a0x7Cb|eq=c", []rules.Rule{{Name: "eq=a0x7Cb|eq=c"}}},
		{"alias", "", "required,username", []rules.Rule{{Name: "required"}, {Name: "alphanum"}, {Name: "min", Param: "3"}}},
		{"alias of alternatives", 0, "even", []rules.Rule{{Name: "eq=2|eq=4"}}},
		{"alias among alternatives", 0, "eq=1|even", []rules.Rule{{Name: "eq=1|eq=2|eq=4"}}},
		{"alias of several among alternatives", "", "email|username", []rules.Rule{{Name: "email|username"}}},
		{"other fields", "", "eqfield=Other", []rules.Rule{{Name: "eqfield", Param: "Other"}}},
		{"interface, of which it depends on the value what is meant", new(any), "required,min=3", []rules.Rule{{Name: "required"}}},
		{"a function of the application in place of the library's", "", "min=1,alpha", []rules.Rule{{Name: "min", Param: "1"}}},
		{"a rule of the application", "", "min=1,tidy", []rules.Rule{{Name: "min", Param: "1"}, {Name: "tidy"}}},
		{"a type that is replaced by another", sql.NullString{}, "required,min=3", []rules.Rule{{Name: "required"}}},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := compile(t, c, reflect.TypeOf(test.value), test.tag)
			if diff := cmp.Diff(test.want, r.All()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAlternatives(t *testing.T) {
	got := rules.Rule{Name: "eq=a0x7Cb|gte=18|email"}.Alternatives()
	want := []rules.Rule{{Name: "eq", Param: "a|b"}, {Name: "gte", Param: "18"}, {Name: "email"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	alone := rules.Rule{Name: "oneof", Param: "a|b"}
	if diff := cmp.Diff([]rules.Rule{alone}, alone.Alternatives()); diff != "" {
		t.Error(diff)
	}
}

// A tag of several rules is behind dive what it is before it.
func TestDive(t *testing.T) {
	tests := []struct {
		description string
		value       any
		tag         string
		own         []rules.Rule
		keys        []rules.Rule
		elem        []rules.Rule
		inner       []rules.Rule // behind a second dive
	}{
		{"elements", []int{}, "max=3,dive,min=1", []rules.Rule{{Name: "max", Param: "3"}}, nil, []rules.Rule{{Name: "min", Param: "1"}}, nil},
		{"elements behind a pointer", new([]*int), "dive,required,min=1", []rules.Rule{}, nil, []rules.Rule{{Name: "required"}, {Name: "min", Param: "1"}}, nil},
		{"array", [3]int{}, "dive,min=1", []rules.Rule{}, nil, []rules.Rule{{Name: "min", Param: "1"}}, nil},
		{"twice", [][]int{}, "dive,dive,min=1", []rules.Rule{}, nil, []rules.Rule{}, []rules.Rule{{Name: "min", Param: "1"}}},
		{"twice with rules between", [][]int{}, "min=1,dive,max=3,dive,min=2", []rules.Rule{{Name: "min", Param: "1"}}, nil,
			[]rules.Rule{{Name: "max", Param: "3"}}, []rules.Rule{{Name: "min", Param: "2"}}},
		{"values of a map", map[string]int{}, "dive,min=1", []rules.Rule{}, nil, []rules.Rule{{Name: "min", Param: "1"}}, nil},
		{"keys and values", map[string]int{}, "dive,keys,alpha,max=3,endkeys,min=1", []rules.Rule{},
			[]rules.Rule{{Name: "alpha"}, {Name: "max", Param: "3"}}, []rules.Rule{{Name: "min", Param: "1"}}, nil},
		{"keys alone", map[string]int{}, "dive,keys,alpha,endkeys", []rules.Rule{}, []rules.Rule{{Name: "alpha"}}, nil, nil},
		{"dive behind keys", map[string][]int{}, "dive,keys,alpha,endkeys,dive,min=1", []rules.Rule{}, []rules.Rule{{Name: "alpha"}}, []rules.Rule{}, []rules.Rule{{Name: "min", Param: "1"}}},
		{"keys in both levels", map[string]map[string]int{}, "dive,keys,alpha,endkeys,dive,keys,ascii,endkeys,min=1", []rules.Rule{},
			[]rules.Rule{{Name: "alpha"}}, []rules.Rule{}, []rules.Rule{{Name: "min", Param: "1"}}},
		{"dive alone", []int{}, "dive", []rules.Rule{}, nil, nil, nil},
		{"behind the end", []int{}, "nostructlevel,dive,min=1", []rules.Rule{{Name: "nostructlevel"}}, nil, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := compile(t, plain, reflect.TypeOf(test.value), test.tag)
			got := [][]rules.Rule{r.All(), r.Keys().All(), r.Elem().All(), r.Elem().Elem().All()}
			if diff := cmp.Diff([][]rules.Rule{test.own, test.keys, test.elem, test.inner}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Structs are judged by the rules of the field alone; the library, asked about a struct, would look
// inside.
func TestRulesOfStructs(t *testing.T) {
	type inner struct {
		Name string `validate:"required,min=100"`
	}
	tests := []struct {
		description string
		value       inner
		tag         string
		want        string
	}{
		{"nothing of its fields", inner{}, "required", ""},
		{"omitempty", inner{}, "omitempty,isdefault", ""},
		{"isdefault", inner{}, "isdefault", ""},
		{"not isdefault", inner{"x"}, "isdefault", "isdefault"},
		{"a rule of the library", inner{"x"}, "validateFn=Missing", "validateFn"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := compile(t, plain, reflect.TypeFor[inner](), test.tag)
			if got := nameOf(r.Check(reflect.ValueOf(test.value))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

type even int

func (e *even) Validate() bool { return *e%2 == 0 }

// A method of the pointer is there for values that have an address, as it is for fields.
func TestMethodOfPointer(t *testing.T) {
	value := even(2)
	r := compile(t, plain, reflect.TypeFor[even](), "validateFn")
	if got := r.Check(reflect.ValueOf(&value).Elem()); got != nil {
		t.Errorf("2 breaks %v", got)
	}
	if value = 3; r.Check(reflect.ValueOf(&value).Elem()) == nil {
		t.Error("3 breaks nothing")
	}
}

// Inside an interface may be anything, and it is the client who says what.
func TestInterfaces(t *testing.T) {
	tests := []struct {
		description string
		value       any
		tag         string
		want        rules.Rule
	}{
		{"text", "abc", "min=3", rules.Rule{}},
		{"short text", "ab", "min=3", rules.Rule{Name: "min", Param: "3"}},
		{"number", 2.0, "min=3", rules.Rule{Name: "min", Param: "3"}},
		{"what the rule is not made for", true, "required,min=3", rules.Rule{Name: "min", Param: "3"}},
		{"what the second rule is not made for", true, "boolean,max=3", rules.Rule{Name: "max", Param: "3"}},
		{"zero is not empty inside an interface", "", "omitempty,min=3", rules.Rule{Name: "min", Param: "3"}},
		{"only presence", false, "required", rules.Rule{}},
		{"object", map[string]any{}, "min=1", rules.Rule{Name: "min", Param: "1"}},
		{"array of arrays", []any{[]any{}, 1.0, []any{1.0}}, "unique", rules.Rule{}},
		{"array of equal arrays", []any{[]any{1.0}, []any{1.0}}, "unique", rules.Rule{Name: "unique"}},
		{"array of objects", []any{map[string]any{"a": 1.0, "b": 2.0}, map[string]any{"b": 2.0, "a": 1.0}}, "unique", rules.Rule{Name: "unique"}},
		{"object of arrays", map[string]any{"a": []any{1.0}, "b": []any{"1"}}, "unique", rules.Rule{}},
		{"what has no elements", 1.0, "unique", rules.Rule{Name: "unique"}},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			r := compile(t, plain, reflect.TypeFor[any](), test.tag)
			in := reflect.ValueOf(&test.value).Elem()
			for _, v := range []reflect.Value{in, in.Elem()} {
				got := rules.Rule{}
				if broken := r.Check(v); broken != nil {
					got = *broken
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// Elements that cannot be compared by the language are equal if they are written alike.
func TestUnique(t *testing.T) {
	type item struct{ Key any }
	for _, tt := range []struct {
		value any
		tag   string
		want  string
	}{
		{[]any{[]any{1.0}, []any{2.0}, "1", 1.0, nil}, "unique", ""},
		{[]any{[]any{1.0}, []any{1.0}}, "unique", "unique"},
		{[]any{nil, nil}, "unique", "unique"},
		{[][]int{{1}, {1, 2}}, "unique", ""},
		{[][]int{{1}, {1}}, "unique", "unique"},
		{[]item{{[]any{1.0}}, {[]any{2.0}}}, "unique=Key", ""},
		{[]item{{[]any{1.0}}, {[]any{1.0}}}, "unique=Key", "unique"},
		{[]*item{{1.0}, nil, {2.0}}, "unique=Key", ""},
		{map[string]any{"a": []any{1.0}, "b": []any{1.0}}, "unique", "unique"},
		{map[string][]int{"a": {1}, "b": {2}}, "unique", ""},
	} {
		if got := nameOf(compile(t, plain, reflect.TypeOf(tt.value), tt.tag).Check(reflect.ValueOf(tt.value))); got != tt.want {
			t.Errorf("%s of %v: %q is broken, want %q", tt.tag, tt.value, got, tt.want)
		}
	}
}

// Nothing that is in a tag makes Compile panic.
func FuzzCompile(f *testing.F) {
	for _, tag := range []string{"required,min=3", "dive,keys,a=1,endkeys,b", "a|b=0x7C,", "dive,dive", "required_if=A 1", "unique=X", "iscolor=3|iscolor"} {
		f.Add(tag)
	}
	types := []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[*int](), reflect.TypeFor[[][]string](), reflect.TypeFor[map[string]float64](),
		reflect.TypeFor[any](), reflect.TypeFor[struct{ A, B int }](), reflect.TypeFor[chan int](), reflect.TypeFor[func()](), reflect.TypeFor[complex128](),
	}
	f.Fuzz(func(t *testing.T, tag string) {
		c := newCompiler(nil)
		for _, typ := range types {
			if r, err := c.Compile(typ, tag); err == nil && r == nil != (tag == "" || tag == "-") || err != nil && !strings.HasPrefix(err.Error(), "rules: ") {
				t.Errorf("Compile(%s, %q) = %v, %v", typ, tag, r, err)
			}
		}
	})
}
