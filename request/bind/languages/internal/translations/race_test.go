//go:build race

package translations_test

const raceEnabled = true
