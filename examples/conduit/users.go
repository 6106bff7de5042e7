package main

import (
	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/password"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/router/openapi"
)

// Users has the handlers about the accounts of users.
type Users struct {
	Store  Store   `inject:""`
	Tokens *Tokens `inject:""`
}

// Routes implements soay.Controller.
func (c *Users) Routes(g soay.Group) {
	soay.Post(g, "/users", c.register).AllowAnonymous().Doc(openapi.Doc{Summary: "Registers a user", Errors: []int{409}})
	soay.Post(g, "/users/login", c.login).AllowAnonymous().Doc(openapi.Doc{Summary: "Logs a user in", Errors: []int{401, 429}})
	soay.Get(g, "/user", c.show).Auth().Doc(openapi.Doc{Summary: "Shows the user of the token", Errors: []int{401}})
	soay.Put(g, "/user", c.update).Auth().Doc(openapi.Doc{Summary: "Changes what is sent", Errors: []int{401, 409}})
}

// Account is what a user sees of itself.
type Account struct {
	Email    string  `json:"email"`
	Token    string  `json:"token" doc:"for the header Authorization, behind the word Token"`
	Username string  `json:"username"`
	Bio      *string `json:"bio"`
	Image    *string `json:"image"`
}

// OneUser is a user by itself.
type OneUser struct {
	User Account `json:"user"`
}

// answer returns a user with a new token.
func (c *Users) answer(user User) (OneUser, error) {
	token, err := c.Tokens.For(user.ID)
	return OneUser{Account{user.Email, token, user.Username, user.Bio, user.Image}}, err
}

// NewUser is what a client says of a new user.
type NewUser struct {
	Username string `json:"username" validate:"required,notblank,max=50" example:"ada"`
	Email    string `json:"email" validate:"required,notblank,email" example:"ada@example.com"`
	Password string `json:"password" validate:"required,notblank,min=8,max=128"`
}

// Registration is the input of register.
type Registration struct {
	User NewUser `json:"user" validate:"required"`
}

func (c *Users) register(req soay.Request, in Registration) (soay.Created[OneUser], error) {
	hash, err := password.Hash(in.User.Password)
	if err != nil {
		return soay.Created[OneUser]{}, err
	}
	user, err := c.Store.AddUser(req.Context(), User{
		Username: in.User.Username, Email: in.User.Email, Password: hash,
	})
	if err != nil {
		return soay.Created[OneUser]{}, err
	}
	account, err := c.answer(user)
	return soay.NewCreated("", account), err
}

// Credentials are what a user logs in with.
type Credentials struct {
	Email    string `json:"email" validate:"required,notblank"`
	Password string `json:"password" validate:"required,notblank,max=128"`
}

// Login is the input of login.
type Login struct {
	User Credentials `json:"user" validate:"required"`
}

func (c *Users) login(req soay.Request, in Login) (OneUser, error) {
	attempt, err := auth.Try(req, in.User.Email) // refuses who guesses too often
	if err != nil {
		return OneUser{}, err
	}
	user, err := c.Store.UserByEmail(req.Context(), in.User.Email)
	if err != nil {
		return OneUser{}, err
	}
	ok, _, err := password.Verify(user.Password, in.User.Password) // of nobody, too, so the time tells nothing
	if err != nil {
		return OneUser{}, err
	}
	if !ok {
		return OneUser{}, &CredentialsError{}
	}
	attempt.Succeeded()
	return c.answer(user)
}

func (c *Users) show(_ soay.Request, in Member) (OneUser, error) { return c.answer(*in.User) }

// UserChanges are the parts of a user that change. What is not sent stays as it is.
type UserChanges struct {
	Email    soay.Optional[string]  `json:"email" validate:"notnull,notblank,email"`
	Username soay.Optional[string]  `json:"username" validate:"notnull,notblank,max=50"`
	Password soay.Optional[string]  `json:"password" validate:"notnull,notblank,min=8,max=128"`
	Bio      soay.Optional[*string] `json:"bio" validate:"max=1000" doc:"null or empty for none"`
	Image    soay.Optional[*string] `json:"image" validate:"max=2000,len=0|http_url" doc:"null or empty for none"`
}

// UpdateUser is the input of update.
type UpdateUser struct {
	Member
	Body struct {
		User UserChanges `json:"user" validate:"required"`
	} `body:"json"`
}

func (c *Users) update(req soay.Request, in UpdateUser) (OneUser, error) {
	changes := in.Body.User
	hash, err := hashOf(changes.Password)
	if err != nil {
		return OneUser{}, err
	}
	user, err := c.Store.ChangeUser(req.Context(), in.User.ID, func(user *User) {
		user.Email = changes.Email.Or(user.Email)
		user.Username = changes.Username.Or(user.Username)
		user.Password = hash.Or(user.Password)
		user.Bio = nilIfEmpty(changes.Bio.Or(user.Bio))
		user.Image = nilIfEmpty(changes.Image.Or(user.Image))
	})
	if err != nil {
		return OneUser{}, err
	}
	return c.answer(user)
}

// hashOf returns the hash of a password, if there is one. It takes its time, so it is made before the store is
// locked for the change.
func hashOf(changed soay.Optional[string]) (soay.Optional[string], error) {
	text, sent := changed.Get()
	if !sent {
		return changed, nil
	}
	hash, err := password.Hash(text)
	return bind.Some(hash), err
}

func nilIfEmpty(text *string) *string {
	if text != nil && *text == "" {
		return nil
	}
	return text
}
