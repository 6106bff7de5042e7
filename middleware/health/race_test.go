//go:build race

package health_test

// raceEnabled tells that the race detector is on, which allocates for itself.
const raceEnabled = true
