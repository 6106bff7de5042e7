package oidc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/soay-go/soay/request/strictjson"
)

const (
	fetchTime   = 5 * time.Second
	maxDocument = 512 << 10
)

// newClient returns the client for the provider. It follows no redirects, for they could lead anywhere, and connects to
// private addresses only if the issuer has one: a name in a document may resolve to what only this server can reach.
func (l *Login) newClient() *http.Client {
	if l.options.HTTPClient != nil {
		return l.options.HTTPClient
	}
	dialer := &net.Dialer{Timeout: fetchTime}
	if !isInside(l.options.Issuer) {
		dialer.Control = refusePrivate
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: fetchTime, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// isInside reports whether an issuer is named as a host of this machine or of a private network.
func isInside(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(u.Hostname())
	return isLoopback(u.Hostname()) || err == nil && isPrivate(address)
}

var errPrivate = errors.New("oidc: the address is a private one; see Options.HTTPClient for providers inside of a network")

// refusePrivate is called with the address that a name was resolved to.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || isPrivate(at.Addr()) {
		return errPrivate
	}
	return nil
}

func isPrivate(a netip.Addr) bool {
	a = a.Unmap()
	return !a.IsGlobalUnicast() || a.IsPrivate()
}

// fetch returns a document of the provider, and how long it need not be fetched again.
func (l *Login) fetch(ctx context.Context, address string) (body []byte, fresh time.Duration, err error) {
	hr, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	resp, err := l.client.Do(hr)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("oidc: %s answers %d", address, resp.StatusCode)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err == nil && len(body) > maxDocument {
		err = fmt.Errorf("oidc: %s has more than %d bytes", address, maxDocument)
	}
	return body, freshness(resp.Header.Get("Cache-Control")), err
}

// freshness returns how long keys with a Cache-Control are used, within bounds: keys that are revoked must go, and no provider
// wants to be asked for each sign-in.
func freshness(cacheControl string) time.Duration {
	for directive := range strings.SplitSeq(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
		seconds, err := strconv.ParseUint(value, 10, 31)
		if strings.EqualFold(name, "max-age") && err == nil {
			return min(max(time.Duration(seconds)*time.Second, leastFresh), mostFresh)
		}
	}
	return keysFresh
}

// discover returns what the provider tells of itself.
func (l *Login) discover(ctx context.Context) (*provider, error) {
	address := strings.TrimSuffix(l.options.Issuer, "/") + wellKnown
	body, _, err := l.fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	p := new(provider)
	if err := strictjson.Unmarshal(body, &p.metadata, strictjson.Options{}); err != nil {
		return nil, fmt.Errorf("oidc: %s is no JSON of a provider", address)
	}
	if err := p.check(l); err != nil {
		return nil, fmt.Errorf("oidc: %s: %w", address, err)
	}
	p.keys = &keys{fetch: func(ctx context.Context) ([]byte, time.Duration, error) { return l.fetch(ctx, p.Keys) }}
	if old := l.discovery.current.Load(); old != nil && old.Keys == p.Keys {
		p.keys = old.keys
	}
	return p, nil
}

// checkEndpoint is checkURL for an address that may have a query.
func checkEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("it is no URL")
	}
	u.RawQuery, u.ForceQuery = "", false
	return checkURL(u.String())
}
