package auth

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// Authentication is middleware that judges the credentials of requests: it belongs inside of the session and of the
// guard against forged requests. It is for the framework.
func (r *Registry) Authentication(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		g := guardKey.Of(req)
		if g == nil {
			return next(req)
		}
		if !g.lenient && (len(g.explicit) > 0 || testIdentity != nil) {
			id, err := g.judgeExplicit(req)
			if err != nil {
				note(req, nil, err) // for the error page
				return g.answer(req, err)
			}
			if id != nil {
				current.Set(req, id)
			}
		}
		return g.finish(req, next(req))
	}
}

// finish gives a response the headers of one that depends on who the client is.
func (g *guard) finish(req request.Request, resp response.Response) response.Response {
	if a, ok := attempted.Get(req); ok {
		resp = a.finish(req, resp)
	}
	id, known := current.Get(req)
	if !known {
		return resp
	}
	for _, e := range g.challenges {
		switch {
		case e.session != nil && (id == nil || sessions.StateOf(req.Session).IsLoaded()):
			// The session sees to it itself. It is not loaded where a test has signed the client in.
		case id == nil && !e.implicit:
			resp = resp.WithHeadersOf(e.vary) // with such credentials the response may be another one
		case id == nil || id.scheme == e.name:
			resp = middleware.AsPrivate(resp, e.privateFor(req))
		}
	}
	return resp
}

// Authorization is middleware that lets pass whom the rules of the route allow: it belongs inside of Authentication.
// It answers for handlers that return an error of Authorize, too. It is for the framework.
func (r *Registry) Authorization(next router.Handler) router.Handler {
	return func(req request.Request) response.Response {
		g := guardKey.Of(req)
		if g == nil {
			return next(req)
		}
		if g.access.Needs || g.access.Optional {
			if err := g.authorize(req); err != nil {
				return g.answer(req, err)
			}
		}
		resp := next(req)
		if e, ok := errors.AsType[*RefusedError](resp.Err()); ok && resp.Status() == e.StatusCode() {
			return g.refuse(req, e, resp)
		}
		return resp
	}
}

// authorize returns why the client may not use the route, nil if it may.
func (g *guard) authorize(req request.Request) error {
	id, err := g.resolve(req)
	switch {
	case err != nil:
		return err
	case id != nil && g.access.Needs:
		return g.check(req, id)
	case id == nil && g.access.Needs:
		return &RefusedError{Reason: ReasonMissing, Status: ReasonMissing.status()}
	}
	return nil
}

// answer returns the response to a request that is refused, or whose client cannot be found out.
func (g *guard) answer(req request.Request, err error) response.Response {
	resp := response.Error(err)
	if e, ok := errors.AsType[*RefusedError](err); ok {
		return g.refuse(req, e, resp)
	}
	return request.StateOf(req).Complete(resp).WithHeadersOf(noStore)
}

// refuse returns the response to a request that is refused. resp says so; it may have its page already. A page with
// another status, which a handler of errors has made, is left alone: it hides the refusal.
func (g *guard) refuse(req request.Request, e *RefusedError, resp response.Response) response.Response {
	challenges := g.challengesFor(req, e)
	if e.StatusCode() == http.StatusUnauthorized && len(challenges) == 0 { // a 401 has one (RFC 9110 section 15.5.2)
		e = &RefusedError{Reason: ReasonNotAllowed, Status: ReasonNotAllowed.status(), Scheme: e.Scheme, Err: errNoChallenge}
		resp = response.Error(e)
	}
	g.registry.events.refused(req, e)
	if signIn := g.signInFor(req, e); signIn != nil {
		refusal.Set(req, e)
		return signIn.SignIn(req).WithHeadersOf(noStore)
	}
	switch resp = request.StateOf(req).Complete(resp).WithHeadersOf(noStore); { // in place of the header of the problem
	case resp.Status() != e.StatusCode():
	case e.StatusCode() == http.StatusTooManyRequests:
		after := seconds(max(0, e.RetryAfter-1)) + 1                        // rounded up
		resp = resp.WithHeader("Retry-After", strconv.FormatInt(after, 10)) // RFC 9110 section 10.2.3
	default:
		for _, text := range challenges {
			resp = resp.AddHeader("WWW-Authenticate", text)
		}
	}
	return resp
}

var errNoChallenge = errors.New("no scheme may ask for credentials over this connection")

// signInFor returns the scheme that browsers are sent to rather than refused, nil for none.
func (g *guard) signInFor(req request.Request, e *RefusedError) SignInner {
	if e.StatusCode() != http.StatusUnauthorized || e.Reason != ReasonMissing && e.Reason != ReasonTooOld || !isNavigation(req) {
		return nil
	}
	var first SignInner
	for _, s := range g.challenges {
		if s.signIn != nil && s.name == e.Scheme { // who has to sign in once more knows where
			return s.signIn
		}
		if first == nil {
			first = s.signIn
		}
	}
	return first
}

// refusal is why a browser is sent to a [SignInner].
var refusal = request.NewKey[*RefusedError]("why the client has to sign in")

// Refusal returns why a browser is sent to a [SignInner], for its SignIn: with [ReasonTooOld] the sign-in must be new, not
// older than MaxAge. It is nil elsewhere. It is for the framework.
func Refusal(req request.Request) *RefusedError {
	e, _ := refusal.Get(req)
	return e
}

// challengesFor returns what tells clients how to prove who they are: for a 401 a challenge of every scheme that the
// route allows (RFC 9110 section 15.5.2), for a 403 those that say what is missing.
func (g *guard) challengesFor(req request.Request, e *RefusedError) []string {
	if status := e.StatusCode(); status != http.StatusUnauthorized && status != http.StatusForbidden {
		return nil
	}
	var challenges []string
	for _, s := range g.challenges {
		text := ""
		if s.challenger != nil {
			text = s.challenger.Challenge(req, e)
		}
		if text == "" && e.StatusCode() == http.StatusUnauthorized {
			text = s.challenge
		}
		if text != "" && text != NoChallenge {
			challenges = append(challenges, text)
		}
	}
	return challenges
}

// noStore is for responses that depend on credentials and are of no use to a cache.
var noStore = response.Response{}.WithHeader("Cache-Control", "no-store")

// isNavigation reports whether a browser shows the response to its user, who can sign in then. A script, and a program,
// need to learn the status instead.
func isNavigation(req request.Request) bool {
	if m := req.Method(); m != http.MethodGet && m != http.MethodHead || router.SendsData(req) {
		return false
	}
	hr := request.StateOf(req).Source()
	if modes := http1.Values(hr, "Sec-Fetch-Mode"); len(modes) > 0 {
		return len(modes) == 1 && modes[0] == "navigate"
	}
	// Browsers leave the Sec-Fetch headers out over http, except on this machine.
	for _, name := range [...]string{"Sec-Fetch-Site", "Sec-Fetch-Dest", "Sec-Fetch-User", "X-Requested-With"} {
		if len(http1.Values(hr, name)) > 0 {
			return false
		}
	}
	return namesHTML(http1.Values(hr, "Accept"))
}

// namesHTML reports whether Accept names text/html itself.
func namesHTML(values []string) bool {
	for _, value := range values {
		for element := range strings.SplitSeq(value, ",") {
			if header.IsMediaType(strings.TrimSpace(element), "text/html") {
				return true
			}
		}
	}
	return false
}
