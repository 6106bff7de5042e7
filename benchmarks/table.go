package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"unicode/utf8"
)

// report prints the heading, the table and the targets.
func report(out io.Writer, entries []*entry, set settings) error {
	best := bestPeers(entries)
	results := [][]string{{"row", "framework", "ns fastest", "ns median", "allocs", "B", "ratio"}}
	alignment := "llrrrrr"
	if slices.ContainsFunc(entries, func(e *entry) bool { return e.note != "" }) {
		results[0] = append(results[0], "note")
		alignment += "l"
	}
	for i, e := range entries {
		if i > 0 && e.row.name != entries[i-1].row.name && !set.markdown {
			results = append(results, nil)
		}
		ratio := "-"
		if peer := best[e.row.name]; peer > 0 {
			ratio = fmt.Sprintf("%.2f", e.result.fastest/peer)
		}
		line := []string{
			e.row.name, e.framework,
			nanoseconds(e.result.fastest), nanoseconds(e.result.median),
			fmt.Sprint(e.result.allocs), fmt.Sprint(e.result.bytes), ratio, e.note,
		}
		results = append(results, line[:len(alignment)])
	}

	var b strings.Builder
	b.WriteString(heading(entries, set))
	writeTable(&b, results, set.markdown, alignment)
	b.WriteString("\n")
	writeTargets(&b, entries, best, set)
	writeCosts(&b, entries, set)
	_, err := io.WriteString(out, b.String())
	return err
}

// bestPeers gives the time of each row's fastest framework, without Soay.
func bestPeers(entries []*entry) map[string]float64 {
	best := map[string]float64{}
	for _, e := range entries {
		if e.framework == soayName {
			continue
		}
		if known, ok := best[e.row.name]; !ok || e.result.fastest < known {
			best[e.row.name] = e.result.fastest
		}
	}
	return best
}

// nanoseconds shows a tenth only where it says something.
func nanoseconds(ns float64) string {
	if ns < 100 {
		return fmt.Sprintf("%.1f", ns)
	}
	return fmt.Sprintf("%.0f", ns)
}

// heading says what was measured on, without which no number means anything.
func heading(entries []*entry, set settings) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s/%s, %s, GOMAXPROCS %d, %d rounds of %s.\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, processor(),
		runtime.GOMAXPROCS(0), set.rounds, set.block)
	if list := versions(measured(entries)); list != "" {
		fmt.Fprintf(&b, "Versions: %s.\n", list)
	}
	fmt.Fprintf(&b, "Times are for one request; in the row \"github routes\" for one request of each of the %d routes.\n", len(okRoutes()))
	b.WriteString("The ratio is to the fastest peer of the row, of the fastest times. ")
	b.WriteString("In the row for 405, a framework that sends no Allow has a note; in the row with three faults, ")
	b.WriteString("one that reports fewer.\n\n")
	return b.String()
}

// measured gives the frameworks that have an entry.
func measured(entries []*entry) []framework {
	return slices.DeleteFunc(frameworks(), func(f framework) bool {
		return !slices.ContainsFunc(entries, func(e *entry) bool { return e.framework == f.name })
	})
}

// versions gives the versions of the frameworks' modules as they were built in.
func versions(list []framework) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	built := map[string]string{}
	for _, dep := range info.Deps {
		if dep.Replace == nil {
			built[dep.Path] = dep.Version
		}
	}
	var found []string
	for _, f := range list {
		if version := built[f.module]; version != "" {
			found = append(found, f.name+" "+version)
		}
		if version := built[f.redisModule]; version != "" {
			found = append(found, f.redisModule+" "+version)
		}
	}
	return strings.Join(found, ", ")
}

// processor names the processor where the system tells.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// writeTable prints lines of cells, the first of them the names of the columns.
// The alignment has a letter for each column, l or r. A nil line is left blank.
func writeTable(b *strings.Builder, lines [][]string, markdown bool, alignment string) {
	widths := make([]int, len(alignment))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	if markdown {
		for i := range widths {
			widths[i] = max(widths[i], 3)
		}
	}
	for i, line := range lines {
		writeLine(b, line, widths, alignment, markdown)
		if i == 0 && markdown {
			rule := make([]string, len(widths))
			for k, width := range widths {
				rule[k] = strings.Repeat("-", width)
				if alignment[k] == 'r' {
					rule[k] = rule[k][1:] + ":"
				}
			}
			writeLine(b, rule, widths, alignment, markdown)
		}
	}
}

func writeLine(b *strings.Builder, line []string, widths []int, alignment string, markdown bool) {
	cells := make([]string, len(line))
	for i, cell := range line {
		if alignment[i] == 'r' {
			cells[i] = fmt.Sprintf("%*s", widths[i], cell)
		} else {
			cells[i] = fmt.Sprintf("%-*s", widths[i], cell)
		}
	}
	if markdown {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		return
	}
	b.WriteString(strings.TrimRight(strings.Join(cells, "  "), " ") + "\n")
}
