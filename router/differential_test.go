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
	kept, refused := 0, 0
	for i := range uint64(tables) {
		choose := rand.New(rand.NewPCG(seed, i)).IntN
		n := newNaive(choose)
		table := n.table(t)
		m := new(router.Matcher)
		for range requests {
			got, want, request := n.compare(t, table, m, choose)
			if got != want {
				t.Fatalf("-seed=%d, table %d:\n%s\n%s\n got %s\nwant %s", seed, i, n, request, got, want)
			}
			answers[kindOfAnswer(want)]++
		}
		kept, refused = kept+n.kept, refused+n.refused
	}
	answers["kept"], answers["refused"] = kept, refused
	// Where an answer becomes rare, the alphabets have grown too large to find anything.
	for _, kind := range []string{"route", "204", "301", "308", "400", "404", "405", "fallback", "kept", "refused"} {
		if answers[kind] < tables*requests/1000 {
			t.Errorf("-seed=%d: only %d answers of kind %s among %v", seed, answers[kind], kind, answers)
		}
	}
}

// compare asks the table and the naive matcher for the same random request.
func (n *naiveRouter) compare(
	t testing.TB, table *router.Table, m *router.Matcher, choose chooser,
) (got, want, text string) {
	req := n.newRequest(choose)
	hr := newHTTP(t, req.method, req.path)
	for _, g := range req.groups {
		hr.Header.Set(fmt.Sprintf("Group-%d", g), "yes")
	}
	got = decodeLocation(describe(serve(table, m, hr)))
	return got, n.ask(req), req.String()
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
	if kind, _, _ := strings.Cut(answer, " "); len(kind) == 3 && kind[0] <= '9' || kind == "fallback" {
		return kind
	}
	return "route"
}

// String lists the routes for a report.
func (n *naiveRouter) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "trailing slash %d, fallback %t", n.slash, n.fallback)
	for _, r := range n.routes {
		fmt.Fprintf(&b, "\n  %s", r.text)
	}
	return b.String()
}
