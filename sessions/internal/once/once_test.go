package once_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay/sessions/internal/once"
)

func TestFirst(t *testing.T) {
	var keys once.Keys
	var firsts atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				if keys.First(strconv.Itoa(i)) {
					firsts.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if got := firsts.Load(); got != 1000 {
		t.Errorf("%d of 1000 keys were new, each asked for 8 times", got)
	}
	if !keys.First("one more") || !keys.First("0") || keys.First("0") {
		t.Error("beyond a thousand keys it does not begin anew")
	}
}
