//go:build !race

package sentences_test

const raceEnabled = false
