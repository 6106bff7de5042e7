package oidc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const wellKnown = "/.well-known/openid-configuration"

// metadata is what a provider tells of itself (OpenID Connect Discovery 1.0, section 3).
type metadata struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	UserInfo      string   `json:"userinfo_endpoint"`
	EndSession    string   `json:"end_session_endpoint"`
	Keys          string   `json:"jwks_uri"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	TellsIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
}

// provider is a provider that is known.
type provider struct {
	metadata
	keys *keys
}

const (
	firstWait = time.Second
	lastWait  = time.Minute
	freshFor  = 24 * time.Hour
)

// discovery fetches what the provider tells of itself, and keeps it.
type discovery struct {
	login   *Login
	current atomic.Pointer[provider]

	mu      sync.Mutex
	running chan struct{} // closed when the fetch under way ends; nil without one
	failure error         // of the last fetch
	failed  time.Time
}

// get returns the provider. If it is not known yet it is fetched, for all who wait at once, and at most once a second. Who
// waits gives up alone.
func (d *discovery) get(ctx context.Context) (*provider, error) {
	if p := d.current.Load(); p != nil {
		return p, nil
	}
	d.mu.Lock()
	if d.failure != nil && time.Since(d.failed) < firstWait {
		defer d.mu.Unlock()
		return nil, d.failure
	}
	running := d.begin()
	d.mu.Unlock()
	select {
	case <-running:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p := d.current.Load(); p != nil {
		return p, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return nil, d.failure
}

// begin starts a fetch unless one is under way, and returns what is closed when it ends. The fetch has a time of its own:
// a client that leaves does not end it for the others.
func (d *discovery) begin() chan struct{} {
	if d.running != nil {
		return d.running
	}
	done := make(chan struct{})
	d.running = done
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), d.login.options.Timeout)
		defer cancel()
		p, err := d.login.discover(ctx)
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.failure = err; err == nil {
			d.current.Store(p)
		} else {
			d.failed = time.Now()
		}
		d.running = nil
		close(done)
	}()
	return done
}

// keepFresh fetches until the context ends: at once, again after 1 s to 60 s while that fails, and each day.
func (d *discovery) keepFresh(ctx context.Context) {
	wait := firstWait
	for {
		d.mu.Lock()
		running := d.begin()
		d.mu.Unlock()
		select {
		case <-running:
		case <-ctx.Done():
			return
		}
		d.mu.Lock()
		err := d.failure
		d.mu.Unlock()
		pause := freshFor
		if err != nil {
			d.login.setup.Logger.WarnContext(ctx, "oidc: the provider cannot be reached", "scheme", d.login.setup.Name, "error", err, "again", wait)
			pause, wait = wait, min(2*wait, lastWait)
		} else {
			wait = firstWait
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// check returns what is wrong with what the provider tells.
func (m *metadata) check(l *Login) error {
	if m.Issuer != l.options.Issuer && !(len(l.options.Tenants) > 0 && isTemplate(m.Issuer)) {
		return fmt.Errorf("it says that its issuer is %q, not %q", m.Issuer, l.options.Issuer)
	}
	var errs []error
	for _, e := range [...]struct {
		name, url string
		needed    bool
	}{
		{"authorization_endpoint", m.Authorization, true}, {"token_endpoint", m.Token, true}, {"jwks_uri", m.Keys, true},
		{"userinfo_endpoint", m.UserInfo, l.options.UserInfo}, {"end_session_endpoint", m.EndSession, false},
	} {
		if e.url == "" && !e.needed {
			continue
		}
		if err := checkEndpoint(e.url); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.name, err))
		}
	}
	return errors.Join(errs...)
}
