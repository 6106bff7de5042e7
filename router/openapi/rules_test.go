package openapi_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response/problem"
)

// ruleTests say what becomes of rules: the members that they add to the schema of a type.
var ruleTests = []struct {
	value any
	rule  string
	want  string // without type and format of the Go type
	lax   bool   // the schema may accept what the rule refuses
}{
	{"", "min=3", `"minLength":3`, false},
	{"", "gte=3", `"minLength":3`, false},
	{"", "gt=3", `"minLength":4`, false},
	{"", "max=3", `"maxLength":3`, false},
	{"", "lte=3", `"maxLength":3`, false},
	{"", "lt=3", `"maxLength":2`, false},
	{"", "lt=0", `"not":{}`, false},
	{"", "min=0", ``, false},
	{"", "len=2", `"minLength":2,"maxLength":2`, false},
	{"", "min=1,max=3,min=2", `"minLength":2,"maxLength":3`, false},
	{"", "eq=ab", `"const":"ab"`, false},
	{"", "ne=ab", `"not":{"const":"ab"}`, false},
	{"", "oneof=ab 'c d'", `"enum":["ab","c d"]`, false},
	{"", "noneof=ab cd", `"not":{"enum":["ab","cd"]}`, false},
	{"", "isdefault", `"const":""`, false},
	{"", "email", `"format":"email"`, true},
	{"", "url", `"format":"uri"`, true},
	{"", "uri", `"format":"uri"`, true},
	{"", "http_url", `"format":"uri"`, true},
	{"", "ipv4", `"format":"ipv4"`, true},
	{"", "ipv6", `"format":"ipv6"`, true},
	{"", "ip", `"anyOf":[{"format":"ipv4"},{"format":"ipv6"}]`, true},
	{"", "fqdn", `"format":"hostname"`, true},
	{"", "datetime=2006-01-02T15:04:05Z07:00", `"format":"date-time"`, true},
	{"", "datetime=2006-01-02", `"format":"date"`, true},
	{"", "datetime=15:04", ``, true},
	{"", "alpha", `"pattern":"^[a-zA-Z]+$"`, false},
	{"", "alphaspace", `"pattern":"^[a-zA-Z ]+$"`, false},
	{"", "alphanum", `"pattern":"^[a-zA-Z0-9]+$"`, false},
	{"", "alphanumspace", `"pattern":"^[a-zA-Z0-9 ]+$"`, false},
	{"", "alphaunicode", ``, true},
	{"", "ascii", `"pattern":"^[\\x00-\\x7F]*$"`, false},
	{"", "printascii", `"pattern":"^[ -~]*$"`, false},
	{"", "multibyte", `"pattern":"^$|[^\\x00-\\x7F]"`, false},
	{"", "boolean", `"pattern":"^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$"`, false},
	{"", "notblank", `"pattern":"[^\\s\\v` + "\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff" + `]"`, false},
	{"", "number", `"pattern":"^[0-9]+$"`, false},
	{"", "numeric", `"pattern":"^[-+]?[0-9]+(?:\\.[0-9]+)?$"`, false},
	{"", "hexadecimal", `"pattern":"^(0[xX])?[0-9a-fA-F]+$"`, false},
	{"", "hexcolor", `"pattern":"^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"`, false},
	{"", "e164", `"pattern":"^\\+?[1-9]\\d{7,14}$"`, false},
	{"", "md5", `"pattern":"^[0-9a-f]{32}$"`, false},
	{"", "sha256", `"pattern":"^[0-9a-f]{64}$"`, false},
	{"", "mongodb", `"pattern":"^[a-f\\d]{24}$"`, false},
	{"", "uuid", `"format":"uuid",
		"pattern":"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"`, false},
	{"", "uuid4", `"format":"uuid","pattern":"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"`, false},
	{"", "hostname_rfc1123", `"format":"hostname",
		"pattern":"^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"`, false},
	{"", "lowercase", `"minLength":1`, true},
	{"", "uppercase", `"minLength":1`, true},
	{"", "contains=a.b", `"pattern":"a\\.b"`, false},
	{"", "excludes=a.b", `"not":{"pattern":"a\\.b"}`, false},
	{"", "containsany=a-]^", `"pattern":"[a\\-\\]\\^]"`, false},
	{"", "excludesall=a-]^", `"pattern":"^[^a\\-\\]\\^]*$"`, false},
	{"", "startswith=a+", `"pattern":"^a\\+"`, false},
	{"", "startsnotwith=a+", `"not":{"pattern":"^a\\+"}`, false},
	{"", "endswith=$", `"pattern":"\\$$"`, false},
	{"", "endsnotwith=$", `"not":{"pattern":"\\$$"}`, false},
	{"", "alpha,contains=b", `"pattern":"^[a-zA-Z]+$","allOf":[{"pattern":"b"}]`, false},
	{"", "ne=ab,ne=cd,alpha", `"not":{"const":"ab"},"allOf":[{"not":{"const":"cd"}}],"pattern":"^[a-zA-Z]+$"`, false},
	{"", "alpha|number", `"anyOf":[{"pattern":"^[a-zA-Z]+$"},{"pattern":"^[0-9]+$"}]`, false},
	{"", "alpha|alphaunicode", ``, true},
	{"", "omitempty,min=3", `"anyOf":[{"const":""},{"minLength":3}]`, false},
	{"", "max=5,omitempty,min=3", `"maxLength":5,"anyOf":[{"const":""},{"minLength":3}]`, false},
	{"", "omitempty", ``, false},
	{"", "omitzero,alpha", `"anyOf":[{"const":""},{"pattern":"^[a-zA-Z]+$"}]`, false},
	{new(string), "omitempty,min=3", `"minLength":3`, false},
	{new(string), "omitzero,min=3", `"anyOf":[{"const":""},{"minLength":3}]`, false},
	{0, "min=1", `"minimum":1`, false},
	{0, "gte=0x10", `"minimum":16`, false},
	{0, "max=-1", `"maximum":-1`, false},
	{0, "lte=5,lt=5", `"exclusiveMaximum":5`, false},
	{0, "gt=2,gte=3", `"exclusiveMinimum":2,"minimum":3`, false},
	{0, "eq=3", `"const":3`, false},
	{0, "len=3", `"const":3`, false},
	{0, "ne=3", `"not":{"const":3}`, false},
	{0, "oneof=1 -2 03", `"enum":[1,-2]`, false},
	{0, "noneof=1 2", `"not":{"enum":[1,2]}`, false},
	{0, "isdefault", `"const":0`, false},
	{0, "omitempty,gte=3", `"anyOf":[{"const":0},{"minimum":3}]`, false},
	{0, "eq=0|gte=3", `"anyOf":[{"const":0},{"minimum":3}]`, false},
	{0, "number", ``, false},
	{int8(0), "gte=0,lte=300", `"minimum":0,"maximum":127`, false},
	{uint8(0), "gt=0", `"exclusiveMinimum":0,"maximum":255`, false},
	{uint(0), "max=18446744073709551615", `"minimum":0,"maximum":18446744073709551615`, false},
	{0.0, "gte=0.1,lt=1e3", `"minimum":0.1,"exclusiveMaximum":1000`, false},
	{float32(0), "lte=0.1", `"maximum":0.1`, false},
	{0.0, "ne=0.5", `"not":{"const":0.5}`, false},
	{false, "eq=true", `"const":true`, false},
	{false, "ne=true", `"const":false`, false},
	{false, "isdefault", `"const":false`, false},
	{[]string{}, "min=1,max=2", `"minItems":1,"maxItems":2`, false},
	{[]string{}, "eq=2", `"minItems":2,"maxItems":2`, false},
	{[]string{}, "ne=2", `"not":{"minItems":2,"maxItems":2}`, false},
	{[]string{}, "ne=0", `"minItems":1`, false},
	{[]string{}, "unique", `"uniqueItems":true`, false},
	{[]*string{}, "unique", `"uniqueItems":true`, false},
	{[]string{}, "omitempty,min=1", `"minItems":1`, false},
	{[]string{}, "omitzero,min=2", `"anyOf":[{"const":[]},{"minItems":2}]`, false},
	{[]string{}, "max=3,dive,min=2", `"maxItems":3,"items":{"type":"string","minLength":2}`, false},
	{map[string]int{}, "min=1,lt=3", `"minProperties":1,"maxProperties":2`, false},
	{map[string]int{}, "dive,keys,alpha,endkeys,gt=0", `"propertyNames":{"pattern":"^[a-zA-Z]+$"},
		"additionalProperties":{"type":"integer","format":"int64","exclusiveMinimum":0}`, false},
	{false, "omitempty,eq=true", `"anyOf":[{"const":false},{"const":true}]`, false},
	{map[string]int{}, "omitzero,min=2", `"anyOf":[{"const":{}},{"minProperties":2}]`, false},
	{[]string{}, "ne=-1", ``, false},
	{[]string{}, "max=1,max=0x2", `"maxItems":1`, false},
	{time.Second, "min=1s", ``, true},
	{time.Time{}, "gt", ``, true},
	{[]byte{}, "min=3", ``, true},
	{UUID{}, "required", ``, true},
}

func TestRules(t *testing.T) {
	for _, tt := range ruleTests {
		t.Run(reflect.TypeOf(tt.value).String()+" "+tt.rule, func(t *testing.T) {
			typ := reflect.TypeOf(tt.value)
			got := inputOf(t, typ, `validate:"required,`+tt.rule+`"`)
			plain := inputOf(t, typ, `validate:"required"`)
			want := decode(t, []byte(`{`+tt.want+`}`)).(map[string]any)
			for key, value := range plain.(map[string]any) {
				if _, listed := want[key]; !listed && mustJSON(at(got, key)) == mustJSON(value) {
					want[key] = value
				}
			}
			same(t, "schema", got, mustJSON(want))
		})
	}
}

// The rule notnull takes the null out of a schema, and leaves the member one that may be absent.
func TestNotNull(t *testing.T) {
	type input struct {
		Pointer  *int                `json:"pointer" validate:"notnull"`
		Free     *int                `json:"free"`
		List     []*bool             `json:"list" validate:"notnull,dive,notnull"`
		Optional bind.Optional[*int] `json:"optional" validate:"notnull"`
		String   *int                `json:"string,string" validate:"notnull"`
		Plain    bool                `json:"plain" validate:"notnull"`
	}
	const number = `{"type":"integer","format":"int64"}`
	a := newAPI(t)
	a.add("PUT", "/", reflect.TypeFor[input](), nil)
	want := `{"type":"object","properties":{"pointer":` + number + `,"free":{"type":["integer","null"],"format":"int64"},
		"list":{"type":"array","items":{"type":"boolean"}},"optional":` + number + `,
		"string":{"type":"string","pattern":"^-?(0|[1-9][0-9]*)$"},"plain":{"type":"boolean"}}}`
	same(t, "schema", at(a.tree(), "components", "schemas", "Input"), want)
	a.add("POST", "/", reflect.TypeFor[struct {
		Body *bool `body:"json" validate:"notnull"`
	}](), nil)
	same(t, "body", at(a.tree(), "paths", "/", "post", "requestBody"), `{"content":{"application/json":{"schema":{"type":"boolean"}}}}`)
}

// The white space in the pattern of notblank is in both forms of a document.
func TestNotBlankInYAML(t *testing.T) {
	a := newAPI(t)
	a.add("POST", "/", structWith(reflect.TypeFor[string](), `json:"v" validate:"notblank"`), nil)
	sameInYAML(t, a.build())
}

// samples are values that are near to what the rules above are about.
var samples = map[reflect.Kind][]string{
	reflect.String: {`""`, `"a"`, `"ab"`, `"abc"`, `"abcd"`, `"ABCD1"`, `"äöü"`, `"c d"`, `"a.b"`, `"xa.by"`, `"a+b"`, `"b$"`,
		`"-"`, `"]"`, `"1"`, `"12"`, `"+1.5"`, `"1."`, `"0x1F"`, `"#fff"`, `"#fffff"`, `"true"`, `"TRUE"`, `"yes"`, `"+4912345678"`,
		`"12345678"`, `"a\nb"`, `"a\u0000"`, `"\u007f"`, `" "`, `"\t\u000b\r\n"`, `"\u00a0\u0085\u1680\u3000\u2028\ufeff"`, `"\u200b"`, `"😀"`, `"😀😀😀"`, `"e\u0301"`, `"cd"`, `"tom@example.com"`,
		`"https://example.com/"`, `"example.com"`, `"-a.b"`, `"192.168.0.1"`, `"::1"`, `"2024-02-30"`, `"2024-02-29"`,
		`"2024-02-29T12:00:00Z"`, `"12:30"`, `"d41d8cd98f00b204e9800998ecf8427e"`, `"507f1f77bcf86cd799439011"`,
		`"01890a5d-ac96-774b-bcce-b302099a8057"`, `"01890A5D-AC96-474B-BCCE-B302099A8057"`, `"01890a5d-ac96-474b-bcce-b302099a8057"`},
	reflect.Int:     {"0", "1", "2", "3", "4", "5", "6", "-1", "-2", "-3", "15", "16", "17", "1000000"},
	reflect.Int8:    {"0", "1", "-1", "127", "-128"},
	reflect.Uint8:   {"0", "1", "255"},
	reflect.Uint:    {"0", "18446744073709551615"},
	reflect.Float64: {"0", "0.1", "0.09", "0.5", "0.51", "999.5", "1000", "1e3", "-1"},
	reflect.Float32: {"0", "0.1", "0.11", "-1"},
	reflect.Bool:    {"true", "false"},
	reflect.Slice:   {`[]`, `["a"]`, `["ab","cd"]`, `["ab","ab"]`, `["ab","cd","ef"]`, `["a","a","a","a"]`},
	reflect.Map:     {`{}`, `{"a":1}`, `{"a":0}`, `{"a":1,"b":2}`, `{"1":1}`, `{"a":1,"b":2,"c":3}`},
}

// The rule and its schema are of one mind about values; where JSON Schema cannot say all of a rule,
// it refuses nothing that the rule accepts.
func TestRulesAndSchemasAgree(t *testing.T) {
	for _, tt := range ruleTests {
		typ := reflect.TypeOf(tt.value)
		bare := typ
		if typ.Kind() == reflect.Pointer {
			bare = typ.Elem()
		}
		tag := `validate:"` + tt.rule + `"`
		accepts := acceptedBy(t, typ, tag)
		schema := compile(t, false, map[string]any{"v": inputOf(t, typ, tag)}, "v")
		for _, sample := range samples[bare.Kind()] {
			accepted, ok := accepts(sample)
			if !ok {
				continue // of another type of this kind
			}
			parsed, _ := jsonschema.UnmarshalJSON(strings.NewReader(sample))
			refusal := schema.Validate(parsed)
			if accepted && refusal != nil {
				t.Errorf("%s: the schema of %s refuses %s: %v", typ, tt.rule, sample, refusal)
			}
			if !accepted && refusal == nil && !tt.lax {
				t.Errorf("%s: the schema of %s accepts %s", typ, tt.rule, sample)
			}
		}
	}
}

// acceptedBy returns a function that reports whether the member of a body obeys its rules. ok is false for a text that is no
// value of the type.
func acceptedBy(t *testing.T, typ reflect.Type, tag string) func(text string) (accepted, ok bool) {
	t.Helper()
	in := structWith(typ, `json:"v" `+tag)
	plan, err := bind.NewCompiler(nil).Plan(in)
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) (accepted, ok bool) {
		req := requesttest.Request("POST", "/", requesttest.With{
			Body: strings.NewReader(`{"v":` + text + `}`), Header: http.Header{"Content-Type": {"application/json"}},
		})
		err := plan.Bind(req, reflect.New(in).Elem())
		return err == nil, err == nil || problem.StatusOf(err) == http.StatusUnprocessableEntity
	}
}
