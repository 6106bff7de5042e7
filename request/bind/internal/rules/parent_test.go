package rules_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"
)

type address struct {
	City string
	Tags []string
}

type order struct {
	Name     string
	Again    string
	Count    int
	Limit    int
	From     time.Time
	Until    time.Time
	Price    *float64
	Home     address
	Work     *address
	Tags     []string
	Anything any
}

// The library itself, asked about a struct that has the field and all of order, is what CheckIn has
// to agree with.
func TestCheckIn(t *testing.T) {
	price := 2.0
	full := order{
		Name: "Ada", Again: "Ada", Count: 3, Limit: 5, From: time.Unix(1, 0), Until: time.Unix(2, 0), Price: &price,
		Home: address{City: "Ulm", Tags: []string{"x"}}, Tags: []string{"a"}, Anything: 1,
	}
	tags := []string{
		"eqfield=Name", "nefield=Name", "eqfield=Home.City", "eqfield=Work.City", "nefield=Work.City", "eqfield=Tags[0]", "eqfield=Home.Tags[0]",
		"gtfield=Limit", "gtefield=Limit", "ltfield=Limit", "ltefield=Limit", "gtfield=From", "ltefield=Until", "eqcsfield=Home.City", "necsfield=Name",
		"gtcsfield=Limit", "gtecsfield=Limit", "ltcsfield=Limit", "ltecsfield=Limit", "fieldcontains=Name", "fieldexcludes=Name",
		"excluded_if=Count 3", "excluded_unless=Count 3", "excluded_with=Name", "excluded_with_all=Name Price", "excluded_without=Work",
		"excluded_without_all=Work Name", "excluded_if=Name Ada Count 3", "omitempty,eqfield=Name", "min=1,eqfield=Name", "eqfield=Name,max=2",
		"eqfield=Name|eqfield=Home.City", "excluded_with=Missing", "postcode_iso3166_alpha2_field=Name",
	}
	values := []any{"", "Ada", "Ulm", "x", "a", "Adam", 0, 3, 5, 7, time.Unix(1, 0), time.Unix(2, 0), time.Time{}, new(0), new("Ada"), new("")}
	for _, tag := range tags {
		for _, value := range values {
			for _, parent := range []order{{}, full} {
				r, err := plain.Compile(reflect.TypeOf(value), tag)
				if err != nil || r.FitsIn(reflect.TypeFor[order](), reflect.StructField{}) != nil {
					continue
				}
				want := inLibrary(t, asSent(value, tag), tag, parent)
				if want != "" && hasNothingToCompareWith(tag, parent) {
					want = ""
				}
				v := reflect.ValueOf(value)
				if v.Kind() == reflect.Pointer {
					v = v.Elem()
				}
				if got := nameOf(r.CheckIn(v, in(reflect.ValueOf(parent)))); got != want || !r.NeedsParent() {
					t.Errorf("%s: %T %#v breaks %q in %+v, want %q; needs its parent: %v", tag, value, v, got, parent, want, r.NeedsParent())
				}
				if got := r.Check(v); got != nil && got.Name != "min" && got.Name != "max" {
					t.Errorf("%s: alone, %#v breaks %v", tag, v, got)
				}
			}
		}
	}
}

// asSent returns a value that the library takes for one that is there: to it 0 and "" are not.
func asSent(value any, tag string) any {
	if v := reflect.ValueOf(value); strings.HasPrefix(tag, "excluded") && v.IsZero() {
		switch value.(type) {
		case string:
			return "x"
		case int:
			return 1
		default:
			return time.Unix(1, 0)
		}
	}
	return value
}

// hasNothingToCompareWith reports whether the other field is behind a nil pointer or an end.
func hasNothingToCompareWith(tag string, parent order) bool {
	return strings.HasSuffix(tag, "=Work.City") || strings.HasSuffix(tag, "=Tags[0]") && len(parent.Tags) == 0 ||
		strings.HasSuffix(tag, "=Home.Tags[0]") && len(parent.Home.Tags) == 0
}

// inLibrary makes a struct with the fields of parent and one more, which has the value and the tag.
func inLibrary(t *testing.T, value any, tag string, parent order) string {
	t.Helper()
	fields := reflect.VisibleFields(reflect.TypeFor[order]())
	fields = append(fields, reflect.StructField{Name: "Value", Type: reflect.TypeOf(value), Tag: reflect.StructTag(`validate:"` + tag + `"`)})
	s := reflect.New(reflect.StructOf(fields)).Elem()
	for i := range s.NumField() - 1 {
		s.Field(i).Set(reflect.ValueOf(parent).Field(i))
	}
	s.FieldByName("Value").Set(reflect.ValueOf(value))
	if err := library.Struct(s.Interface()); err != nil {
		return err.(validator.ValidationErrors)[0].Tag()
	}
	return ""
}

func TestAbsent(t *testing.T) {
	full := order{Name: "Ada", Count: 3}
	tests := []struct {
		description string
		zero        any
		tag         string
		parent      order
		want        string
	}{
		{"no rule about presence", "", "min=3,email", full, ""},
		{"required", 0, "required,min=3", full, "required"},
		{"required behind others", 0, "min=3,required", full, "required"},
		{"required and omitempty", 0, "omitempty,required", full, "required"},
		{"condition that holds", "", "required_if=Count 3", full, "required_if"},
		{"condition that does not", "", "required_if=Count 4", full, ""},
		{"condition for a pointer", (*int)(nil), "required_if=Count 3,min=1", full, "required_if"},
		{"condition for a slice", []int(nil), "required_with=Name", full, "required_with"},
		{"condition for a struct", address{}, "required_with=Name", full, "required_with"},
		{"condition for an interface", any(nil), "required_with=Name", full, "required_with"},
		{"condition for an interface that does not hold", any(nil), "required_with=Price", full, ""},
		{"required_unless", 0, "required_unless=Count 4", full, "required_unless"},
		{"required_unless that does not hold", 0, "required_unless=Count 3", full, ""},
		{"required_with_all", 0, "required_with_all=Name Count", full, "required_with_all"},
		{"required_without", 0, "required_without=Price", full, "required_without"},
		{"required_without_all", 0, "required_without_all=Price Tags", full, "required_without_all"},
		{"skip_unless, which is like required_if", 0, "skip_unless=Count 3", full, "skip_unless"},
		{"second condition", 0, "required_with=Price,required_without=Price", full, "required_without"},
		{"behind omitempty", 0, "omitempty,required_with=Name", full, ""},
		{"behind omitzero", 0, "omitzero,required_with=Name", full, ""},
		{"behind omitnil, no nil", 0, "omitnil,required_with=Name", full, "required_with"},
		{"behind omitnil, nil", (*int)(nil), "omitnil,required_with=Name", full, ""},
		{"behind nostructlevel", 0, "nostructlevel,required_with=Name", full, ""},
		{"excluded is content", 0, "excluded_with=Name", full, ""},
		{"alternatives of which one holds", 0, "required_with=Name|required_with=Price", full, ""},
		{"alternatives of which none holds", 0, "required_with=Name|required", full, "required_with=Name|required"},
		{"alternatives with a rule of another kind", "", "required_with=Name|email", full, "required_with=Name|email"},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			typ := reflect.TypeOf(test.zero)
			if typ == nil {
				typ = reflect.TypeFor[any]()
			}
			r := compile(t, plain, typ, test.tag)
			if err := r.FitsIn(reflect.TypeFor[order](), reflect.StructField{}); err != nil {
				t.Fatal(err)
			}
			if got := nameOf(r.Absent(reflect.Zero(typ), in(reflect.ValueOf(test.parent)))); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// What was sent is not missing, whatever it is.
func TestPresence(t *testing.T) {
	parent := reflect.ValueOf(order{Name: "Ada", Count: 3})
	tests := []struct {
		tag                   string
		required, needsParent bool
	}{
		{"required", true, false},
		{"omitempty,required", true, false},
		{"required_if=Count 3", false, true},
		{"required_with=Name", false, true},
		{"skip_unless=Count 3", false, true},
		{"required|email", false, true},
		{"required_with=Name|email", false, true},
		{"email", false, false},
		{"eqfield=Name", false, true},
	}
	for _, test := range tests {
		r := compile(t, plain, reflect.TypeFor[string](), test.tag)
		if err := r.FitsIn(parent.Type(), reflect.StructField{}); err != nil {
			t.Fatal(err)
		}
		if r.Required() != test.required || r.NeedsParent() != test.needsParent {
			t.Errorf("%s: required %v, needs its parent %v", test.tag, r.Required(), r.NeedsParent())
		}
		if got := r.CheckIn(reflect.ValueOf(""), in(parent)); got != nil && test.tag != "email" && test.tag != "eqfield=Name" {
			t.Errorf("%s: an empty value that was sent breaks %v", test.tag, got)
		}
	}
}

func TestFitsIn(t *testing.T) {
	tests := []struct {
		description string
		value       any
		tag         string
		want        string // "" for none
	}{
		{"nothing about fields", "", "min=3", ""},
		{"field", "", "eqfield=Name", ""},
		{"field below", "", "eqfield=Work.City", ""},
		{"element", "", "eqfield=Home.Tags[0]", ""},
		{"inside an interface", "", "eqfield=Anything.X", ""},
		{"no field", "", "eqfield=Nam", `rules: eqfield looks at the field "Nam", which rules_test.order does not have`},
		{"no field below", "", "eqfield=Home.Town", `rules: eqfield looks at the field "Home.Town", which rules_test.order does not have`},
		{"below what has no fields", "", "eqfield=Name.X", `rules: eqfield looks at the field "Name.X", which rules_test.order does not have`},
		{"condition", 0, "required_if=Count 3 Name Ada", ""},
		{"condition about no field", 0, "required_if=Count 3 Nam Ada", `rules: required_if looks at the field "Nam", which rules_test.order does not have`},
		{"condition that is no number", 0, "required_if=Count x", `rules: required_if takes no "x" for the field Count, a int`},
		{"one of several", 0, "required_with=Count Nam", `rules: required_with looks at the field "Nam", which rules_test.order does not have`},
		{"second alternative", "", "eqfield=Name|eqfield=Nam", `rules: eqfield looks at the field "Nam", which rules_test.order does not have`},
		{"of elements", []string{}, "dive,nefield=Nam", `rules: nefield looks at the field "Nam", which rules_test.order does not have`},
		{"of keys", map[string]int{}, "dive,keys,nefield=Nam,endkeys", `rules: nefield looks at the field "Nam", which rules_test.order does not have`},
		{"unique field", 0, "unique=Count", ""},
		{"field of another kind", 0, "unique=Name", `rules: unique compares int with the field Name, which is of another kind, string`},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			got := ""
			if err := compile(t, plain, reflect.TypeOf(test.value), test.tag).FitsIn(reflect.TypeFor[order](), reflect.StructField{}); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
