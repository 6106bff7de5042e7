package soay_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// While the app drains, each answer tells its client not to use the connection again, so a stop loses nothing that
// clients send on connections that are kept.
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

// What an app says of a unix socket names it, and its clients have no address.
func TestUnixSocket(t *testing.T) {
	path := t.TempDir() + "/app.sock"
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	app, log := newApp()
	app.Get("/", func(req soay.Request) soay.Response { return response.Text("[" + req.ClientIP() + "]") })
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", path) },
	}}
	resp, err := client.Get("http://localhost/")
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if string(b) != "[]" {
		t.Errorf("the client's address is %s", b)
	}
	stop()
	<-served
	if lines := log.Records("soay: serving"); len(lines) != 1 || lines[0]["url"] != "unix:"+path {
		t.Errorf("the log says %v", lines)
	}
}
