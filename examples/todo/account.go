package main

import (
	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/router/openapi"
)

// Account is who has signed in.
type Account struct {
	Name string `json:"name"`
}

// newAccount makes the service *Account: that of who is signed in. Whoever takes the service need not think of strangers,
// also on a route that lacks the rule Auth.
func newAccount(req soay.Request) (*Account, error) {
	if err := auth.Authorize(req); err != nil {
		return nil, err
	}
	return &Account{Name: soay.User(req).Subject()}, nil
}

// SessionController has the handlers for signing in and out.
type SessionController struct{}

// Routes implements soay.Controller.
func (c *SessionController) Routes(g soay.Group) {
	g.Tags("Account")
	soay.Post(g, "/", c.signIn).Doc(openapi.Doc{Summary: "Signs in"})
	soay.Get(g, "/", c.show).Auth().Doc(openapi.Doc{Summary: "Shows who is signed in", Errors: []int{401}})
	soay.Delete(g, "/", c.signOut).Doc(openapi.Doc{Summary: "Signs out"})
}

// SignIn is what a client says to sign in. A real app would ask for a password here, or leave it to
// an identity provider.
type SignIn struct {
	Name string `json:"name" validate:"required,min=2,max=30,alphanum" doc:"your name" example:"ada"`
}

func (c *SessionController) signIn(req soay.Request, in SignIn) (Account, error) {
	me, err := auth.NewIdentity(auth.Profile{Subject: in.Name, Name: in.Name})
	if err != nil {
		return Account{}, err
	}
	return Account(in), auth.SignIn(req, me)
}

// Who is the input, or a part of it, of handlers that need the account that is signed in.
type Who struct {
	Account *Account `inject:""`
}

func (c *SessionController) show(req soay.Request, in Who) (Account, error) {
	return *in.Account, nil
}

func (c *SessionController) signOut(req soay.Request, _ struct{}) (soay.NoContent, error) {
	auth.SignOut(req)
	return soay.NoContent{}, nil
}
