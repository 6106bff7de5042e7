package oidc_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware/auth/oidc"
	"github.com/soay-go/soay/sessions/memstore"
)

func TestAccessToken(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{store: memstore.New()}, oidc.Options{SaveTokens: true})
	c := browser(t, s)
	if got := c.Get("/token"); got.Status != http.StatusInternalServerError {
		t.Errorf("nobody: %d", got.Status)
	}
	signIn(t, c, "/sign-in")
	if text := c.Get("/token").Text(); text != "access-1" {
		t.Errorf("the token is %s", text)
	}
	if n := p.called("/token"); n != 1 {
		t.Errorf("%d calls", n)
	}
	p.wantNoSecrets(t, s)
}

// TestRefreshAtOnce is T16: many requests of one session, on one and on two instances, refresh once.
func TestRefreshAtOnce(t *testing.T) {
	for name, instances := range map[string]int{"one instance": 1, "two instances": 2} {
		t.Run(name, func(t *testing.T) {
			p := newOP(t)
			s, c := pair(t, p, oidc.Options{SaveTokens: true})
			p.change(func(l *lies) { l.lifetime = 30 * time.Second })
			signIn(t, c[0], "/sign-in")
			share(c[0], c[1])
			p.change(func(l *lies) { l.lifetime = time.Hour })
			var wg sync.WaitGroup
			for i := range 10 * instances {
				wg.Go(func() {
					if got, err := c[i%instances].Try(http.MethodGet, "/token"); err != nil || got.Text() != "access-2" {
						t.Errorf("request %d: %v %v", i, got, err)
					}
				})
			}
			wg.Wait()
			if n := p.called("/token"); n != 2 { // the code, and one refresh
				t.Errorf("%d calls of the token endpoint, want 2", n)
			}
			if text := c[0].Get("/who").Text(); text == "nobody" {
				t.Error("the user was signed out")
			}
			p.wantNoSecrets(t, s[0])
		})
	}
}

func TestRefreshFails(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{store: memstore.New()}, oidc.Options{SaveTokens: true})
	c := browser(t, s)
	p.change(func(l *lies) { l.lifetime = 30 * time.Second })
	signIn(t, c, "/sign-in")
	p.change(func(l *lies) {
		l.endpoint = func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		}
	})
	if text := c.Get("/token").Text(); text != "access-1" {
		t.Errorf("while the provider is down, the token that is still good is %s", text)
	}
	p.change(func(l *lies) { l.endpoint = nil })
	p.mu.Lock()
	clear(p.refresh) // the provider has ended its session
	p.mu.Unlock()
	if got := c.Get("/token"); got.Status != http.StatusInternalServerError {
		t.Errorf("%d %s", got.Status, got.Text())
	}
	if text := c.Get("/who").Text(); text != "nobody" {
		t.Errorf("the user is %s", text)
	}
	p.wantNoSecrets(t, s)
}

// TestRefreshOfExpired: a token that is over, with a provider that is down, is an outage.
func TestRefreshOfExpired(t *testing.T) {
	p := newOP(t)
	c := browser(t, newSite(p, setup{store: memstore.New()}, oidc.Options{SaveTokens: true}))
	p.change(func(l *lies) { l.tokens = func(m map[string]any) { m["expires_in"] = -5 } })
	signIn(t, c, "/sign-in")
	p.change(func(l *lies) {
		l.endpoint = func(http.Handler) http.Handler { return http.NotFoundHandler() }
	})
	if got := c.Get("/token"); got.Status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", got.Status, got.Text())
	}
	if text := c.Get("/who").Text(); text == "nobody" {
		t.Error("an outage has signed the user out")
	}
}

func TestTokensThatAreNotSaved(t *testing.T) {
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	signIn(t, c, "/sign-in")
	if got := c.Get("/token"); got.Status != http.StatusInternalServerError {
		t.Errorf("%d %s", got.Status, got.Text())
	}
}
