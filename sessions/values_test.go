package sessions_test

import (
	"encoding/json"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/sessions"
)

// trip is a value that travels through a cookie.
type trip struct {
	description string
	set         func(s sessions.Session)
	check       func(t *testing.T, s sessions.Session)
}

// roundTrip is the trip of a value that comes back equal when it is read as the type it was set with.
func roundTrip[T any](description string, want T) trip {
	return trip{
		description: description,
		set:         func(s sessions.Session) { s.Set("k", want) },
		check: func(t *testing.T, s sessions.Session) {
			t.Helper()
			got, ok := sessions.Get[T](s, "k")
			if diff := cmp.Diff(want, got, sameAddr); !ok || diff != "" {
				t.Errorf("Get = %#v, %t; want %#v (-want +got):\n%s", got, ok, want, diff)
			}
			var zero T
			if diff := cmp.Diff(want, sessions.GetOr(s, "k", zero), sameAddr); diff != "" {
				t.Errorf("GetOr (-want +got):\n%s", diff)
			}
		},
	}
}

var sameAddr = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })

type inner struct {
	N    int64          `json:"n"`
	Tags []string       `json:"tags,omitempty"`
	More map[string]any `json:"more,omitempty"`
}

type outer struct {
	Name  string
	Inner inner
	Ptr   *inner
	When  time.Time
	Raw   []byte
}

func TestValuesComeBackEqual(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	when := time.Date(2031, 7, 5, 4, 3, 2, 123456789, time.FixedZone("", -3*3600-1800))
	tests := []trip{
		roundTrip("int64 beyond 2^53", int64(1<<53+1)),
		roundTrip("least int64", int64(math.MinInt64)),
		roundTrip("greatest uint64", uint64(math.MaxUint64)),
		roundTrip("int", 7),
		roundTrip("named integer", time.Duration(math.MaxInt64)),
		roundTrip("float64", 0.1+0.2),
		roundTrip("greatest float64", math.MaxFloat64),
		roundTrip("least float64", math.SmallestNonzeroFloat64),
		roundTrip("float32", float32(0.1)),
		roundTrip("bool", true),
		roundTrip("text", "Grüße,\x00 \"quoted\" <script>& \u2028 😀"),
		roundTrip("empty text", ""),
		roundTrip("text with U+FFFD itself", "\ufffd"),
		roundTrip("text that looks like an escape", `\ufffd \\ufffd \\\ufffd`),
		roundTrip("all bytes", all),
		roundTrip("no bytes", []byte{}),
		roundTrip("nil bytes", []byte(nil)),
		roundTrip("nil slice", []int(nil)),
		roundTrip("empty slice", []int{}),
		roundTrip("nil pointer", (*inner)(nil)),
		roundTrip("pointer", &inner{N: 1}),
		roundTrip("array", [3]int{1, 2, 3}),
		roundTrip("map of integers", map[int64]string{1<<53 + 1: "x"}),
		roundTrip("map of anything", map[string]any{"n": 1<<53 + 1, "list": []any{1<<53 + 3, 1.5, nil}}),
		roundTrip("list of anything", []any{1<<53 + 1, map[string]any{"n": 1<<53 + 3}, "x"}),
		roundTrip("time with a zone", when),
		roundTrip("time in UTC", when.UTC()),
		roundTrip("zero time", time.Time{}),
		roundTrip("nested structs", outer{
			Name: "x", Inner: inner{N: 1<<53 + 1, Tags: []string{"a", "b"}}, Ptr: &inner{More: map[string]any{"a": "b"}},
			When: when, Raw: []byte{0, 255},
		}),
		roundTrip("slice of structs", []inner{{N: 1}, {N: math.MaxInt64}}),
		roundTrip("text marshaler", netip.MustParseAddr("2001:db8::1")),
		roundTrip("raw JSON", json.RawMessage(`{"a":[1,2]}`)),
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			v := newVisit(t, sessions.Options{})
			v.do(func(s sessions.Session) { tt.set(s); tt.check(t, s) })
			v.do(func(s sessions.Session) { tt.check(t, s); tt.set(s) })
			if resp := v.do(tt.set); len(resp.Cookies) > 0 {
				t.Error("setting the same value again is a change")
			}
		})
	}
}

func TestTimeKeepsItsOffset(t *testing.T) {
	s := sessions.New()
	want := time.Date(2031, 7, 5, 4, 3, 2, 1, time.FixedZone("NPT", 5*3600+45*60))
	s.Set("k", want)
	got := sessions.GetOr(s, "k", time.Time{})
	if !got.Equal(want) || got.Format(time.RFC3339Nano) != want.Format(time.RFC3339Nano) {
		t.Errorf("time = %v, want %v", got, want)
	}
}

func TestBigIntegers(t *testing.T) {
	s := sessions.New()
	want, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	s.Set("k", want)
	if got, ok := sessions.Get[*big.Int](s, "k"); !ok || got.Cmp(want) != 0 {
		t.Errorf("Get = %v, %t; want %v", got, ok, want)
	}
}

func TestNegativeZero(t *testing.T) {
	s := sessions.New()
	s.Set("k", math.Copysign(0, -1))
	if got, ok := sessions.Get[float64](s, "k"); !ok || !math.Signbit(got) || got != 0 {
		t.Errorf("Get = %v, %t; want -0, true", got, ok)
	}
}

func TestUntypedGet(t *testing.T) {
	tests := []struct {
		description string
		value, want any
	}{
		{"text", "x", "x"},
		{"bool", false, false},
		{"nil", nil, nil},
		{"whole number", 7, 7},
		{"whole number beyond 2^53", int64(1<<53 + 1), 1<<53 + 1},
		{"least whole number", math.MinInt64, math.MinInt64},
		{"whole number that is no int", uint64(math.MaxUint64), float64(math.MaxUint64)},
		{"fraction", 1.5, 1.5},
		{"whole float", 2.0, 2},
		{"large float", 1e300, 1e300},
		{"list", []string{"a"}, []any{"a"}},
		{"numbers below", map[string][]int64{"a": {1<<53 + 1}}, map[string]any{"a": []any{1<<53 + 1}}},
		{"struct", inner{N: 3}, map[string]any{"n": 3}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			s := sessions.New()
			s.Set("k", tt.value)
			if diff := cmp.Diff(tt.want, s.Get("k")); diff != "" {
				t.Errorf("Get (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]any{"k": tt.want}, s.Map()); diff != "" {
				t.Errorf("Map (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTypedGetOfAnotherType(t *testing.T) {
	s := sessions.New()
	s.Update(map[string]any{"text": "x", "number": 300, "fraction": 1.5, "list": []int{1}, "mixed": []any{1, "x"}})
	tests := []struct {
		description string
		get         func() (any, bool)
		zero        any
	}{
		{"missing", func() (any, bool) { return sessions.Get[string](s, "none") }, ""},
		{"text as int", func() (any, bool) { return sessions.Get[int](s, "text") }, 0},
		{"number as text", func() (any, bool) { return sessions.Get[string](s, "number") }, ""},
		{"number as a smaller type", func() (any, bool) { return sessions.Get[int8](s, "number") }, int8(0)},
		{"fraction as int", func() (any, bool) { return sessions.Get[int](s, "fraction") }, 0},
		{"list as struct", func() (any, bool) { return sessions.Get[inner](s, "list") }, inner{}},
		{"list that fits in part", func() (any, bool) { return sessions.Get[[]int](s, "mixed") }, []int(nil)},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			got, ok := tt.get()
			if diff := cmp.Diff(tt.zero, got); ok || diff != "" {
				t.Errorf("Get = %v, %t; want the zero value and false", got, ok)
			}
		})
	}
	if got := sessions.GetOr(s, "text", 7); got != 7 {
		t.Errorf("GetOr of another type = %d, want the fallback 7", got)
	}
	if got := sessions.GetOr(s, "none", "f"); got != "f" {
		t.Errorf("GetOr of a missing key = %q, want the fallback f", got)
	}
	if got, ok := sessions.Pop[int](s, "text"); got != 0 || ok || s.Has("text") {
		t.Errorf("Pop of another type = %d, %t, and Has = %t afterwards; want 0, false, false",
			got, ok, s.Has("text"))
	}
}

func TestMutationAfterSetDoesNotLeak(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	list, dict, ptr, raw := []int{1, 2}, map[string]int{"a": 1}, &inner{N: 1, Tags: []string{"a"}}, []byte("raw")
	mutate := func() { list[0], dict["a"], ptr.N, ptr.Tags[0], raw[0] = 9, 9, 9, "z", 'X' }
	check := func(s sessions.Session) {
		t.Helper()
		if got := sessions.GetOr[[]int](s, "list", nil); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("list = %v, want [1 2]", got)
		}
		if got := sessions.GetOr[map[string]int](s, "dict", nil)["a"]; got != 1 {
			t.Errorf("dict[a] = %d, want 1", got)
		}
		if diff := cmp.Diff(inner{N: 1, Tags: []string{"a"}}, sessions.GetOr(s, "ptr", inner{})); diff != "" {
			t.Errorf("ptr (-want +got):\n%s", diff)
		}
		if got := string(sessions.GetOr[[]byte](s, "raw", nil)); got != "raw" {
			t.Errorf("raw = %q, want raw", got)
		}
	}
	v.do(func(s sessions.Session) {
		s.Set("list", list)
		s.Set("dict", dict)
		s.Set("ptr", ptr)
		s.Set("raw", raw)
		mutate()
		check(s)
	})
	v.do(check)
}

func TestWhatIsReadBelongsToTheReader(t *testing.T) {
	v := newVisit(t, sessions.Options{})
	v.do(func(s sessions.Session) { s.Set("list", []int{1, 2}); s.Set("raw", []byte("raw")) })
	resp := v.do(func(s sessions.Session) {
		sessions.GetOr[[]int](s, "list", nil)[0] = 9
		sessions.GetOr[[]byte](s, "raw", nil)[0] = 'X'
		s.Get("list").([]any)[0] = 9
		if diff := cmp.Diff(map[string]any{"list": []any{1, 2}, "raw": "cmF3"}, s.Map()); diff != "" {
			t.Errorf("after changes to what was read the session holds (-want +got):\n%s", diff)
		}
	})
	if len(resp.Cookies) > 0 {
		t.Error("a change to what was read is a change of the session")
	}
}

func TestTypedPop(t *testing.T) {
	s := sessions.New()
	s.Flash("f", inner{N: 1<<53 + 1})
	got, ok := sessions.Pop[inner](s, "f")
	if diff := cmp.Diff(inner{N: 1<<53 + 1}, got); !ok || diff != "" {
		t.Errorf("first Pop: %t, (-want +got):\n%s", ok, diff)
	}
	if got, ok := sessions.Pop[inner](s, "f"); ok || got.N != 0 {
		t.Errorf("second Pop = %v, %t; want the zero value and false", got, ok)
	}
}
