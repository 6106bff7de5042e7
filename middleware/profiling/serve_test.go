package profiling_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// onServers runs a test on each kind of server, with short times for what waits for clients.
func onServers(t *testing.T, test func(*testing.T, soay.Options, *http.Client, func(address string) string)) {
	own := httptest.NewTLSServer(nil)
	own.Close()
	roots := x509.NewCertPool()
	roots.AddCert(own.Certificate())
	overTLS := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}}}
	plain := func(address string) string { return address }
	for _, s := range []struct {
		name    string
		options soay.Options
		client  *http.Client
		address func(string) string
	}{
		{"own", soay.Options{}, http.DefaultClient, plain},
		{"standard", soay.Options{StandardServer: true}, http.DefaultClient, plain},
		{"HTTP/2", soay.Options{TLS: &tls.Config{Certificates: own.TLS.Certificates}}, overTLS,
			func(address string) string { return strings.Replace(address, "http:", "https:", 1) }},
	} {
		t.Run(s.name, func(t *testing.T) {
			test(t, s.options, s.client, s.address)
			s.client.CloseIdleConnections()
		})
	}
}

// The times for handlers, for reading and for writing do not end a recording.
func TestTimesDoNotEndARecording(t *testing.T) {
	onServers(t, func(t *testing.T, o soay.Options, client *http.Client, at func(string) string) {
		o.WriteTimeout, o.BodyTimeout, o.ReadHeaderTimeout, o.IdleTimeout = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
		app, _ := newApp(o)
		app.UseTimeout(100 * time.Millisecond)
		address, _ := serve(t, app)
		for what, begin := range map[string]string{"profile": "\x1f\x8b", "trace": "go 1."} {
			got := get(t.Context(), client, at(address)+what+"?seconds=0.5")
			if got.err != nil || got.status != 200 || !bytes.HasPrefix(got.body, []byte(begin)) {
				t.Errorf("%s: %d %.40q %v", what, got.status, got.body, got.err)
			}
			if wantH2 := o.TLS != nil; wantH2 != (got.proto == "HTTP/2.0") {
				t.Errorf("it came by %s", got.proto)
			}
		}
	})
}

// record starts a recording of 100 s and returns when it runs. The channel gets what the client does.
func record(t *testing.T, ctx context.Context, client *http.Client, address, what string) <-chan answer {
	t.Helper()
	// One connection for all: net/http leaves an HTTP/2 connection open whose handshake meets the stop.
	if got := get(t.Context(), client, address+"heap"); got.status != 200 {
		t.Fatalf("the heap is answered with %d %v", got.status, got.err)
	}
	done := make(chan answer, 1)
	start := func() { done <- get(ctx, client, address+what+"?seconds=100") }
	go start()
	until(t, "the recording", func() bool {
		runs := get(t.Context(), client, address+what+"?seconds=0.001").status == 409
		select {
		case a := <-done: // it was refused itself, because of such a short one
			if a.status != 409 {
				t.Fatalf("the recording ends with %d %v", a.status, a.err)
			}
			go start()
			return false
		default:
			return runs
		}
	})
	return done
}

// A second recording is refused as long as there is one, which ends when its client has gone.
func TestOneAtATime(t *testing.T) {
	onServers(t, func(t *testing.T, o soay.Options, client *http.Client, at func(string) string) {
		app, log := newApp(o)
		base, _ := serve(t, app)
		address := at(base)
		for _, what := range []string{"profile", "trace"} {
			ctx, leave := context.WithCancel(t.Context())
			done := record(t, ctx, client, address, what)
			got := get(t.Context(), client, address+what)
			if got.status != 409 || !strings.Contains(string(got.body), "is being recorded") {
				t.Errorf("a second %s: %d %q", what, got.status, got.body)
			}
			if heap := get(t.Context(), client, address+"heap"); heap.status != 200 {
				t.Errorf("meanwhile the heap is answered with %d %v", heap.status, heap.err)
			}
			leave()
			if first := <-done; !errors.Is(first.err, context.Canceled) {
				t.Errorf("the first client has got %d %v", first.status, first.err)
			}
			until(t, "the end of the "+what, func() bool {
				return get(t.Context(), client, address+what+"?seconds=0.001").status == 200
			})
		}
		if lines := log.Records("response cut off"); len(lines) > 0 {
			t.Errorf("clients that have gone are logged: %v", lines)
		}
	})
}

// The stop of the app ends recordings, and no client takes what it has for a whole.
func TestStopEndsRecordings(t *testing.T) {
	onServers(t, func(t *testing.T, o soay.Options, client *http.Client, at func(string) string) {
		for _, what := range []string{"profile", "trace"} {
			app, _ := newApp(o)
			address, stop := serve(t, app)
			done := record(t, t.Context(), client, at(address), what)
			stop()
			got := <-done
			if what == "profile" && (got.err != nil || got.status != 503) {
				t.Errorf("the profile ends with %d %v, want 503", got.status, got.err)
			}
			if what == "trace" && got.err == nil && got.status == 200 {
				t.Errorf("the trace looks whole")
			}
		}
	})
}

// What the program records itself goes on.
func TestTheProgramRecords(t *testing.T) {
	app, _ := newApp(soay.Options{})
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		t.Fatal(err)
	}
	w := do(app, "GET", "/debug/pprof/profile?seconds=0.001", "")
	pprof.StopCPUProfile()
	if w.Code != 409 || b.Len() == 0 {
		t.Errorf("a profile beside that of the program: %d %s", w.Code, w.Body)
	}
	b.Reset()
	if err := trace.Start(&b); err != nil {
		t.Fatal(err)
	}
	w = do(app, "GET", "/debug/pprof/trace?seconds=0.001", "")
	trace.Stop()
	if w.Code != 409 || b.Len() == 0 {
		t.Errorf("a trace beside that of the program: %d %s", w.Code, w.Body)
	}
	for _, what := range []string{"profile", "trace"} {
		if w := do(app, "GET", "/debug/pprof/"+what+"?seconds=0.001", ""); w.Code != 200 {
			t.Errorf("afterwards a %s is answered with %d %s", what, w.Code, w.Body)
		}
	}
}

// A trace and the flight that the program records do not disturb one another.
func TestTraceBesideAFlight(t *testing.T) {
	flight := trace.NewFlightRecorder(trace.FlightRecorderConfig{})
	if err := flight.Start(); err != nil {
		t.Fatal(err)
	}
	defer flight.Stop()
	app, log := newApp(soay.Options{})
	for range 3 {
		w := do(app, "GET", "/debug/pprof/trace?seconds=0.01", "")
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "go 1.") {
			t.Errorf("got %d %.40q", w.Code, w.Body)
		}
	}
	if log.String() != "" {
		t.Errorf("the log says:\n%s", log)
	}
}

// stuckWriter is a client that reads nothing until its connection is given up.
type stuckWriter struct {
	http.ResponseWriter
	writes  chan struct{}
	givenUp chan struct{}
}

func (w *stuckWriter) Write([]byte) (int, error) {
	w.writes <- struct{}{}
	<-w.givenUp
	return 0, os.ErrDeadlineExceeded
}

func (w *stuckWriter) SetWriteDeadline(d time.Time) error {
	if !d.IsZero() && time.Until(d) <= 0 {
		close(w.givenUp)
	}
	return nil
}

// A client that does not read a trace is given up, for meanwhile the trace grows in memory.
func TestClientThatReadsNothing(t *testing.T) {
	app, _ := newApp(soay.Options{})
	r := httptest.NewRequest("GET", "/debug/pprof/trace?seconds=100", nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.SetBasicAuth("olga", password)
	w := &stuckWriter{httptest.NewRecorder(), make(chan struct{}, 100), make(chan struct{})}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("the connection is not cut: %v", v)
		}
		if n := len(w.writes); n != 1 {
			t.Errorf("%d writes, want one", n)
		}
		if again := do(app, "GET", "/debug/pprof/trace?seconds=0.001", ""); again.Code != 200 {
			t.Errorf("the next trace is answered with %d", again.Code)
		}
	}()
	app.ServeHTTP(w, r)
}

// A middleware that throws the response away starts no recording that nobody would end.
func TestResponseThatIsThrownAway(t *testing.T) {
	app, _ := newApp(soay.Options{})
	thrown := false
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			if resp := next(req); !thrown {
				thrown = true
				return response.Text(resp.Header("Content-Type"))
			}
			return next(req)
		}
	})
	for _, want := range []string{"application/octet-stream", "\x1f\x8b"} {
		if w := do(app, "GET", "/debug/pprof/profile?seconds=0.001", ""); w.Code != 200 || !strings.HasPrefix(w.Body.String(), want) {
			t.Errorf("got %d %.40q, want %q", w.Code, w.Body, want)
		}
	}
}

func TestGoTools(t *testing.T) {
	app, _ := newApp(soay.Options{})
	address, _ := serve(t, app)
	folder := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"tool"}, args...)...)
		cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+folder)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	for target, want := range map[string]string{
		"heap": "PeriodType: space bytes", "goroutine": "PeriodType: goroutine count", "profile?seconds=1": "PeriodType: cpu nanoseconds",
		"mutex": "contentions/count", "allocs?gc=1": "alloc_space",
	} {
		if got := run("pprof", "-raw", address+target); !strings.Contains(got, want) {
			t.Errorf("%s: go tool pprof prints\n%.500s", target, got)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "pprof", "-raw", "-seconds", "400", address+"profile")
	cmd.Env = append(os.Environ(), "PPROF_TMPDIR="+folder)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "A profile may last 5m0s at most.") {
		t.Errorf("of a profile that is too long go tool pprof says %v\n%s", err, out)
	}
	got := get(t.Context(), http.DefaultClient, address+"trace?seconds=0.2")
	file := filepath.Join(folder, "trace.out")
	if err := os.WriteFile(file, got.body, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run("trace", "-d=parsed", file); !strings.Contains(got, "GoStart") && !strings.Contains(got, "StateTransition") {
		t.Errorf("go tool trace prints\n%.500s", got)
	}
}
