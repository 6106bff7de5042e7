package telemetry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/response"
)

func TestDuration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := newObserved(t, telemetry.Options{})
		app.Get("/cats/{id}", func(soay.Request) soay.Response {
			time.Sleep(30 * time.Millisecond)
			return response.Text("Tom")
		})
		for range 2 {
			do(app, "GET", "/cats/7", "Host", "evil.example", "X-Forwarded-Proto", "gopher")
		}
		want := []point{{map[string]any{
			"http.request.method": "GET", "http.route": "/cats/{id}", "url.scheme": "http", "network.protocol.version": "1.1",
			"http.response.status_code": int64(200),
		}, 2, 0.06}}
		if diff := cmp.Diff(want, app.points(t, "http.server.request.duration"), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, name := range []string{"http.server.active_requests", "http.server.request.body.size", "http.server.response.body.size"} {
			if got := app.points(t, name); got != nil {
				t.Errorf("%s is there by default: %v", name, got)
			}
		}
	})
}

// The instruments are those of the conventions.
func TestInstruments(t *testing.T) {
	app := newObserved(t, telemetry.Options{Development: true})
	do(app, "GET", "/none")
	var all metricdata.ResourceMetrics
	if err := app.reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range all.ScopeMetrics[0].Metrics {
		got[m.Name] = m.Unit + " " + m.Description
		if h, ok := m.Data.(metricdata.Histogram[float64]); ok {
			want := []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
			if diff := cmp.Diff(want, h.DataPoints[0].Bounds); diff != "" {
				t.Errorf("boundaries (-want +got):\n%s", diff)
			}
		}
	}
	want := map[string]string{
		"http.server.request.duration":   "s Duration of HTTP server requests.",
		"http.server.active_requests":    "{request} Number of active HTTP server requests.",
		"http.server.request.body.size":  "By Size of HTTP server request bodies.",
		"http.server.response.body.size": "By Size of HTTP server response bodies.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDevelopmentMetrics(t *testing.T) {
	app := newObserved(t, telemetry.Options{Development: true})
	var active []point
	app.Post("/cats", func(soay.Request) soay.Response {
		active = app.points(t, "http.server.active_requests")
		return response.Text("Tom")
	})
	post := func(size int64) {
		r := httptest.NewRequest("POST", "/cats", strings.NewReader("hello"))
		r.ContentLength = size
		app.ServeHTTP(httptest.NewRecorder(), r)
	}
	post(5)
	post(-1) // a body of unknown length
	begun := map[string]any{"http.request.method": "POST", "url.scheme": "http"}
	if diff := cmp.Diff([]point{{begun, 1, 1}}, active); diff != "" {
		t.Errorf("active during a request (-want +got):\n%s", diff)
	}
	ended := map[string]any{"http.request.method": "POST", "http.route": "/cats", "url.scheme": "http",
		"network.protocol.version": "1.1", "http.response.status_code": int64(200)}
	for name, want := range map[string]point{
		"http.server.active_requests":    {begun, 1, 0},
		"http.server.request.body.size":  {ended, 1, 5},
		"http.server.response.body.size": {ended, 2, 6},
	} {
		if diff := cmp.Diff([]point{want}, app.points(t, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Whatever clients send, the number of series does not grow, and neither does the memory.
func TestSeriesAreBounded(t *testing.T) {
	n := 1_000_000
	if testing.Short() || raceEnabled {
		n = 20_000
	}
	app := newObserved(t, telemetry.Options{TracerProvider: noTraces, Development: true})
	app.Get("/cats/{id}", hello)
	app.Post("/dogs/{path:rest}", hello)
	handler, err := app.Handler()
	if err != nil {
		t.Fatal(err)
	}
	w := &nullWriter{http.Header{}}
	send := func(i int) {
		number := strconv.Itoa(i)
		r := &http.Request{
			Method: "GET", URL: &url.URL{Path: [...]string{"/", "/cats/", "/dogs/a/"}[i%3] + number}, Host: "h" + number + ".example",
			Header: http.Header{"User-Agent": {number}, "X-Forwarded-Proto": {number}}, ProtoMajor: 1, ProtoMinor: i % 10, Body: http.NoBody,
		}
		switch i % 4 {
		case 0:
			r.Method = "M" + number
		case 1:
			r.Method = "POST"
		}
		clear(w.header)
		handler.ServeHTTP(w, r)
	}
	series := func() (n int) {
		for _, name := range []string{"http.server.request.duration", "http.server.active_requests", "http.server.response.body.size"} {
			n += len(app.points(t, name))
		}
		return n
	}
	const warm = 2000
	for i := range warm {
		send(i)
	}
	series1, memory1 := series(), heap()
	for i := range n {
		send(warm + i)
	}
	series2, memory2 := series(), heap()
	if series1 != series2 || series2 > 100 {
		t.Errorf("%d series after %d requests, %d after %d more; want as many, and not more than 100", series1, warm, series2, n)
	}
	if grown := int64(memory2) - int64(memory1); grown > 1<<20 {
		t.Errorf("the memory has grown by %d bytes in %d requests", grown, n)
	}
	t.Logf("%d series of %d requests, %d KiB more", series2, n, (int64(memory2)-int64(memory1))/1024)
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A program with more routes than are cached is measured as well.
func TestMoreSeriesThanAreCached(t *testing.T) {
	const routes = 2500
	app := newObserved(t, telemetry.Options{})
	for i := range routes {
		app.Get(fmt.Sprintf("/r%d", i), hello)
	}
	for range 2 {
		for i := range routes {
			do(app, "GET", fmt.Sprintf("/r%d", i))
		}
	}
	var count uint64
	for _, p := range app.points(t, "http.server.request.duration") { // the SDK has a series for all that are over its own limit
		count += p.Count
	}
	if count != 2*routes {
		t.Errorf("%d measurements, want %d", count, 2*routes)
	}
	names := map[string]int{}
	for _, span := range app.spans.GetSpans() {
		names[span.Name]++
	}
	if len(names) != routes || names["GET /r0"] != 2 || names["GET /r2499"] != 2 {
		t.Errorf("%d names of spans, want %d", len(names), routes)
	}
}
