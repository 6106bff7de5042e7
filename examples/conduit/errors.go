package main

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// Errors is how every error is answered: messages by the field or the thing that they are about.
type Errors struct {
	Errors map[string][]string `json:"errors"`
}

// The errors below know nothing of HTTP. What they mean to a client is said once, in handleErrors.

// NotFoundError says that there is no such article, comment or profile.
type NotFoundError struct{ What string }

// ForbiddenError says that an article or a comment belongs to somebody else.
type ForbiddenError struct{ What string }

// TakenError says that somebody else has this username or email.
type TakenError struct{ What string }

// CredentialsError says that nobody has this address and password.
type CredentialsError struct{}

func (e *NotFoundError) Error() string    { return e.What + " not found" }
func (e *ForbiddenError) Error() string   { return e.What + " forbidden" }
func (e *TakenError) Error() string       { return e.What + " has already been taken" }
func (e *CredentialsError) Error() string { return "credentials invalid" }

// handleErrors gives every error of the app its answer.
func handleErrors(app *soay.App) {
	soay.HandleError(app, func(_ soay.Request, err *NotFoundError) soay.Response {
		return refuse(http.StatusNotFound, err.What, "not found")
	})
	soay.HandleError(app, func(_ soay.Request, err *ForbiddenError) soay.Response {
		return refuse(http.StatusForbidden, err.What, "forbidden")
	})
	soay.HandleError(app, func(_ soay.Request, err *TakenError) soay.Response {
		return refuse(http.StatusConflict, err.What, "has already been taken")
	})
	soay.HandleError(app, func(_ soay.Request, _ *CredentialsError) soay.Response {
		return refuse(http.StatusUnauthorized, "credentials", "invalid").WithHeader("WWW-Authenticate", "Token")
	})
	soay.HandleError(app, refuseToken)
	soay.HandleError(app, refuseInput)
	soay.HandleError(app, refuseRest)
}

func refuse(status int, what, message string) soay.Response {
	return response.JSON(Errors{map[string][]string{what: {message}}}).WithStatus(status)
}

// refuseToken answers a request whose rule does not hold.
func refuseToken(req soay.Request, err *auth.RefusedError) soay.Response {
	switch err.Reason {
	case auth.ReasonMissing:
		return refuse(err.Status, "token", "is missing")
	case auth.ReasonTooMany:
		return refuseRest(req, err)
	}
	return refuse(err.Status, "token", "is invalid")
}

// refuseInput answers a request whose input breaks the rules of its type, or cannot be read. The response has no
// status here, so it keeps that of the error: 422 or 400.
func refuseInput(_ soay.Request, err *bind.Error) soay.Response {
	messages := map[string][]string{}
	for _, v := range err.Violations {
		field := fieldOf(v)
		messages[field] = append(messages[field], messageOf(v))
	}
	return response.JSON(Errors{messages})
}

// fieldOf returns the name of a field: title for /article/title, and tagList for /article/tagList/3.
func fieldOf(v problem.Violation) string {
	path := strings.Split(v.Pointer, "/") // begins with an empty text
	return cmp.Or(v.Parameter, path[min(2, len(path)-1)], "request")
}

// messageOf returns the message without the name of the field, which is said already.
func messageOf(v problem.Violation) string {
	if v.Rule == "required" || v.Rule == "notblank" {
		return "can't be blank"
	}
	return strings.TrimPrefix(v.Detail, fieldOf(v)+" ")
}

// refuseRest answers all other errors, such as a path without a route, a body that is too large, and a failure of
// the program.
func refuseRest(_ soay.Request, err error) soay.Response {
	p := problem.From(err) // the part of the error that clients may know
	return response.JSON(Errors{map[string][]string{"request": {cmp.Or(p.Detail, problem.Title(p.Status))}}})
}
