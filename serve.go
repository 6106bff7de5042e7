package soay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/request/http1/loop"
)

// Run starts the app and serves it on a TCP address such as 127.0.0.1:8000 until the process gets
// SIGINT or SIGTERM. Then it stops gracefully, as [App.Serve] does, and returns nil. A second
// signal ends the process at once.
func (a *App) Run(addr string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	context.AfterFunc(ctx, cancel) // gives the signals back their default effect
	// The setup is checked before the port is taken, so that mistakes are reported also while the port is in
	// use.
	if err := a.Start(ctx); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		stopping, cancel := a.stopContext(ctx)
		defer cancel()
		return errors.Join(fmt.Errorf("soay: listen on %q: %w", addr, err), a.Stop(stopping))
	}
	return a.Serve(ctx, listener)
}

// Serve starts the app and serves it on listener until ctx ends. Then it stops gracefully: Ready
// turns false, after Options.DrainDelay no more connections are taken, streams are told through the
// contexts of their requests, requests in flight get Options.ShutdownTimeout to finish, and what is
// left is cut off. At last the stop hooks run. It closes the listener, and returns nil if nothing
// had to be cut off.
func (a *App) Serve(ctx context.Context, listener net.Listener) error {
	if err := a.Start(ctx); err != nil {
		listener.Close()
		return err
	}
	c := a.core.Load()
	if !request.IsForTest(ctx) {
		a.serving(listener.Addr())
	}
	server := a.newServer(ctx, c)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	a.options.logger().Info("soay: serving", "url", a.url(listener))

	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("soay: serve: %w", err)
		c.draining.Store(true)
	case <-ctx.Done():
		c.draining.Store(true)
		if !request.IsForTest(ctx) {
			time.Sleep(a.drainDelay())
		}
	}
	err = errors.Join(err, a.drain(server, c))
	stopping, cancel := a.stopContext(ctx)
	defer cancel()
	return errors.Join(err, a.stopDrained(stopping))
}

// url returns where the app is reached.
func (a *App) url(listener net.Listener) string {
	addr := listener.Addr()
	if addr.Network() == "unix" {
		return "unix:" + addr.String()
	}
	scheme := "http"
	if a.options.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + addr.String()
}

// server serves a listener: the app's own or that of package net/http.
type server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
	Close() error
}

// newServer returns the server for connections of the app. Its own answers what it can over plain HTTP/1.1, and
// gives all else to that of net/http.
func (a *App) newServer(ctx context.Context, c *core) server {
	standard := a.newStandardServer(ctx, c)
	if a.options.StandardServer || a.options.TLS != nil || standard.MaxHeaderBytes < http1.MaxHead {
		return standardServer{standard}
	}
	under := conditions{write: a.writeTimeout(), direct: true}
	return &loop.Server{
		Handler: func(w *loop.Writer, hr *http.Request) {
			if a.core.Load() != c {
				refuse(w, http.StatusServiceUnavailable)
				return
			}
			c.serve(w, hr, under)
		},
		Standard:          standard,
		ReadHeaderTimeout: standard.ReadHeaderTimeout,
		IdleTimeout:       standard.IdleTimeout,
		BodyTimeout:       a.bodyTimeout(),
		WriteTimeout:      a.writeTimeout(),
	}
}

// standardServer is the server of net/http, with cheap deadlines.
type standardServer struct{ *http.Server }

// Serve serves https if the server has a certificate.
func (s standardServer) Serve(listener net.Listener) error {
	listener = http1.DeadlineListener{Listener: listener}
	if s.TLSConfig != nil {
		return s.ServeTLS(listener, "", "")
	}
	return s.Server.Serve(listener)
}

// Shutdown tells connections over HTTP/2 to go away. That of net/http tells only those whose handshake is complete, and
// waits for the others until their clients have left. So it is called again and again.
func (s standardServer) Shutdown(ctx context.Context) error {
	for {
		round, cancel := context.WithTimeout(ctx, shutdownRound)
		err := s.Server.Shutdown(round)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
}

const shutdownRound = time.Second

func (a *App) bodyTimeout() time.Duration { return cmp.Or(a.options.BodyTimeout, defaultBodyTimeout) }

func (a *App) writeTimeout() time.Duration {
	return cmp.Or(a.options.WriteTimeout, defaultWriteTimeout)
}

// newStandardServer returns the server of net/http with its limits. There is no limit on the time of a whole exchange,
// for streams have no end; instead each step that waits for the client has one.
func (a *App) newStandardServer(ctx context.Context, c *core) *http.Server {
	o := &a.options
	under := conditions{body: a.bodyTimeout(), write: a.writeTimeout(), direct: true}
	return &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
			switch {
			case a.core.Load() != c:
				refuse(w, http.StatusServiceUnavailable)
			case hasTooManyFields(hr.Header):
				refuse(w, http.StatusRequestHeaderFieldsTooLarge)
			default:
				c.serve(w, hr, under)
			}
		}),
		ReadHeaderTimeout: cmp.Or(o.ReadHeaderTimeout, defaultReadHeaderTimeout),
		IdleTimeout:       cmp.Or(o.IdleTimeout, defaultIdleTimeout),
		MaxHeaderBytes:    cmp.Or(o.MaxHeaderBytes, defaultMaxHeaderBytes),
		TLSConfig:         o.TLS,
		HTTP2:             &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		// The router answers OPTIONS *, inside the middleware.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(o.logger().Handler(), slog.LevelWarn),
		// Requests in flight outlive ctx, whose end starts the stop.
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
}

// Over HTTP/2 ReadHeaderTimeout holds for the first request of a connection only. So a silent client gets a
// ping after pingAfter. Without an answer within pingTimeout its connection is closed: also one with headers that
// do not end, and one whose client has vanished.
const (
	pingAfter   = 15 * time.Second
	pingTimeout = 15 * time.Second
)

// Short header fields take several times their size in memory, so their number is limited too.
const (
	maxFieldNames = 200
	maxFields     = 1000 // together, where names repeat
)

func hasTooManyFields(h http.Header) bool {
	if len(h) > maxFieldNames {
		return true
	}
	n := 0
	for _, values := range h {
		n += len(values)
	}
	return n > maxFields
}

// drainDelay returns how long the app goes on taking requests after it was told to stop.
func (a *App) drainDelay() time.Duration {
	switch d := a.options.DrainDelay; {
	case d < 0 || d == 0 && a.dev:
		return 0
	case d > 0:
		return d
	}
	return defaultDrainDelay
}

// drain lets requests in flight finish.
func (a *App) drain(server server, c *core) error {
	c.stop()
	timeout := cmp.Or(a.options.ShutdownTimeout, defaultShutdownTimeout)
	a.options.logger().Info("soay: stopping", "timeout", timeout)
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	err := server.Shutdown(ctx)
	if err == nil {
		err = c.awaitIdle(ctx)
	}
	if err != nil {
		server.Close()
		return fmt.Errorf("soay: requests were cut off after %v: %w", timeout, err)
	}
	return nil
}

// awaitIdle waits for work that the server does not count: streams whose connections were taken over, functions that
// run after a response, and handlers that have exceeded their time.
func (c *core) awaitIdle(ctx context.Context) error {
	for c.busy.Load() > 0 || c.settings.Abandoned() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
