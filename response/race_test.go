//go:build race

package response_test

// raceEnabled skips counts of allocations, which the race detector changes.
const raceEnabled = true
