package gate_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/middleware/auth/password/internal/gate"
)

func newGate(memory, waiting, workers int) *gate.Gate {
	return gate.New(gate.Limits{Memory: memory, Waiting: waiting, Wait: 5 * time.Second}, func() int { return workers })
}

func TestNoMoreRunThanMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(100, 1000, 4)
		var running, memory, most, mostMemory atomic.Int64
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() {
				m := rand.IntN(60)
				if err := g.Enter(m); err != nil {
					t.Error(err)
					return
				}
				most.Store(max(most.Load(), running.Add(1)))
				mostMemory.Store(max(mostMemory.Load(), memory.Add(int64(m))))
				time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
				running.Add(-1)
				memory.Add(-int64(m))
				g.Leave(m)
			})
		}
		wg.Wait()
		if most.Load() > 4 || mostMemory.Load() > 100 {
			t.Errorf("%d ran at once with %d of memory, at most 4 and 100 may", most.Load(), mostMemory.Load())
		}
	})
}

func TestNobodyOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(100, 10, 4)
		if err := g.Enter(60); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var order []int
		for _, memory := range []int{100, 10, 20} { // the 100 wait for the 60, and the others behind them
			go func() {
				if err := g.Enter(memory); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, memory)
				mu.Unlock()
				time.Sleep(time.Second)
				g.Leave(memory)
			}()
			synctest.Wait()
		}
		passed := func() []int { mu.Lock(); defer mu.Unlock(); return slices.Clone(order) }
		if got := passed(); len(got) > 0 {
			t.Errorf("%v have passed", got)
		}
		g.Leave(60)
		time.Sleep(time.Second - time.Millisecond)
		if diff := cmp.Diff([]int{100}, passed()); diff != "" {
			t.Error(diff)
		}
		time.Sleep(time.Minute)
		if got := passed(); len(got) != 3 {
			t.Errorf("%v have passed, want 3", got)
		}
	})
}

func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(100, 3, 2)
		for range 2 {
			if err := g.Enter(10); err != nil {
				t.Fatal(err)
			}
		}
		start := time.Now()
		waits := make(chan time.Duration, 10)
		for range 10 {
			go func() {
				if err := g.Enter(10); !errors.Is(err, gate.ErrBusy) {
					t.Errorf("%v, want ErrBusy", err)
				}
				waits <- time.Since(start)
			}()
		}
		count := map[time.Duration]int{}
		for range 10 {
			count[<-waits]++
		}
		if diff := cmp.Diff(map[time.Duration]int{0: 4, 5 * time.Second: 6}, count); diff != "" {
			t.Errorf("who may not wait, and who waits: %s", diff)
		}
		g.Leave(10)
		if err := g.Enter(90); err != nil { // nothing is left of those who gave up
			t.Error(err)
		}
	})
}

// A turn that comes at the moment at which the wait ends is used or given to the next, never lost.
func TestTurnAtTheLastMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 200 {
			g := newGate(1, 10, 1)
			if err := g.Enter(1); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					if g.Enter(1) == nil {
						g.Leave(1)
					}
				})
			}
			time.Sleep(5 * time.Second) // as long as they wait
			g.Leave(1)
			wg.Wait()
			if err := g.Enter(1); err != nil {
				t.Fatal("a turn was lost")
			}
		}
	})
}
