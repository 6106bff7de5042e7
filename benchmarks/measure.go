package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// result is what was measured for an entry.
type result struct {
	fastest float64 // nanoseconds for a run, the least of all rounds
	median  float64
	allocs  uint64 // allocations for a run
	bytes   uint64
}

// measure fills in the results. The rounds go over all rows and all frameworks
// again and again, so that a noisy moment of the machine, however long, spoils
// some rounds of everybody and not all rounds of one. One line about what is to
// come goes to log.
func measure(entries []*entry, set settings, log io.Writer) {
	expected := time.Duration(len(entries)*set.rounds) * set.block
	fmt.Fprintf(log, "checked %d entries, timing takes about %s\n", len(entries), expected.Round(time.Second))

	counts := make([]int, len(entries))
	for i, e := range entries {
		counts[i] = calibrate(e.client, set.block)
		e.result.allocs, e.result.bytes = countAllocs(e.client, max(1, counts[i]/4))
	}

	groups := byRow(entries)
	samples := make([][]float64, len(entries))
	for round := range set.rounds {
		for _, group := range groups {
			for k := range group {
				// Each round begins with another framework, so that none
				// always runs behind the same other one.
				i := group[(k+round)%len(group)]
				samples[i] = append(samples[i], timeBlock(entries[i].client, counts[i]))
			}
		}
	}

	for i, e := range entries {
		slices.Sort(samples[i])
		e.result.fastest = samples[i][0]
		e.result.median = samples[i][len(samples[i])/2]
	}
}

// byRow gives the indices of the entries, those of one row together.
func byRow(entries []*entry) [][]int {
	var groups [][]int
	for i, e := range entries {
		if i == 0 || e.row.name != entries[i-1].row.name {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], i)
	}
	return groups
}

// calibrate finds how many runs fill a block.
func calibrate(c client, block time.Duration) int {
	for n := 1; ; n *= 2 {
		start := time.Now()
		c.run(n)
		if elapsed := time.Since(start); elapsed >= block/4 {
			return max(1, int(float64(n)*float64(block)/float64(elapsed)))
		}
	}
}

// timeBlock gives the nanoseconds of one of n runs. It collects the garbage
// first, so that nobody pays for what the one before has left.
func timeBlock(c client, n int) float64 {
	runtime.GC()
	start := time.Now()
	c.run(n)
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

// countAllocs gives allocations and bytes of one of n runs, rounded down as the
// testing package does. The collector is off meanwhile because it empties the
// frameworks' pools, and the least of three counts is taken because the
// background work of some packages allocates now and then.
func countAllocs(c client, n int) (allocs, bytes uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after runtime.MemStats
	for i := range 3 {
		runtime.GC()
		c.run(max(1, n/10)) // refills the pools
		runtime.ReadMemStats(&before)
		c.run(n)
		runtime.ReadMemStats(&after)
		a := (after.Mallocs - before.Mallocs) / uint64(n)
		b := (after.TotalAlloc - before.TotalAlloc) / uint64(n)
		if i == 0 || a < allocs {
			allocs = a
		}
		if i == 0 || b < bytes {
			bytes = b
		}
	}
	return allocs, bytes
}
