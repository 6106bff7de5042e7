package auth

import (
	"context"
	"errors"
	"time"

	"github.com/soay-go/soay/request"
)

// SessionHolder is a [Scheme] that signs people in by itself and contains the scheme of their sessions, see
// [KeptSession]. It is for the framework.
type SessionHolder interface{ HeldSession() *SessionScheme }

// KeptSession returns the scheme of sessions that another scheme contains, such as that of package oidc. An app may have
// several; each knows only those whom it has signed in. The user of such a session is [Identity.Key]. It is for the
// framework.
func KeptSession(load func(context.Context, *Identity) (*Identity, error), every time.Duration) *SessionScheme {
	return &SessionScheme{kept: true, loadOld: load, options: SessionOptions{LoadEvery: every}}
}

// Accept is [SignIn] for the scheme. It is for the framework.
func (s *SessionScheme) Accept(req request.Request, id *Identity) error {
	g := guardKey.Of(req)
	if g == nil {
		return errors.New("auth: SignIn: the request is none of an app with schemes")
	}
	return s.accept(req, g.registry, id, nil)
}

// Identity returns who is signed in to a session by the scheme, nil for nobody, without a look at whether it is loaded
// anew or has expired. It is for the framework.
func (s *SessionScheme) Identity(req request.Request) *Identity {
	id, _ := s.read(req.Session, req.Session.User())
	return id
}

// EndOthers ends the sessions of somebody at a provider, on all instances: the one that the provider calls sessionID, or
// with "" all that the scheme has begun. It needs sessions in a store. It is for the framework.
func (s *SessionScheme) EndOthers(ctx context.Context, issuer, subject, sessionID string) error {
	of := &Identity{profile: Profile{Issuer: issuer, Subject: subject}}
	return s.setup.EndSessions(ctx, s.userOf(of), string(stored), func(text string) bool {
		id, _ := s.decode(text)
		return id != nil && (sessionID == "" || id.SessionID() == sessionID)
	})
}

// signedIn returns the scheme that has signed the user of a session in, and the subject. It is nil for a session that was
// signed in by none of them.
func (r *Registry) signedIn(text, user string) (*SessionScheme, string) {
	if user == "" {
		return nil, ""
	}
	for _, e := range r.entries {
		if e.session == nil || !e.session.kept {
			continue
		}
		if id, _ := e.session.decode(text); id != nil && e.session.userOf(id) == user {
			return e.session, id.Subject()
		}
	}
	return r.session, user
}
