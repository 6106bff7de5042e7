package auth

import (
	"context"
	"errors"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
)

// current is who the client of a request is, nil for nobody. It is set once that is known.
var current = request.NewKey[*Identity]("identity")

// User returns who the client of a request is, nil for nobody; the methods of a nil [Identity] work. It is found out
// where a rule asks, or else at the first call, so a request whose handler does not ask does not touch its session. If
// it cannot be found out, because a store fails, User ends the handler with a panic, which becomes a 503. So call it
// before goroutines start. While the route is sought, in a [router.Group.Filter] say, there is nobody yet.
func User(req request.Request) *Identity {
	id, err := Identify(req)
	if err != nil {
		panic(err)
	}
	return id
}

// failure is why it is not known who the client of a request is, besides a current nobody: a *RefusedError or an
// *UnavailableError. So a scheme is asked once for a request, whoever asks for the user afterwards.
var failure = request.NewKey[error]("why the client is not known")

// Identify is [User] with an error in place of the panic. The error is an [*UnavailableError].
func Identify(req request.Request) (*Identity, error) {
	g := guardKey.Of(req)
	switch {
	case g != nil:
		return g.identify(req)
	case testIdentity != nil: // in a test of a single handler there is no app
		return testIdentity(req), nil
	}
	return nil, nil
}

// identify returns who the client is, nil for nobody and for wrong credentials.
func (g *guard) identify(req request.Request) (*Identity, error) {
	id, err := g.resolve(req)
	if _, bad := errors.AsType[*RefusedError](err); bad {
		return nil, nil
	}
	return id, err
}

// resolve returns who the client is, nil for nobody. The error is a *RefusedError or an *UnavailableError.
func (g *guard) resolve(req request.Request) (*Identity, error) {
	if id, ok := current.Get(req); ok {
		if id != nil {
			return id, nil
		}
		err, _ := failure.Get(req)
		return nil, err
	}
	id, err := g.judgeExplicit(req)
	if err == nil && id == nil {
		id, err = g.judgeImplicit(req)
	}
	note(req, id, err)
	return id, err
}

// judgeExplicit judges what a request was given on purpose. If it has only credentials that each such scheme leaves to
// the others, one of the rest may know them.
func (g *guard) judgeExplicit(req request.Request) (*Identity, error) {
	id, err := g.judge(req)
	if errors.Is(err, ErrNotMine) {
		if other, failed := g.judgeImplicit(req); other != nil || failed != nil {
			return other, failed
		}
	}
	return id, err
}

// note keeps who the client is.
func note(req request.Request, id *Identity, err error) {
	if err != nil {
		id = nil
		failure.Set(req, err)
	}
	current.Set(req, id)
}

// judge judges the explicit credentials of all schemes that a request has some of. One bad credential is final: a good one
// beside it does not help. So nobody learns which of two is right, and nobody is taken for somebody else. The first good
// one counts, and nothing is merged.
func (g *guard) judge(req request.Request) (found *Identity, err error) {
	if known := testIdentity; known != nil {
		if id := known(req); id != nil {
			return id.by(g.first()), nil
		}
	}
	if err := g.checkAuthorization(req); err != nil {
		return nil, err
	}
	presented, others := false, false
	for _, e := range g.explicit {
		if !e.scheme.Presented(req) {
			continue
		}
		id, failed := g.registry.authenticate(req, e)
		switch {
		case failed == ErrNotMine:
			others = true
			continue
		case failed != nil:
			if _, bad := errors.AsType[*RefusedError](failed); bad {
				return nil, failed
			}
			err = failed // but a bad credential may follow
		case id != nil && found == nil:
			found = id
		}
		presented = presented || id != nil || failed != nil
	}
	if err != nil {
		return nil, err
	}
	if others && !presented {
		return nil, nobodysOwn()
	}
	return found, nil
}

// judgeImplicit returns the first identity of the schemes whose credentials come with every request. Bad ones are
// nobody's. The error of a [Func] is kept, for what it refuses it has been given.
func (g *guard) judgeImplicit(req request.Request) (*Identity, error) {
	var refused error
	others := false
	for _, e := range g.implicit {
		if !e.scheme.Presented(req) {
			continue
		}
		id, err := g.registry.authenticate(req, e)
		switch _, bad := errors.AsType[*RefusedError](err); {
		case id != nil:
			return id, nil
		case err == ErrNotMine:
			others = others || isFunc(e)
		case err != nil && !bad:
			return nil, err
		case err != nil && refused == nil && isFunc(e):
			refused = err
		}
	}
	if refused == nil && others {
		refused = nobodysOwn()
	}
	return nil, refused
}

// isFunc reports whether a scheme is a [Func], which refuses only what it was given on purpose.
func isFunc(e *entry) bool {
	_, ok := e.scheme.(*funcScheme)
	return ok
}

// nobodysOwn is the refusal of credentials that each scheme has left to the others.
func nobodysOwn() *RefusedError {
	return &RefusedError{Reason: ReasonInvalid, Status: ReasonInvalid.status(), Err: ErrNotMine}
}

// authenticate asks a scheme. The error is ErrNotMine, a *RefusedError or an *UnavailableError.
func (r *Registry) authenticate(req request.Request, e *entry) (id *Identity, err error) {
	if !e.implicit {
		if wait := r.throttle.wait(req, e.name); wait > 0 {
			if e.sharer != nil && !e.sharer.IsMine(req) {
				return nil, ErrNotMine
			}
			return nil, &RefusedError{Reason: ReasonTooMany, Status: ReasonTooMany.status(), Scheme: e.name, RetryAfter: wait}
		}
	}
	err = panics.Call(func() (err error) { id, err = e.scheme.Authenticate(req); return })
	if err == nil && id != nil && id.isExpired() {
		err = Invalid(ReasonExpired, nil)
	}
	if err != nil {
		return nil, r.errorOf(req, e, err)
	}
	return id.by(e.name), nil
}

// errorOf returns what the error of a scheme comes to: ErrNotMine, a *RefusedError or an *UnavailableError.
func (r *Registry) errorOf(req request.Request, e *entry, err error) error {
	if errors.Is(err, ErrNotMine) {
		return ErrNotMine
	}
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused
	}
	if outage, ok := errors.AsType[*UnavailableError](err); ok { // of a scheme that asks for the user of another one
		return outage
	}
	bad, ok := errors.AsType[*InvalidError](err)
	if !ok {
		return e.outages.of(req, e.name, err)
	}
	if bad.Reason == ReasonInvalid && !e.implicit {
		r.throttle.failed(req, e.name)
	}
	return &RefusedError{Reason: bad.Reason, Status: bad.Reason.status(), Scheme: e.name, Err: bad.Err}
}

// first returns the name of the first scheme that the route allows, "" without one.
func (g *guard) first() string {
	if len(g.challenges) == 0 {
		return ""
	}
	return g.challenges[0].name
}

// testIdentity returns the identity that a test has signed a request in with, see package authtest. It is nil in
// programs that are no tests.
var testIdentity func(request.Request) *Identity

// SetTestIdentity sets the function that knows the requests of tests. It is for the framework: for package authtest.
func SetTestIdentity(f func(request.Request) *Identity) { testIdentity = f }

// askFor is how long a function of the app may take to say whose credentials are.
const askFor = 5 * time.Second

// Ask calls a function of the app that looks credentials up, for a [Scheme]. Its context is that of the request, and ends
// after 5 s: a client with a slow database behind it gets 503.
func Ask(req request.Request, f func(context.Context) (*Identity, error)) (*Identity, error) {
	ctx, cancel := context.WithTimeout(req.Context(), askFor)
	defer cancel()
	return f(ctx)
}
