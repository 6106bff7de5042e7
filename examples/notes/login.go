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
	return render(req, 200, signupPage, soay.Form[Account]{})
}

func signUp(req soay.Request, in SignUp) (soay.Response, error) {
	if !in.Form.Valid() {
		return render(req, 422, signupPage, in.Form)
	}
	user, err := in.Users.Add(req.Context(), strings.ToLower(in.Form.Value.Name), in.Form.Value.Password)
	if err != nil {
		return soay.Response{}, err
	}
	if user == nil {
		in.Form.AddError("name", "Somebody has this name already.")
		return render(req, 422, signupPage, in.Form)
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
	return render(req, 200, loginPage, soay.Form[Credentials]{})
}

func logIn(req soay.Request, in LogIn) (soay.Response, error) {
	if !in.Form.Valid() {
		return render(req, 422, loginPage, in.Form)
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
		return render(req, 422, loginPage, in.Form)
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
