package main

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions/keyring"
)

// tokenLife is how long a token is good for.
const tokenLife = 7 * 24 * time.Hour

// Tokens makes tokens, and is the scheme that reads them. A token is the profile of a user, sealed. It cannot be taken
// back, so it is good for a limited time.
type Tokens struct{ protector *keyring.Protector }

// NewTokens returns tokens that are sealed by the keys of a ring.
func NewTokens(ring *keyring.Ring) *Tokens { return &Tokens{ring.Protector("conduit token")} }

// For returns a new token of a user.
func (t *Tokens) For(id UserID) (string, error) {
	return keyring.ProtectValue(t.protector, auth.Profile{
		Subject: strconv.Itoa(int(id)), Expires: time.Now().Add(tokenLife),
	})
}

// Presented implements auth.Scheme.
func (t *Tokens) Presented(req soay.Request) bool { return auth.HasCredentials(req, "token") }

// Authenticate implements auth.Scheme, which refuses identities that have expired.
func (t *Tokens) Authenticate(req soay.Request) (*soay.Identity, error) {
	token, err := auth.Credentials(req, "token")
	if err != nil {
		return nil, err
	}
	profile, err := keyring.UnprotectValue[auth.Profile](t.protector, token, keyring.NoLimit)
	if err != nil {
		return nil, auth.Invalid(auth.ReasonInvalid, err)
	}
	return auth.NewIdentity(profile)
}

// Describe implements auth.Scheme.
func (t *Tokens) Describe() auth.Description {
	return auth.Description{Challenge: "Token", Security: router.SecurityScheme{
		Type: "http", Scheme: "token", Description: "Authorization: Token, and the token of the user.",
	}}
}

// optional is the rule of routes for everybody that show users what they follow and like. A bad token is refused
// there, too: its owner should learn that it has become too old.
var optional = soay.Auth{Optional: true}

// Viewer is whoever sends a request: a user with a token, or Nobody.
type Viewer struct{ ID UserID }

func newViewer(me *soay.Identity) Viewer {
	id, _ := strconv.Atoi(me.Subject()) // Nobody, of a stranger
	return Viewer{UserID(id)}
}

// newUser makes the service *User: the user who sends the request, on routes with the rule Auth.
func newUser(req soay.Request, viewer Viewer, store Store) (*User, error) {
	user, err := store.User(req.Context(), viewer.ID)
	if _, gone := errors.AsType[*NotFoundError](err); gone {
		return nil, &auth.RefusedError{Reason: auth.ReasonInvalid, Status: http.StatusUnauthorized}
	}
	return &user, err
}

// Anyone is part of the inputs of handlers that serve users and strangers.
type Anyone struct {
	Viewer Viewer `inject:""`
}

// Member is part of the inputs of handlers that serve users only.
type Member struct {
	User *User `inject:""`
}
