//go:build race

package auth_test

// raceDetector says that the test runs under the race detector.
const raceDetector = true
