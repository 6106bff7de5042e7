package telemetry_test

import "testing"

// What telemetry costs a request in allocations, beside what the SDK allocates for its spans. BenchmarkRequest has the times.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	base := testing.AllocsPerRun(200, newCostly(t, nil, ""))
	for _, c := range costs {
		serve := newCostly(t, c.options, c.header)
		serve() // fills the caches
		if got := testing.AllocsPerRun(200, serve) - base; got > c.want {
			t.Errorf("%s: %v allocations, want %v", c.name, got, c.want)
		}
	}
}
