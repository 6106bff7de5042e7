// Package requesttest tests apps without a network: a client that keeps cookies, requests for
// unit tests of single handlers, a log that tests can look at, and a network in memory.
//
//	func TestHome(t *testing.T) {
//		c := requesttest.New(t, newApp())
//		if got := c.Get("/").Text(); got != "Hello" {
//			t.Errorf("GET / = %q, want Hello", got)
//		}
//	}
package requesttest

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/cookiejar"
	"testing"
	"time"

	"github.com/soay-go/soay/request"
)

// App is a *soay.App, or another type that serves like one.
type App interface {
	Serve(ctx context.Context, listener net.Listener) error
	Start(ctx context.Context) error
}

// Options sets up a Client. The zero value is the default.
type Options struct {
	// HTTPS makes the client reach the app by https. The default is http.
	HTTPS bool
	// Host is the host that requests are for. The default is localhost.
	Host string
	// Timeout limits each exchange. The default is 10 s.
	Timeout time.Duration
	// OldBrowser makes the client send no Sec-Fetch-Site, like a browser from before 2020 or a program
	// such as curl. The default is a browser that shows a page of the app: requests have
	// Sec-Fetch-Site: same-origin, unless With.Header has this header or Origin.
	OldBrowser bool
}

// Client sends requests to an app, as a browser does that shows a page of this app, and keeps the
// cookies it gets. It is safe for concurrent use.
type Client struct {
	t          testing.TB
	base       string
	http       *http.Client
	header     http.Header // of all requests, never changed
	oldBrowser bool
}

// New starts app and returns a client for it. The app runs on a server of its own, over connections
// in memory, so requests pass everything that they pass in production; but when an answer is there,
// the functions of AfterResponse have run as well. Mistakes in the setup of the app end the test at
// once. The app is stopped gracefully when the test ends.
func New(t testing.TB, app App, options ...Options) *Client {
	t.Helper()
	if len(options) > 1 {
		t.Fatalf("requesttest: %d options; pass one", len(options))
	}
	var o Options
	if len(options) == 1 {
		o = options[0]
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatalf("requesttest: start the app: %v", err)
	}
	listener := NewListener()
	serve(t, app, listener, o.HTTPS)
	return newClient(t, listener, o)
}

// serve runs the app until the test ends, and reports what it did not finish by then.
func serve(t testing.TB, app App, listener *Listener, https bool) {
	var l net.Listener = listener
	if https {
		l = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{newCertificate(t)}})
	}
	ctx, cancel := context.WithCancel(request.ForTest(context.WithoutCancel(t.Context())))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("requesttest: stop the app: %v", err)
		}
	})
}

// WithHeader returns a client whose requests have a header, in place of one of the same name that those of c have.
// With.Header overrides it for one request. It is the same browser as c: both have the same cookies.
func (c *Client) WithHeader(name, value string) *Client {
	other := *c
	if other.header = c.header.Clone(); other.header == nil {
		other.header = http.Header{}
	}
	other.header.Set(name, value)
	return &other
}

// WithToken returns a client that sends a bearer token with each request, as WithHeader does:
//
//	Authorization: Bearer token
func (c *Client) WithToken(token string) *Client {
	return c.WithHeader("Authorization", "Bearer "+token)
}

func newClient(t testing.TB, listener *Listener, o Options) *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatalf("requesttest: %v", err)
	}
	transport := &http.Transport{
		DialContext: listener.DialContext,
		// The certificate was made for this test and travels through memory.
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true},
		DisableCompression: true,
	}
	t.Cleanup(transport.CloseIdleConnections)
	scheme, host, timeout := "http", o.Host, o.Timeout
	if o.HTTPS {
		scheme = "https"
	}
	if host == "" {
		host = "localhost"
	}
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	return &Client{t: t, base: scheme + "://" + host, oldBrowser: o.OldBrowser, http: &http.Client{
		Transport:     transport,
		Jar:           jar,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}
