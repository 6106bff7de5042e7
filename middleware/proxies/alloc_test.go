//go:build !race

// The race detector allocates, so these budgets are for builds without it.

package proxies_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay/middleware/proxies"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
)

type peer struct{}

func (peer) LocalAddr() net.Addr      { return nil }
func (peer) Watch(context.CancelFunc) {}

// parsed returns a request of the app's own server.
func parsed(t *testing.T, text, remote string) *http.Request {
	t.Helper()
	var h http1.Head
	if v := h.Scan([]byte(text)); v != http1.Ours {
		t.Fatalf("verdict %d", v)
	}
	return h.Message([]byte(text), context.Background(), peer{}, remote).Request()
}

func TestAllocations(t *testing.T) {
	const head = "GET / HTTP/1.1\r\nHost: inner.example\r\nX-Forwarded-For: 198.51.100.1, 192.0.2.7\r\nX-Forwarded-Proto: https\r\n" +
		"X-Forwarded-Host: cats.example\r\nForwarded: for=\"[2001:db8:85a3:8d3:1319:8a2e:370:7348]\";proto=https;host=cats.example\r\n\r\n"
	for _, tt := range []struct {
		description, remote string
		header              proxies.Header
		wantScheme          string
		want                float64
	}{
		{"a trusted peer", "10.0.0.1:1", proxies.XForwarded, "https", 1},
		{"a trusted peer, Forwarded", "10.0.0.1:1", proxies.Forwarded, "https", 1},
		{"a peer that is not trusted", "11.0.0.1:1", proxies.XForwarded, "http", 0},
		{"a peer that is not trusted, Forwarded", "[2001:db8::1]:1", proxies.Forwarded, "http", 0},
	} {
		trust, err := proxies.New([]string{"10.0.0.0/8", "loopback"}, proxies.Options{Host: true, Header: tt.header})
		if err != nil {
			t.Fatal(err)
		}
		own := parsed(t, head, tt.remote)
		standard := httptest.NewRequest("GET", "/", nil)
		standard.RemoteAddr, standard.Header = tt.remote, http1.Fill(parsed(t, head, tt.remote)).Header
		for server, hr := range map[string]*http.Request{"own": own, "net/http": standard} {
			x := request.NewExchange(&request.Settings{Logger: slog.New(slog.DiscardHandler)})
			scheme := ""
			run := func() {
				req := x.Begin(hr)
				trust.Apply(req)
				scheme = req.Scheme()
				x.End()
			}
			run() // warns
			if got := testing.AllocsPerRun(200, run); got > tt.want || scheme != tt.wantScheme {
				t.Errorf("%s, server %s: %v allocations, scheme %s; want at most %v, %s", tt.description, server, got, scheme, tt.want, tt.wantScheme)
			}
		}
	}
}
