package auth_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
)

// show prints the status and the body of a request with a key.
func show(app http.Handler, method, path, key string) {
	r := httptest.NewRequest(method, path, nil)
	if key != "" {
		r.Header.Set("X-Key", key)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
}

// keyOf knows one key.
func keyOf(req soay.Request) (*soay.Identity, error) {
	switch req.Header("X-Key") {
	case "":
		return nil, nil // nobody
	case "tom's key":
		return auth.NewIdentity(auth.Profile{Subject: "tom"})
	}
	return nil, auth.Invalid(auth.ReasonInvalid, errors.New("no such key"))
}

// An app that has a proof of its own needs one function.
func ExampleFunc() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", auth.Func(keyOf))
	app.Get("/me", func(req soay.Request) soay.Response { return response.Text(soay.User(req).Subject()) }).Auth()

	show(app, "GET", "/me", "tom's key")
	show(app, "GET", "/me", "a guess")
	show(app, "GET", "/me", "")
	// Output:
	// 200 tom
	// 401 401 Unauthorized: The credentials are not valid.
	// 401 401 Unauthorized: Credentials are needed.
}

// Note is what the policy of the example is about.
type Note struct{ Owner string }

// What a rule cannot know is asked in the handler, about the thing that it has read.
func ExampleAuthorizeFor() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", auth.Func(keyOf))
	soay.AddPolicyFor(app, "owner", func(_ soay.Request, id *soay.Identity, n Note) error {
		if n.Owner != id.Subject() {
			return auth.ErrDenied
		}
		return nil
	})
	notes := map[string]Note{"1": {Owner: "tom"}, "2": {Owner: "eve"}}
	app.Delete("/notes/{id}", func(req soay.Request) soay.Response {
		note, ok := notes[req.Param("id")]
		if !ok {
			return response.NotFound()
		}
		if err := auth.AuthorizeFor(req, "owner", note); err != nil {
			return response.Error(err)
		}
		return response.Text("deleted")
	}).Auth()

	show(app, "DELETE", "/notes/1", "tom's key")
	show(app, "DELETE", "/notes/2", "tom's key")
	// Output:
	// 200 deleted
	// 403 403 Forbidden: This is not allowed with these credentials.
}

// A policy is a rule that is a function. Routes name it, and handlers may ask it, too.
func ExampleAuthorize() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", auth.Func(keyOf))
	app.AddPolicy("staff", func(_ soay.Request, id *soay.Identity) error {
		if id.HasRole("staff") {
			return nil
		}
		return errors.New("not of the staff") // for the log
	})
	app.Get("/office", func(soay.Request) soay.Response { return response.Text("office") }).
		Auth(soay.Auth{Policies: []string{"staff"}})
	app.Get("/news", func(req soay.Request) soay.Response {
		if auth.Authorize(req, "staff") == nil {
			return response.Text("all news")
		}
		return response.Text("some news")
	})

	show(app, "GET", "/office", "tom's key")
	show(app, "GET", "/news", "tom's key")
	// Output:
	// 403 403 Forbidden: This is not allowed with these credentials.
	// 200 some news
}

// Whoever watches for attacks is told of every refusal and every sign-in.
func ExampleOptions() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", auth.Func(keyOf))
	app.UseAuthentication(auth.Options{
		Realm:   "cats",
		OnEvent: func(e auth.Event) { fmt.Println(e.Kind, e.Scheme, e.Reason, e.Route) },
	})
	app.Get("/me", func(soay.Request) soay.Response { return response.NoContent() }).Auth()

	show(app, "GET", "/me", "a guess")
	// Output:
	// refused key credentials-invalid /me
	// 401 401 Unauthorized: The credentials are not valid.
}

// An app answers refusals in its own words. The status and the challenges stay.
func ExampleRefusedError() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", auth.Func(keyOf))
	app.Get("/me", func(soay.Request) soay.Response { return response.NoContent() }).Auth()
	soay.HandleError(app, func(_ soay.Request, e *auth.RefusedError) soay.Response {
		return response.Text("Ask the office for a key: " + string(e.Reason))
	})

	show(app, "GET", "/me", "")
	// Output:
	// 401 Ask the office for a key: credentials-missing
}

// With UseAuthorization a route that says nothing is closed.
func ExampleAuthorizationOptions() {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.AddScheme("key", auth.Func(keyOf))
	app.UseAuthorization(auth.AuthorizationOptions{Default: soay.Auth{Scopes: []string{"cats"}}})
	app.Get("/cats", func(soay.Request) soay.Response { return response.Text("cats") })
	app.Get("/about", func(soay.Request) soay.Response { return response.Text("about us") }).AllowAnonymous()

	show(app, "GET", "/cats", "")
	show(app, "GET", "/cats", "tom's key")
	show(app, "GET", "/about", "")
	// Output:
	// 401 401 Unauthorized: Credentials are needed.
	// 403 403 Forbidden: The credentials lack a scope that is needed.
	// 200 about us
}
