package antiforgery

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// Guard refuses forged requests and makes tokens. It is safe for concurrent use.
//
// The app has it as a service, which is how [Token] finds it. It is for the framework.
type Guard struct {
	options    Options
	trusted    []header.Origin
	secureName string     // of the cookie, with its prefix
	issuing    sync.Mutex // so that all tokens of a response are made with the same nonce
}

// New returns a guard. The error names every setting that is wrong. It is for the framework.
func New(options Options) (*Guard, error) {
	if err := errors.Join(options.check()...); err != nil {
		return nil, err
	}
	g := &Guard{options: options.withDefaults()}
	g.secureName = "__Host-" + g.options.CookieName
	for _, s := range options.TrustedOrigins {
		o, _ := header.ParseOrigin(s)
		g.trusted = append(g.trusted, o)
	}
	return g, nil
}

// Middleware is the guard as middleware. It belongs inside the session's, and outside of middleware that
// reads the body. A form that needs a token is read for it; the handler can read it again. Of a
// multipart body only the beginning is read.
func (g *Guard) Middleware(next router.Handler) router.Handler {
	return func(req request.Request) response.Response { return g.serve(req, next) }
}

func (g *Guard) serve(req request.Request, next router.Handler) response.Response {
	resp := g.answer(req, next)
	if !sessions.StateOf(req.Session).IsLoaded() { // so no token was made
		return resp
	}
	return g.finish(req, resp)
}

// answer returns the response of next, or an error response if the request does not pass or its form or
// session could not be read. The response is complete, for an error page may have a form, too.
func (g *Guard) answer(req request.Request, next router.Handler) response.Response {
	if !isSafe(req.Method()) {
		if err := g.check(req); err != nil {
			if e, ok := errors.AsType[*RefusedError](err); ok {
				logRefusal(req, e)
			}
			return request.StateOf(req).Complete(response.Error(err))
		}
	}
	// The check has used the scheme of the request, so it must not change any more.
	req.Session = sessions.StateOf(req.Session).FixScheme()
	resp := next(req)
	if response.StateOf(resp).NeedsPage() {
		resp = request.StateOf(req).Complete(resp)
	}
	return resp
}

// finish keeps a page with a token out of caches and out of frames of other sites: an attacker can steal clicks
// on a page in a frame. It sets the cookie that the token is bound to if the visitor is still anonymous.
func (g *Guard) finish(req request.Request, resp response.Response) response.Response {
	by, ok := issued.Get(req)
	if !ok {
		return resp
	}
	if by.isNew && isEmpty(req.Session) {
		resp = resp.WithCookie(g.cookie(req, by.nonce))
	}
	resp = resp.WithHeader("Cache-Control", "no-store").WithHeader("Vary", "Cookie")
	return unframed(resp)
}

const (
	policyHeader = "Content-Security-Policy"
	frameHeader  = "X-Frame-Options"
)

// unframed forbids frames of other sites unless the handler has a policy with frame-ancestors. A page that the
// app makes without any policy gets the default one when it is written. X-Frame-Options is for all other pages
// with a token, for old browsers, and for the case that other middleware adds a policy without frame-ancestors.
func unframed(resp response.Response) response.Response {
	policies := resp.HeaderValues(policyHeader)
	if slices.ContainsFunc(policies, hasFrameRule) {
		return resp
	}
	if len(policies) > 0 {
		// A further policy only adds to what is forbidden (CSP Level 3, section 8.1).
		resp = resp.AddHeader(policyHeader, "frame-ancestors 'self'")
	}
	if resp.Header(frameHeader) == "" {
		resp = resp.WithHeader(frameHeader, "SAMEORIGIN")
	}
	return resp
}

func hasFrameRule(policy string) bool {
	for directive := range strings.FieldsFuncSeq(policy, func(c rune) bool { return c == ';' || c == ',' }) {
		name, _, _ := strings.Cut(strings.TrimSpace(directive), " ")
		if strings.EqualFold(name, "frame-ancestors") {
			return true
		}
	}
	return false
}
