package oidc

import (
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// failure is why a sign-in has not worked. Its text goes into the log, so it has nothing of codes, tokens and cookies.
type failure struct {
	status int
	text   string // what has happened
	err    error  // nil for none
}

// Error implements error.
func (f *failure) Error() string {
	if f.err == nil {
		return f.text
	}
	return f.text + ": " + f.err.Error()
}

// Unwrap returns the error behind it.
func (f *failure) Unwrap() error { return f.err }

// refuse returns the failure of a client, or of what it brings.
func refuse(text string, err error) *failure { return &failure{http.StatusBadRequest, text, err} }

// broken returns the failure of the provider.
func broken(text string, err error) *failure { return &failure{http.StatusBadGateway, text, err} }

var failurePage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Sign-in</title>
<h1>The sign-in did not work</h1>
<p>{{.Text}}</p>
<p><a href="{{.Again}}">Start again</a></p>
`))

// pageTexts are what users learn. The reason is in the log.
var pageTexts = map[int]string{
	http.StatusForbidden:  "The sign-in was refused.",
	http.StatusBadGateway: "The service that signs people in does not answer as it should.",
}

// page tells a user that the sign-in has not worked, and offers to start again.
func (l *Login) page(req request.Request, f *failure, returnTo string) response.Response {
	req.Logger().LogAttrs(req.Context(), slog.LevelWarn, "oidc: a sign-in failed",
		slog.String("scheme", l.setup.Name), slog.Int("status", f.status), slog.String("client", req.ClientIP()), slog.Any("error", f))
	text := pageTexts[f.status]
	if text == "" {
		text = "It took too long, was begun in another browser, or was finished already."
	}
	again := l.options.SignInPath
	if returnTo != "" && returnTo != "/" {
		again += "?return=" + url.QueryEscape(returnTo)
	}
	var page strings.Builder
	if err := failurePage.Execute(&page, struct{ Text, Again string }{text, again}); err != nil {
		return response.Error(err)
	}
	return response.HTML(page.String()).WithStatus(f.status)
}
