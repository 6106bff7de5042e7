package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// callback takes a browser that comes back from the provider. The cookie of the sign-in goes, whatever happens.
func (l *Login) callback(req request.Request) response.Response {
	values, err := answerOf(req)
	if err != nil {
		return l.page(req, refuse("the parameters", err), "").WithHeader("Cache-Control", "no-store")
	}
	name := l.cookieName(req, values.Get("state"))
	f, known := l.flowOf(req, name, values.Get("state"))
	resp := l.finish(req, values, f, known)
	if _, sent := req.Cookie(name); sent {
		resp = resp.WithoutCookie(name, l.cookie(req, name, ""))
	}
	return resp.WithHeader("Cache-Control", "no-store")
}

// answerOf returns the parameters of a callback, each of them once (RFC 6749 section 3.1).
func answerOf(req request.Request) (url.Values, error) {
	values := req.QueryValues()
	if req.Method() == http.MethodPost {
		if len(values) > 0 {
			return nil, errors.New("a form, and a query")
		}
		form, err := req.Form()
		if err != nil {
			return nil, errors.New("no form")
		}
		values = form
	}
	for _, name := range [...]string{"state", "code", "iss", "error", "error_description", "error_uri"} {
		if len(values[name]) > 1 {
			return nil, errors.New(name + " is there more than once")
		}
	}
	if values.Get("state") == "" {
		return nil, errors.New("state is missing")
	}
	return values, nil
}

// finish answers a callback.
func (l *Login) finish(req request.Request, values url.Values, f flow, known bool) response.Response {
	if !known {
		return l.page(req, refuse("the state is not one of this browser", l.lost(req)), "")
	}
	if f.Login != l.setup.Name {
		return l.page(req, refuse("the state is that of another provider", nil), "")
	}
	first, err := l.setup.Once(req, "oidc state "+f.State, flowAge)
	if err != nil || !first {
		return l.page(req, refuse("the state was used before", err), f.Return)
	}
	p, err := l.discovery.get(req.Context())
	if err != nil {
		return l.page(req, broken("the provider is not known", err), f.Return)
	}
	if err := p.checkSender(l, values); err != nil {
		return l.page(req, refuse("iss", err), f.Return)
	}
	if code := values.Get("error"); code != "" {
		return l.refused(req, code, f.Return)
	}
	if values.Get("code") == "" {
		return l.page(req, refuse("there is no code", nil), f.Return)
	}
	if bad := l.signUp(req, p, f, values.Get("code")); bad != nil {
		if other, ok := errors.AsType[*failure](bad); ok {
			return l.page(req, other, f.Return)
		}
		return response.Error(bad)
	}
	return response.SeeOther(f.Return)
}

// lost says what a missing cookie comes from most of the time.
func (l *Login) lost(req request.Request) error {
	switch u := l.setup.PublicURL; {
	case u != nil && u.Scheme != req.Scheme():
		return errors.New("the request came by " + req.Scheme() + " and PublicURL says " + u.Scheme + ": is the proxy one of UseProxies?")
	case u != nil && !strings.EqualFold(u.Host, req.Host()):
		return errors.New("the request is for another host than PublicURL says")
	case l.options.ResponseMode == ModeFormPost && req.Scheme() != "https":
		return errors.New("with form_post browsers send the cookie only over https")
	}
	return errors.New("there is no cookie of it, or it is older than 10 minutes")
}

// checkSender refuses an answer that another provider has sent the browser with (RFC 9207 section 2.4).
func (p *provider) checkSender(l *Login, values url.Values) error {
	iss, sent := values.Get("iss"), values.Has("iss")
	switch {
	case !sent && p.TellsIssuer:
		return errors.New("it is missing, and the provider announces it")
	case sent && !p.isIssuer(l, iss):
		return errors.New("it is that of another provider")
	}
	return nil
}

// knownErrors are the codes of OAuth and OpenID Connect. Others could say anything to the user.
var knownErrors = []string{
	"access_denied", "invalid_request", "unauthorized_client", "unsupported_response_type", "invalid_scope", "server_error",
	"temporarily_unavailable", "interaction_required", "login_required", "account_selection_required", "consent_required",
	"invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported",
	"registration_not_supported", "unmet_authentication_requirements",
}

// refused tells the user that the provider has refused.
func (l *Login) refused(req request.Request, code, returnTo string) response.Response {
	known := code
	if !slices.Contains(knownErrors, code) {
		known = "server_error"
	}
	if l.options.ErrorPath != "" {
		return response.SeeOther(l.options.ErrorPath + "?error=" + known)
	}
	return l.page(req, &failure{http.StatusForbidden, "the provider answers " + known, nil}, returnTo)
}

// signUp exchanges the code, judges what comes, and signs its user in. The error is a *failure for those of the client and
// of the provider.
func (l *Login) signUp(req request.Request, p *provider, f flow, code string) error {
	ctx, cancel := context.WithTimeout(req.Context(), l.options.Timeout)
	defer cancel()
	token, err := l.exchange(ctx, p, f, code)
	if err != nil {
		return err
	}
	raw, _ := token.Extra("id_token").(string)
	claims, err := p.judge(ctx, l, raw, expected{nonce: f.Nonce, maxAge: f.MaxAge, accessToken: token.AccessToken})
	if err != nil {
		return err
	}
	if l.options.UserInfo {
		if err := l.addUserInfo(ctx, p, token.AccessToken, claims); err != nil {
			return err
		}
	}
	id, err := l.identity(req, claims)
	if err != nil {
		return err
	}
	if err := l.session.Accept(req, id); err != nil {
		return err
	}
	l.keep(req, newTokens(token, raw))
	return nil
}

// identity returns the identity of somebody.
func (l *Login) identity(req request.Request, c *claims) (*auth.Identity, error) {
	profile, err := l.profile(c)
	if err != nil {
		return nil, refuse("the claims", err)
	}
	if l.options.Map != nil {
		mapped, err := l.options.Map(req, profile)
		if bad, ok := errors.AsType[*auth.InvalidError](err); ok {
			return nil, &failure{http.StatusForbidden, "Map refuses the user", bad}
		}
		if err == nil && (mapped.Subject != profile.Subject || mapped.Issuer != profile.Issuer) {
			err = errors.New("oidc: Map has changed the Subject or the Issuer, by which the provider knows the user")
		}
		if err != nil {
			return nil, err
		}
		profile = mapped
	}
	if profile.AuthTime.IsZero() {
		profile.AuthTime = time.Now()
	}
	return l.setup.NewIdentity(profile)
}

// keep keeps the tokens of a sign-in in the session, if that is in a store. There is always the ID token, which the
// provider wants to see when the session ends.
func (l *Login) keep(req request.Request, t tokens) {
	if !l.setup.StoredSessions {
		return
	}
	if !l.options.SaveTokens {
		t = tokens{ID: t.ID}
	}
	saved.Set(req.Session, l.seal(t))
}
