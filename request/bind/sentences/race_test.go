//go:build race

package sentences_test

const raceEnabled = true
