//go:build race

package cors_test

// raceEnabled tells that the race detector is on, which allocates for itself.
const raceEnabled = true
