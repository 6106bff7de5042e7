package safelog_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/request/safelog"
)

func TestHourly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h safelog.Hourly
		for hour := range 3 {
			var due atomic.Int32
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if h.Due() {
						due.Add(1)
					}
				})
			}
			wg.Wait()
			if due.Load() != 1 {
				t.Errorf("in hour %d it is due %d times, want once", hour, due.Load())
			}
			time.Sleep(time.Hour - time.Second)
			if h.Due() {
				t.Errorf("it is due before hour %d has passed", hour)
			}
			time.Sleep(time.Second)
		}
	})
}
