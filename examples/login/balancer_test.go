//go:build unix

package main

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// balancer is a load balancer: it hands requests to its instances in turn, and leaves out those that
// say that they are not ready or that nobody can connect to.
type balancer struct {
	*httptest.Server
	mu        sync.Mutex
	instances []*instance
	next      int
}

// instance is a program behind the balancer.
type instance struct {
	host   string
	ready  bool
	served int // how many requests it has answered
}

// newBalancer returns one that looks at its instances again and again until the end of the test.
func newBalancer(t *testing.T) *balancer {
	b := &balancer{}
	b.Server = httptest.NewServer(&httputil.ReverseProxy{
		Transport: b,
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL.Scheme = "http" }, // the host stays that of the client
	})
	done := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
				b.look()
			}
		}
	}()
	t.Cleanup(func() {
		close(done)
		<-stopped
		b.Close()
	})
	return b
}

// add puts a program behind the balancer.
func (b *balancer) add(t *testing.T, p *program) *instance {
	t.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	i := &instance{host: u.Host, ready: true}
	b.instances = append(b.instances, i)
	return i
}

// remove takes out an instance that has ended, and returns how many requests it has answered.
func (b *balancer) remove(i *instance) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.instances = slices.DeleteFunc(b.instances, func(other *instance) bool { return other == i })
	return i.served
}

// look asks all instances whether they are ready.
func (b *balancer) look() {
	b.mu.Lock()
	instances := slices.Clone(b.instances)
	b.mu.Unlock()
	for _, i := range instances {
		resp, err := http.Get("http://" + i.host + "/health/ready")
		if err == nil {
			resp.Body.Close()
		}
		b.mu.Lock()
		i.ready = err == nil && resp.StatusCode == http.StatusOK
		b.mu.Unlock()
	}
}

var errNobodyReady = errors.New("no instance is ready")

// pick returns the instance whose turn it is.
func (b *balancer) pick() (*instance, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.instances {
		b.next = (b.next + 1) % len(b.instances)
		if i := b.instances[b.next]; i.ready {
			return i, nil
		}
	}
	return nil, errNobodyReady
}

// RoundTrip implements http.RoundTripper. Where nobody can connect nothing was sent, so another
// instance can have the request. A request that was sent is never sent again.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	for {
		i, err := b.pick()
		if err != nil {
			return nil, err
		}
		out := r.Clone(r.Context())
		out.URL.Host = i.host
		resp, err := http.DefaultTransport.RoundTrip(out)
		fault, isNet := errors.AsType[*net.OpError](err)
		b.mu.Lock()
		switch {
		case err == nil:
			i.served++
		case isNet && fault.Op == "dial":
			i.ready = false
		}
		b.mu.Unlock()
		if !isNet || fault.Op != "dial" {
			return resp, err
		}
	}
}
