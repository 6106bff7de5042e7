package bind_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type (
	Base struct {
		ID   int
		Name string `json:"name"`
		note string
	}
	Left struct {
		Both  int
		Only  int `json:"left"`
		Third int `json:"third"`
	}
	Right struct {
		Both  int
		Third int
	}
	Tagged struct {
		Both int `json:"Both"`
	}
	hidden struct {
		Shown int
		quiet int
	}
	Deep struct {
		Base
		Name string
	}
	Text   string
	Number int
	Wrap   struct{ *Base }
	Loop   struct {
		*Loop
		N int
	}
	Level1 struct{ Level2 }
	Level2 struct{ Level3 }
	Level3 struct{ X, Y int }
)

var _, _ = Base{}.note, hidden{}.quiet // which nothing else uses

// names returns the members of a JSON object in their order.
func names(t *testing.T, text []byte) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		t.Fatalf("%s is no object", text)
	}
	list := []string{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, name.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// tagged returns a struct with fields A, B, C and so on that have these tags, among them some to
// which vet objects.
func tagged(tags ...string) any {
	var fields []reflect.StructField
	for i, tag := range tags {
		fields = append(fields, reflect.StructField{Name: string(rune('A' + i)), Type: reflect.TypeFor[int](), Tag: reflect.StructTag(tag)})
	}
	return reflect.New(reflect.StructOf(fields)).Elem().Interface()
}

// fillIn makes everything in a struct, so that encoding/json leaves nothing out.
func fillIn(v reflect.Value, depth int) {
	switch {
	case depth == 0:
	case v.Kind() == reflect.Pointer && v.CanSet():
		v.Set(reflect.New(v.Type().Elem()))
		fillIn(v.Elem(), depth-1)
	case v.Kind() == reflect.Struct:
		for _, field := range v.Fields() {
			fillIn(field, depth-1)
		}
	case v.Kind() == reflect.String && v.CanSet():
		v.SetString("x")
	case v.CanInt() && v.CanSet():
		v.SetInt(1)
	}
}

// tricky are structs whose members are not simply their fields.
var tricky = []any{
	struct{}{}, Base{}, Deep{}, Wrap{}, Loop{}, Level1{}, struct{ A, B, c int }{},
	struct {
		Left
		Right
	}{},
	struct {
		Left
		Right
		Tagged
	}{},
	struct {
		Left
		Both int
	}{},
	struct {
		Base
		ID int `json:"name"`
	}{},
	struct {
		Base `json:"base"`
		Name int `json:"name"`
	}{},
	struct {
		*Base
		Deep
	}{},
	struct {
		hidden
		A int
	}{},
	struct {
		hidden `json:"h"`
		A      int
	}{},
	struct {
		Text
		Number `json:"n"`
	}{},
	struct {
		A int `json:"-"`
		D int `json:",omitempty"`
		E int `json:"e,omitzero,string"`
		F int `json:""`
		G int `json:" "`
	}{},
	struct {
		A int `json:"ümlaut"`
		B int `json:"日本"`
		C int `json:"a b"`
		D int `json:"a.b/c~d"`
		E int `json:"$ref"`
		F int `json:"@type"`
		G int `json:"<&>"`
		H int `json:"€"`
		I int `json:"😀"`
		M int `json:"!#$%&()*+-./:;<=>?@[]^_{|}~ "`
		N int `json:"\u0301"`
		O int `json:"१"`
	}{},
	tagged(`json:"x"`, `json:"x"`, ""), tagged(`json:"C"`, `json:"C"`, ""), tagged(`json:"-,omitempty"`, `json:"-,"`),
	tagged(`json:"-,"`), tagged(`json:"a'b"`, `json:"a\\b"`, `json:"a\"b"`, "json:\"a`b\"", "json:\"a\tb\""),
	tagged(`json`, `json:`, `json:"a`, `json:"c" json:"d"`, `json:"e,`),
	struct {
		A int `json:"C"`
		C int
	}{},
	struct {
		Base `json:"€"` // no name, so it is embedded
	}{},
	struct {
		Left
		Third int `json:"€"`
	}{},
	struct {
		Level1
		X int `json:"Y"`
	}{},
	struct {
		Level1
		Level3
	}{},
	struct {
		Left `json:"-"`
		Right
	}{},
	struct {
		_ int
		A int `xml:"b" form:"c"`
		B int `bson:"x"`
		C int `json:"c" default:"1"`
	}{},
}

func TestFieldsAgreeWithEncoding(t *testing.T) {
	for _, value := range tricky {
		v := reflect.New(reflect.TypeOf(value)).Elem()
		fillIn(v, 4)
		text, err := json.Marshal(v.Interface())
		if err != nil {
			t.Fatal(err)
		}
		compiler.Lock()
		fields, err := compiler.Fields(v.Type())
		compiler.Unlock()
		got := []string{}
		for _, p := range fields {
			got = append(got, p.Name)
		}
		if diff := cmp.Diff(names(t, text), got); diff != "" || err != nil {
			t.Errorf("%s\n%s: %v (-encoding/json +Fields):\n%s", v.Type(), text, err, diff)
		}
		bindsItsOwn(t, v, text)
	}
}

// bindsItsOwn checks that what encoding/json writes of v binds to a value that is written alike.
func bindsItsOwn(t *testing.T, v reflect.Value, text []byte) {
	t.Helper()
	typ := reflect.StructOf([]reflect.StructField{{Name: "In", Type: v.Type(), Tag: `body:"json"`}})
	compiler.Lock()
	plan, err := compiler.Plan(typ)
	compiler.Unlock()
	if err != nil {
		t.Logf("%s: %v", v.Type(), err)
		return
	}
	in := reflect.New(typ).Elem()
	if err := plan.Bind(post(jsonType, string(text)), in); err != nil {
		if !strings.HasSuffix(told(err), " duplicate") { // of names that differ in case, which encoding/json would mix up
			t.Errorf("%s: %s", text, told(err))
		}
		return
	}
	if again, err := json.Marshal(in.Field(0).Interface()); err != nil || !bytes.Equal(text, again) {
		t.Errorf("%s of %s binds to %s, %v", text, v.Type(), again, err)
	}
}

func TestFieldDetails(t *testing.T) {
	type input struct {
		A int     `json:"a,omitempty" validate:"required,gt=0" doc:"first"`
		B *string `json:"b,string" default:"x"`
		C []int   `doc:"third"`
		D bool    `json:"d,omitzero"`
	}
	compiler.Lock()
	defer compiler.Unlock()
	fields, err := compiler.Fields(reflect.TypeFor[input]())
	if err != nil {
		t.Fatal(err)
	}
	if p := fields; !p[0].Omit || p[0].AsString || !p[0].Required || len(p[0].Rules.List) != 2 || p[0].Tag.Get("doc") != "first" ||
		!p[1].AsString || !p[1].HasDefault || p[1].Default != "x" || p[1].Rules != nil || p[2].AsString || p[2].Name != "C" ||
		!p[3].Omit {
		t.Errorf("got %+v", fields)
	}
}
