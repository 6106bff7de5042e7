package bind_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
)

type (
	account struct {
		Role  string          `json:"role"`
		Admin bool            `json:"admin"`
		Any   any             `json:"any"`
		Raw   json.RawMessage `json:"raw"`
		Tree  *tree           `json:"tree"`
		Deep  list            `json:"deep"`
		Ints  []int           `json:"ints"`
		Text  string          `json:"text"`
		Table map[string]any  `json:"table"`
	}
)

// attack is a JSON text and what is told of it.
type attack struct{ description, text, want string }

func launch(t *testing.T, attacks []attack) {
	for _, tt := range attacks {
		t.Run(tt.description, func(t *testing.T) {
			got, err := bound[account](t, post(jsonType, tt.text))
			if told(err) != tt.want {
				t.Errorf("got  %.300s\nwant %s", told(err), tt.want)
			}
			if err == nil && (got.Admin || got.Role == "admin") {
				t.Errorf("somebody became admin: %+v", got)
			}
		})
	}
}

func TestHostileJSON(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"x%d":%d,`, i, i)
		}
		return "{" + b.String() + `"role":"user"}`
	}
	launch(t, []attack{
		{"a member twice", `{"role":"user","role":"admin"}`, "400 body /role duplicate"},
		{"in another case", `{"role":"user","ROLE":"admin"}`, "400 body /ROLE duplicate"},
		{"escaped", `{"role":"user","r\u006fle":"admin"}`, "400 body /role duplicate"},
		{"with a long s", "{\"raw\":1,\"text\":\"a\",\"ints\":[],\"int\u017f\":[]}", "400 body /int\u017f duplicate"},
		{"only in another case", `{"ROLE":"admin","Admin":true}`, ""},
		{"duplicates that nobody reads", `{"x":{"a":1,"a":2}}`, "400 body /x/a duplicate"},
		{"64 levels", `{"any":` + nested(63) + `}`, ""},
		{"65 levels", `{"any":` + nested(64) + `}`, "400 body /any" + strings.Repeat("/0", 63) + " depth"},
		{"10,000 levels", `{"deep":` + nested(10_000) + `}`, "400 body /deep" + strings.Repeat("/0", 63) + " depth"},
		{"10,000 levels in a member without a field", `{"x":` + nested(10_000) + `}`, "400 body /x" + strings.Repeat("/0", 63) + " depth"},
		{"10,000 members without a field", many(10_000), ""},
	})
}

func TestHostileJSONText(t *testing.T) {
	launch(t, []attack{
		{"a bracket and no end", "[", "400 body /0 syntax"},
		{"a string that does not end", `{"role":"a`, "400 body /role syntax"},
		{"data behind", `{"role":"a"}{"admin":true}`, "400 body trailing"},
		{"a brace behind", `{"role":"a"}}`, "400 body trailing"},
		{"a NUL behind", "{}\x00", "400 body trailing"},
		{"a NUL before", "\x00{}", "400 body syntax"},
		{"a NUL inside", "{\"role\":\"a\x00\"}", "400 body /role syntax"},
		{"an escaped NUL", `{"role":"\u0000"}`, ""},
		{"a byte order mark", "\ufeff{}", "400 body syntax"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "400 body syntax"},
		{"white space alone", " \t\r\n", "400 body empty"},
		{"other white space", "\u00a0{}", "400 body syntax"},
		{"a comment", "/* a */{}", "400 body syntax"},
		{"a comma too much", `{"role":"a",}`, "400 body syntax"},
		{"single quotes", `{'role':'a'}`, "400 body syntax"},
		{"bare names", `{role:"a"}`, "400 body syntax"},
		{"NaN", `{"any":NaN}`, "400 body /any syntax"},
		{"a sign", `{"any":+1}`, "400 body /any syntax"},
		{"zeros before", `{"any":01}`, "400 body /any syntax"},
		{"hexadecimal", `{"any":0x1}`, "400 body /any syntax"},
		{"invalid UTF-8", "{\"role\":\"\xff\"}", "400 body /role utf8"},
		{"an overlong slash", "{\"role\":\"\xc0\xaf\"}", "400 body /role utf8"},
		{"a surrogate in UTF-8", "{\"role\":\"\xed\xa0\x80\"}", "400 body /role utf8"},
		{"half of a pair", `{"role":"\ud83d"}`, "400 body /role utf8"},
		{"the other half", `{"role":"\ude00"}`, "400 body /role utf8"},
		{"a pair the wrong way round", `{"role":"\ude00\ud83d"}`, "400 body /role utf8"},
		{"invalid UTF-8 in a name", "{\"\xff\":1}", "400 body utf8"},
		{"a huge exponent", `{"any":1e1000000000}`, "400 body /any range"},
		{"a huge exponent for nobody", `{"x":1e1000000000,"raw":1e1000000000}`, ""},
		{"1 MB of digits", `{"any":` + strings.Repeat("9", 1<<20-10) + `}`, "400 body /any range"},
		{"1 MB of escapes", `{"text":"` + strings.Repeat(`\n`, 500_000) + `"}`, ""},
		{"1 MB of escaped quotes", `{"x":["` + strings.Repeat(`\"`, 500_000) + `"]}`, ""},
		{"1 MB of escaped names", `{"x":{"` + strings.Repeat(`\\`, 250_000) + `":[{"y":"` + strings.Repeat(`\t`, 250_000) + `"}]}}`, ""},
		{"1 MB of lists of lists", `{"deep":[` + strings.Repeat("[],", 300_000) + `[]]}`, ""},
		{"1 MB of lists for nobody", `{"x":[` + strings.Repeat("[],", 300_000) + `[]]}`, ""},
		{"an object for a list", `{"ints":{"0":1,"length":1}}`, "400 body /ints array"},
		{"prototypes", `{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}`, ""},
	})
}

func TestHostileParameters(t *testing.T) {
	type input struct {
		A     int      `query:"a"`
		List  []string `query:"list"`
		Text  string   `query:"t é"`
		Mark  string   `header:"X-Mark"`
		Marks []string `header:"X-Marks"`
		C     string   `cookie:"c"`
	}
	raw := func(query string) request.Request {
		req := requesttest.Request("GET", "/")
		req.HTTP().URL.RawQuery = query
		return req
	}
	head := func(name, value string) request.Request {
		return requesttest.Request("GET", "/", requesttest.With{Header: http.Header{name: {value}}})
	}
	many := strings.Repeat("&x=1", 9_999)
	runAll(t, []check{
		denies[input](raw("a=1"+many), "400 Bad Request: There may be at most 1000 parameters."),
		denies[input](raw(strings.Repeat("&", 10_000)), "400 Bad Request: There may be at most 1000 parameters."),
		denies[input](raw("a=1"+strings.Repeat("&list=1", 999)), ""),
		denies[input](raw("a[9999999]=1&a[0][0]=x&a.b=1&a]=2"), ""),
		denies[input](raw("list[9999999]=1"), ""), denies[input](raw("a=1;a=2"), "400 query a integer"),
		denies[input](raw("a=1%00"), "400 query a integer"),
		denies[input](raw("t+%C3%A9=%FF"), "400 query t é text"),
		denies[input](raw("t+%c3%a9=%C3%A9&t%20%C3%A9=1"), "400 query t é repeated"),
		denies[input](raw("t+é=\xff"), "400 query t é text"), denies[input](raw("a=%zz"), "400 query a text"),
		denies[input](raw("a=%"), "400 query a text"),
		denies[input](raw("%61=x"), "400 query a integer"), denies[input](raw("%zz=1&%=2&%FF=3&=4&==&a=5"), ""),
		denies[input](raw("a==1"), "400 query a integer"),
		denies[input](raw("a=1&A=2"), ""), denies[input](raw("a=%EF%BB%BF1"), "400 query a integer"),
		denies[input](raw("list=%ED%A0%80"), "400 query list text"),
		denies[input](head("X-Mark", "\xff"), "400 header X-Mark text"),
		denies[input](head("X-Marks", "a,\xc3"), "400 header X-Marks text"),
		denies[input](head("X-Marks", ",,, ,"), ""), denies[input](head("Cookie", "c=\xff"), ""),
		denies[input](head("Cookie", `c="a;b"; d`), ""),
		denies[input](head("Cookie", strings.Repeat("x=1; ", 10_000)+"c=1"), ""),
	})
	got, err := bound[input](t, raw("t+%C3%A9=%00&list=&list=%0d%0a"))
	if err != nil || got.Text != "\x00" || !reflect.DeepEqual(got.List, []string{"", "\r\n"}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Structs with more fields than a word has bits keep apart what was sent.
func TestManyFields(t *testing.T) {
	for _, n := range []int{9, 64, 65, 129, 300} {
		fields := make([]reflect.StructField, n)
		var all, odd []string
		for i := range fields {
			rule := ""
			if i%2 == 0 {
				rule = "required"
			}
			fields[i] = reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: reflect.TypeFor[int](),
				Tag: reflect.StructTag(fmt.Sprintf(`json:"f%d" validate:"%s"`, i, rule))}
			all = append(all, fmt.Sprintf(`"f%d":%d`, n-1-i, n-1-i))
			if i%2 == 1 {
				odd = append(odd, fmt.Sprintf(`"f%d":0`, i))
			}
		}
		typ := reflect.StructOf(fields)
		compiler.Lock()
		plan, err := compiler.Plan(typ)
		compiler.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.New(typ).Elem()
		if err := plan.Bind(post(jsonType, "{"+strings.Join(all, ",")+"}"), v); err != nil || v.Field(n-1).Int() != int64(n-1) {
			t.Errorf("%d fields: %v, %s", n, v, told(err))
		}
		err = plan.Bind(post(jsonType, "{"+strings.Join(odd, ",")+"}"), v)
		if got := len(violations(t, err)); got != min((n+1)/2, 100) {
			t.Errorf("%d fields, half of them not sent: %d violations", n, got)
		}
	}
}

// Through a whole app: whatever is sent, the answer is one of a few statuses, and nobody panics.
func TestHostileThroughApp(t *testing.T) {
	var log requesttest.Log
	app := soay.New(soay.Options{Logger: log.Logger(), Env: "production"})
	soay.Post(app, "/json", func(soay.Request, account) (soay.NoContent, error) { return soay.NoContent{}, nil })
	soay.Post(app, "/any", func(soay.Request, anyForm) (soay.NoContent, error) { return soay.NoContent{}, nil })
	soay.Post(app, "/text", func(soay.Request, textBody) (soay.NoContent, error) { return soay.NoContent{}, nil })
	soay.Post(app, "/form", func(soay.Request, fromForm[[]int]) (soay.NoContent, error) { return soay.NoContent{}, nil })
	texts := []string{"", "{}", "null", "[]", "{", `{"text":"\ud800"}`, "<a/>", "<a", "<!DOCTYPE a>", "v=1", "v=%", "\xff",
		"\x00", strings.Repeat("[", 99), strings.Repeat("&v=1", 2000), strings.Repeat("a", 2<<20)}
	types := []string{"", jsonType, formType, xmlType, textType, "multipart/form-data", "a/b; charset=utf-7", ";",
		"application/json, text/plain", "text/plain; charset=\"", "\xff/\xff"}
	allowed := map[int]bool{204: true, 400: true, 413: true, 415: true, 422: true}
	for _, path := range []string{"/json", "/any", "/text", "/form"} {
		for _, contentType := range types {
			for _, text := range texts {
				r := httptest.NewRequest("POST", path, strings.NewReader(text))
				r.Header["Content-Type"] = []string{contentType}
				w := httptest.NewRecorder()
				app.ServeHTTP(w, r)
				if !allowed[w.Code] || w.Body.Len() > 64<<10 {
					t.Errorf("%s %q %.20q: %d, %d bytes", path, contentType, text, w.Code, w.Body.Len())
				}
			}
		}
	}
	if log.String() != "" {
		t.Errorf("the log has %.500s", log.String())
	}
}
