package main

import (
	"math/bits"
	"time"
)

// latencies counts times in steps that grow with them, each a thirty-second
// part of the time or less, so that noting one costs next to nothing.
type latencies [1024]uint32

const (
	latencyUnit = 8 // the shift that makes nanoseconds units of 256 ns
	latencySpan = 5 // the shift of 32 steps for each power of two
)

// note counts a time.
func (l *latencies) note(d time.Duration) {
	l[min(latencyStep(uint64(max(d, 0))>>latencyUnit), len(l)-1)]++
}

// latencyStep gives the step of a time in units.
func latencyStep(units uint64) int {
	shift := max(0, bits.Len64(units)-latencySpan-1)
	return shift<<latencySpan + int(units>>shift)
}

// latencyEnd gives the end of a step.
func latencyEnd(step int) time.Duration {
	shift := max(0, step>>latencySpan-1)
	return time.Duration(step-shift<<latencySpan+1) << shift << latencyUnit
}

// count gives the number of times.
func (l *latencies) count() int {
	n := 0
	for _, c := range l {
		n += int(c)
	}
	return n
}

// add counts those of the other one as well.
func (l *latencies) add(other *latencies) {
	for i, c := range other {
		l[i] += c
	}
}

// quantile gives a time that such a share of the times does not exceed, 0 if
// there are none.
func (l *latencies) quantile(share float64) time.Duration {
	wanted, seen := share*float64(l.count()), 0
	for step, c := range l {
		seen += int(c)
		if c > 0 && float64(seen) >= wanted {
			return latencyEnd(step)
		}
	}
	return 0
}
