package requesttest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// Clients of a listener are on this machine, and may be anything: one of package net/http, or bare bytes.
func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := newApp()
		app.Get("/", func(req soay.Request) soay.Response { return response.Text(req.ClientIP()) })
		listener := requesttest.NewListener()
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- app.Serve(ctx, listener) }()

		transport := &http.Transport{DialContext: listener.DialContext}
		resp, err := (&http.Client{Transport: transport}).Get("http://localhost/")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(resp.Body); string(text) != "127.0.0.1" || err != nil {
			t.Errorf("a client is %q, %v; want 127.0.0.1", text, err)
		}
		transport.CloseIdleConnections()

		conn, err := listener.DialContext(t.Context(), "tcp", "localhost:80")
		if err != nil {
			t.Fatal(err)
		}
		go io.WriteString(conn, "no HTTP at all\r\n\r\n")
		if text, _ := io.ReadAll(conn); !strings.HasPrefix(string(text), "HTTP/1.1 400 ") {
			t.Errorf("bytes that are no request are answered with %q, want 400", text)
		}
		stop()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if _, err := listener.DialContext(t.Context(), "tcp", "localhost:80"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after the end of the service: error %v, want net.ErrClosed", err)
		}
	})
}

func TestListenerWithoutAServer(t *testing.T) {
	listener := requesttest.NewListener()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := listener.DialContext(ctx, "tcp", "localhost:80"); !errors.Is(err, context.Canceled) {
		t.Errorf("dial with a context that is done: %v", err)
	}
	if first, second := listener.Close(), listener.Close(); first != nil || second != nil {
		t.Errorf("Close: %v, then %v", first, second)
	}
	if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
}
