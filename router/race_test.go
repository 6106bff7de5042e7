//go:build race

package router_test

// raceEnabled tells that pools drop some of what they are given, so that allocations cannot be counted.
const raceEnabled = true
