package antiforgery

import (
	"errors"
	"slices"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// Guard refuses forged requests and makes tokens. It never changes and is safe for concurrent use.
//
// The app has it as a service, which is how [Token] finds it.
type Guard struct {
	options Options
	trusted []origin
}

// New returns a guard. The error names every setting that is wrong.
func New(options Options) (*Guard, error) {
	if err := errors.Join(options.check()...); err != nil {
		return nil, err
	}
	g := &Guard{options: options.withDefaults()}
	for _, s := range options.TrustedOrigins {
		o, _ := parseOrigin(s)
		g.trusted = append(g.trusted, o)
	}
	return g, nil
}

// Middleware is the guard as middleware. It belongs inside the session's, and before anything that
// reads the body. A form that needs a token is read for it; the handler can read it again. Of a
// multipart body no more than its beginning is read.
func (g *Guard) Middleware(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		if !isSafe(req.Method()) {
			if err := g.check(req); err != nil {
				return refuse(req, err)
			}
		}
		resp := next(req)
		if !sessions.Used(req.Session) { // and so there is no token
			return resp
		}
		return finish(req, resp)
	}
}

// refuse answers a request that did not pass, or whose form or session could not be read.
func refuse(req request.Request, err error) response.Response {
	if e, ok := errors.AsType[*RefusedError](err); ok {
		logRefusal(req, e)
	}
	return response.Error(err)
}

// issued says that a token was made for the response to a request.
var issued = request.NewKey[bool]("anti-forgery token issued")

// finish keeps a page with a token out of caches and frames: a page in a frame can be made to be
// clicked.
func finish(req request.Request, resp response.Response) response.Response {
	if ok, _ := issued.Get(req); !ok {
		return resp
	}
	resp = resp.WithHeader("Cache-Control", "no-store").WithHeader("Vary", "Cookie")
	return unframed(resp)
}

const (
	policyHeader = "Content-Security-Policy"
	frameHeader  = "X-Frame-Options"
)

// unframed forbids frames unless the handler has said who may have the page in one. A page without
// any policy gets the default one when it is written, and X-Frame-Options for the case that a policy
// without frame-ancestors is added meanwhile, and for browsers that know nothing else.
func unframed(resp response.Response) response.Response {
	policies := resp.HeaderValues(policyHeader)
	if slices.ContainsFunc(policies, hasFrameRule) {
		return resp
	}
	if len(policies) > 0 {
		// A further policy only adds to what is forbidden (CSP Level 3, section 8.1).
		resp = resp.AddHeader(policyHeader, "frame-ancestors 'none'")
	}
	if resp.Header(frameHeader) == "" {
		resp = resp.WithHeader(frameHeader, "DENY")
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
