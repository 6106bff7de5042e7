package auth

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/soay-go/soay/sessions"
)

// Profile is what is known of somebody, to make an [Identity] of.
type Profile struct {
	// Subject names who it is, for ever and within the Issuer: an account's number, say. It must not be empty.
	Subject string
	// Issuer is who knows the subject, such as the URL of an identity provider. It is empty for the app itself.
	Issuer string
	// Name is for people. It may change and need not be unique.
	Name string
	// SessionID is the session at the provider, if there is one.
	SessionID string
	// Roles and Scopes are what rules ask for.
	Roles, Scopes []string
	// Claims are further facts, as JSON can hold them.
	Claims map[string]any
	// AuthTime is when the client signed in, zero if that is not known. It is kept to the second.
	AuthTime time.Time
	// Expires is when the identity ends, zero for never. It is kept to the second.
	Expires time.Time
}

// Identity is somebody who has proven who they are. It never changes, so it is safe for concurrent use and may be
// kept. A nil Identity is nobody, and its methods say so.
type Identity struct {
	profile Profile // its Claims are nil
	scheme  string
	claims  string // JSON, "" for none
	parse   sync.Once
	tree    map[string]any // of claims, with json.Number
}

// NewIdentity returns an identity with a copy of the profile. An empty subject, texts that are not UTF-8, and claims that
// JSON cannot hold, such as functions and NaN, are errors. A [Scheme] with an Attach makes identities by
// [Setup.NewIdentity], which saves a copy for each request.
func NewIdentity(p Profile) (*Identity, error) {
	if p.Subject == "" {
		return nil, errors.New("auth: an identity needs a Subject")
	}
	if err := p.checkTexts(); err != nil {
		return nil, err
	}
	id := &Identity{profile: p}
	if len(p.Claims) > 0 {
		text, err := sessions.JSON{}.Encode(p.Claims) // which refuses what is not UTF-8
		if err != nil {
			return nil, fmt.Errorf("auth: the claims of an identity: %w", err)
		}
		id.claims = string(text)
	}
	id.profile.Claims = nil
	id.profile.Roles, id.profile.Scopes = slices.Clone(p.Roles), slices.Clone(p.Scopes)
	id.profile.AuthTime, id.profile.Expires = toSecond(p.AuthTime), toSecond(p.Expires)
	return id, nil
}

// checkTexts returns an error for a text that a session could not keep.
func (p *Profile) checkTexts() error {
	isWrong := func(text string) bool { return !utf8.ValidString(text) }
	switch {
	case isWrong(p.Subject), isWrong(p.Issuer), isWrong(p.Name), isWrong(p.SessionID):
	case slices.ContainsFunc(p.Roles, isWrong), slices.ContainsFunc(p.Scopes, isWrong):
	default:
		return nil
	}
	return errors.New("auth: a text of an identity is not UTF-8")
}

func toSecond(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Unix(t.Unix(), 0)
}

// by returns the identity as one that a scheme has proven.
func (id *Identity) by(scheme string) *Identity {
	if id == nil || id.scheme == scheme {
		return id
	}
	return &Identity{profile: id.profile, claims: id.claims, scheme: scheme}
}

// IsAuthenticated reports whether it is somebody: whether it is not nil.
func (id *Identity) IsAuthenticated() bool { return id != nil }

// get returns the profile, the zero one for nobody.
func (id *Identity) get() Profile {
	if id == nil {
		return Profile{}
	}
	return id.profile
}

// Subject returns who it is, "" for nobody.
func (id *Identity) Subject() string { return id.get().Subject }

// Issuer returns who knows the subject, "" for the app itself.
func (id *Identity) Issuer() string { return id.get().Issuer }

// Name returns the name for people, "" without one.
func (id *Identity) Name() string { return id.get().Name }

// SessionID returns the session at the provider, "" without one.
func (id *Identity) SessionID() string { return id.get().SessionID }

// AuthTime returns when the client signed in, zero if that is not known.
func (id *Identity) AuthTime() time.Time { return id.get().AuthTime }

// Expires returns when the identity ends, zero for never.
func (id *Identity) Expires() time.Time { return id.get().Expires }

// Scheme returns the name of the scheme that has proven the identity to a request, "" elsewhere.
func (id *Identity) Scheme() string {
	if id == nil {
		return ""
	}
	return id.scheme
}

// Roles returns a copy of the roles.
func (id *Identity) Roles() []string { return slices.Clone(id.get().Roles) }

// Scopes returns a copy of the scopes.
func (id *Identity) Scopes() []string { return slices.Clone(id.get().Scopes) }

// HasRole reports whether the identity has a role. Names are compared exactly.
func (id *Identity) HasRole(role string) bool { return slices.Contains(id.get().Roles, role) }

// HasScope reports whether the identity has a scope. Names are compared exactly.
func (id *Identity) HasScope(scope string) bool { return slices.Contains(id.get().Scopes, scope) }

// Claims returns a copy of the claims, nil without any. Numbers are float64, as package json has them, but those that are
// too large for one are json.Number; [Claim] keeps all digits.
func (id *Identity) Claims() map[string]any {
	root, ok := id.find("")
	if !ok {
		return nil
	}
	copied, _ := copyOf(root).(map[string]any)
	return copied
}

// Key returns a text that is the same for all identities of one subject of one issuer, whatever the scheme is, and
// another for all others. It is for tables and limits. It is "" for nobody.
func (id *Identity) Key() string {
	if id == nil {
		return ""
	}
	p := &id.profile
	return strconv.Itoa(len(p.Issuer)) + ":" + p.Issuer + ":" + strconv.Itoa(len(p.Subject)) + ":" + p.Subject
}

// isExpired reports whether the identity has ended.
func (id *Identity) isExpired() bool {
	return !id.profile.Expires.IsZero() && !now().Before(id.profile.Expires)
}

// String returns the subject for logs, without the rest.
func (id *Identity) String() string {
	if id == nil {
		return "nobody"
	}
	return strconv.Quote(id.profile.Subject)
}
