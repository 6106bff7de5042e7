//go:build race

package http1_test

// raceEnabled shortens what the race detector slows down, and skips counts of allocations, which it changes.
const raceEnabled = true
