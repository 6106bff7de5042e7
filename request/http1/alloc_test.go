package http1_test

import (
	"context"
	"net/http"
	"testing"
	"unsafe"

	"github.com/soay-go/soay/request/http1"
)

// The costs of a request. A Message is two allocations: the text and itself.
func TestAllocations(t *testing.T) {
	var h http1.Head
	ctx := context.Background()
	parse := func(head string) func() {
		b := []byte(head)
		return func() {
			if h.Scan(b) != http1.Ours || h.Message(b, ctx, nil, "") == nil {
				t.Fatal("not ours")
			}
		}
	}
	hr := messageOf(t, browser).Request()
	for _, tt := range []struct {
		name string
		run  func()
		want float64
	}{
		{"three headers", parse(plaintext), 2},
		{"a browser's, with names in lower case", parse(browser), 2},
		{"more than 16 fields", parse(manyFields), 3},
		{"Scan", func() { h.Scan([]byte(browser)) }, 0},
		{"Value", func() { _ = http1.Value(hr, "Cookie") }, 0},
		{"Values", func() {
			if v := http1.Values(hr, "Cookie"); len(v) != 1 || v[0] == "" {
				t.Fatal("no cookie")
			}
		}, 0},
		{"Value of none", func() { _ = http1.Value(hr, "X-None") }, 0},
		{"End of a context that nobody asked", func() { endOnce(hr) }, 0},
	} {
		if got := testing.AllocsPerRun(100, tt.run); got > tt.want && !raceEnabled {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}

func endOnce(hr *http.Request) { hr.Context().(*http1.Message).End() }

// Each connection has a Head.
func TestSizeOfHead(t *testing.T) {
	if got := unsafe.Sizeof(http1.Head{}); got > 450 {
		t.Errorf("%d bytes", got)
	}
}

func messageOf(t testing.TB, head string) *http1.Message {
	t.Helper()
	var h http1.Head
	if v := h.Scan([]byte(head)); v != http1.Ours {
		t.Fatalf("verdict %d of %q", v, head)
	}
	return h.Message([]byte(head), context.Background(), nil, "")
}

func BenchmarkScan(b *testing.B) {
	for name, head := range map[string]string{"plaintext": plaintext, "browser": browser} {
		b.Run(name, func(b *testing.B) {
			var h http1.Head
			text := []byte(head)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if h.Scan(text) != http1.Ours {
					b.Fatal("not ours")
				}
			}
		})
	}
}

func BenchmarkMessage(b *testing.B) {
	for name, head := range map[string]string{"plaintext": plaintext, "browser": browser} {
		b.Run(name, func(b *testing.B) {
			var h http1.Head
			text := []byte(head)
			h.Scan(text)
			b.ReportAllocs()
			for b.Loop() {
				h.Message(text, context.Background(), nil, "")
			}
		})
	}
}

func BenchmarkValue(b *testing.B) {
	hr := messageOf(b, browser).Request()
	for b.Loop() {
		_ = http1.Value(hr, "Cookie")
	}
}

func BenchmarkFill(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		http1.Fill(messageOf(b, browser).Request())
	}
}
