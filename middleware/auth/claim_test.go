package auth_test

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/middleware/auth"
)

// identityWith returns an identity with the claims of a JSON text.
func identityWith(t testing.TB, claims string) *auth.Identity {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(claims), &members); err != nil {
		t.Fatal(err)
	}
	p := auth.Profile{Subject: "7", Claims: map[string]any{}}
	for name, v := range members {
		p.Claims[name] = v
	}
	return identityOf(t, p)
}

// The document and the pointers of RFC 6901 section 5.
func TestClaimPointers(t *testing.T) {
	id := identityWith(t, `{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8,
		"~1": 9, "deep": {"er": [{"x": 10}]}, "nothing": null}`)
	for _, tt := range []struct{ pointer, want string }{ // as JSON, "" for none
		{"/foo", `["bar","baz"]`}, {"/foo/0", `"bar"`}, {"/", "0"}, {"/a~1b", "1"}, {"/c%d", "2"}, {"/e^f", "3"}, {"/g|h", "4"},
		{`/i\j`, "5"}, {`/k"l`, "6"}, {"/ ", "7"}, {"/m~0n", "8"},
		{"/~01", "9"}, {"/deep/er/0/x", "10"}, {"/deep/er", `[{"x":10}]`},
		{"foo", ""}, {"#/foo", ""}, {"/foo/2", ""}, {"/foo/-1", ""}, {"/foo/-", ""}, {"/foo/+0", ""}, {"/foo/00", ""}, {"/foo/01", ""},
		{"/foo/", ""}, {"/foo/0/", ""}, {"/foo/bar", ""}, {"/foo/1e0", ""}, {"/foo/99999999999999999999", ""}, {"//", ""}, {"/Foo", ""},
		{"/a/b", ""}, {"/m~n", ""}, {"/m~", ""}, {"/m~2n", ""}, {"/~1", ""}, {"/nothing", ""}, {"/nothing/x", ""}, {"/deep.er", ""},
	} {
		got, ok := auth.Claim[json.RawMessage](id, tt.pointer)
		if string(got) != tt.want || ok != (tt.want != "") {
			t.Errorf("%q: %s, %t; want %s", tt.pointer, got, ok, tt.want)
		}
	}
	if all, ok := auth.Claim[map[string]json.RawMessage](id, ""); !ok || len(all) != 13 {
		t.Errorf("the empty pointer: %v, %t; want everything", all, ok)
	}
}

// has compares a claim as a T with what it should be, which is nil for none.
func has[T any](pointer string, want any) func(*testing.T, *auth.Identity) {
	return func(t *testing.T, id *auth.Identity) {
		t.Helper()
		var zero T
		got, ok := auth.Claim[T](id, pointer)
		compare := cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
		if want == nil {
			want = zero
			if ok {
				t.Errorf("%s as %T: %v, want none", pointer, zero, got)
				return
			}
		} else if !ok {
			t.Errorf("%s as %T: none, want %v", pointer, zero, want)
			return
		}
		if diff := cmp.Diff(want, any(got), compare); diff != "" {
			t.Errorf("%s as %T (-want +got):\n%s", pointer, zero, diff)
		}
	}
}

type role string

type address struct {
	City string `json:"city"`
	Zip  int    `json:"zip"`
}

func TestClaimTypes(t *testing.T) {
	id := identityWith(t, `{"text": "x", "true": "true", "one": "1", "yes": true, "n": 7, "zero": 0, "minus": -1, "half": 1.5, "whole": 1.0,
		"digits": 9007199254740993, "large": 123456789012345678901234567890, "huge": 1e400, "list": ["a", "b"], "mixed": ["a", 1], "holed": ["a", null],
		"numbers": [1, 2], "hole": [1, null], "empty": [], "object": {"city": "London", "zip": 12}, "wrong": {"city": 1, "zip": 12},
		"map": {"a": "b"}, "badmap": {"a": null}, "null": null, "time": "2026-12-01T10:20:30Z", "bytes": "AQI=", "nested": [["a"], ["b", null]]}`)
	large, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	yes := true
	for _, check := range []func(*testing.T, *auth.Identity){
		has[string]("/text", "x"), has[string]("/n", nil), has[string]("/yes", nil), has[string]("/null", nil), has[string]("/list", nil),
		has[role]("/text", role("x")), has[role]("/n", nil),
		has[bool]("/yes", true), has[bool]("/true", nil), has[bool]("/one", nil), has[bool]("/n", nil), has[bool]("/zero", nil),
		has[*bool]("/yes", &yes), has[*bool]("/null", nil),
		has[int]("/n", 7), has[int]("/minus", -1), has[int]("/one", nil), has[int]("/half", nil), has[int]("/whole", nil), has[int]("/yes", nil),
		has[int]("/large", nil), has[int]("/huge", nil),
		has[uint]("/n", uint(7)), has[uint]("/minus", nil), has[uint8]("/digits", nil),
		has[int64]("/digits", int64(9007199254740993)), has[*big.Int]("/large", large),
		has[float64]("/n", 7.0), has[float64]("/half", 1.5), has[float64]("/huge", nil), has[float64]("/one", nil),
		has[json.Number]("/large", json.Number("123456789012345678901234567890")), has[json.Number]("/one", nil), has[json.Number]("/text", nil),
		has[[]json.Number]("/numbers", []json.Number{"1", "2"}), has[[]json.Number]("/list", nil),
		has[[]string]("/list", []string{"a", "b"}), has[[]string]("/mixed", nil), has[[]string]("/holed", nil), has[[]string]("/text", nil),
		has[[]string]("/empty", []string{}), has[[]string]("/map", nil), has[[]role]("/list", []role{"a", "b"}),
		has[[]*string]("/mixed", nil), has[[]any]("/mixed", []any{"a", 1.0}), has[[]any]("/holed", []any{"a", nil}),
		has[[]int]("/numbers", []int{1, 2}), has[[]int]("/hole", nil), has[[2]int]("/numbers", [2]int{1, 2}), has[[3]int]("/numbers", nil),
		has[[1]int]("/numbers", nil), has[[][]string]("/nested", nil),
		has[map[string]string]("/map", map[string]string{"a": "b"}), has[map[string]string]("/badmap", nil), has[map[string]any]("/badmap", map[string]any{"a": nil}),
		has[map[string]int]("/map", nil), has[map[string]string]("/list", nil),
		has[address]("/object", address{"London", 12}), has[address]("/wrong", nil), has[address]("/list", nil), has[*address]("/object", &address{"London", 12}),
		has[time.Time]("/time", time.Date(2026, 12, 1, 10, 20, 30, 0, time.UTC)), has[time.Time]("/text", nil), has[time.Time]("/n", nil),
		has[[]byte]("/bytes", []byte{1, 2}), has[[]byte]("/null", nil),
		has[any]("/text", "x"), has[any]("/n", 7.0), has[any]("/yes", true), has[any]("/null", nil), has[any]("/list", []any{"a", "b"}),
		has[func()]("/text", nil), has[chan int]("/null", nil),
	} {
		check(t, id)
	}
}

// A number that no float64 holds does not hide the other claims.
func TestClaimsWithHugeNumbers(t *testing.T) {
	id := identityWith(t, `{"huge": [1e400], "banned": true}`)
	want := map[string]any{"huge": []any{json.Number("1e400")}, "banned": true}
	if diff := cmp.Diff(want, id.Claims()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzClaim(f *testing.F) {
	f.Add(`{"a":[{"b":"c"}]}`, "/a/0/b")
	f.Add(`{"a~/":1}`, "/a~0~1")
	f.Add(`{"":{"":null}}`, "//")
	f.Fuzz(func(t *testing.T, claims, pointer string) {
		var p auth.Profile
		if json.Unmarshal([]byte(claims), &p.Claims) != nil {
			t.Skip()
		}
		p.Subject = "7"
		id, err := auth.NewIdentity(p)
		if err != nil {
			t.Skip()
		}
		text, isText := auth.Claim[string](id, pointer)
		_, isBool := auth.Claim[bool](id, pointer)
		_, isNumber := auth.Claim[float64](id, pointer)
		_, isList := auth.Claim[[]any](id, pointer)
		_, isObject := auth.Claim[map[string]any](id, pointer)
		v, is := auth.Claim[any](id, pointer)
		types := 0
		for _, ok := range []bool{isText, isBool, isNumber, isList, isObject} {
			if ok {
				types++
			}
		}
		if (types == 1) != is || types > 1 || isText && v != any(text) {
			t.Errorf("%q of %s: %v fits %d types", pointer, claims, v, types)
		}
	})
}
