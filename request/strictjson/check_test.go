package strictjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/strictjson"
)

// accepted are texts without a mistake; fuzzing starts from them too.
var accepted = []struct{ description, text string }{
	{"null", `null`},
	{"booleans", `[true,false]`},
	{"all four kinds of white space", " \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n} \t\r\n"},
	{"integers", `[0,-0,1,-1,10,1234567890123456789012345678901234567890]`},
	{"fractions", `[0.0,-0.5,1.25,10.000]`},
	{"exponents", `[0e0,1e1,1E1,1e+1,1e-1,1.5E+10,-0.1e-2,1e999999]`},
	{"empty string, array and object", `["",[],{}]`},
	{"space inside brackets", `[ ]`},
	{"space inside braces", `{ }`},
	{"every short escape", `"\"\\\/\b\f\n\r\t"`},
	{"escaped code units", `"\u0000\u001f\u00e9\uABCD\uabcd\uFFFF"`},
	{"escaped surrogate pair", `"\ud83d\ude00\uDBFF\uDFFF"`},
	{"escaped backslash before u", `"\\ud800"`},
	{"DEL", "\"\x7f\""},
	{"UTF-8 of two, three and four bytes", `"é€😀"`},
	{"UTF-8 at the limits of each length", "\"\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff\""},
	{"byte order mark inside a string", "\"\ufeff\""},
	{"replacement character itself", "\"\ufffd\\ufffd\""},
	{"empty name", `{"":0}`},
	{"same name in sibling objects", `[{"a":1},{"a":1},{"b":{"a":1}}]`},
	{"same name in parent and child", `{"a":{"a":{"a":1}},"b":1}`},
	{"same name as value and name", `{"a":"a","b":"a"}`},
	{"name again after a child closed", `{"a":{"b":1},"c":{"b":1},"b":1}`},
	{"names that only look alike", `{"a":1,"\u0430":2,"a ":3,"a\u0000":4}`},
	{"sharp s is no double s", `{"ß":1,"ss":2}`},
	{"dotless and dotted i", `{"i":1,"ı":2,"İ":3}`},
	{"precomposed and decomposed", `{"\u00e9":1,"e\u0301":2}`},
	{"neighbours of the letters", `{"@":1,"` + "`" + `":2,"[":3,"{":4,"_":5,"\u007f":6,"Z":7,"a":8}`},
	{"64 levels", strings.Repeat("[", 64) + strings.Repeat("]", 64)},
}

func TestCheckAccepts(t *testing.T) {
	for _, test := range accepted {
		t.Run(test.description, func(t *testing.T) {
			if err := strictjson.Check([]byte(test.text), strictjson.Options{}); err != nil {
				t.Errorf("Check(%q) = %v, want nil", test.text, err)
			}
		})
	}
}

type violation struct {
	Kind    strictjson.Kind
	Offset  int64
	Pointer string
}

// refused are texts with one mistake; fuzzing starts from them too.
var refused = []struct {
	description, text string
	want              violation
}{
	{"nothing", ``, violation{strictjson.KindEmpty, 0, ""}},
	{"white space only", " \n\t", violation{strictjson.KindEmpty, 3, ""}},

	{"value after the value", `{} {}`, violation{strictjson.KindTrailing, 3, ""}},
	{"bracket after the value", `[1]]`, violation{strictjson.KindTrailing, 3, ""}},
	{"NUL after the value", "1\x00", violation{strictjson.KindTrailing, 1, ""}},
	{"word after a literal", `nullx`, violation{strictjson.KindTrailing, 4, ""}},

	{"NUL", "\x00", violation{strictjson.KindSyntax, 0, ""}},
	{"byte order mark", "\xef\xbb\xbf{}", violation{strictjson.KindSyntax, 0, ""}},
	{"form feed as white space", "\f1", violation{strictjson.KindSyntax, 0, ""}},
	{"no-break space as white space", "\u00a01", violation{strictjson.KindSyntax, 0, ""}},
	{"comment", `/**/1`, violation{strictjson.KindSyntax, 0, ""}},
	{"NaN", `NaN`, violation{strictjson.KindSyntax, 0, ""}},
	{"Infinity", `{"a":-Infinity}`, violation{strictjson.KindSyntax, 6, "/a"}},
	{"upper-case literal", `True`, violation{strictjson.KindSyntax, 0, ""}},
	{"cut literal", `{"a":[1,tru`, violation{strictjson.KindSyntax, 8, "/a/1"}},
	{"single quotes", `'a'`, violation{strictjson.KindSyntax, 0, ""}},

	{"leading zero", `01`, violation{strictjson.KindSyntax, 0, ""}},
	{"leading zero after a sign", `[-012]`, violation{strictjson.KindSyntax, 2, "/0"}},
	{"plus sign", `+1`, violation{strictjson.KindSyntax, 0, ""}},
	{"sign only", `-`, violation{strictjson.KindSyntax, 1, ""}},
	{"fraction without digits", `1.`, violation{strictjson.KindSyntax, 2, ""}},
	{"fraction only", `.5`, violation{strictjson.KindSyntax, 0, ""}},
	{"fraction before exponent without digits", `1.e1`, violation{strictjson.KindSyntax, 2, ""}},
	{"exponent without digits", `1e`, violation{strictjson.KindSyntax, 2, ""}},
	{"exponent with sign only", `1e+`, violation{strictjson.KindSyntax, 3, ""}},
	{"hexadecimal", `0x10`, violation{strictjson.KindTrailing, 1, ""}},
	{"underscore", `[1_000]`, violation{strictjson.KindSyntax, 2, "/0"}},

	{"open array", `[`, violation{strictjson.KindSyntax, 1, "/0"}},
	{"array that ends after a value", `[1`, violation{strictjson.KindSyntax, 2, "/0"}},
	{"comma at the end of an array", `[1,]`, violation{strictjson.KindSyntax, 3, "/1"}},
	{"comma only", `[,1]`, violation{strictjson.KindSyntax, 1, "/0"}},
	{"no comma", `[1 2]`, violation{strictjson.KindSyntax, 3, "/0"}},
	{"wrong bracket", `{"a":[1}`, violation{strictjson.KindSyntax, 7, "/a/0"}},
	{"open object", `{`, violation{strictjson.KindSyntax, 1, ""}},
	{"object that ends after a name", `{"a"`, violation{strictjson.KindSyntax, 4, "/a"}},
	{"object that ends after a colon", `{"a":`, violation{strictjson.KindSyntax, 5, "/a"}},
	{"object that ends after a value", `{"a":1`, violation{strictjson.KindSyntax, 6, "/a"}},
	{"comma at the end of an object", `{"a":1,}`, violation{strictjson.KindSyntax, 7, ""}},
	{"name that is no string", `{a:1}`, violation{strictjson.KindSyntax, 1, ""}},
	{"no colon", `{"a" 1}`, violation{strictjson.KindSyntax, 5, "/a"}},

	{"open string", `"abc`, violation{strictjson.KindSyntax, 4, ""}},
	{"open name", `[{"abcdefghijk`, violation{strictjson.KindSyntax, 14, "/0"}},
	{"string that ends in a backslash", `"abc\`, violation{strictjson.KindSyntax, 4, ""}},
	{"string that ends in an escaped quote", `"abc\"`, violation{strictjson.KindSyntax, 6, ""}},
	{"line feed in a string", "\"a\nb\"", violation{strictjson.KindSyntax, 2, ""}},
	{"NUL in a string", "\"a\x00b\"", violation{strictjson.KindSyntax, 2, ""}},
	{"unknown escape", `"\x41"`, violation{strictjson.KindSyntax, 1, ""}},
	{"escaped single quote", `"\'"`, violation{strictjson.KindSyntax, 1, ""}},
	{"short code unit", `"\u00e"`, violation{strictjson.KindSyntax, 1, ""}},
	{"code unit with a wrong digit", `"\u00g0"`, violation{strictjson.KindSyntax, 1, ""}},
	{"cut code unit", `"\u00`, violation{strictjson.KindSyntax, 1, ""}},

	{"high surrogate alone", `{"a":"\ud800"}`, violation{strictjson.KindUTF8, 6, "/a"}},
	{"low surrogate alone", `"\udc00"`, violation{strictjson.KindUTF8, 1, ""}},
	{"surrogates in the wrong order", `"\udc00\ud800"`, violation{strictjson.KindUTF8, 1, ""}},
	{"high surrogate twice", `"\ud800\ud800\udc00"`, violation{strictjson.KindUTF8, 1, ""}},
	{"high surrogate before text", `"\ud83dx\ude00"`, violation{strictjson.KindUTF8, 1, ""}},
	{"surrogate in a name", `{"\ud800":1}`, violation{strictjson.KindUTF8, 2, ""}},
	{"continuation byte alone", "\"\x80\"", violation{strictjson.KindUTF8, 1, ""}},
	{"byte that UTF-8 never has", "\"abc\xff\"", violation{strictjson.KindUTF8, 4, ""}},
	{"cut character", "\"é€\xe2\x82\"", violation{strictjson.KindUTF8, 6, ""}},
	{"overlong slash", "\"\xc0\xaf\"", violation{strictjson.KindUTF8, 1, ""}},
	{"overlong NUL of three bytes", "\"\xe0\x80\x80\"", violation{strictjson.KindUTF8, 1, ""}},
	{"surrogate as UTF-8", "\"\xed\xa0\x80\"", violation{strictjson.KindUTF8, 1, ""}},
	{"beyond Unicode", "\"\xf4\x90\x80\x80\"", violation{strictjson.KindUTF8, 1, ""}},
	{"invalid name", "{\"a\":{\"\xff\":1}}", violation{strictjson.KindUTF8, 7, "/a"}},

	{"65 arrays", strings.Repeat("[", 65), violation{strictjson.KindDepth, 64, strings.Repeat("/0", 64)}},
	{"65 objects", strings.Repeat(`{"a":`, 65), violation{strictjson.KindDepth, 64 * 5, strings.Repeat("/a", 64)}},
	{"65 of both", strings.Repeat(`[{"a":`, 33), violation{strictjson.KindDepth, 32 * 6, strings.Repeat("/0/a", 32)}},

	{"name twice", `{"a":1,"a":1}`, violation{strictjson.KindDuplicate, 7, "/a"}},
	{"name in another case", `{"role":"user","ROLE":"admin"}`, violation{strictjson.KindDuplicate, 15, "/ROLE"}},
	{"name with an escape", `{"role":1,"r\u006fle":2}`, violation{strictjson.KindDuplicate, 10, "/role"}},
	{"escape first", `{"r\u006fle":1,"role":2}`, violation{strictjson.KindDuplicate, 15, "/role"}},
	{"KELVIN SIGN", "{\"key\":1,\"\u212aey\":2}", violation{strictjson.KindDuplicate, 9, "/\u212aey"}},
	{"LONG S", "{\"\u017fession\":1,\"SESSION\":2}", violation{strictjson.KindDuplicate, 14, "/SESSION"}},
	{"escaped LONG S", `{"session":1,"\u017fe\u017fſion":2}`, violation{strictjson.KindDuplicate, 13, "/ſeſſion"}},
	{"three sigmas", `{"σ":1,"ς":2}`, violation{strictjson.KindDuplicate, 8, "/ς"}},
	{"capital sharp s", `{"ß":1,"ẞ":2}`, violation{strictjson.KindDuplicate, 8, "/ẞ"}},
	{"pair and character", `{"\ud801\udc00":1,"𐐨":2}`, violation{strictjson.KindDuplicate, 18, "/𐐨"}},
	{"empty name twice", `{"":1,"":2}`, violation{strictjson.KindDuplicate, 6, "/"}},
	{"long names", `{"abcdefghIJKLMNOPqr":1,"ABCDEFGHijklmnopQR":2}`, violation{strictjson.KindDuplicate, 24, "/ABCDEFGHijklmnopQR"}},
	{"after a child with the name", `{"a":{"a":1},"b":[{"a":1}],"a":2}`, violation{strictjson.KindDuplicate, 27, "/a"}},
	{"deep", `{"a":[0,{"b":{"c":1,"d":[],"C":2}}]}`, violation{strictjson.KindDuplicate, 27, "/a/1/b/C"}},
	{"pointer escapes", `{"a/b":{"m~n":{"x":1,"x":2}}}`, violation{strictjson.KindDuplicate, 21, "/a~1b/m~0n/x"}},
	{"strings that look like brackets", `["]}\"[{",{"}":"{","\"":1,"}":2}]`, violation{strictjson.KindDuplicate, 26, "/1/}"}},
	{"bad value before the duplicate", `{"a":1,"b":x,"a":2}`, violation{strictjson.KindSyntax, 11, "/b"}},
	{"bad value of the duplicate", `{"a":1,"a":x}`, violation{strictjson.KindDuplicate, 7, "/a"}},
}

func TestCheckRefuses(t *testing.T) {
	for _, test := range refused {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Check([]byte(test.text), strictjson.Options{})
			if diff := cmp.Diff(test.want, violationOf(err)); diff != "" {
				t.Errorf("Check(%q) = %v (-want +got):\n%s", test.text, err, diff)
			}
		})
	}
}

// violationOf returns what a program would look at in err; its zero value is no *strictjson.Error.
func violationOf(err error) violation {
	if e, ok := errors.AsType[*strictjson.Error](err); ok {
		return violation{e.Kind, e.Offset, e.Pointer}
	}
	return violation{}
}

func TestMaxDepth(t *testing.T) {
	tests := []struct {
		description        string
		maxDepth, accepted int
	}{
		{"default", 0, 64},
		{"negative means default", -1, 64},
		{"one", 1, 1},
		{"more than the default", 500, 500},
		{"more than encoding/json follows", 1 << 30, 10_000},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			options := strictjson.Options{MaxDepth: test.maxDepth}
			text := strings.Repeat("[", test.accepted) + strings.Repeat("]", test.accepted)
			var v any
			if err := strictjson.Unmarshal([]byte(text), &v, options); err != nil {
				t.Errorf("depth %d: %v, want nil", test.accepted, err)
			}
			if got := violationOf(strictjson.Check([]byte("["+text+"]"), options)); got.Kind != strictjson.KindDepth {
				t.Errorf("depth %d: %v, want depth", test.accepted+1, got)
			}
		})
	}
}

// The word-wise paths take eight bytes at a time, so every byte has to be tried in every lane and close to the end.
func TestEveryByteAtEveryPlace(t *testing.T) {
	for b := range 0x80 {
		plain := b >= ' ' && b != '"' && b != '\\'
		for place := range 18 {
			content := []byte(strings.Repeat("x", 18))
			content[place] = byte(b)
			for _, text := range []string{`"` + string(content) + `"`, `{"` + string(content) + `":0}`} {
				if err := strictjson.Check([]byte(text), strictjson.Options{}); (err == nil) != plain {
					t.Errorf("Check(%q) = %v", text, err)
				}
			}
		}
	}
}

// Names are equal just if they are under simple case folding, whichever characters they consist of.
func TestEveryFolding(t *testing.T) {
	for r := rune(1); r <= unicode.MaxRune; r++ {
		folded := unicode.SimpleFold(r)
		if folded == r {
			continue
		}
		text := fmt.Sprintf(`{"%c":0,"%c":1}`, r, folded)
		if got := violationOf(strictjson.Check([]byte(text), strictjson.Options{})); got.Kind != strictjson.KindDuplicate {
			t.Errorf("Check(%q) = %v, want duplicate", text, got)
		}
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct{ description, text, want string }{
		{"at the top", `x`, `strictjson: a value expected (byte 0)`},
		{"at the end", `[1`, `strictjson: text ends where ',' or ']' is expected at "/0" (byte 2)`},
		{"name is quoted", `{"a\nb":1,"a\nB":"secret"}`, `strictjson: member name occurs twice at "/a\nB" (byte 10)`},
		{"value is not shown", `{"a":"secret` + "\xff" + `"}`, `strictjson: invalid UTF-8 at "/a" (byte 12)`},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Check([]byte(test.text), strictjson.Options{})
			if err == nil || err.Error() != test.want {
				t.Errorf("Check(%q) = %v, want %s", test.text, err, test.want)
			}
		})
	}
}

func TestPointerIsBounded(t *testing.T) {
	long := strings.Repeat("n", 200)
	tests := []struct{ description, text, want string }{
		{"longest name that fits", `{"` + long[:200] + `":{"` + long[:54] + `":x`, "/" + long[:200] + "/" + long[:54]},
		{"one more byte", `{"` + long[:200] + `":{"` + long[:55] + `":x`, "/" + long[:200]},
		{"huge name", `{"a":{"` + strings.Repeat("n", 1<<20) + `":x`, "/a"},
		{"name that escaping makes too long", `{"a":{"` + strings.Repeat("~", 128) + `":x`, "/a"},
		{"character across the bound", `{"` + strings.Repeat("€", 86) + `":x`, ""},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			err := strictjson.Check([]byte(test.text), strictjson.Options{})
			if got := violationOf(err); got.Pointer != test.want {
				t.Errorf("pointer = %q, want %q", got.Pointer, test.want)
			}
		})
	}
}
