package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
)

// ErrNoToken means that there is no access token for the user: nobody is signed in by the provider, its tokens were not
// saved, or the last one is over and cannot be refreshed. Signing in again brings one.
var ErrNoToken = errors.New("oidc: there is no access token; sign in again")

// saved has the sealed tokens of a session.
const saved sessions.Value[string] = "soay/oidc"

// tokens are those of a session.
type tokens struct {
	Access  string    `json:"a,omitempty"`
	Refresh string    `json:"r,omitempty"`
	ID      string    `json:"i,omitempty"`
	Expires time.Time `json:"e"`
	// Claimed is until when one request refreshes them, so that the others wait.
	Claimed time.Time `json:"c"`
}

func newTokens(t *oauth2.Token, id string) tokens {
	return tokens{Access: t.AccessToken, Refresh: t.RefreshToken, ID: id, Expires: t.Expiry}
}

// early is how long before its end an access token is refreshed.
const early = time.Minute

// isFresh reports whether the access token can be used for a while.
func (t tokens) isFresh() bool {
	return t.Access != "" && (t.Expires.IsZero() || time.Until(t.Expires) >= early)
}

// isGood reports whether the access token can still be used.
func (t tokens) isGood() bool {
	return t.Access != "" && (t.Expires.IsZero() || time.Until(t.Expires) > 0)
}

func (l *Login) seal(t tokens) string {
	text, err := json.Marshal(t)
	if err != nil { // never: texts and times of this century
		return ""
	}
	return l.tokens.Protect(text)
}

// open returns the tokens that seal has sealed, none for anything else.
func (l *Login) open(text string) tokens {
	t, err := keyring.UnprotectValue[tokens](l.tokens, text, keyring.NoLimit)
	if err != nil {
		return tokens{}
	}
	return t
}

// AccessToken returns the access token of the user who is signed in, for calls of APIs. It needs Options.SaveTokens. A
// token with less than 60 s left is refreshed before, once for all requests of the session that ask for it. The error is
// [ErrNoToken] if there is none; another error, of a provider that is down, say, makes a 503.
//
// A token that cannot be refreshed because the provider has ended its session signs the user out.
func (l *Login) AccessToken(req request.Request) (string, error) {
	if err := req.Session.Load(); err != nil {
		return "", err
	}
	if !l.options.SaveTokens || l.session.Identity(req) == nil {
		return "", ErrNoToken
	}
	t := l.open(saved.Or(req.Session, ""))
	if t.isFresh() {
		return t.Access, nil
	}
	if t.Refresh == "" {
		if t.isGood() {
			return t.Access, nil
		}
		return "", ErrNoToken
	}
	if sessions.StateOf(req.Session).IsReadOnly() {
		return "", errors.New("oidc: AccessToken: the session cannot change any more; call it before the handler returns")
	}
	return l.refreshOnce(req)
}

// refreshing is a refresh under way.
type refreshing struct {
	done  chan struct{}
	token string
	err   error
}

// refreshOnce refreshes the tokens of a session, for all requests of this process that ask at once. Who waits gives up
// alone.
func (l *Login) refreshOnce(req request.Request) (string, error) {
	r, id := &l.refreshes, req.Session.ID()
	r.Lock()
	if other := r.running[id]; other != nil {
		r.Unlock()
		select {
		case <-other.done:
			return other.token, other.err
		case <-req.Context().Done():
			return "", l.unavailable(req.Context().Err())
		}
	}
	mine := &refreshing{done: make(chan struct{}), err: l.unavailable(errors.New("the refresh has panicked"))}
	r.running[id] = mine
	r.Unlock()
	defer func() {
		r.Lock()
		delete(r.running, id)
		r.Unlock()
		close(mine.done)
	}()
	mine.token, mine.err = l.refresh(req)
	return mine.token, mine.err
}

// refresh refreshes the tokens of a session. A client that leaves does not end it, for the provider may have taken the old
// token already.
func (l *Login) refresh(req request.Request) (string, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(req.Context()), 2*l.options.Timeout)
	defer cancel()
	p, err := l.discovery.get(ctx)
	if err != nil {
		return "", l.unavailable(err)
	}
	for range 2 {
		old, mine, err := l.claim(ctx, req.Session)
		if err != nil || !mine {
			return old.Access, err
		}
		fresh, err := l.withSecret(ctx, func(ctx context.Context, secret string) (*oauth2.Token, error) {
			return l.config(p, "", secret).TokenSource(ctx, &oauth2.Token{RefreshToken: old.Refresh}).Token()
		})
		switch {
		case err == nil:
			return l.renew(req.Session, old, fresh)
		case !isGrantError(err):
			return l.release(req.Session, old, err)
		case !l.isReplaced(req.Session, old):
			auth.SignOut(req)
			return "", ErrNoToken
		}
	}
	auth.SignOut(req)
	return "", ErrNoToken
}

// pollEvery is how often a request looks whether another instance has refreshed the tokens.
const pollEvery = 50 * time.Millisecond

// claim returns the tokens that the store has now, and true if this request is the one that refreshes them. It waits while
// a request of another instance does. Tokens that are fresh need no refresh.
func (l *Login) claim(ctx context.Context, s sessions.Session) (now tokens, mine bool, err error) {
	for {
		err := saved.Modify(s, func(text string) string {
			now, mine = l.open(text), false
			if now.Refresh == "" || now.isFresh() || time.Now().Before(now.Claimed) {
				return text
			}
			mine = true
			next := now
			next.Claimed = time.Now().Add(2 * l.options.Timeout)
			return l.seal(next)
		})
		switch {
		case errors.Is(err, sessions.ErrGone):
			return tokens{}, false, ErrNoToken
		case err != nil:
			return tokens{}, false, err
		case mine, now.isFresh():
			return now, mine, nil
		case now.Refresh == "":
			return tokens{}, false, ErrNoToken
		}
		timer := time.NewTimer(pollEvery)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return tokens{}, false, l.unavailable(ctx.Err())
		}
	}
}

// renew keeps new tokens. A provider that sends no refresh token lets the old one be used again.
func (l *Login) renew(s sessions.Session, old tokens, t *oauth2.Token) (string, error) {
	fresh := newTokens(t, old.ID)
	if fresh.Refresh == "" {
		fresh.Refresh = old.Refresh
	}
	err := saved.Modify(s, func(string) string { return l.seal(fresh) })
	if errors.Is(err, sessions.ErrGone) { // signed out meanwhile
		return "", ErrNoToken
	}
	return fresh.Access, err
}

// release lets another request refresh the tokens after this one has failed. Until the old token ends it is used.
func (l *Login) release(s sessions.Session, old tokens, failed error) (string, error) {
	err := saved.Modify(s, func(text string) string {
		now := l.open(text)
		now.Claimed = time.Time{}
		return l.seal(now)
	})
	switch {
	case errors.Is(err, sessions.ErrGone):
		return "", ErrNoToken
	case err != nil:
		return "", err
	case old.isGood():
		return old.Access, nil
	}
	return "", l.unavailable(failed)
}

// isReplaced reports whether another request has put newer tokens in the place of those that the provider has refused. If
// not, nobody waits for them any more.
func (l *Login) isReplaced(s sessions.Session, refused tokens) bool {
	replaced := false
	err := saved.Modify(s, func(text string) string {
		now := l.open(text)
		replaced = now.Refresh != "" && now.Refresh != refused.Refresh
		return text
	})
	return err == nil && replaced
}
