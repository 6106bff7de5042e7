package oidc

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// maxHint is how long an ID token may be that goes to the provider in an address.
const maxHint = 4 << 10

// signOut ends the session, and sends the browser to the provider to end that one, too. The session here ends whatever
// becomes of the other.
func (l *Login) signOut(req request.Request) response.Response {
	mine := l.session.Identity(req) != nil
	hint := l.open(saved.Or(req.Session, "")).ID
	auth.SignOut(req)
	resp := response.SeeOther("/")
	if p := l.discovery.current.Load(); mine && p != nil && p.EndSession != "" {
		resp = response.ExternalRedirect(l.endSession(req, p, hint)).WithStatus(http.StatusSeeOther)
	}
	return resp.WithHeader("Cache-Control", "no-store")
}

// endSession returns the address that ends the session at the provider (OpenID Connect RP-Initiated Logout 1.0).
func (l *Login) endSession(req request.Request, p *provider, hint string) string {
	u, err := url.Parse(p.EndSession)
	if err != nil { // never: it was checked
		return "/"
	}
	q := u.Query()
	if hint != "" && len(hint) <= maxHint {
		q.Set("id_token_hint", hint)
	} else {
		q.Set("client_id", l.options.ClientID)
	}
	q.Set("post_logout_redirect_uri", l.base(req)+"/")
	u.RawQuery = q.Encode()
	return u.String()
}

// The time within which a logout token must come, and for which it is remembered (OpenID Connect Back-Channel Logout 1.0).
const (
	maxLogoutAge   = 2 * time.Minute
	rememberLogout = 10 * time.Minute
)

// logoutEvent is the member of events that makes a token a logout token.
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// backChannel takes the word of the provider that a session has ended.
func (l *Login) backChannel(req request.Request) response.Response {
	status, err := l.endByToken(req)
	if err != nil {
		req.Logger().LogAttrs(req.Context(), slog.LevelWarn, "oidc: a back-channel logout was refused",
			slog.String("scheme", l.setup.Name), slog.Int("status", status), slog.Any("error", err))
	}
	resp := response.NoContent().WithStatus(http.StatusOK)
	switch status {
	case http.StatusBadRequest:
		resp = response.JSON(map[string]string{"error": "invalid_request"}).WithStatus(status)
	case http.StatusServiceUnavailable:
		resp = response.Error(l.unavailable(err))
	}
	return resp.WithHeader("Cache-Control", "no-store")
}

// endByToken ends the sessions that a logout token names, and returns the status of the answer.
func (l *Login) endByToken(req request.Request) (int, error) {
	form, err := req.Form()
	if err != nil || len(form["logout_token"]) != 1 {
		return http.StatusBadRequest, errors.New("there is not one logout_token")
	}
	p, err := l.discovery.get(req.Context())
	if err != nil {
		return http.StatusServiceUnavailable, err
	}
	c, _, err := p.verify(req.Context(), l, form.Get("logout_token"))
	if isOutage(err) {
		return http.StatusServiceUnavailable, err
	}
	if err == nil {
		err = c.checkLogout(time.Now())
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	first, err := l.setup.Once(req, "oidc logout "+c.Issuer+" "+c.ID, rememberLogout)
	if err != nil {
		return http.StatusServiceUnavailable, err
	}
	if !first {
		return http.StatusBadRequest, errors.New("the token was used before")
	}
	if err := l.session.EndOthers(req.Context(), c.Issuer, c.Subject, c.SessionID); err != nil {
		return http.StatusServiceUnavailable, err
	}
	req.Logger().LogAttrs(req.Context(), slog.LevelInfo, "oidc: the provider has ended a session",
		slog.String("scheme", l.setup.Name), slog.String("subject", c.Subject))
	return http.StatusOK, nil
}

// checkLogout refuses what is no logout token, or an old one.
func (c *claims) checkLogout(now time.Time) error {
	issued, _ := instant(c.Issued)
	_, isEvent := c.Events[logoutEvent].(map[string]any)
	switch {
	case !isEvent:
		return errors.New("events does not have the logout")
	case c.Nonce != nil:
		return errors.New("it has a nonce, as only ID tokens do")
	case c.Subject == "":
		return errors.New("sub is missing, by which sessions are found")
	case c.ID == "":
		return errors.New("jti is missing")
	case issued.Before(now.Add(-maxLogoutAge)):
		return errors.New("iat is more than 2 minutes ago")
	}
	return nil
}
