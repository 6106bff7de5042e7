package main

import (
	"bufio"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestLoader loads the raw server with right and wrong expectations.
func TestLoader(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go rawServer{}.serve(listener, nil)
	wire := []byte(call{method: http.MethodGet, path: plainPath}.wire())
	tests := []struct {
		name   string
		want   prepared
		passes bool
	}{
		{"right", prepared{wire, 200, len(greeting)}, true},
		{"another status", prepared{wire, 404, len(greeting)}, false},
		{"another length", prepared{wire, 200, len(greeting) + 1}, false},
	}
	for _, test := range tests {
		var l loader
		_, err := l.do(order{Do: doOpen, Address: listener.Addr().String(), Connections: 3, Requests: []prepared{test.want, test.want}})
		if (err == nil) != test.passes {
			t.Errorf("%s: open gives %v", test.name, err)
		}
		if !test.passes {
			continue
		}
		// Each connection makes one request at least, however short the time is.
		seen, err := l.do(order{Do: doRun, Time: time.Nanosecond})
		if err != nil || seen.Requests < 3 || seen.P50 <= 0 || seen.P99 < seen.P50 {
			t.Errorf("%s: run gives %+v, %v", test.name, seen, err)
		}
		l.conns[1].requests = []prepared{{wire, 500, 0}, {wire, 500, 0}}
		if _, err := l.do(order{Do: doRun, Time: time.Nanosecond}); err == nil {
			t.Error("a wrong answer under load was not noticed")
		}
		if l.close(); len(l.conns) > 0 {
			t.Error("there are connections after close")
		}
	}
	if _, err := new(loader).do(order{Do: "dance"}); err == nil {
		t.Error("an unknown order was carried out")
	}
}

// TestLatencies sees that a quantile is never less than it is, and at most a
// thirty-second part more than that and the smallest step.
func TestLatencies(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		d := time.Duration(random.Int64N(1 << random.IntN(38)))
		var l latencies
		l.note(d)
		if got := l.quantile(0.5); got < d || got > d+d/32+256 {
			t.Fatalf("%d ns are noted as %d", d, got)
		}
	}
	var all latencies
	if got := all.quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v", got)
	}
	for i := range 100 {
		var one latencies
		one.note(time.Duration(i) * time.Millisecond)
		all.add(&one)
	}
	if got, want := all.quantile(0.5), 49*time.Millisecond; got < want || got > want+want/32+256 {
		t.Errorf("the median is %v, want %v", got, want)
	}
	if got, want := all.quantile(0.99), 98*time.Millisecond; got < want || got > want+want/32+256 {
		t.Errorf("p99 is %v, want %v", got, want)
	}
	all.note(time.Hour)
	if all.count() != 101 {
		t.Errorf("%d times, want 101", all.count())
	}
}

// TestBrowserFields sees that the row has as many fields as a browser sends.
func TestBrowserFields(t *testing.T) {
	wire := call{method: http.MethodGet, path: plainPath, fields: browserFields}.wire()
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	if err != nil {
		t.Fatal(err)
	}
	if len(req.Header) != 11 || req.Host == "" || !strings.HasSuffix(wire, "\r\n\r\n") {
		t.Errorf("%d fields besides Host, want 11:\n%s", len(req.Header), wire)
	}
}
