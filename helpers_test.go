package soay_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// here returns the file and line of its caller, or of so many lines after it, as reports of mistakes name them.
func here(offset ...int) string {
	_, file, line, _ := runtime.Caller(1)
	for _, n := range offset {
		line += n
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// newApp returns an app in production mode, and its log. It stops without a delay unless it is told one.
func newApp(options ...soay.Options) (*soay.App, *requesttest.Log) {
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
	return soay.New(o), log
}

// do lets app answer a request without a network. When it returns, everything about the request is over.
func do(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// pass is middleware that does nothing.
func pass(next soay.Handler) soay.Handler { return next }

// hello answers with a text.
func hello(soay.Request) soay.Response { return response.Text("hello") }

// pipes is a network in memory, for bubbles of synctest.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// running is an app that serves on a network in memory.
type running struct {
	*pipes
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
	r := &running{pipes: newPipes(), stop: stop, served: make(chan error, 1)}
	transport := &http.Transport{DialContext: r.dial}
	r.client = &http.Client{Transport: transport}
	go func() { r.served <- app.Serve(ctx, r.pipes) }()
	t.Cleanup(transport.CloseIdleConnections)
	return r
}

// end stops the app and expects that nothing has to be cut off.
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
	conn, err := r.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	return conn
}
