package problem_test

import (
	"testing"

	"github.com/soay-go/soay/response/problem"
)

// A copy with a header field leaves the problem that it was made of alone.
func TestWithHeader(t *testing.T) {
	busy := problem.New(503, "busy").WithHeader("Retry-After", "60")
	later := busy.WithHeader("retry-after", "90").WithHeader("X-Queue", "7")
	if busy.Header.Get("Retry-After") != "60" || busy.Header.Get("X-Queue") != "" ||
		later.Header.Get("Retry-After") != "90" || later.Header.Get("X-Queue") != "7" {
		t.Errorf("%v and %v", busy.Header, later.Header)
	}
}
