//go:build unix

package soay_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
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
	app := soay.New(soay.Options{Logger: log, ShutdownTimeout: time.Minute})
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

// child is such an app.
type child struct {
	*exec.Cmd
	t     *testing.T
	lines chan map[string]any // what it logs; closed at its end
	url   string
}

func newChild(t *testing.T) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.CommandContext(t.Context(), exe), t: t, lines: make(chan map[string]any, 100)}
	c.Env = append(os.Environ(), childEnv+"=1", "GORACE=atexit_sleep_ms=0")
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
