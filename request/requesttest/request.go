package requesttest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/sessions"
)

// Request returns a request for a unit test of a handler, without an app. It has an empty session, and never ends. Values of path parameters come with
// [WithParams]. It panics when the arguments make no request.
func Request(method, path string, with ...With) request.Request {
	hr, _, err := newRequest(method, "http://localhost", path, with)
	if err != nil {
		panic("requesttest: " + err.Error())
	}
	// This is how a server sees it.
	hr.RequestURI = hr.URL.RequestURI()
	hr.Host, hr.URL.Host, hr.URL.Scheme = hr.URL.Host, "", ""
	if host := hr.Header.Get("Host"); host != "" {
		hr.Host = host
		hr.Header.Del("Host")
	}
	hr.RemoteAddr = loopback.String()
	if hr.Body == nil {
		hr.Body = http.NoBody
	}
	req := request.NewState(&request.Settings{Strict: true}).Begin(hr.WithContext(context.Background()))
	req.Session = sessions.New()
	return req
}

// WithParams returns the request as if it had been matched to a pattern with parameters of these names, which stand for the first segments of the path:
//
//	req := requesttest.WithParams(requesttest.Request("GET", "/7"), "id")
func WithParams(req request.Request, names ...string) request.Request {
	route := &request.Route{}
	for i, name := range names {
		route.Pattern += "/{" + name + "}"
		route.Params = append(route.Params, request.RouteParam{Name: name, Segment: i})
	}
	return req.WithRoute(route)
}

// newCertificate returns a certificate that nobody trusts, for the time of a test.
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
