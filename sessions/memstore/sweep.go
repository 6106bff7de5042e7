package memstore

import "time"

// sweepBatch is how many expired entries are removed under one lock of the mutex.
const sweepBatch = 64

// sweep removes up to n expired entries and reports whether there were any. The caller holds the mutex.
func (s *Store) sweep(now time.Time, n int) bool {
	swept := false
	for range n {
		if len(s.expiring) == 0 || now.Before(s.expiring[0].record.Expires) {
			break
		}
		s.remove(s.expiring[0])
		swept = true
	}
	return swept
}

// startSweeper starts the timer that sweeps expired entries in times without writes. A timer needs no
// goroutine until it fires, and an empty store has none. The caller holds the mutex.
func (s *Store) startSweeper() {
	if s.sweeper == nil && len(s.entries) > 0 {
		s.sweeper = time.AfterFunc(s.opts.SweepInterval, s.sweepAll)
	}
}

// sweepAll removes all expired entries, and unlocks the mutex after each batch.
func (s *Store) sweepAll() {
	for s.sweepSome() {
	}
}

// sweepSome removes a batch and reports whether there may be another. If not, it starts the timer again.
func (s *Store) sweepSome() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.sweep(time.Now(), sweepBatch) {
		return true
	}
	s.sweeper = nil
	s.startSweeper()
	return false
}

// expiring is a heap of all entries, the one that expires first on top; see container/heap.
type expiring []*entry

// Len implements heap.Interface.
func (x expiring) Len() int { return len(x) }

// Less implements heap.Interface.
func (x expiring) Less(i, j int) bool { return x[i].record.Expires.Before(x[j].record.Expires) }

// Swap implements heap.Interface.
func (x expiring) Swap(i, j int) {
	x[i], x[j] = x[j], x[i]
	x[i].index, x[j].index = i, j
}

// Push implements heap.Interface.
func (x *expiring) Push(e any) {
	e.(*entry).index = len(*x)
	*x = append(*x, e.(*entry))
}

// Pop implements heap.Interface.
func (x *expiring) Pop() any {
	last := len(*x) - 1
	e := (*x)[last]
	(*x)[last] = nil
	*x = (*x)[:last]
	return e
}
