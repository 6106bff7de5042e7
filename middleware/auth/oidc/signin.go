package oidc

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// signIn sends a browser to the provider.
func (l *Login) signIn(req request.Request) response.Response {
	p, err := l.discovery.get(req.Context())
	if err != nil {
		return response.Error(l.unavailable(err)).WithHeader("Cache-Control", "no-store")
	}
	redirect, err := l.redirectURI(req)
	if err != nil {
		return response.Error(err)
	}
	f := flow{
		Login: l.setup.Name, State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier(),
		Return: l.returnPath(req), Redirect: redirect, Began: time.Now(), MaxAge: l.maxAge(req),
	}
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(f.Verifier), oauth2.SetAuthURLParam("nonce", f.Nonce)}
	for name, value := range map[string]string{
		"response_mode": l.options.ResponseMode, "acr_values": l.options.ACR, "prompt": l.options.Prompt,
	} {
		if value != "" && value != ModeQuery { // which is the default of the protocol
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	if f.MaxAge >= 0 {
		options = append(options, oauth2.SetAuthURLParam("max_age", strconv.FormatInt(f.MaxAge, 10)))
	}
	resp := response.ExternalRedirect(l.config(p, redirect, "").AuthCodeURL(f.State, options...)).WithHeader("Cache-Control", "no-store")
	if resp, err = l.remember(req, resp, f); err != nil {
		return response.Error(err)
	}
	return resp
}

// returnPath returns where the browser goes in the end. The pages of signing in and out themselves would go round in
// circles.
func (l *Login) returnPath(req request.Request) string {
	path := auth.ReturnPath(req)
	for _, own := range [...]string{l.options.SignInPath, l.options.CallbackPath, l.options.SignOutPath} {
		if before, _, _ := strings.Cut(path, "?"); before == own {
			return "/"
		}
	}
	return path
}

// maxAge returns how old the proof of the user may be, in seconds: the least of what the options and a rule want, negative
// for any. Anybody can make a link that asks for a newer one, and nobody one that asks for less.
func (l *Login) maxAge(req request.Request) int64 {
	least := int64(-1)
	if l.options.MaxAge > 0 {
		least = int64(l.options.MaxAge / time.Second)
	}
	asked, err := strconv.ParseInt(req.Query("max_age"), 10, 32)
	if err == nil && asked >= 0 && (least < 0 || asked < least) {
		least = asked
	}
	return least
}

var errNoAddress = errors.New("oidc: without Options.PublicURL of the app, people can sign in on localhost only")

// redirectURI returns the address that the provider sends the browser back to. It is made of PublicURL and never of what
// the client says, but for development on this machine.
func (l *Login) redirectURI(req request.Request) (string, error) {
	if l.setup.PublicURL == nil {
		if u, err := url.Parse("//" + req.Host()); err != nil || !isLoopback(u.Hostname()) {
			return "", errNoAddress
		}
	}
	return l.base(req) + l.options.CallbackPath, nil
}

// base returns where clients reach the app.
func (l *Login) base(req request.Request) string {
	if u := l.setup.PublicURL; u != nil {
		return u.Scheme + "://" + u.Host
	}
	return req.Scheme() + "://" + req.Host()
}
