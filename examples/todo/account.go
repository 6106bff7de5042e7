package main

import (
	"net/http"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router/openapi"
	"github.com/soay-go/soay/sessions"
)

// Account is who has signed in.
type Account struct {
	Name string `json:"name"`
}

// accountName is the name of the account, in the session.
const accountName sessions.Value[string] = "account"

// signedIn makes the service *Account: that of the session of a request. Whoever takes the service
// need not think of clients that have not signed in.
func signedIn(req soay.Request) (*Account, error) {
	name, ok := accountName.Get(req.Session)
	if !ok {
		return nil, problem.New(http.StatusUnauthorized, "Sign in first: POST /session.")
	}
	return &Account{Name: name}, nil
}

// SessionController has the handlers for signing in and out.
type SessionController struct{}

// Routes implements soay.Controller.
func (c *SessionController) Routes(g soay.Group) {
	g.Tags("Account")
	soay.Post(g, "/", c.signIn).Doc(openapi.Doc{Summary: "Signs in"})
	soay.Get(g, "/", c.show).Doc(openapi.Doc{Summary: "Shows who is signed in", Errors: []int{401}})
	soay.Delete(g, "/", c.signOut).Doc(openapi.Doc{Summary: "Signs out"})
}

// SignIn is what a client says to sign in. A real app would ask for a password here, or leave it to
// an identity provider.
type SignIn struct {
	Name string `json:"name" validate:"required,min=2,max=30,alphanum" doc:"your name" example:"ada"`
}

func (c *SessionController) signIn(req soay.Request, in SignIn) (Account, error) {
	req.Session.Renew() // so that nobody who knows the cookie from before is signed in with it
	accountName.Set(req.Session, in.Name)
	return Account(in), nil
}

// Who is the input, or a part of it, of handlers that need the account that is signed in.
type Who struct {
	Account *Account `inject:""`
}

func (c *SessionController) show(req soay.Request, in Who) (Account, error) {
	return *in.Account, nil
}

func (c *SessionController) signOut(req soay.Request, _ struct{}) (soay.NoContent, error) {
	req.Session.Destroy()
	return soay.NoContent{}, nil
}
