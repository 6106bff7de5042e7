package requesttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// Request returns a request for a unit test of a handler, without an app. It has an empty session,
// and it never ends. With.Pattern gives it path parameters. It panics when the arguments make no
// request.
func Request(method, path string, with ...With) request.Request {
	hr, w, err := newRequest(method, "http://localhost", path, nil, with)
	if err != nil {
		panic("requesttest: " + err.Error())
	}
	// This is how a server sees it.
	hr.RequestURI = hr.URL.RequestURI()
	hr.URL.Host, hr.URL.Scheme = "", ""
	hr.RemoteAddr = loopback.String()
	switch {
	case hr.Body == nil:
		hr.Body = http.NoBody
	case hr.ContentLength == 0 && hr.Body != http.NoBody:
		hr.ContentLength = -1 // which is how a server says that it does not know
	}
	state := request.NewExchange(&request.Settings{Strict: true, Complete: new(middleware.ErrorPages).Complete})
	req := state.Begin(hr)
	req.Session = newManager().Open(req.Session, false)
	if w.Pattern != "" {
		state.SetRoute(routeFor(req, method, w.Pattern))
	}
	return req
}

// routeFor returns the route that an app with this one pattern would find.
func routeFor(req request.Request, method, pattern string) *request.Route {
	r := router.New(router.Options{})
	r.Root().Handle(method, pattern, func(request.Request) response.Response { return response.NoContent() })
	table, err := r.Build(router.Config{})
	if err != nil {
		panic("requesttest: " + err.Error())
	}
	route := table.Match(new(router.Matcher), req)
	if route.Pattern == "" {
		panic(fmt.Sprintf("requesttest: pattern %q does not match %s", pattern, req.Path()))
	}
	return route
}

// newManager returns a manager of sessions, as an app has one.
func newManager() *sessions.Manager {
	m, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
	if err != nil {
		panic("requesttest: " + err.Error())
	}
	return m
}

// newCertificate returns a certificate for one test. Nobody trusts it.
func newCertificate(t testing.TB) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("requesttest: %v", err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatalf("requesttest: %v", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
