package http1_test

import (
	"context"
	"testing"

	"github.com/soay-go/soay/request/http1"
)

// A copy can be changed while others read the request, and the other way round.
func TestApart(t *testing.T) {
	for _, filled := range []bool{false, true} {
		m, _ := contextOf(t.Context())
		hr := m.Request()
		if filled {
			http1.Fill(hr)
		}
		ctx, cancel := context.WithCancel(hr.Context())
		c := http1.Apart(hr, ctx)
		host, path := hr.Host, hr.URL.Path
		names := len(http1.Fill(c).Header)
		c.Header.Set("X-Own", "yes")
		c.URL.Path = "/own"
		c.Host = "own"
		if http1.Value(hr, "X-Own") != "" || hr.URL.Path != path || hr.Host != host {
			t.Errorf("filled %v: a change of the copy changes the request", filled)
		}
		if want := len(http1.Fill(hr).Header); names != want || http1.Value(c, "X-Own") != "yes" {
			t.Errorf("filled %v: the copy has %d headers, want %d", filled, names, want)
		}
		if cancel(); c.Context().Err() == nil || hr.Context().Err() != nil {
			t.Errorf("filled %v: the context of the copy is not its own", filled)
		}
	}
}
