package profiling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// stall is how long a client may take for a piece of a trace. Meanwhile the runtime keeps what it traces in memory.
const stall = 5 * time.Second

// cpuProfile is a profile of the CPU that is recorded while the client waits.
type cpuProfile struct {
	profiles *profiles
	duration time.Duration
}

// Ready implements what bodies promise that look at no session.
func (c *cpuProfile) Ready() {}

// WriteBody implements [response.Body]. The profile is complete before anything is sent: package runtime/pprof
// makes it of what it has kept, so that streaming would save nothing, and its lock is not held while a slow client reads.
func (c *cpuProfile) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	if !response.HasContent(r.Method, status) {
		return nil
	}
	if !c.profiles.cpu.CompareAndSwap(false, true) {
		return busy("profile of the CPU", errors.New("for another request"))
	}
	defer c.profiles.cpu.Store(false)
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil { // the program does so itself
		return busy("profile of the CPU", err)
	}
	err := wait(r.Context(), c.duration, nil)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	_, err = w.Write(b.Bytes())
	return err
}

// executionTrace is a trace that is sent while it is recorded.
type executionTrace struct {
	profiles *profiles
	duration time.Duration
}

// Ready implements what bodies promise that look at no session.
func (t *executionTrace) Ready() {}

// WriteBody implements [response.Body].
func (t *executionTrace) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	if !response.HasContent(r.Method, status) {
		return nil
	}
	if !t.profiles.tracing.CompareAndSwap(false, true) {
		return busy("trace", errors.New("for another request"))
	}
	defer t.profiles.tracing.Store(false)
	out := &traceWriter{w: w, failed: make(chan struct{})}
	if err := trace.Start(out); err != nil { // the program does so itself
		return busy("trace", err)
	}
	err := wait(r.Context(), t.duration, out.failed)
	if err != nil {
		out.fail(err)
	}
	trace.Stop() // waits for a Write
	return out.close()
}

// wait returns when the time is over, or with an error before that.
func wait(ctx context.Context, d time.Duration, failed <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-failed:
		return nil // its error is known
	case <-ctx.Done():
	}
	if context.Cause(ctx) == request.ErrStopping {
		return problem.New(http.StatusServiceUnavailable, "The server is stopping.").WithCause(request.ErrStopping)
	}
	return http.ErrAbortHandler // nobody is there to get an answer
}

func busy(what string, err error) error {
	return problem.New(http.StatusConflict, fmt.Sprintf("A %s is being recorded.", what)).
		WithHeader("X-Go-Pprof", "1").WithCause(fmt.Errorf("profiling: %s: %w", what, err))
}

// traceWriter sends a trace to a client. Package runtime/trace ignores errors of its writer, and may use it once more
// after the end, if the program records a flight at the same time.
type traceWriter struct {
	w      http.ResponseWriter
	failed chan struct{} // closed by the first error

	writing sync.Mutex // held by Write
	closed  bool

	mu      sync.Mutex
	waiting bool // a Write is under way
	err     error
}

// Write implements io.Writer. Without an error it has written all.
func (t *traceWriter) Write(b []byte) (int, error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if t.closed {
		return len(b), nil
	}
	if err := t.setWaiting(true); err != nil {
		return 0, err
	}
	late := time.AfterFunc(stall, func() { t.fail(errors.New("profiling: the client is too slow for the trace")) })
	n, err := t.w.Write(b)
	late.Stop()
	_ = t.setWaiting(false)
	if err != nil {
		t.fail(err)
	}
	return n, err
}

// setWaiting notes whether a Write is under way, and returns the first error.
func (t *traceWriter) setWaiting(on bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = on
	return t.err
}

// fail notes the first error and ends a Write that waits for the client.
func (t *traceWriter) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return
	}
	t.err = err
	if t.waiting {
		_ = http.NewResponseController(t.w).SetWriteDeadline(time.Now())
	}
	close(t.failed)
}

// close ends the writer and returns its first error.
func (t *traceWriter) close() error {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.closed = true
	return t.setWaiting(false)
}
