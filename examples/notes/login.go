package main

import (
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
)

// Account is the form to sign up.
type Account struct {
	Name     string `form:"name" validate:"required,notblank,alphanum,min=2,max=30"`
	Password string `form:"password" validate:"required,min=12,max=200"`
}

// SignUp is a filled form.
type SignUp struct {
	Users *Users `inject:""`
	Form  soay.Form[Account]
}

func askNewUser(req soay.Request, _ struct{}) (soay.Response, error) {
	return signupPage.Render(req, soay.Form[Account]{}), nil
}

func signUp(req soay.Request, in SignUp) (soay.Response, error) {
	if !in.Form.Valid() {
		return signupPage.Render(req, in.Form).WithStatus(422), nil
	}
	user, err := in.Users.Add(req.Context(), strings.ToLower(in.Form.Value.Name), in.Form.Value.Password)
	if err != nil {
		return soay.Response{}, err
	}
	if user == nil {
		in.Form.AddError("name", "Somebody has this name already.")
		return signupPage.Render(req, in.Form).WithStatus(422), nil
	}
	return welcome(req, user)
}

// Credentials are the form to log in.
type Credentials struct {
	Name     string `form:"name" validate:"required,notblank,alphanum"`
	Password string `form:"password" validate:"required,notblank"`
}

// LogIn is a filled form.
type LogIn struct {
	Users *Users `inject:""`
	Form  soay.Form[Credentials]
}

func askPassword(req soay.Request, _ struct{}) (soay.Response, error) {
	return loginPage.Render(req, soay.Form[Credentials]{}), nil
}

func logIn(req soay.Request, in LogIn) (soay.Response, error) {
	if !in.Form.Valid() {
		return loginPage.Render(req, in.Form).WithStatus(422), nil
	}
	name := strings.ToLower(in.Form.Value.Name)
	attempt, err := auth.Try(req, name) // refuses who guesses too often
	if err != nil {
		return soay.Response{}, err
	}
	user, err := in.Users.Find(req.Context(), name, in.Form.Value.Password)
	if err != nil {
		return soay.Response{}, err
	}
	if user == nil {
		in.Form.AddError("", "There is no account with this name and password.")
		return loginPage.Render(req, in.Form).WithStatus(422), nil
	}
	attempt.Succeeded()
	return welcome(req, user)
}

// welcome logs a user in, and leads to the page that they wanted, or home.
func welcome(req soay.Request, user *soay.Identity) (soay.Response, error) {
	if err := auth.SignIn(req, user); err != nil {
		return soay.Response{}, err
	}
	message.Flash(req.Session, "Welcome, "+user.Name()+"!")
	return response.SeeOther(auth.ReturnPath(req)), nil
}

func logOut(req soay.Request) soay.Response {
	auth.SignOut(req)
	return response.SeeOther("/login")
}
