//go:build !race

package view_test

import (
	"bytes"
	"testing"

	"github.com/soay-go/soay/response/view"
)

// A page costs what its template costs, and the text of the response. The race detector allocates for itself.
func TestAllocations(t *testing.T) {
	raw, data := rawPage(), newBenchData()
	var out bytes.Buffer
	want := testing.AllocsPerRun(200, func() {
		out.Reset()
		if err := raw.Execute(&out, data); err != nil {
			t.Fatal(err)
		}
	})
	req := requestOf(t, benchSet(t, false), nil)
	if got := text(view.Render(req, "notes", data)); got != out.String() {
		t.Errorf("the page is\n%s\nwant\n%s", got, out.String())
	}
	got := testing.AllocsPerRun(200, func() { view.Render(req, "notes", data) })
	if got > want+2 {
		t.Errorf("a page takes %v allocations, and its template alone %v", got, want)
	}
}
