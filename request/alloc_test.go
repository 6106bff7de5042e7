package request_test

import (
	"fmt"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
)

// Reading what nearly every handler reads costs no memory.
func TestAccessorsDoNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	hr := httptest.NewRequest("GET", "/cats/tom?page=7&sort=name", nil)
	hr.Header.Set("Cookie", "theme=dark; lang=en")
	hr.Header.Set("Accept", "text/html, application/json;q=0.5")
	state := request.NewExchange(&request.Settings{Strict: true})
	req := state.Begin(hr)
	state.SetRoute(markedRoute)
	markKey.Set(req, "x")
	another := request.NewExchange(&request.Settings{Strict: true})
	for _, tt := range []struct {
		description string
		use         func() string
		want        string
	}{
		{"Method", req.Method, "GET"},
		{"Path", req.Path, "/cats/tom"},
		{"Host", req.Host, "example.com"},
		{"Scheme", req.Scheme, "http"},
		{"ClientIP", req.ClientIP, "192.0.2.1"},
		{"Header", func() string { return req.Header("Accept") }, "text/html, application/json;q=0.5"},
		{"Accepts", func() string { return req.Accepts("application/json", "text/html") }, "text/html"},
		{"Cookie", func() string { v, _ := req.Cookie("lang"); return v }, "en"},
		{"Param", func() string { return req.Param("mark") }, "tom"},
		{"Query", func() string { return req.Query("sort") }, "name"},
		{"Key.Get", func() string { v, _ := markKey.Get(req); return v }, "x"},
		{"all of a request", func() string {
			r := another.Begin(hr)
			another.SetRoute(markedRoute)
			defer another.End()
			return r.Param("mark")
		}, "tom"},
	} {
		got := ""
		if n := testing.AllocsPerRun(100, func() { got = tt.use() }); n != 0 || got != tt.want {
			t.Errorf("%s: %v allocations for %q, want none for %q", tt.description, n, got, tt.want)
		}
	}
}

// Reading all values of a long path decodes it once, however many there are.
func TestManyEncodedParams(t *testing.T) {
	const count = 30
	var pattern, target strings.Builder
	var want []string
	for i := range count {
		fmt.Fprintf(&pattern, "/{p%d}", i)
		target.WriteString("/" + strings.Repeat("%2F%C3%A9%61", 170))
		want = append(want, strings.Repeat("/éa", 170))
	}
	for description, read := range map[string]func(request.Request) []string{
		"Param": func(r request.Request) (got []string) {
			for i := range count {
				got = append(got, r.Param(fmt.Sprintf("p%d", i)))
			}
			return got
		},
		"Params": func(r request.Request) (got []string) {
			for _, value := range r.Params() {
				got = append(got, value)
			}
			return got
		},
	} {
		req := requesttest.Request("GET", target.String(), requesttest.With{Pattern: pattern.String()})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := read(req)
		runtime.ReadMemStats(&after)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got other values", description)
		}
		if bytes, limit := after.TotalAlloc-before.TotalAlloc, uint64(6*target.Len()); bytes > limit {
			t.Errorf("%s: %d bytes for a path of %d, want at most %d", description, bytes, target.Len(), limit)
		}
	}
}
