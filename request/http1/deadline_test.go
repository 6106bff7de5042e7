package http1_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay/request/http1"
)

// step is one of a conversation in which deadlines are moved.
type step struct {
	kind  int // of stepKinds
	after time.Duration
	size  int
}

const (
	setRead = iota
	setWrite
	setBoth
	read
	write
	peerWrites
	peerReads
	pause
	stepKinds
)

// randomSteps returns steps with times that often meet.
func randomSteps(r *rand.Rand) []step {
	steps := make([]step, 30)
	for i := range steps {
		steps[i] = step{r.Intn(stepKinds), time.Duration(r.Intn(8)-2) * time.Second, 1 + r.Intn(4)}
	}
	return steps
}

// queue runs functions one after the other, in a goroutine of its own.
func queue() (jobs chan func(), done func()) {
	jobs = make(chan func(), 1000)
	var all sync.WaitGroup
	all.Go(func() {
		for job := range jobs {
			job()
		}
	})
	return jobs, func() { close(jobs); all.Wait() }
}

// follow takes the steps with one end of a connection, and returns what happened at which time.
func follow(conn, peer net.Conn, steps []step) string {
	var said strings.Builder
	start := time.Now()
	writes, writesDone := queue()
	reads, readsDone := queue()
	for i, s := range steps {
		late := max(s.after, 0) + time.Duration(7*i+1)*time.Microsecond // never at the same time as a deadline
		deadline := time.Time{}
		if s.after != 0 {
			deadline = time.Now().Add(s.after)
		}
		var n int
		var err error
		switch s.kind {
		case setRead:
			err = conn.SetReadDeadline(deadline)
		case setWrite:
			err = conn.SetWriteDeadline(deadline)
		case setBoth:
			err = conn.SetDeadline(deadline)
		case read: // the peer ends what has no deadline
			end := time.AfterFunc(time.Minute, func() { writes <- func() { _, _ = peer.Write([]byte("end")) } })
			n, err = conn.Read(make([]byte, s.size))
			end.Stop()
		case write:
			end := time.AfterFunc(time.Minute, func() { reads <- func() { _, _ = io.ReadFull(peer, make([]byte, s.size)) } })
			n, err = conn.Write(make([]byte, s.size))
			end.Stop()
		case peerWrites:
			writes <- func() { time.Sleep(late); _, _ = peer.Write(make([]byte, s.size)) }
		case peerReads:
			reads <- func() { time.Sleep(late); _, _ = peer.Read(make([]byte, s.size)) }
		case pause:
			time.Sleep(max(s.after, 0))
		}
		time.Sleep(time.Millisecond) // past a deadline that it may have met
		fmt.Fprintln(&said, s.kind, s.after, n, err, errors.Is(err, os.ErrDeadlineExceeded), time.Since(start))
	}
	conn.Close()
	peer.Close()
	writesDone()
	readsDone()
	return said.String()
}

// A DeadlineConn behaves as the connection inside, whatever is done with deadlines.
func TestDeadlineConnIsAsTheOneInside(t *testing.T) {
	for seed := range int64(300) {
		steps := randomSteps(rand.New(rand.NewSource(seed)))
		synctest.Test(t, func(t *testing.T) {
			plain, plainPeer := net.Pipe()
			want := follow(plain, plainPeer, steps)
			inner, peer := net.Pipe()
			if got := follow(http1.NewDeadlineConn(inner), peer, steps); got != want {
				t.Fatalf("seed %d, steps %v:\n%s\nwant\n%s", seed, steps, got, want)
			}
		})
	}
}

// A deadline that is moved while a Read or a Write waits for it ends that at the new time.
func TestDeadlineMovesWhileItIsWaitedFor(t *testing.T) {
	tests := []struct {
		description   string
		first, second time.Duration // after the start, 0 for none
		want          time.Duration
	}{
		{"later", 2 * time.Second, 5 * time.Second, 5 * time.Second},
		{"earlier", 5 * time.Second, 2 * time.Second, 2 * time.Second},
		{"to the past", 5 * time.Second, -time.Second, time.Second},
		{"from none", 0, 3 * time.Second, 3 * time.Second},
		{"to none", 2 * time.Second, 0, 10 * time.Second},
	}
	for _, tt := range tests {
		for _, writes := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				inner, peer := net.Pipe()
				conn := http1.NewDeadlineConn(inner)
				start := time.Now()
				set := func(after time.Duration) {
					deadline := time.Time{}
					if after != 0 {
						deadline = start.Add(after)
					}
					_ = conn.SetDeadline(deadline)
				}
				set(tt.first)
				time.AfterFunc(time.Second, func() { set(tt.second) })
				end := time.AfterFunc(10*time.Second, func() { peer.Close() })
				var err error
				if writes {
					_, err = conn.Write([]byte("x"))
				} else {
					_, err = conn.Read(make([]byte, 1))
				}
				if took := time.Since(start); took != tt.want || errors.Is(err, os.ErrDeadlineExceeded) != (took < 10*time.Second) {
					t.Errorf("%s, writes %v: %v after %v, want %v", tt.description, writes, err, took, tt.want)
				}
				end.Stop()
				conn.Close()
				peer.Close()
			})
		}
	}
}

// Bytes of Unread come first, also after Release, and in pieces as small as the reader likes.
func TestUnread(t *testing.T) {
	inner, peer := net.Pipe()
	defer peer.Close()
	conn := http1.NewDeadlineConn(inner)
	defer conn.Close()
	if conn.Release() != inner || conn.NetConn() != inner {
		t.Error("without bytes Release returns another connection")
	}
	given := []byte("unread ")
	conn.Unread(given)
	copy(given, "changed")
	go io.WriteString(peer, "and more")
	out := conn.Release()
	if out == inner {
		t.Fatal("Release loses the bytes of Unread")
	}
	var got []byte
	for b := make([]byte, 2); len(got) < len("unread and more"); {
		n, err := out.Read(b)
		if got = append(got, b[:n]...); err != nil {
			t.Fatal(err)
		}
	}
	if string(got) != "unread and more" {
		t.Errorf("read %q", got)
	}
	if conn.Release() != inner {
		t.Error("when all is read Release still returns another connection")
	}
}

// Release ends all deadlines, and those that are set afterwards are exact.
func TestReleaseEndsDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner, peer := net.Pipe()
		conn := http1.NewDeadlineConn(inner)
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		out := conn.Release()
		time.Sleep(time.Minute)
		go io.WriteString(peer, "x")
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Errorf("Read after Release: %v", err)
		}
		start := time.Now()
		_ = conn.SetReadDeadline(start.Add(3 * time.Second))
		_ = conn.SetReadDeadline(start.Add(2 * time.Second))
		if _, err := out.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("Read: %v after %v", err, time.Since(start))
		}
		out.Close()
		peer.Close()
	})
}

// readerFrom is a connection with ReadFrom, which a timer interrupts as it interrupts that of TCP.
type readerFrom struct{ net.Conn }

// ReadFrom implements io.ReaderFrom.
func (c readerFrom) ReadFrom(src io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c.Conn}, src)
}

// A copy of a file is cut at its own deadline, and not at the timer of an earlier one.
func TestReadFromMeetsTheLastDeadline(t *testing.T) {
	for _, has := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			inner, peer := net.Pipe()
			var conn *http1.DeadlineConn
			if conn = http1.NewDeadlineConn(inner); has {
				conn = http1.NewDeadlineConn(readerFrom{inner})
			}
			start := time.Now()
			_ = conn.SetWriteDeadline(start.Add(2 * time.Second))
			_ = conn.SetWriteDeadline(start.Add(5 * time.Second))
			go io.ReadFull(peer, make([]byte, 3))
			n, err := conn.ReadFrom(strings.NewReader("0123456789"))
			if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 5*time.Second {
				t.Errorf("with ReadFrom %v: %d, %v after %v", has, n, err, time.Since(start))
			}
			conn.Close()
			peer.Close()
		})
	}
}

// All methods can be used at once.
func TestDeadlineConnConcurrently(t *testing.T) {
	inner, peer := net.Pipe()
	conn := http1.NewDeadlineConn(inner)
	var peers, users sync.WaitGroup
	peers.Go(func() { _, _ = io.Copy(io.Discard, peer) })
	peers.Go(func() {
		for err := error(nil); err == nil; {
			_, err = peer.Write(make([]byte, 100))
		}
	})
	for i := range 4 {
		users.Go(func() {
			for range 300 {
				_ = conn.SetReadDeadline(time.Now().Add(time.Duration(i) * time.Microsecond))
				_ = conn.SetWriteDeadline(time.Now().Add(time.Hour))
				_, _ = conn.Read(make([]byte, 10))
				_, _ = conn.Write(make([]byte, 10))
				_, _ = conn.ReadFrom(strings.NewReader("copied"))
				_ = conn.SetDeadline(time.Time{})
			}
		})
	}
	users.Wait()
	conn.Close()
	peer.Close()
	peers.Wait()
}
