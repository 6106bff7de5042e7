package main

import (
	"fmt"
	"strings"
)

// cost is about what a row adds to another one of the same framework, and what Soay has set itself for that. Limits of 0
// are none.
type cost struct {
	base   string  // the row without it
	peer   string  // the framework that Soay is compared with
	ratio  float64 // at most this share of the time that the peer adds
	ns     float64 // at most so many nanoseconds
	allocs uint64  // at most so many allocations
}

// added gives what the row of an entry adds to its base, false if that was not measured.
func added(e *entry, entries []*entry) (ns float64, allocs, bytes int64, ok bool) {
	for _, base := range entries {
		if base.framework == e.framework && base.row.name == e.row.cost.base {
			return e.result.fastest - base.result.fastest, int64(e.result.allocs) - int64(base.result.allocs),
				int64(e.result.bytes) - int64(base.result.bytes), true
		}
	}
	return 0, 0, 0, false
}

// addedRatio gives the share of what an entry adds in what its peer adds.
func addedRatio(e *entry, entries []*entry) (ratio float64, ok bool) {
	own, _, _, known := added(e, entries)
	for _, peer := range entries {
		if peer.row.name == e.row.name && peer.framework == e.row.cost.peer {
			other, _, _, measured := added(peer, entries)
			return own / other, known && measured && other > 0
		}
	}
	return 0, false
}

// writeCosts prints what rows add to others, if that was measured, and compares it with what Soay has set itself.
func writeCosts(b *strings.Builder, entries []*entry, set settings) {
	lines := [][]string{{"added by", "to", "framework", "ns", "allocs", "B", "ratio"}}
	goals := [][]string{{"target", "ns", "wanted", "allocs", "wanted", "ratio", "wanted", "result"}}
	for _, e := range entries {
		if e.row.cost.base == "" {
			continue
		}
		ns, allocs, bytes, ok := added(e, entries)
		if !ok {
			continue
		}
		lines = append(lines, []string{e.row.name, e.row.cost.base, e.framework, fmt.Sprintf("%.0f", ns), fmt.Sprint(allocs), fmt.Sprint(bytes),
			orNothing(addedRatio(e, entries))})
		if e.framework == soayName {
			goals = append(goals, costLine(e, entries))
		}
	}
	if len(lines) == 1 {
		return
	}
	b.WriteString("\nWhat rows add to others of the same framework; the ratio is to net/http:\n\n")
	writeTable(b, lines, set.markdown, "lllrrrr")
	if len(goals) > 1 {
		b.WriteString("\nTargets for what is added:\n\n")
		writeTable(b, goals, set.markdown, "lrrrrrrl")
	}
}

func orNothing(v float64, ok bool) string {
	if !ok {
		return "-"
	}
	return fmt.Sprintf("%.2f", v)
}

// costLine gives a row of these targets.
func costLine(e *entry, entries []*entry) []string {
	c := e.row.cost
	ns, allocs, _, _ := added(e, entries)
	ratio, compared := addedRatio(e, entries)
	line := []string{e.row.name, fmt.Sprintf("%.0f", ns), "-", fmt.Sprint(allocs), "-", orNothing(ratio, compared), fmt.Sprintf("<= %.2f", c.ratio)}
	var missed []string
	if c.ns > 0 {
		line[2] = fmt.Sprintf("<= %.0f", c.ns)
		if ns > c.ns {
			missed = append(missed, "time")
		}
	}
	if c.allocs > 0 {
		line[4] = fmt.Sprintf("<= %d", c.allocs)
		if allocs > int64(c.allocs) {
			missed = append(missed, "allocs")
		}
	}
	if compared && ratio > c.ratio {
		missed = append(missed, "ratio")
	}
	switch {
	case len(missed) > 0:
		return append(line, "missed ("+strings.Join(missed, ", ")+")")
	case !compared:
		return append(line, "ratio not compared")
	}
	return append(line, "met")
}
