package openapi_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
)

// madeKinds are the types of the fields of types made by chance, with rules for them.
var madeKinds = []struct {
	typ   reflect.Type
	rules []string
}{
	{reflect.TypeFor[int](), []string{"min=0", "lt=7", "required", "oneof=1 7"}},
	{reflect.TypeFor[*int](), []string{"ne=1", "required,max=7"}},
	{reflect.TypeFor[bind.Optional[int]](), []string{"max=5"}},
	{reflect.TypeFor[string](), []string{"max=2", "required,min=1", "alpha"}},
	{reflect.TypeFor[*string](), []string{"len=1"}},
	{reflect.TypeFor[bind.Optional[string]](), []string{"min=1"}},
	{reflect.TypeFor[bind.Optional[*string]](), []string{"ne=a"}},
	{reflect.TypeFor[any](), []string{"required"}},
	{reflect.TypeFor[[]int](), []string{"max=2", "required", "unique", "dive,min=1", "min=1,max=2"}},
	{reflect.TypeFor[bind.Optional[[]int]](), []string{"max=2", "dive,ne=7"}},
	{reflect.TypeFor[bind.Optional[*[]int]](), []string{"min=1"}},
	{reflect.TypeFor[map[string]int](), []string{"max=1", "dive,keys,max=1,endkeys,gt=0"}},
	{reflect.TypeFor[bind.Optional[map[string]int]](), []string{"max=1"}},
	{reflect.TypeFor[[]*[]string](), []string{"dive,required"}},
	{reflect.TypeFor[[2]bool](), []string{"required"}},
}

// crossRules are about another field, which JSON Schema has no words for.
var crossRules = []string{"required_with=A", "excluded_without=B", "required_if=A 7", "excluded_with=B"}

var madeValues = strings.Fields(`null 0 1 7 -1 1.0 2.5 "" "a" "ab" "abc" "7" [] [1] [1,1] [1,2,7] [null] [["a"]] [null,[]] [[null]] {} {"a":1} {"a":0}
	{"a":1,"bc":1} [true,false] [true] true "aGk="`)

// makeType makes a struct type with embedded structs, by value and by pointer, of which several have
// equal names in Go. It says whether there are rules about other fields.
func makeType(chance *rand.Rand, names *[]string, levels int) (typ reflect.Type, crossing bool) {
	var fields []reflect.StructField
	for i := range 2 + chance.IntN(3) {
		kind := madeKinds[chance.IntN(len(madeKinds))]
		rule := ""
		switch n := chance.IntN(6); {
		case n < 4 && len(kind.rules) > 0:
			rule = kind.rules[chance.IntN(len(kind.rules))]
		case n == 4 && i > 1:
			rule, crossing = crossRules[chance.IntN(len(crossRules))], true
			if strings.HasPrefix(rule, "required_if") && fields[0].Type != reflect.TypeFor[int]() {
				rule = "required_with=A"
			}
		}
		name := fmt.Sprintf("f%d", len(*names))
		*names = append(*names, name)
		fields = append(fields, reflect.StructField{
			Name: string(rune('A' + i)), Type: kind.typ, Tag: reflect.StructTag(fmt.Sprintf(`json:"%s" validate:"%s"`, name, rule)),
		})
	}
	for i := 0; levels > 0 && i < chance.IntN(3); i++ {
		inner, crosses := makeType(chance, names, levels-1)
		if crossing = crossing || crosses; chance.IntN(2) == 0 {
			inner = reflect.PointerTo(inner)
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("E%d", i), Type: inner, Anonymous: true})
	}
	return reflect.StructOf(fields), crossing
}

// FuzzGeneratedSchemas: a body is valid by the schema of a type made by chance if and only if it binds;
// with rules about other fields, which no schema has, it is valid at least if it binds.
func FuzzGeneratedSchemas(f *testing.F) {
	for seed := range uint64(60) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		chance := rand.New(rand.NewPCG(seed, 11))
		var names []string
		typ, crossing := makeType(chance, &names, 2)
		a := newAPI(t)
		plan := a.add("POST", "/", typ, nil).Input
		schema := compile(t, true, a.tree(), "paths", "~1", "post", "requestBody", "content", "application~1json", "schema")
		for range 40 {
			var parts []string
			for _, name := range names {
				if chance.IntN(5) > 0 {
					parts = append(parts, fmt.Sprintf("%q:%s", name, madeValues[chance.IntN(len(madeValues))]))
				}
			}
			checkMade(t, plan, schema, typ, "{"+strings.Join(parts, ",")+"}", crossing)
		}
		for range 40 { // bodies with few members are valid more often
			name := names[chance.IntN(len(names))]
			checkMade(t, plan, schema, typ, fmt.Sprintf("{%q:%s}", name, madeValues[chance.IntN(len(madeValues))]), crossing)
		}
	})
}

func checkMade(t *testing.T, plan *bind.Plan, schema *jsonschema.Schema, typ reflect.Type, body string, crossing bool) {
	t.Helper()
	req := requesttest.Request("POST", "/", requesttest.With{
		Body: strings.NewReader(body), Header: http.Header{"Content-Type": {"application/json"}},
	})
	bound := plan.Bind(req, reflect.New(typ).Elem())
	valid := schema.Validate(decode(t, []byte(body)))
	if (valid == nil) != (bound == nil) && !(crossing && valid == nil) {
		t.Fatalf("%s\n%s\nschema: %v\nbinding: %v", typ, body, valid, describe(bound))
	}
}
