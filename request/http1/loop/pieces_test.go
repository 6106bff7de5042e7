package loop_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// playSlowly sends the pieces with pauses between them over a connection whose client does not end it, in a bubble. It
// returns what the handlers saw and what came back.
func (s *served) playSlowly(program []byte, pieces ...string) string {
	const pause = 120 * time.Millisecond // shorter than any timeout of the server
	s.program.Store(&program)
	client, server := net.Pipe()
	s.next <- withAddress{server}
	came := make(chan string)
	go func() {
		b, _ := io.ReadAll(client)
		came <- normal(b)
	}()
	var sending sync.WaitGroup
	sending.Go(func() {
		for _, piece := range pieces {
			if _, err := io.WriteString(client, piece); err != nil {
				return
			}
			time.Sleep(pause)
		}
	})
	out := <-came // the timeouts end each connection
	client.Close()
	sending.Wait()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.seen, "\n") + "\n" + out
}

// withAddress is a connection in memory from clientAddr.
type withAddress struct{ net.Conn }

// RemoteAddr implements net.Conn.
func (withAddress) RemoteAddr() net.Addr { return clientAddr }

// LocalAddr implements net.Conn.
func (withAddress) LocalAddr() net.Addr { return serverAddr }

// compareSlowly is compare with pauses, with servers for this connection alone.
func compareSlowly(t *testing.T, file string, program []byte, pieces ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		want := serveApp(t, true, file).playSlowly(program, pieces...)
		got := serveApp(t, false, file).playSlowly(program, pieces...)
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%q, program %v: net/http(-), loop(+):\n%s", pieces, program, diff)
		}
	})
}

// Where the client pauses makes no difference between the servers.
func FuzzBothServersAgreeOnPieces(f *testing.F) {
	file := newFile(f, 20_000)
	for i, s := range seedRequests() {
		f.Add([]byte(s), byte(0), uint(i%7), uint(len(s)-i%5))
	}
	for i := range len(appKinds(new(served), file)) {
		f.Add([]byte("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhello, youGET / HTTP/1.1\r\nHost: a\r\n\r\n"), byte(i), uint(20), uint(55))
		f.Add([]byte("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"), byte(i), uint(3), uint(27))
	}
	f.Fuzz(func(t *testing.T, input []byte, kind byte, first, second uint) {
		if len(input) > 20_000 {
			t.Skip()
		}
		s := string(input)
		from, to := int(first%uint(len(s)+1)), int(second%uint(len(s)+1))
		from, to = min(from, to), max(from, to)
		compareSlowly(t, file, []byte{kind}, s[:from], s[from:to], s[to:], canary)
	})
}
