package main

import (
	"fmt"
	"strings"
)

// writeTargets compares Soay's results with its targets.
func writeTargets(b *strings.Builder, entries []*entry, best map[string]float64, set settings) {
	lines := [][]string{{"target", "time", "wanted", "allocs", "wanted", "result"}}
	for _, e := range entries {
		if e.framework == soayName && e.row.target.isSet() {
			lines = append(lines, targetLine(e, entries, bestOf(best, e.row)))
		}
	}
	if len(lines) == 1 {
		b.WriteString("Targets: Soay was not measured in a row that has one.\n")
		return
	}
	b.WriteString("Targets, as ratio to the fastest peer or in nanoseconds over Soay's plaintext. ")
	b.WriteString("For sessions in cookies, peers that keep them in memory count as well:\n\n")
	writeTable(b, lines, set.markdown, "lrrrrl")
}

// bestOf gives the time of the fastest peer that the target of a row is about,
// 0 if none was measured.
func bestOf(best map[string]float64, r row) float64 {
	fastest := best[r.name]
	for _, name := range r.target.peers {
		if known := best[name]; known > 0 && (fastest == 0 || known < fastest) {
			fastest = known
		}
	}
	return fastest
}

// targetLine gives a row of the targets. A target whose other half was not
// measured, because of -rows or -only, is neither met nor missed.
func targetLine(e *entry, entries []*entry, peer float64) []string {
	t := e.row.target
	time, wanted, met, known := "-", fmt.Sprintf("<= %.2f", t.ratio), false, peer > 0
	if known {
		ratio := e.result.fastest / peer
		time, met = fmt.Sprintf("%.2f", ratio), ratio <= t.ratio
	}
	if t.overPlain > 0 {
		time, wanted = "-", fmt.Sprintf("<= +%.0f ns", t.overPlain)
		var plain float64
		if plain, known = soayPlaintext(entries); known {
			over := e.result.fastest - plain
			time, met = fmt.Sprintf("%+.1f ns", over), over <= t.overPlain
		}
	}

	var missed []string
	if known && !met {
		missed = append(missed, "time")
	}
	allocs := fmt.Sprintf("<= %d", t.allocs)
	switch {
	case t.anyAllocs:
		allocs = "-"
	case e.result.allocs > t.allocs:
		missed = append(missed, "allocs")
	}
	result := "met"
	switch {
	case len(missed) > 0:
		result = "missed (" + strings.Join(missed, ", ") + ")"
	case !known:
		result = "time not compared"
	}
	return []string{
		e.row.name, time, wanted,
		fmt.Sprint(e.result.allocs), allocs, result,
	}
}

// soayPlaintext gives Soay's time in the plaintext row.
func soayPlaintext(entries []*entry) (ns float64, ok bool) {
	for _, e := range entries {
		if e.framework == soayName && e.row.name == plainName {
			return e.result.fastest, true
		}
	}
	return 0, false
}
