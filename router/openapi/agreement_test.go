package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/router/openapi"
)

type (
	agreedAddress struct {
		Street string  `json:"street" validate:"required,min=1,max=10"`
		Number *int    `json:"number" validate:"gte=1"`
		Zip    *string `json:"zip" validate:"required,numeric"`
	}
	agreedNumbers struct {
		I   int                  `json:"i" validate:"gte=-1,lt=30"`
		I8  int8                 `json:"i8"`
		I16 int16                `json:"i16" validate:"ne=1"`
		I32 int32                `json:"i32"`
		I64 int64                `json:"i64"`
		U   uint                 `json:"u" validate:"lte=100"`
		U8  uint8                `json:"u8"`
		U64 uint64               `json:"u64"`
		F   float64              `json:"f" validate:"gt=0.5,lte=100"`
		F32 float32              `json:"f32"`
		E   int                  `json:"e" validate:"oneof=1 29 127"`
		Z   int                  `json:"z" validate:"omitempty,gte=29"`
		B   bool                 `json:"b" validate:"required"`
		D   time.Duration        `json:"d"`
		P   **int                `json:"p" validate:"eq=1"`
		N   json.Number          `json:"n"`
		S   int                  `json:"s,string"`
		O   soay.Optional[uint8] `json:"o" validate:"max=127"`
	}
	agreedTexts struct {
		Any      string                 `json:"any"`
		Name     string                 `json:"name" validate:"required,max=5"`
		Role     string                 `json:"role" validate:"oneof=admin reader 'Ada Lovelace'"`
		Email    string                 `json:"email" validate:"omitempty,email"`
		ID       string                 `json:"id" validate:"uuid"`
		Alpha    string                 `json:"alpha" validate:"alpha"`
		Alphanum string                 `json:"alphanum" validate:"alphanum,len=3"`
		Numeric  string                 `json:"numeric" validate:"numeric"`
		Number   string                 `json:"number" validate:"number"`
		Has      string                 `json:"has" validate:"contains=a,startswith=A"`
		Ends     string                 `json:"ends" validate:"endswith=a"`
		Not      string                 `json:"not" validate:"ne=admin"`
		When     time.Time              `json:"when"`
		Bytes    []byte                 `json:"bytes"`
		Later    soay.Optional[*string] `json:"later" validate:"min=3"`
	}
	agreedLists struct {
		Plain   []string                   `json:"plain"`
		Few     []int                      `json:"few" validate:"required,min=1,max=3"`
		Rules   []string                   `json:"rules" validate:"max=4,dive,min=2,max=5"`
		Unique  []int                      `json:"unique" validate:"unique"`
		Nested  [][]int                    `json:"nested" validate:"dive,max=2,dive,gte=0"`
		Pair    [2]bool                    `json:"pair"`
		Objects []agreedAddress            `json:"objects" validate:"max=2"`
		Ptrs    []*agreedAddress           `json:"ptrs" validate:"dive,required"`
		Map     map[string]int             `json:"map" validate:"max=2,dive,gte=0"`
		Keys    map[string]string          `json:"keys" validate:"dive,keys,alpha,endkeys,max=3"`
		Ints    map[int]bool               `json:"ints"`
		Free    any                        `json:"free" validate:"required"`
		Raw     json.RawMessage            `json:"raw"`
		Deep    map[string][]agreedAddress `json:"deep"`
	}
	agreedTree struct {
		Name     string        `json:"name" validate:"required,alpha"`
		Children []*agreedTree `json:"children" validate:"max=2"`
		Parent   *agreedTree   `json:"parent"`
	}
	agreedEmbedding struct {
		agreedAddress
		*AgreedEmbedded
		Own  string        `json:"own" default:"x" validate:"max=3"`
		Home agreedAddress `json:"home" validate:"required"`
		Work agreedAddress `json:"work"`
	}
	// AgreedEmbedded is exported, or a pointer to it could not be set.
	AgreedEmbedded struct {
		Extra int `json:"extra" validate:"gte=1"`
	}
)

// agree registers a handler for a type, and notes the type.
func agree[T any](app *soay.App, types map[string]reflect.Type, path string) {
	types[path] = reflect.TypeFor[T]()
	soay.Post(app, path, func(soay.Request, T) (soay.NoContent, error) { return soay.NoContent{}, nil })
}

// The document and the binder come from the same types by different ways. This test makes bodies by
// chance, and holds what an independent validator makes of the schema against what the running app
// answers: a body is valid for both or for none.
func TestSchemasAgreeWithBinding(t *testing.T) {
	const bodies = 4000 // for each type
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.UseOpenAPI(openapi.Info{Title: "Agreement", Version: "1"}, openapi.Options{Production: true})
	types := map[string]reflect.Type{}
	agree[agreedNumbers](app, types, "/numbers")
	agree[agreedTexts](app, types, "/texts")
	agree[agreedLists](app, types, "/lists")
	agree[agreedTree](app, types, "/tree")
	agree[agreedEmbedding](app, types, "/embedding")
	client := requesttest.New(t, app)
	document := client.Get("/openapi.json").Body
	for path, typ := range types {
		t.Run(path, func(t *testing.T) {
			schema := postSchema(t, document, path)
			chance := rand.New(rand.NewPCG(1, 2))
			valid := 0
			for range bodies {
				body := randomBody(chance, typ)
				parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
				if err != nil {
					t.Fatalf("the generator made %s: %v", body, err)
				}
				refused := schema.Validate(parsed)
				resp := client.Post(path, requesttest.With{
					Body: strings.NewReader(body), Header: http.Header{"Content-Type": {"application/json"}},
				})
				if (refused == nil) != (resp.Status == http.StatusNoContent) {
					t.Fatalf("%s\nschema: %v\nhandler: %d %s", body, refused, resp.Status, resp.Text())
				}
				if refused == nil {
					valid++
				}
			}
			if valid < bodies/50 || valid > bodies*49/50 {
				t.Errorf("%d of %d bodies were valid, so the test tests little", valid, bodies)
			}
		})
	}
}

// postSchema compiles the schema of a body with an independent validator. Formats are assertions, and
// the formats of numbers are those of the OpenAPI registry.
func postSchema(t *testing.T, document []byte, path string) *jsonschema.Schema {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.AssertContent()
	for name, check := range numberFormats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: check})
	}
	if err := c.AddResource("openapi.json", parsed); err != nil {
		t.Fatal(err)
	}
	place := strings.ReplaceAll(strings.ReplaceAll(path, "~", "~0"), "/", "~1")
	schema, err := c.Compile("openapi.json#/paths/" + place + "/post/requestBody/content/application~1json/schema")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

var numberFormats = map[string]func(any) error{
	"int32": func(v any) error {
		return fits(v, func(f float64) bool { return f >= math.MinInt32 && f <= math.MaxInt32 })
	},
	"int64": func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		if _, err := strconv.ParseInt(n.String(), 10, 64); err != nil && !strings.ContainsAny(n.String(), ".eE") {
			return err
		}
		return fits(v, func(f float64) bool { return f >= math.MinInt64 && f <= math.MaxInt64 })
	},
	"uint64": func(v any) error {
		n, ok := v.(json.Number)
		if !ok || strings.ContainsAny(n.String(), ".eE-") {
			return fits(v, func(f float64) bool { return f >= 0 && f < 1<<64 })
		}
		_, err := strconv.ParseUint(n.String(), 10, 64)
		return err
	},
	"float":  func(v any) error { return fits(v, func(f float64) bool { return math.Abs(f) <= math.MaxFloat32 }) },
	"double": func(v any) error { return fits(v, func(float64) bool { return true }) },
}

// fits holds a number to its range; other values are not what a format is about.
func fits(v any, inRange func(float64) bool) error {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	f, err := n.Float64()
	if err != nil || !inRange(f) {
		return fmt.Errorf("%s is out of range", n)
	}
	return nil
}

// What values are made of, as JSON.
var (
	someNumbers = []string{
		"0", "1", "-1", "2", "29", "30", "31", "1.0", "1.5", "1e2", "0.5", "100", "101", "127", "128", "-128", "-129", "255",
		"256", "32767", "32768", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
		"18446744073709551615", "18446744073709551616", "3.5e38", "1e400", "-0", "0.0", "2.50",
	}
	someTexts = []string{
		`""`, `"a"`, `"A"`, `"abc"`, `"ab1"`, `"Abba"`, `"admin"`, `"reader"`, `"Ada Lovelace"`, `"é"`, `"日本語"`, `"日本語日本語"`,
		`"ada@example.com"`, `"not an email"`, `"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`, `"6BA7B810-9DAD-11D1-80B4-00C04FD430C8"`,
		`"2024-01-02"`, `"2024-01-02T03:04:05Z"`, `"2024-13-02"`, `"2024-01-02T03:04:05"`, `"12"`, `"-5"`, `"1.5"`, `"+3"`, `"1."`,
		`"0"`, `"true"`, `"aGk="`, `"aGk"`, `"null"`, `"a\u0000b"`, `"\ud83d\udc11"`, `"\ud83d\udc11\ud83d\udc11\ud83d\udc11"`, `"a\nb"`,
		`"1e2"`, `"300"`,
	}
	otherValues = []string{"null", "true", "false", "[]", "{}", "[null]", `{"street":"x","zip":"1"}`, "[[1]]"}
)

func pick(chance *rand.Rand, from []string) string { return from[chance.IntN(len(from))] }

// randomBody returns a JSON text that looks like a value of the type, and often is one.
func randomBody(chance *rand.Rand, t reflect.Type) string { return randomValue(chance, t, 0) }

func randomValue(chance *rand.Rand, t reflect.Type, depth int) string {
	if t.Kind() == reflect.Interface { // which no number may be too large for
		return pick(chance, append(otherValues, someTexts...))
	}
	switch chance.IntN(60) {
	case 0:
		return "null"
	case 1:
		return pick(chance, someNumbers)
	case 2:
		return pick(chance, someTexts)
	case 3:
		return pick(chance, otherValues)
	}
	if inner, ok := optionalOf(t); ok {
		return randomValue(chance, inner, depth)
	}
	switch t {
	case reflect.TypeFor[time.Time]():
		return pick(chance, []string{`"2024-01-02T03:04:05Z"`, `"2024-01-02T03:04:05.5+02:00"`, `"2024-02-29"`, `"2024-02-30"`})
	case reflect.TypeFor[json.Number]():
		return pick(chance, someNumbers)
	case reflect.TypeFor[json.RawMessage]():
		return pick(chance, otherValues)
	}
	return randomKind(chance, t, depth)
}

// optionalOf returns what a soay.Optional is one of.
func optionalOf(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || !strings.HasPrefix(t.Name(), "Optional[") {
		return nil, false
	}
	return t.Field(0).Type, true
}

func randomKind(chance *rand.Rand, t reflect.Type, depth int) string {
	switch t.Kind() {
	case reflect.Pointer:
		return randomValue(chance, t.Elem(), depth)
	case reflect.Bool:
		return pick(chance, []string{"true", "false"})
	case reflect.String:
		return pick(chance, someTexts)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return pick(chance, []string{`"aGk="`, `""`, `"AAEC"`, `"a"`})
		}
		return randomList(chance, t, depth)
	case reflect.Map:
		return randomMap(chance, t, depth)
	case reflect.Struct:
		return randomObject(chance, t, depth)
	}
	if chance.IntN(2) == 0 {
		return strconv.Itoa(chance.IntN(130))
	}
	return pick(chance, someNumbers)
}

func randomList(chance *rand.Rand, t reflect.Type, depth int) string {
	n := chance.IntN(4)
	if t.Kind() == reflect.Array && chance.IntN(8) > 0 {
		n = t.Len()
	}
	if depth > 3 {
		n = 0
	}
	parts := make([]string, n)
	for i := range parts {
		parts[i] = randomValue(chance, t.Elem(), depth+1)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func randomMap(chance *rand.Rand, t reflect.Type, depth int) string {
	keys := []string{`"a"`, `"b"`, `"c1"`}
	if t.Key().Kind() == reflect.Int {
		keys = []string{`"1"`, `"-2"`, `"x"`, `"01"`}
	}
	var parts []string
	for _, key := range keys {
		if chance.IntN(3) == 0 && depth < 4 {
			parts = append(parts, key+":"+randomValue(chance, t.Elem(), depth+1))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// randomObject leaves members out, and adds one that there is no field for.
func randomObject(chance *rand.Rand, t reflect.Type, depth int) string {
	var parts []string
	var add func(t reflect.Type)
	add = func(t reflect.Type) {
		for f := range t.Fields() {
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			switch {
			case f.Anonymous && f.Type.Kind() == reflect.Pointer:
				add(f.Type.Elem())
			case f.Anonymous:
				add(f.Type)
			case chance.IntN(8) == 0 && !strings.Contains(f.Tag.Get("validate"), "required") || chance.IntN(80) == 0 || depth > 3:
			case options == "string":
				parts = append(parts, fmt.Sprintf("%q:%q", name, pick(chance, []string{"0", "1", "-29", "1.5", "1e2", "x", "01", "-0", "127"})))
			default:
				parts = append(parts, fmt.Sprintf("%q:%s", name, goodValue(chance, f, depth)))
			}
		}
	}
	add(t)
	if chance.IntN(10) == 0 {
		parts = append(parts, `"unknown":{"a":[1]}`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// goodValues fit the rules of the fields with these names, so that a fair part of the bodies is valid.
var goodValues = map[string][]string{
	"street": {`"x"`, `"Main 1"`}, "number": {"1", "7"}, "zip": {`"123"`}, "i": {"0", "-1", "29"}, "i8": {"-128", "127"},
	"i16": {"0", "32767"}, "i32": {"1e2"}, "u": {"100", "0"}, "u8": {"255"}, "f": {"1.5", "100"}, "f32": {"1.5"}, "e": {"29", "127"},
	"z": {"0", "30"}, "p": {"1", "null"}, "o": {"0", "127"}, "i64": {"9223372036854775807"}, "u64": {"18446744073709551615"},
	"d": {"1"}, "n": {"1.5"}, "name": {`"abc"`}, "role": {`"admin"`, `"Ada Lovelace"`}, "email": {`""`, `"ada@example.com"`},
	"id": {`"6ba7b810-9dad-11d1-80b4-00c04fd430c8"`}, "alpha": {`"abc"`}, "alphanum": {`"ab1"`}, "numeric": {`"1.5"`, `"-5"`},
	"num": {`"12"`}, "has": {`"Abba"`, `"Aa"`}, "ends": {`"Abba"`}, "not": {`"x"`},
	"later": {"null", `"abc"`}, "few": {"[1]", "[1,2,3]"}, "rules": {`["abc"]`, "[]", "null"}, "unique": {"[1,2]"},
	"nested": {"[[1]]", "null"}, "pair": {"[true,false]"}, "map": {`{"a":1}`}, "keys": {`{"a":"b"}`}, "ints": {`{"1":true}`},
	"ptrs": {"[]"}, "objects": {"[]"}, "own": {`"abc"`}, "extra": {"1"}, "children": {"[]", "null"}, "parent": {"null"},
}

func goodValue(chance *rand.Rand, f reflect.StructField, depth int) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	good := goodValues[name]
	if name == "number" && f.Type.Kind() == reflect.String {
		good = goodValues["num"]
	}
	if good != nil && chance.IntN(10) > 0 {
		return pick(chance, good)
	}
	return randomValue(chance, f.Type, depth+1)
}
