// Package gate bounds what runs at the same time, and what waits for it.
package gate

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// ErrBusy is the error for work that cannot start soon.
var ErrBusy = errors.New("too much is waiting")

// Limits are the bounds of a [Gate].
type Limits struct {
	Memory  int           // of what runs, all in all
	Waiting int           // how many may wait for each that may run
	Wait    time.Duration // how long each waits at most
}

// Gate lets work pass. It is safe for concurrent use. Nobody overtakes who waits, so work that takes much memory gets
// its turn.
type Gate struct {
	limits  Limits
	workers func() int

	mu      sync.Mutex
	running int
	memory  int       // of what runs
	waiting list.List // of *waiter
}

type waiter struct {
	memory int
	passed chan struct{} // closed once it may run
}

// New returns a gate with limits. At most workers() may run at the same time.
func New(limits Limits, workers func() int) *Gate { return &Gate{limits: limits, workers: workers} }

// Enter waits until work may run that takes memory, at most that of the limits. Then Leave has to follow. The error is
// ErrBusy.
func (g *Gate) Enter(memory int) error {
	g.mu.Lock()
	if g.waiting.Len() == 0 && g.fits(memory) {
		g.add(memory)
		g.mu.Unlock()
		return nil
	}
	if g.waiting.Len() >= g.limits.Waiting*g.workers() {
		g.mu.Unlock()
		return ErrBusy
	}
	w := &waiter{memory, make(chan struct{})}
	place := g.waiting.PushBack(w)
	g.mu.Unlock()
	timer := time.NewTimer(g.limits.Wait)
	defer timer.Stop()
	select {
	case <-w.passed:
		return nil
	case <-timer.C:
		return g.giveUp(place, w)
	}
}

// giveUp returns ErrBusy unless the turn of w came at the last moment.
func (g *Gate) giveUp(place *list.Element, w *waiter) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.passed:
		return nil
	default:
	}
	g.waiting.Remove(place)
	g.admit() // those behind it may need less
	return ErrBusy
}

// Leave ends what Enter let pass with the same memory.
func (g *Gate) Leave(memory int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	g.memory -= memory
	g.admit()
}

// admit lets those pass who have waited longest.
func (g *Gate) admit() {
	for first := g.waiting.Front(); first != nil; first = g.waiting.Front() {
		w := first.Value.(*waiter)
		if !g.fits(w.memory) {
			return
		}
		g.add(w.memory)
		g.waiting.Remove(first)
		close(w.passed)
	}
}

func (g *Gate) fits(memory int) bool {
	return g.running < g.workers() && g.memory+memory <= g.limits.Memory
}

func (g *Gate) add(memory int) {
	g.running++
	g.memory += memory
}
