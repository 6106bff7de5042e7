package sessions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions"
)

// The bytes of a value are those of encoding/json, whatever short cuts there are.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{"", "x", "a b~", `"`, `\`, "<", ">", "&", "\x7f", "\x1f", "é", "\u2028", "\xff", "0"} {
		f.Add(text, int64(len(text)), text == "")
	}
	f.Add("", int64(-1<<63), false)
	f.Fuzz(func(t *testing.T, text string, n int64, b bool) {
		values := []any{int(n), n, int8(n), uint64(n), b, &n, []string{text}, nil}
		if utf8.ValidString(text) {
			values = append(values, text, any(text), json.Number("1"))
		}
		for _, v := range values {
			want, wantErr := json.Marshal(v)
			got, err := sessions.JSON{}.Encode(v)
			if err != nil && bytes.Contains(want, []byte(`\ufffd`)) {
				continue // which a session does not take
			}
			if !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
				t.Errorf("Encode(%T %v) = %q, %v; want %q, %v", v, v, got, err, want, wantErr)
			}
		}
	})
}

// Any bytes read as encoding/json reads them, into each type.
func FuzzDecode(f *testing.F) {
	for _, data := range []string{
		"", "0", "-0", "00", "01", "-", "-1", "+1", "7 ", " 7", "1e3", "1.0", "999999999", "1000000000", "-999999999",
		"9223372036854775807", "9223372036854775808", "true", "false", "tru", "true ", "truefalse", "null", "x", "7x",
		`"`, `""`, `"a"`, `"a`, `a"`, `"a"b"`, `"\n"`, `"\u00e9"`, "\"\x1f\"", "\"\x7f\"", "\"\xff\"", `"<&>"`, `"é"`, `"\`, `[1]`,
	} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sameAsJSON[int](t, data)
		sameAsJSON[int64](t, data)
		sameAsJSON[bool](t, data)
		sameAsJSON[string](t, data)
		var v any
		got, err := "", sessions.JSON{}.Decode(data, &v)
		if err == nil {
			got = fmt.Sprintf("%T %v", v, v)
		}
		if want := anyOf(data); got != want && want != "composite" {
			t.Errorf("Decode(%q) into any = %s, %v; want %s", data, got, err, want)
		}
	})
}

func sameAsJSON[T comparable](t *testing.T, data []byte) {
	t.Helper()
	var got, want T
	err, wantErr := sessions.JSON{}.Decode(data, &got), json.Unmarshal(data, &want)
	if (err == nil) != (wantErr == nil) || err == nil && got != want {
		t.Errorf("Decode(%q) into %T = %v, %v; want %v, %v", data, got, got, err, want, wantErr)
	}
}

// anyOf says what JSON is for a session if it is no list and no object.
func anyOf(data []byte) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return ""
	}
	switch v := v.(type) {
	case []any, map[string]any:
		return "composite"
	case json.Number:
		if n, err := strconv.Atoi(v.String()); err == nil {
			return fmt.Sprintf("int %d", n)
		}
		f, _ := v.Float64()
		return fmt.Sprintf("float64 %v", f)
	}
	return fmt.Sprintf("%T %v", v, v)
}

// However many values a request sets, and however often, each is the one that was set last.
func TestManyValuesInOneRequest(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	want := map[string]any{}
	v.do(func(s sessions.Session) {
		for round := range 5 {
			for i := range 20 {
				key := strconv.Itoa(i)
				want[key] = strings.Repeat("x", (i*7+round)%60)
				if i%3 == 0 {
					want[key] = i * round * 10_007
				}
				s.Set(key, want[key])
			}
			if diff := cmp.Diff(want, s.Map()); diff != "" {
				t.Errorf("in round %d (-want +got):\n%s", round, diff)
			}
		}
	})
	if diff := cmp.Diff(want, v.data()); diff != "" {
		t.Errorf("in the cookie (-want +got):\n%s", diff)
	}
}
