package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCosts sees what rows add, and when a target for that counts as met.
func TestCosts(t *testing.T) {
	entries := func(own, theirs float64, allocs uint64, c cost) []*entry {
		c.base, c.peer = "plain", "peer"
		told := row{name: "told", cost: c}
		return []*entry{
			{framework: soayName, row: row{name: "plain"}, result: result{fastest: 100}},
			{framework: "peer", row: row{name: "plain"}, result: result{fastest: 50, allocs: 3}},
			{framework: soayName, row: told, result: result{fastest: 100 + own, allocs: allocs}},
			{framework: "peer", row: told, result: result{fastest: 50 + theirs, allocs: 9}},
		}
	}
	tests := []struct {
		name string
		all  []*entry
		want string
	}{
		{"met", entries(70, 100, 2, cost{ratio: 0.7, ns: 70, allocs: 2}), "met"},
		{"too long", entries(71, 1000, 2, cost{ratio: 0.7, ns: 70, allocs: 2}), "missed (time)"},
		{"too many allocations", entries(70, 100, 3, cost{ratio: 0.7, ns: 70, allocs: 2}), "missed (allocs)"},
		{"longer than the peer allows", entries(71, 100, 2, cost{ratio: 0.7}), "missed (ratio)"},
		{"without a peer", entries(70, 100, 2, cost{ratio: 0.7})[:3], "ratio not compared"},
		{"a peer that adds nothing", entries(70, 0, 2, cost{ratio: 0.7}), "ratio not compared"},
	}
	for _, tt := range tests {
		line := costLine(tt.all[2], tt.all)
		if got := line[len(line)-1]; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	var b strings.Builder
	writeCosts(&b, entries(70, 100, 2, cost{ratio: 0.7}), settings{})
	for _, want := range []string{"told      plain  soay        70       2", "told      plain  peer       100       6"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
	b.Reset()
	writeCosts(&b, entries(70, 100, 2, cost{})[:2], settings{})
	if b.Len() > 0 {
		t.Errorf("rows that add to no other have a report: %s", b.String())
	}
}

// TestAddedShare sees the same end to end.
func TestAddedShare(t *testing.T) {
	server := func(name string, cpu time.Duration) *served {
		return &served{contestant: contestant{framework: framework{name: name}}, result: servedResult{cpu: cpu}}
	}
	all := []*served{server(soayName, 13), server(netHTTPName, 40), server(soayName+without, 10), server(netHTTPName+without, 30)}
	g := goal{peer: netHTTPName, must: 0.30, added: true}
	if got, want := goalLine(all, all[0], g), []string{", added, of net/http", "0.30", "0.30", "-", "met"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := goalLine(all[:3], all[0], g); got[4] != "not compared" {
		t.Errorf("without the server without telemetry: %q", got)
	}
}
