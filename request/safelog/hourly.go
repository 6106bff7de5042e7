package safelog

import (
	"sync/atomic"
	"time"
)

// Hourly lets one line an hour through, for a warning whose cause every request may repeat. Its zero value is ready, and
// it is safe for concurrent use.
type Hourly struct{ next atomic.Int64 }

// Due reports whether the line is to be written now. Of several callers at once one gets true.
func (h *Hourly) Due() bool {
	now, next := time.Now(), h.next.Load()
	return now.UnixNano() >= next && h.next.CompareAndSwap(next, now.Add(time.Hour).UnixNano())
}
