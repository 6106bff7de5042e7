package loop_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// faulty is a script with a fault at a byte of what is read or written.
type faulty struct {
	*script
	fault fault
	at    int

	mu            sync.Mutex
	read, written int
	happened      int
}

// fault is what goes wrong with a connection.
type fault uint8

const (
	readFails fault = iota
	readEnds
	readTimesOutEarly // as the timer of an earlier deadline does
	readIsEmpty       // some times
	readsBytes        // one at a time
	writeFails        // after a part
	writeTimesOutEarly
	closeFails
	faults
)

var errFault = errors.New("connection reset")

// Read implements io.Reader.
func (f *faulty) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == readsBytes {
		p = p[:min(len(p), 1)]
	}
	if f.fault <= readIsEmpty {
		if left := f.at - f.read; left > 0 {
			p = p[:min(len(p), left)]
		} else if f.happened++; f.fault == readFails {
			return 0, errFault
		} else if f.fault == readEnds {
			return 0, io.EOF
		} else if f.happened < 4 && f.fault == readTimesOutEarly {
			return 0, os.ErrDeadlineExceeded
		} else if f.happened < 4 {
			return 0, nil
		}
	}
	n, err := f.script.Read(p)
	f.read += n
	return n, err
}

// Write implements io.Writer.
func (f *faulty) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if left := f.at - f.written; (f.fault == writeFails || f.fault == writeTimesOutEarly) && left < len(p) && f.happened == 0 {
		n, _ := f.script.Write(p[:max(left, 0)])
		f.written += n
		if f.fault == writeTimesOutEarly {
			f.happened++
			return n, os.ErrDeadlineExceeded
		}
		return n, errFault
	}
	n, err := f.script.Write(p)
	f.written += n
	return n, err
}

// ReadFrom implements io.ReaderFrom. During a copy no earlier deadline can pass, see DeadlineConn.ReadFrom.
func (f *faulty) ReadFrom(src io.Reader) (int64, error) {
	if f.fault == writeTimesOutEarly {
		return f.script.ReadFrom(src)
	}
	return io.Copy(struct{ io.Writer }{f}, src)
}

// Close implements io.Closer.
func (f *faulty) Close() error {
	err := f.script.Close()
	if f.fault == closeFails {
		return errFault
	}
	return err
}

// conversations are what clients send; %[1]s is the mark of the connection.
var conversations = map[string]string{
	"texts":   "GET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\nGET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\n",
	"body":    "POST /body/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\nContent-Length: 7\r\n\r\n%[1]sGET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\n",
	"unread":  "POST /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\nContent-Length: 7\r\n\r\n%[1]sGET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\n",
	"chunks":  "POST /body/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n%[1]s\r\n0\r\n\r\nGET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\n",
	"stream":  "GET /stream/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\nGET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\n",
	"file":    "GET /file/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\nGET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\n",
	"hijack":  "GET /hijack/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\nmore of %[1]s",
	"watched": "GET /watched/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\nGET /text/%[1]s HTTP/1.1\r\nHost: a\r\nX-Mark: %[1]s\r\n\r\n",
}

// newMarkedApp returns an app whose handlers fail the test if a request is not of one connection alone.
func newMarkedApp(t *testing.T, file string) *soay.App {
	app, _ := newApp(soay.Options{})
	check := func(req soay.Request) string {
		mark := req.Param("mark")
		if got := req.Header("X-Mark"); got != mark {
			t.Errorf("the request of %s has the header of %s", mark, got)
		}
		return mark
	}
	app.Route("/text/{mark}", func(req soay.Request) soay.Response { return response.Text(check(req)) }, "GET", "POST")
	app.Post("/body/{mark}", func(req soay.Request) soay.Response {
		b, err := req.Text()
		if mark := check(req); err == nil && b != mark {
			t.Errorf("the request of %s has the body %q", mark, b)
		}
		return response.Text(b)
	})
	app.Get("/stream/{mark}", func(req soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			_, _ = io.WriteString(w, check(req))
			_, err := io.WriteString(w, check(req))
			return err
		})
	})
	app.Get("/file/{mark}", func(req soay.Request) soay.Response {
		check(req)
		return response.File(file)
	})
	app.Get("/watched/{mark}", func(req soay.Request) soay.Response {
		_ = req.Context().Err()
		return response.Text(check(req))
	})
	app.Get("/hijack/{mark}", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		rest, _ := io.ReadAll(buffered)
		_, _ = conn.Write(rest)
	})))
	return app
}

var marks = regexp.MustCompile(`m\d{6}`)

// Whatever happens to a connection, at whatever byte: nothing panics, no goroutine, connection and request is left over, and no
// byte of one connection comes to another.
func TestFaults(t *testing.T) {
	file := newFile(t, 40_000)
	for name, text := range conversations {
		for f := range faults {
			t.Run(fmt.Sprint(name, " ", f), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { faultAtEach(t, newMarkedApp(t, file), text, f) })
			})
		}
	}
}

// faultAtEach plays the conversation with a fault at each byte, and stops the app. The bubble fails if goroutines are
// left.
func faultAtEach(t *testing.T, app *soay.App, text string, f fault) {
	ctx, stop := context.WithCancel(context.Background())
	l := newConns()
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	last := 260
	if f == readsBytes || f == closeFails {
		last = 1
	}
	var conns []*faulty
	for at := range last {
		mark := fmt.Sprintf("m%d%05d", f, at)
		conn := &faulty{script: newScript(fmt.Appendf(nil, text, mark)), fault: f, at: at}
		conns = append(conns, conn)
		l.next <- conn
		if at%2 == 0 {
			<-conn.over // the next one comes after this, or at the same time
		}
	}
	synctest.Wait()
	stop()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	for at, conn := range conns {
		out, own := conn.out.String(), fmt.Sprintf("m%d%05d", f, at)
		for _, mark := range marks.FindAllString(out, -1) {
			if mark != own {
				t.Fatalf("at byte %d: %s got %q", at, own, out)
			}
		}
		if whole := f == readTimesOutEarly || f == readIsEmpty || f == readsBytes || f == closeFails || f == writeTimesOutEarly; whole &&
			!strings.Contains(text, "hijack") && strings.Count(out, "HTTP/1.1 200 OK") != strings.Count(text, "HTTP/1.1") {
			t.Errorf("at byte %d: %.500q", at, out)
		}
		if _, err := conn.script.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("at byte %d: the connection is open", at)
		}
	}
}
