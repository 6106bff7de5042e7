package main

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/soay-go/soay"
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
	name := strings.ToLower(in.Form.Value.Name)
	if in.Form.Valid() {
		added, err := in.Users.Add(req.Context(), name, in.Form.Value.Password)
		if err != nil {
			return soay.Response{}, err
		}
		if !added {
			in.Form.AddError("name", "Somebody has this name already.")
		}
	}
	if !in.Form.Valid() {
		return render(req, 422, signupPage, in.Form)
	}
	return welcome(req, name, "/notes"), nil
}

// Credentials are the form to log in.
type Credentials struct {
	Name     string `form:"name" validate:"required,notblank,alphanum"`
	Password string `form:"password" validate:"required,notblank"`
	Next     string `form:"next"` // the page that somebody wanted to see
}

// LogIn is a filled form.
type LogIn struct {
	Users *Users `inject:""`
	Form  soay.Form[Credentials]
}

// Wanted is the page that somebody wanted to see.
type Wanted struct {
	Next string `query:"next"`
}

func askPassword(req soay.Request, in Wanted) (soay.Response, error) {
	return render(req, 200, loginPage, soay.Form[Credentials]{Raw: url.Values{"next": {in.Next}}})
}

func logIn(req soay.Request, in LogIn) (soay.Response, error) {
	name := strings.ToLower(in.Form.Value.Name)
	if in.Form.Valid() {
		ok, err := in.Users.Check(req.Context(), name, in.Form.Value.Password)
		if err != nil {
			return soay.Response{}, err
		}
		if !ok {
			in.Form.AddError("", "There is no account with this name and password.")
		}
	}
	if !in.Form.Valid() {
		return render(req, 422, loginPage, in.Form)
	}
	return welcome(req, name, in.Form.Value.Next), nil
}

// welcome logs a user in. Nothing of the earlier session stays, for it may be another user's, or somebody may have
// planted it; SetUser gives it a new identity as well. The next page comes from the browser, so it may be anything.
func welcome(req soay.Request, name, next string) soay.Response {
	req.Session.Clear()
	req.Session.SetUser(name)
	message.Flash(req.Session, "Welcome, "+name+"!")
	return response.SeeOtherOr(next, "/notes")
}

func logOut(req soay.Request) soay.Response {
	req.Session.Destroy()
	return response.SeeOther("/login")
}

// loggedIn passes on only requests of users who are logged in. Others are sent to the login, which leads back to the
// page that they wanted.
func loggedIn(next soay.Handler) soay.Handler {
	return func(req soay.Request) soay.Response {
		switch {
		case req.Session.User() != "":
			return next(req)
		case req.Method() == http.MethodGet:
			return response.SeeOther("/login?next=" + url.QueryEscape(req.URL().RequestURI()))
		}
		return response.SeeOther("/login")
	}
}
