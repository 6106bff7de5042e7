package telemetry_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/telemetry"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// latecomers are goroutines that use requests while these end and after that. Each compares the traces that it meets with
// the one of its own request, which clients name by traceID.
type latecomers struct {
	t     *testing.T
	all   sync.WaitGroup
	saw   atomic.Int64 // uses that met the own trace
	lines lineCheck
}

func traceOf(n string) string { return "ace" + strings.Repeat("0", 29-len(n)) + n }

// send sends one after a request, for as long as it finds the trace and longer.
func (c *latecomers) send(req soay.Request, n string) {
	detached, early := req.Detach(), req.Context()
	c.all.Go(func() {
		for i := range 30 {
			c.meet("Context", n, req.Context)
			c.meet("the state's", n, request.StateOf(req).Context)
			c.meet("HTTP", n, func() context.Context { return req.HTTP().Context() })
			for name, ctx := range map[string]context.Context{"one asked for in time": early, "a detached one's": detached.Context()} {
				if c.meet(name, n, func() context.Context { return ctx }); !trace.SpanContextFromContext(ctx).IsValid() {
					c.t.Errorf("%s: request %s has lost its trace", name, n)
				}
			}
			quietly(func() { req.Logger().Info("late", "n", n) })
			quietly(func() {
				_, end := request.StateOf(req).Operation(early, "late", n)
				end(io.EOF)
			})
			if i%10 == 0 {
				time.Sleep(100 * time.Microsecond)
			}
		}
		detached.Logger().Info("late", "n", n)
	})
}

// meet compares the trace of a context, if it has one.
func (c *latecomers) meet(name, n string, context func() context.Context) {
	quietly(func() {
		ctx := context()
		if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() && id.String() != traceOf(n) {
			c.t.Errorf("%s: request %s met the trace %s, want %s", name, n, id, traceOf(n))
		} else if id.IsValid() {
			c.saw.Add(1)
		}
		trace.SpanFromContext(ctx).AddEvent("late")
	})
}

// quietly calls f, which panics in tests if it comes too late.
func quietly(f func()) {
	defer func() { _ = recover() }()
	f()
}

// lineCheck is a writer of JSON lines, which must have no trace but that of their request.
type lineCheck struct {
	t    *testing.T
	with atomic.Int64 // lines with a trace
}

func (l *lineCheck) Write(b []byte) (int, error) {
	var line struct {
		Msg, N, Path string
		TraceID      string `json:"trace_id"`
	}
	if err := json.Unmarshal(b, &line); err != nil {
		l.t.Errorf("%q: %v", b, err)
	}
	if line.Msg == "request" {
		line.N = line.Path[strings.LastIndexByte(line.Path, '/')+1:]
	}
	if line.TraceID != "" {
		l.with.Add(1)
	}
	if (line.Msg == "late" || line.Msg == "request") && line.TraceID != "" && line.TraceID != traceOf(line.N) {
		l.t.Errorf("%s: the trace is %s, want %s", bytes.TrimSpace(b), line.TraceID, traceOf(line.N))
	}
	return len(b), nil
}

// newLateApp returns an app whose handlers leave latecomers.
func newLateApp(c *latecomers, o soay.Options) *soay.App {
	c.lines.t = c.t
	o.Env, o.Logger, o.DrainDelay = "production", slog.New(slog.NewJSONHandler(&c.lines, nil)), -1
	app := soay.New(o)
	app.UseTelemetry(telemetry.New(telemetry.Options{TracerProvider: sdktrace.NewTracerProvider()}))
	app.UseAccessLog()
	app.UseSessions(soay.NewKey())
	app.Get("/text/{n}", func(req soay.Request) soay.Response {
		c.send(req, req.Param("n"))
		return response.Text("hello")
	})
	app.Get("/abandoned/{n}", func(req soay.Request) soay.Response {
		c.send(req, req.Param("n"))
		<-req.Context().Done()
		return response.Text("late")
	}).Timeout(time.Millisecond)
	app.Get("/stream/{n}", func(req soay.Request) soay.Response {
		c.send(req, req.Param("n"))
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, "hello")
			return err
		})
	})
	app.Get("/panic/{n}", func(req soay.Request) soay.Response {
		c.send(req, req.Param("n"))
		panic("no")
	})
	app.Get("/hijacked/{n}", func(req soay.Request) soay.Response {
		c.send(req, req.Param("n"))
		return soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil { // HTTP/2
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		}))(req)
	})
	return app
}

// Goroutines that outlive their request never meet the trace of another one, neither in contexts nor in log lines.
func TestLateGoroutinesMeetNoOtherTrace(t *testing.T) {
	own := httptest.NewTLSServer(nil) // it has a certificate
	own.Close()
	certificate := &tls.Config{Certificates: own.TLS.Certificates}
	tests := []struct {
		name    string
		options soay.Options
		http2   bool
	}{
		{"own server", soay.Options{}, false},
		{"net/http", soay.Options{StandardServer: true}, false},
		{"HTTP/2", soay.Options{TLS: certificate}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &latecomers{t: t}
			app := newLateApp(c, test.options)
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- app.Serve(ctx, listener) }()
			transport := &http.Transport{MaxIdleConnsPerHost: 4, ForceAttemptHTTP2: test.http2, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			url := "http://" + listener.Addr().String()
			if test.http2 {
				url = "https://" + listener.Addr().String()
			}
			kinds := []string{"text", "stream", "text", "abandoned", "text", "panic", "text", "hijacked", "text", "none"}
			var clients sync.WaitGroup
			for client := range 4 {
				clients.Go(func() {
					for i := range 60 {
						n := fmt.Sprint(client*1000 + i)
						askLate(t, transport, url+"/"+kinds[i%len(kinds)]+"/"+n, n)
					}
				})
			}
			clients.Wait()
			c.all.Wait()
			transport.CloseIdleConnections()
			stop()
			if err := <-served; err != nil {
				t.Error(err)
			}
			if c.saw.Load() == 0 || c.lines.with.Load() == 0 {
				t.Errorf("%d contexts and %d lines had a trace", c.saw.Load(), c.lines.with.Load())
			}
		})
	}
}

// askLate sends a request of the trace of n.
func askLate(t *testing.T, transport *http.Transport, url, n string) {
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Error(err)
		return
	}
	r.Header.Set("Traceparent", "00-"+traceOf(n)+"-00f067aa0ba902b7-01")
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, bufio.NewReader(resp.Body))
	resp.Body.Close()
}
