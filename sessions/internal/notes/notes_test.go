package notes_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay/sessions/internal/notes"
)

func TestFirst(t *testing.T) {
	var n notes.Notes
	var firsts atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				if n.First(strconv.Itoa(i)) {
					firsts.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if got := firsts.Load(); got != 1000 {
		t.Errorf("%d of 1000 keys were new, each asked for 8 times", got)
	}
	if !n.First("one more") || !n.First("0") || n.First("0") {
		t.Error("beyond a thousand keys it does not begin anew")
	}
}
