package auth

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/soay-go/soay/request"
)

// Policy decides whether somebody may use a route, beyond roles and scopes. It returns nil to allow the request.
// [ErrDenied] or any other error refuses it with 403; an error with a StatusCode of 500 and more is a failure, and is
// told as such. The identity is never nil. It is called by several goroutines.
type Policy func(request.Request, *Identity) error

// policy is a policy of an app.
type policy struct {
	name   string
	source string
	decide Policy // nil for one about a thing
	about  any    // func(request.Request, *Identity, T) error for one about a T
}

// AddPolicy adds a policy. It is for the framework.
func (r *Registry) AddPolicy(name string, decide Policy, source string) error {
	if decide == nil {
		return fmt.Errorf("the policy %q is nil", name)
	}
	return r.addPolicy(policy{name: name, source: source, decide: decide})
}

// AddPolicyFor adds a policy about things of type T. It is for the framework.
func AddPolicyFor[T any](r *Registry, name string, decide func(request.Request, *Identity, T) error, source string) error {
	if decide == nil {
		return fmt.Errorf("the policy %q is nil", name)
	}
	return r.addPolicy(policy{name: name, source: source, about: decide})
}

func (r *Registry) addPolicy(p policy) error {
	if p.name == "" {
		return errors.New("the name of a policy is empty")
	}
	if other, ok := r.policies[p.name]; ok {
		return fmt.Errorf("there is a policy %q already, of %s", p.name, other.source)
	}
	if r.policies == nil {
		r.policies = map[string]policy{}
	}
	r.policies[p.name] = p
	return nil
}

// ask asks a policy about somebody.
func (r *Registry) ask(req request.Request, id *Identity, p *policy) error {
	return r.verdict(id, p.name, p.decide(req, id))
}

// verdict returns the error that follows from what a policy has said.
func (r *Registry) verdict(id *Identity, name string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return err
	}
	type coder interface {
		error
		StatusCode() int
	}
	if c, ok := errors.AsType[coder](err); ok && c.StatusCode() >= 500 {
		return err
	}
	return &RefusedError{
		Reason: ReasonNotAllowed, Status: ReasonNotAllowed.status(), Scheme: id.scheme, Subject: id.Subject(),
		Err: fmt.Errorf("policy %s: %w", name, err),
	}
}

// Authorize asks policies in a handler, where more is known than in a rule: all of them must allow the request.
// Without policies it asks only whether somebody has proven who they are. The error is for response.Error: a
// [*RefusedError], or that of a failure.
func Authorize(req request.Request, policies ...string) error {
	id, r, err := asking(req)
	if err != nil {
		return err
	}
	for _, name := range policies {
		p, ok := r.policies[name]
		if !ok || p.decide == nil {
			return fmt.Errorf("auth: Authorize: there is no policy %q; call AddPolicy", name)
		}
		if err := r.ask(req, id, &p); err != nil {
			return err
		}
	}
	return nil
}

// AuthorizeFor asks a policy of AddPolicyFor about a thing, such as a note that the handler has read. The error is as for
// [Authorize].
func AuthorizeFor[T any](req request.Request, policy string, about T) error {
	id, r, err := asking(req)
	if err != nil {
		return err
	}
	p, ok := r.policies[policy]
	if !ok {
		return fmt.Errorf("auth: AuthorizeFor: there is no policy %q; call AddPolicyFor", policy)
	}
	decide, ok := p.about.(func(request.Request, *Identity, T) error)
	if !ok {
		return fmt.Errorf("auth: AuthorizeFor: the policy %q is not about a %v", policy, reflect.TypeFor[T]())
	}
	return r.verdict(id, policy, decide(req, id, about))
}

// asking returns who asks to be allowed something.
func asking(req request.Request) (*Identity, *Registry, error) {
	g := guardKey.Of(req)
	if g == nil {
		return nil, nil, errNoSchemes
	}
	id, err := g.identify(req)
	if err != nil {
		return nil, nil, err
	}
	if id == nil {
		return nil, nil, &RefusedError{Reason: ReasonMissing, Status: ReasonMissing.status()}
	}
	return id, g.registry, nil
}

var errNoSchemes = errors.New("auth: the app has no schemes; call AddScheme")
