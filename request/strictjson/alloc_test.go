//go:build !race

package strictjson_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/request/strictjson"
)

// Under the race detector a sync.Pool drops some of what it is given, so that this would fail.
func TestCheckDoesNotAllocate(t *testing.T) {
	tests := []struct{ description, text string }{
		{"ordinary", `{"id":1,"name":"Ada","tags":["a","b"],"address":{"city":"London","zip":"N1"},"paid":true}`},
		{"escapes and characters outside ASCII", `{"n\u00e4me":"Zo\u00eb\n","größe":"mittel","😀":[1.5e3]}`},
		{"32 names at each of 8 levels", nestedObjects(8, 31)},
		{"deepest", strings.Repeat(`{"a":[`, 32) + strings.Repeat(`]}`, 32)},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			text := []byte(test.text)
			got := testing.AllocsPerRun(200, func() {
				if err := strictjson.Check(text, strictjson.Options{}); err != nil {
					t.Fatal(err)
				}
			})
			if got != 0 {
				t.Errorf("%v allocations, want 0", got)
			}
		})
	}
}
