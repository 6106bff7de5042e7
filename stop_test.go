package soay_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// childEnv makes the test binary an app that Run serves, for tests that send it signals.
const childEnv = "SOAY_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	if err := runChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runChild logs what happens to standard output, a line of JSON each.
func runChild() error {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	app := soay.New(soay.Options{Logger: log, ShutdownTimeout: time.Minute, StandardServer: os.Getenv(childEnv) == "standard"})
	app.Get("/", func(soay.Request) soay.Response {
		log.Info("arrived")
		<-app.Stopping()
		return response.Text("hello")
	})
	app.Get("/forever", func(req soay.Request) soay.Response {
		log.Info("arrived")
		<-req.Context().Done()
		return response.Text("never")
	})
	app.OnStop(func(context.Context) error {
		log.Info("stopped")
		return nil
	})
	return app.Run("127.0.0.1:0")
}

// child is an app that runChild serves in a process of its own.
type child struct {
	*exec.Cmd
	t     *testing.T
	lines chan map[string]any // what it logs; closed at its end
	url   string
}

func newChild(t *testing.T) *child {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals to send")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.CommandContext(t.Context(), exe), t: t, lines: make(chan map[string]any, 100)}
	server := "own"
	if standardServer {
		server = "standard"
	}
	c.Env = append(os.Environ(), childEnv+"="+server, "GORACE=atexit_sleep_ms=0")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			var line map[string]any
			if json.Unmarshal(s.Bytes(), &line) == nil {
				c.lines <- line
			}
		}
	}()
	c.url = c.await("soay: serving")["url"].(string)
	return c
}

// await returns the next line with this message.
func (c *child) await(msg string) map[string]any {
	c.t.Helper()
	for line := range c.lines {
		if line["msg"] == msg {
			return line
		}
	}
	c.t.Fatalf("the app ended without saying %q", msg)
	return nil
}

func (c *child) signal(s os.Signal) {
	c.t.Helper()
	if err := c.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

func TestRunStopsAtASignal(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(s.String(), func(t *testing.T) {
			const inFlight = 40
			c := newChild(t)
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			answers := make(chan error, inFlight)
			for range inFlight {
				go func() {
					resp, err := client.Get(c.url)
					if err != nil {
						answers <- err
						return
					}
					defer resp.Body.Close()
					b, err := io.ReadAll(resp.Body)
					if err == nil && (resp.StatusCode != 200 || string(b) != "hello") {
						err = fmt.Errorf("got %d %q", resp.StatusCode, b)
					}
					answers <- err
				}()
			}
			for range inFlight {
				c.await("arrived")
			}
			c.signal(s)
			for range inFlight {
				if err := <-answers; err != nil {
					t.Error(err)
				}
			}
			c.await("stopped")
			for range c.lines {
			}
			if err := c.Wait(); err != nil {
				t.Errorf("the process ended with %v", err)
			}
		})
	}
}

func TestSecondSignalEndsTheProcess(t *testing.T) {
	c := newChild(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		r, _ := http.NewRequestWithContext(ctx, "GET", c.url+"/forever", nil)
		if resp, err := http.DefaultTransport.RoundTrip(r); err == nil {
			resp.Body.Close()
		}
	}()
	c.await("arrived")
	c.signal(syscall.SIGTERM)
	c.await("soay: stopping")
	// The signals have their old effect again at about this time, so one of the next ends the process.
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for open := true; open; {
		select {
		case line, ok := <-c.lines:
			open = ok
			if ok && strings.Contains(fmt.Sprint(line["msg"]), "stopped") {
				t.Error("the app stopped gracefully")
			}
		case <-again.C:
			c.Process.Signal(syscall.SIGTERM)
		}
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("the process ended with %v, want by the signal", err)
	}
}

// While the app drains, each answer tells its client to close the connection. So no request on a kept connection is
// lost by a stop.
func TestStopLosesNothingOnKeptConnections(t *testing.T) {
	app, _ := newApp(soay.Options{DrainDelay: 2 * time.Second}) // for machines with much to do
	app.Post("/", func(req soay.Request) soay.Response {
		b, err := req.Bytes()
		return response.Text(fmt.Sprint(len(b), err))
	})
	base, stop, served := serveTCP(t, app)
	const clients = 200
	var lost, answered atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			for {
				resp, err := client.Post(base, "text/plain", strings.NewReader("hello"))
				if err != nil {
					lost.Add(1)
					return
				}
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err != nil {
					lost.Add(1)
					return
				}
				answered.Add(1)
				if resp.Close {
					return // and goes to another instance
				}
			}
		})
	}
	for answered.Load() < 2*clients {
		time.Sleep(time.Millisecond)
	}
	stop()
	wg.Wait()
	if err := <-served; err != nil || lost.Load() > 0 {
		t.Errorf("%d requests lost of %d clients; Serve: %v", lost.Load(), clients, err)
	}
}

func TestDefaultDrainDelay(t *testing.T) {
	tests := []struct {
		env   string
		delay time.Duration
		want  time.Duration
	}{
		{"production", 0, 300 * time.Millisecond},
		{"development", 0, 0},
		{"production", -1, 0},
		{"development", -1, 0},
		{"production", time.Second, time.Second},
		{"development", time.Second, time.Second},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.env, " ", tt.delay), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := soay.New(soay.Options{Env: tt.env, DrainDelay: tt.delay, Logger: slog.New(slog.DiscardHandler)})
				app.Get("/", hello)
				r := run(t, app)
				start := time.Now()
				r.stop()
				if tt.want > 0 {
					synctest.Wait()
					resp, err := r.client.Get("http://localhost/")
					if err != nil {
						t.Fatal(err)
					}
					resp.Body.Close()
					if !resp.Close {
						t.Error("an answer while draining does not say Connection: close")
					}
				}
				if err := <-r.served; err != nil || time.Since(start) != tt.want {
					t.Errorf("stopped after %v, %v; want %v", time.Since(start), err, tt.want)
				}
			})
		})
	}
}

func TestDrainDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp(soay.Options{DrainDelay: 10 * time.Second})
		app.Get("/ready", func(soay.Request) soay.Response {
			if app.Ready() {
				return response.Text("ready")
			}
			return response.Text("not ready").WithStatus(503)
		})
		r := run(t, app)
		ask := func(want int) {
			t.Helper()
			r.client.CloseIdleConnections() // a new connection each time
			resp, err := r.client.Get("http://localhost/ready")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("got %d, want %d", resp.StatusCode, want)
			}
		}
		ask(200)
		start := time.Now()
		r.stop()
		synctest.Wait()
		ask(503)
		select {
		case <-app.Stopping():
			t.Error("stopping before the delay is over")
		default:
		}
		time.Sleep(9 * time.Second)
		ask(503)
		r.client.CloseIdleConnections()
		if err := <-r.served; err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("Serve: %v after %v, want 10s", err, time.Since(start))
		}
	})
}

// A stop tells also the connections over HTTP/2 to go away whose handshake it meets: package net/http tells only those
// that are complete when its Shutdown begins, and waits for the others until their clients have left.
func TestStopDuringHandshake(t *testing.T) {
	own := httptest.NewTLSServer(nil) // it has a certificate
	own.Close()
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp(soay.Options{TLS: &tls.Config{Certificates: own.TLS.Certificates}})
		app.Get("/", hello)
		r := run(t, app)
		var clients []*tls.Conn
		for range 5 {
			conn, err := r.DialContext(t.Context(), "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			clients = append(clients, tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}}))
		}
		synctest.Wait()
		start := time.Now()
		r.stop()
		synctest.Wait()
		for _, c := range clients {
			go func() {
				// The preface of RFC 9113, section 3.4, with an empty frame of settings; then the client stays idle.
				_, _ = c.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
				_, _ = io.Copy(io.Discard, c)
			}()
		}
		if err := <-r.served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("the stop took %v", took)
		}
	})
}
