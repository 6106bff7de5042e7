package compress_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
)

// onServers runs a test over each of the servers that an app may run on.
func onServers(t *testing.T, o compress.Options, setUp func(*soay.App), test func(t *testing.T, get getter, log *requesttest.Log)) {
	for _, name := range []string{"own", "standard", "HTTP 2"} {
		t.Run(name, func(t *testing.T) {
			log := new(requesttest.Log)
			app := soay.New(soay.Options{Logger: log.Logger(), StandardServer: name == "standard"})
			app.UseCompression(o)
			setUp(app)
			if name == "HTTP 2" {
				s := httptest.NewUnstartedServer(app)
				s.EnableHTTP2 = true
				s.StartTLS()
				t.Cleanup(s.Close)
				test(t, getter{s.Client(), s.URL}, log)
				return
			}
			base := serve(t, app)
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			test(t, getter{&http.Client{Transport: transport}, base}, log)
		})
	}
}

// serve serves an app until the test ends, and returns its URL.
func serve(t *testing.T, app *soay.App) (base string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

// getter is a client of a server.
type getter struct {
	client *http.Client
	base   string
}

// open begins to read an answer.
func (g getter) open(t *testing.T, method, path string, header http.Header) *http.Response {
	t.Helper()
	hr, err := http.NewRequestWithContext(t.Context(), method, g.base+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	hr.Header = header.Clone()
	resp, err := g.client.Do(hr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// get reads an answer to its end. The error is that of the content.
func (g getter) get(t *testing.T, method, path string, header http.Header) (*requesttest.Response, error) {
	t.Helper()
	resp := g.open(t, method, path, header)
	b, err := io.ReadAll(resp.Body)
	return &requesttest.Response{Status: resp.StatusCode, Header: resp.Header, Body: b}, err
}
