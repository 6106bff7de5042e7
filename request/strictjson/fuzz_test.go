package strictjson_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/soay-go/soay/request/strictjson"
)

func addTexts(f *testing.F) {
	for _, test := range accepted {
		f.Add([]byte(test.text))
	}
	for _, test := range refused {
		f.Add([]byte(test.text))
	}
	f.Add([]byte(nestedObjects(2, 20)))
}

// FuzzCheckImpliesValid: what Check accepts is valid, and Unmarshal can only refuse a number in it. An error is well formed.
func FuzzCheckImpliesValid(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		err := strictjson.Check(data, strictjson.Options{})
		if err == nil && !json.Valid(data) {
			t.Errorf("accepted but not valid: %q", data)
		}
		var v any
		decoded := strictjson.Unmarshal(data, &v, strictjson.Options{})
		if err == nil && decoded != nil && violationOf(decoded).Kind != strictjson.KindType {
			t.Errorf("Unmarshal(%q) = %v", data, decoded)
		}
		checkError(t, data, err)
		checkError(t, data, decoded)
	})
}

func checkError(t *testing.T, data []byte, err error) {
	if err == nil {
		return
	}
	e, ok := errors.AsType[*strictjson.Error](err)
	if !ok {
		t.Fatalf("error is %T", err)
	}
	if e.Offset < 0 || e.Offset > int64(len(data)) {
		t.Errorf("offset %d in %d bytes", e.Offset, len(data))
	}
	if e.Pointer != "" && e.Pointer[0] != '/' || len(e.Pointer) > 256 || !utf8.ValidString(e.Pointer) {
		t.Errorf("pointer %q", e.Pointer)
	}
}

// FuzzCheckAgreesWithReference: Check accepts just what a slow and simple reading of the rules accepts.
func FuzzCheckAgreesWithReference(f *testing.F) {
	addTexts(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		want := json.Valid(data) && utf8.Valid(data) && pairedSurrogates.Match(data) && distinctAndShallow(data)
		if err := strictjson.Check(data, strictjson.Options{}); (err == nil) != want {
			t.Errorf("Check(%q) = %v, reference says %v", data, err, want)
		}
	})
}

// pairedSurrogates matches texts of which all escape sequences are whole characters.
var pairedSurrogates = regexp.MustCompile(`^(?s:[^\\]|\\[^u]|` +
	`\\u(?:[0-9a-cefA-CEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})|` +
	`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*$`)

// distinctAndShallow reports whether no object of a valid text has two names that are equal but for case, and no more than
// 64 values are open at once.
func distinctAndShallow(data []byte) bool {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	ok := true
	var value func(depth int)
	value = func(depth int) {
		token, err := decoder.Token()
		if err != nil {
			panic(err)
		}
		if _, opens := token.(json.Delim); !opens {
			return
		}
		if depth == 64 {
			ok = false
		}
		var names []string
		for decoder.More() {
			if token == json.Delim('{') {
				name, _ := decoder.Token()
				names = append(names, name.(string))
			}
			value(depth + 1)
		}
		decoder.Token() // the closing bracket
		ok = ok && distinct(names)
	}
	value(0)
	return ok
}

func distinct(names []string) bool {
	for i, a := range names {
		for _, b := range names[:i] {
			if strings.EqualFold(a, b) {
				return false
			}
		}
	}
	return true
}

// FuzzNamesFoldLikeEqualFold: two names are duplicates just if strings.EqualFold says so, and escaping changes nothing.
func FuzzNamesFoldLikeEqualFold(f *testing.F) {
	f.Add("key", "\u212aEY")
	f.Add("mississippi", "mi\u017f\u017fIssippi")
	f.Add("abcdefgh", "ABCDEFG")
	f.Add("", "\x00")
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Skip("json.Marshal changes invalid UTF-8")
		}
		for _, text := range []string{
			`{` + quote(a) + `:0,` + quote(b) + `:0}`,
			`{` + escapeAll(a) + `:0,` + quote(b) + `:0}`,
			`{` + quote(a) + `:0,` + escapeAll(b) + `:0}`,
		} {
			got := violationOf(strictjson.Check([]byte(text), strictjson.Options{})).Kind == strictjson.KindDuplicate
			if want := strings.EqualFold(a, b); got != want {
				t.Errorf("Check(%s): duplicate is %v, want %v", text, got, want)
			}
		}
	})
}

func quote(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

// escapeAll is quote with an escape sequence for each UTF-16 code unit.
func escapeAll(s string) string {
	var text strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&text, `\u%04x`, unit)
	}
	return `"` + text.String() + `"`
}
