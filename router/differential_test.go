package router_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/soay-go/soay/router"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the differential test, 0 for a new one")

// TestMatchEqualsNaiveMatcher compares tables with the definition of routing, over random routes and requests.
func TestMatchEqualsNaiveMatcher(t *testing.T) {
	const requests = 120
	tables := 1000
	if raceEnabled {
		tables = 200
	}
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	answers := map[string]int{}
	for i := range uint64(tables) {
		choose := rand.New(rand.NewPCG(seed, i)).IntN
		n := newNaive(choose)
		table := build(t, n.register())
		m := new(router.Matcher)
		for range requests {
			got, want, request := n.compare(t, table, m, choose)
			if got != want {
				t.Fatalf("-seed=%d, table %d:\n%s\n%s\n got %s\nwant %s", seed, i, n, request, got, want)
			}
			answers[kindOfAnswer(want)]++
		}
	}
	// Where an answer becomes rare, the alphabets have grown too large to find anything.
	for _, kind := range []string{"route", "204", "301", "308", "400", "404", "405"} {
		if answers[kind] < tables*requests/1000 {
			t.Errorf("-seed=%d: only %d answers of kind %s among %v", seed, answers[kind], kind, answers)
		}
	}
}

// compare asks the table and the naive matcher for the same random request.
func (n *naiveRouter) compare(
	t testing.TB, table *router.Table, m *router.Matcher, choose chooser,
) (got, want, text string) {
	method, path, groups := n.newRequest(choose)
	hr := newHTTP(t, method, path)
	for _, g := range groups {
		hr.Header.Set(fmt.Sprintf("Group-%d", g), "yes")
	}
	got = decodeLocation(describe(serve(table, m, hr)))
	return got, n.ask(method, path, groups), fmt.Sprintf("%s %s, groups %v", method, path, groups)
}

// decodeLocation replaces the path in an answer, of which there are many spellings, by its decoded segments.
func decodeLocation(answer string) string {
	status, path, found := strings.Cut(answer, " Location: ")
	if !found {
		return answer
	}
	parts, ok := split(path)
	return fmt.Sprintf("%s to %t %q", status, ok, parts)
}

func kindOfAnswer(answer string) string {
	if kind, _, _ := strings.Cut(answer, " "); len(kind) == 3 && kind[0] <= '9' {
		return kind
	}
	return "route"
}

// String lists the routes for a report.
func (n *naiveRouter) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "trailing slash %d", n.slash)
	for _, r := range n.routes {
		fmt.Fprintf(&b, "\n  %s", r.text)
	}
	return b.String()
}
