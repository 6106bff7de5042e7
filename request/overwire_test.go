package request_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newLoggedApp returns an app in production mode, and its log. Unless the options say otherwise it stops without a delay.
func newLoggedApp(options ...soay.Options) (*soay.App, *requesttest.Log) {
	var o soay.Options
	if len(options) > 0 {
		o = options[0]
	}
	log := new(requesttest.Log)
	o.Logger = log.Logger()
	if o.Env == "" {
		o.Env = "production"
	}
	if o.DrainDelay == 0 {
		o.DrainDelay = -1
	}
	o.StandardServer = o.StandardServer || standardServer
	return soay.New(o), log
}

// running is an app that serves on a network in memory.
type running struct {
	*requesttest.Listener
	client *http.Client
	stop   context.CancelFunc // tells the app to stop
	served chan error         // what Serve has returned
}

// run serves app until the test stops it.
func run(t *testing.T, app *soay.App) *running {
	t.Helper()
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{Listener: requesttest.NewListener(), stop: stop, served: make(chan error, 1)}
	transport := &http.Transport{DialContext: r.DialContext}
	r.client = &http.Client{Transport: transport}
	go func() { r.served <- app.Serve(ctx, r.Listener) }()
	t.Cleanup(transport.CloseIdleConnections)
	return r
}

// end stops the app. Requests that have to be cut off fail the test.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.client.CloseIdleConnections()
	r.stop()
	if err := <-r.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// connect returns a bare connection to the app.
func (r *running) connect(t *testing.T) net.Conn {
	t.Helper()
	conn, err := r.DialContext(t.Context(), "tcp", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// hello answers with a text.
func hello(soay.Request) soay.Response { return response.Text("hello") }

// serveTCP serves app over TCP. It returns the URL, a function that stops the app, and the result of Serve.
func serveTCP(t *testing.T, app *soay.App) (url string, stop context.CancelFunc, served <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	return "http://" + listener.Addr().String(), cancel, done
}

// newTLS returns the settings of a server for localhost and of a client that trusts it.
func newTLS() (server, client *tls.Config) {
	cert := certificate()
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	return &tls.Config{Certificates: []tls.Certificate{cert}}, &tls.Config{RootCAs: roots, ServerName: "localhost"}
}

// certificate makes one certificate for all tests. It is valid in bubbles, whose time begins in the year 2000. Handshakes with a key on
// a curve take less time than with one of RSA.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})

// protocol is a way to reach an app.
type protocol struct {
	name     string
	major    int
	tls      bool
	standard bool // by the server of package net/http
}

var protocols = []protocol{
	{"HTTP 1", 1, false, false}, {"HTTP 1 by net/http", 1, false, true}, {"HTTP 1 over TLS", 1, true, true}, {"HTTP 2", 2, true, true},
}

// starter serves an app by a protocol and returns its URL.
type starter func(*soay.App) (r *running, url string)

// overAll runs a test in a bubble for each protocol. The test makes the app with the options and starts it by start.
func overAll(t *testing.T, test func(t *testing.T, options soay.Options, start starter)) {
	for _, p := range protocols {
		t.Run(p.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { p.over(t, test) }) })
	}
}

func (p protocol) over(t *testing.T, test func(t *testing.T, options soay.Options, start starter)) {
	options := soay.Options{StandardServer: p.standard}
	var client *tls.Config
	url := "http://localhost"
	if p.tls {
		options.TLS, client = newTLS()
		url = "https://localhost"
	}
	test(t, options, func(app *soay.App) (*running, string) {
		r := run(t, app)
		transport := r.client.Transport.(*http.Transport)
		transport.TLSClientConfig = client
		transport.ForceAttemptHTTP2 = p.major == 2
		r.client.Transport = checkedTransport{transport, p.major}
		return r, url
	})
}

// checkedTransport fails if a response came by another protocol.
type checkedTransport struct {
	*http.Transport
	major int
}

// RoundTrip implements http.RoundTripper.
func (c checkedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.Transport.RoundTrip(r)
	if err == nil && resp.ProtoMajor != c.major {
		resp.Body.Close()
		return nil, fmt.Errorf("the response came by %s", resp.Proto)
	}
	return resp, err
}
