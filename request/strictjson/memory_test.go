//go:build !race

package strictjson_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/strictjson"
)

type (
	wide struct {
		A, B, C, D, E, F, G, H, I, J string
		Any                          any
		Next                         *wide
		List                         []wide
		Map                          map[string]wide
		*Inner
	}
	Inner struct {
		Room [512]byte
		X    int
	}
)

// list returns a JSON list of about a megabyte.
func list(element string) string {
	return "[" + strings.Repeat(element+",", (1<<20)/(len(element)+1)) + element + "]"
}

// Whatever the text and the type, the value takes no more than about what it may.
func TestMaxMemory(t *testing.T) {
	const limit = 16 << 20
	for _, tt := range []struct {
		description, text string
		target            any
		wantRefused       bool
	}{
		{"structs", list(`{}`), new([]wide), true},
		{"structs in a struct", `{"List":` + list(`{}`) + `}`, new(wide), true},
		{"structs in another case", `{"list":` + list(`{}`) + `}`, new(wide), false},
		{"pointers", list(`{"Next":{}}`), new([]*wide), true},
		{"embedded pointers", list(`{"X":1}`), new([]wide), true},
		{"arrays", list(`[]`), new([][1 << 10]int), true},
		{"lists", list(`[]`), new([][]int), false},
		{"lists of lists", list(`[[],[],[],[],[]]`), new([][][]int), false},
		{"maps", list(`{}`), new([]map[string]int), true},
		{"maps of one", list(`{"a":0}`), new([]map[string]wide), true},
		{"any, of lists", list(`[]`), new(any), true},
		{"any, of objects", list(`{"a":0}`), new(any), true},
		{"any, of numbers", list(`0`), new(any), true},
		{"any, of long numbers", list(`123456789`), new(any), false},
		{"any in a struct", `{"Any":` + list(`{"":[{}]}`) + `}`, new(wide), true},
		{"any in place", list(`[{}]`), func() any { var v any = &[]any{&[]wide{}}; return &v }(), true},
		{"wrapped", list(`{}`), new(maybe[[]wide]), true},
		{"digits", list(`0`), new([]int64), false},
		{"strings", list(`""`), new([]string), false},
		{"one text", `"` + strings.Repeat("a", 1<<20) + `"`, new(string), false},
		{"base64", `"` + strings.Repeat("abcd", 1<<18) + `"`, new([]byte), false},
		{"what nobody reads", `{"x":` + list(`{}`) + `}`, new(wide), false},
		{"what an array has no room for", list(`{}`), new([3]wide), false},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := strictjson.Unmarshal([]byte(tt.text), tt.target, strictjson.Options{MaxMemory: limit})
			runtime.ReadMemStats(&after)
			if got := violationOf(err).Kind; (got == strictjson.KindMemory) != tt.wantRefused || !tt.wantRefused && err != nil {
				t.Errorf("err = %v, want it refused: %v", err, tt.wantRefused)
			}
			// Lists grow by a quarter at a time, so that what is thrown away is four times the value.
			bound := uint64(5*limit + 4<<20)
			if tt.wantRefused {
				bound = 4 << 20 // and nothing is begun that is not finished
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > bound {
				t.Errorf("%d MiB allocated, want at most %d", got>>20, bound>>20)
			}
		})
	}
}

// What fits is not refused, and without a limit everything fits.
func TestMaxMemoryFits(t *testing.T) {
	for _, limit := range []int64{0, -1, 32 << 20} {
		var got []int64
		if err := strictjson.Unmarshal([]byte(list(`0`)), &got, strictjson.Options{MaxMemory: limit}); err != nil || len(got) != 1<<19+1 {
			t.Errorf("limit %d: %d elements, %v", limit, len(got), err)
		}
	}
	err := strictjson.Unmarshal([]byte(`{"List":[{},{},{}]}`), new(wide), strictjson.Options{MaxMemory: 800})
	if got, want := violationOf(err), (violation{strictjson.KindMemory, 15, "/List/2"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
