//go:build race

package bind_test

// raceEnabled is true when the race detector runs, which allocates on its own.
const raceEnabled = true
