package main

import (
	"errors"
	"strings"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/sessions/keyring"
)

// tokenLife is how long a token is good for.
const tokenLife = 7 * 24 * time.Hour

// Tokens makes tokens and reads them. A token is the id of a user, sealed. It cannot be taken back, so it is good for
// a limited time.
type Tokens struct{ protector *keyring.Protector }

// NewTokens returns tokens that are sealed by the keys of a ring.
func NewTokens(ring *keyring.Ring) *Tokens { return &Tokens{ring.Protector("conduit token")} }

// For returns a new token of a user.
func (t *Tokens) For(id UserID) (string, error) { return keyring.ProtectValue(t.protector, id) }

// User returns whose token it is. A token that is forged or too old is an error.
func (t *Tokens) User(token string) (UserID, error) {
	return keyring.UnprotectValue[UserID](t.protector, token, tokenLife)
}

// Viewer is whoever sends a request: a user with a token, or Nobody. It is a service of each request.
type Viewer struct{ ID UserID }

// newViewer reads the header Authorization. No header is fine, a bad token is not: its owner should learn that it
// has become too old.
func newViewer(req soay.Request, tokens *Tokens) (Viewer, error) {
	authorization := req.Header("Authorization")
	if authorization == "" {
		return Viewer{Nobody}, nil
	}
	scheme, token, _ := header.ParseAuthorization(authorization)
	if !strings.EqualFold(scheme, "Token") {
		return Viewer{}, &UnauthorizedError{"token", "is missing"}
	}
	id, err := tokens.User(token)
	if err != nil {
		return Viewer{}, &UnauthorizedError{"token", "is invalid"}
	}
	return Viewer{id}, nil
}

// newUser makes the service *User: the user who sends the request. Without one it fails, so a handler that takes
// it need not think of strangers.
func newUser(req soay.Request, viewer Viewer, store Store) (*User, error) {
	if viewer.ID == Nobody {
		return nil, &UnauthorizedError{"token", "is missing"}
	}
	user, err := store.User(req.Context(), viewer.ID)
	if _, gone := errors.AsType[*NotFoundError](err); gone {
		return nil, &UnauthorizedError{"token", "is invalid"}
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
