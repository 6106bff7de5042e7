package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"time"
)

// reportServed prints the heading, the tables and the goals of the part end to
// end.
func reportServed(out io.Writer, all []*served, set settings) error {
	var b strings.Builder
	b.WriteString(servedHeading(all, set))
	writeLoads(&b, all, set)
	writeIdle(&b, all, set)
	writeGoals(&b, all, set)
	_, err := io.WriteString(out, b.String())
	return err
}

func servedHeading(all []*served, set settings) string {
	var list []framework
	for _, c := range contestants() {
		if slices.ContainsFunc(all, func(s *served) bool { return s.contestant.name == c.name }) {
			list = append(list, framework{name: c.name, module: c.module})
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "End to end. %s %s/%s, %s, GOMAXPROCS %d, %d rounds of %s.\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, processor(), runtime.GOMAXPROCS(0), set.rounds, set.block)
	if list := versions(list); list != "" {
		fmt.Fprintf(&b, "Versions: %s.\n", list)
	}
	fmt.Fprintf(&b, "Each row has %d connections if it does not say another number. ", fewConnections)
	b.WriteString("CPU is what the server's process takes for a request, user and system. ")
	b.WriteString("Each number is the best of the rounds, but the median and RSS, which is the most. ")
	b.WriteString("The ratios are those of the least CPU; in the row \"session\" the server on net/http is gorilla/sessions, and in those of keys and users gin.\n\n")
	return b.String()
}

// writeLoads prints the rows with requests.
func writeLoads(b *strings.Builder, all []*served, set settings) {
	lines := [][]string{{"row", "server", "CPU µs", "median", "requests/s", "p50 ms", "p99 ms", "RSS MiB", "of net/http", "of fiber"}}
	last := ""
	for _, s := range all {
		if s.row.idle {
			continue
		}
		if last != "" && last != s.row.name && !set.markdown {
			lines = append(lines, nil)
		}
		last = s.row.name
		r := s.result
		lines = append(lines, []string{
			s.row.name, s.contestant.name, micro(r.cpu), micro(r.median),
			fmt.Sprintf("%.0f", r.rate), milli(r.p50), milli(r.p99), fmt.Sprintf("%.0f", float64(r.resident)/(1<<20)),
			share(all, s, s.row.onNetHTTP()), share(all, s, fiberName),
		})
	}
	if len(lines) > 1 {
		writeTable(b, lines, set.markdown, "llrrrrrrrr")
		b.WriteString("\n")
	}
}

// writeIdle prints the rows with idle connections.
func writeIdle(b *strings.Builder, all []*served, set settings) {
	lines := [][]string{{"row", "server", "connections", "KiB each", "after a collection", "of net/http", "of fiber"}}
	for _, s := range all {
		if s.row.idle {
			lines = append(lines, []string{
				s.row.name, s.contestant.name, fmt.Sprint(s.result.connections),
				fmt.Sprintf("%.1f", s.result.each/1024), fmt.Sprintf("%.1f", s.result.collected/1024),
				share(all, s, s.row.onNetHTTP()), share(all, s, fiberName),
			})
		}
	}
	if len(lines) > 1 {
		writeTable(b, lines, set.markdown, "llrrrrr")
		b.WriteString("\n")
	}
}

// writeGoals compares Soay's results with what it has set itself.
func writeGoals(b *strings.Builder, all []*served, set settings) {
	lines := [][]string{{"goal", "measured", "must", "aim", "result"}}
	for _, s := range all {
		if s.contestant.name != soayName {
			continue
		}
		for _, g := range s.row.goals {
			lines = append(lines, goalLine(all, s, g))
		}
	}
	if len(lines) == 1 {
		b.WriteString("Goals: Soay was not measured in a row that has one.\n")
		return
	}
	b.WriteString("Goals, as Soay's share of a peer's CPU, or in KiB after a collection:\n\n")
	writeTable(b, lines, set.markdown, "lrrrl")
}

// goalLine gives a row of the goals. A goal whose peer was not measured is
// neither met nor missed.
func goalLine(all []*served, s *served, g goal) []string {
	name, unit := s.row.name+", of "+g.peer, ""
	measured, known := ratio(all, s, g.peer)
	if g.added {
		name = s.row.name + ", added, of " + g.peer
		measured, known = addedShare(all, s, g.peer)
	}
	if g.peer == "" {
		name, unit = s.row.name, " KiB"
		measured, known = s.result.collected/1024, true
	}
	show := func(v float64) string {
		if v == 0 {
			return "-"
		}
		if unit != "" {
			return fmt.Sprintf("%.1f%s", v, unit)
		}
		return fmt.Sprintf("%.2f", v)
	}
	result := "met"
	switch {
	case !known:
		result = "not compared"
	case g.must > 0 && measured > g.must:
		result = "missed"
	case g.must == 0 && measured > g.aim:
		result = "aim missed"
	case g.must > 0 && g.aim > 0 && measured > g.aim:
		result = "met, not the aim"
	case g.must > 0 && g.aim > 0:
		result = "met, and the aim"
	}
	return []string{name, show(measured), show(g.must), show(g.aim), result}
}

// ratio gives the share of a result in that of the row's server with the name.
func ratio(all []*served, s *served, peer string) (float64, bool) {
	for _, other := range all {
		if other.row.name != s.row.name || other.contestant.name != peer {
			continue
		}
		if s.row.idle {
			return s.result.collected / other.result.collected, other.result.collected > 0
		}
		return float64(s.result.cpu) / float64(other.result.cpu), other.result.cpu > 0
	}
	return 0, false
}

// addedShare gives the share of the CPU that telemetry adds to a server in what it adds to the row's server with the name.
func addedShare(all []*served, s *served, peer string) (float64, bool) {
	cpu := func(name string) (float64, bool) {
		for _, other := range all {
			if other.row.name == s.row.name && other.contestant.name == name {
				return float64(other.result.cpu), true
			}
		}
		return 0, false
	}
	own, ok := cpu(s.contestant.name + without)
	theirs, measured := cpu(peer)
	base, known := cpu(peer + without)
	return (float64(s.result.cpu) - own) / (theirs - base), ok && measured && known && theirs > base
}

func share(all []*served, s *served, peer string) string {
	if r, ok := ratio(all, s, peer); ok {
		return fmt.Sprintf("%.2f", r)
	}
	return "-"
}

// onNetHTTP names the server on net/http that the row compares with.
func (r servedRow) onNetHTTP() string { return cmp.Or(r.standard, netHTTPName) }

func micro(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Microsecond)) }
func milli(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }
