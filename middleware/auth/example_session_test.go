package auth_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// checkPassword returns whose name and password these are. See package password for how to do that.
func checkPassword(name, password string) (*auth.Identity, error) {
	if name != "ada" || password != "a good one" {
		return nil, errors.New("wrong name or password")
	}
	return auth.NewIdentity(auth.Profile{Subject: "7", Name: "Ada", Roles: []string{"editor"}})
}

func ExampleSignIn() {
	app := soay.New()
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/login"}))
	app.Get("/login", func(soay.Request) soay.Response { return response.Text("a page with a form") })
	app.Post("/login", func(req soay.Request) soay.Response {
		form, err := req.Form()
		if err != nil {
			return response.Error(err)
		}
		id, err := checkPassword(form.Get("name"), form.Get("password"))
		if err != nil {
			return response.Text(err.Error()).WithStatus(422)
		}
		if err := auth.SignIn(req, id); err != nil {
			return response.Error(err)
		}
		return response.SeeOther(auth.ReturnPath(req)) // to the page that sent the browser here
	})
	app.Post("/logout", func(req soay.Request) soay.Response {
		auth.SignOut(req)
		return response.SeeOther("/")
	})
	app.Get("/account", func(req soay.Request) soay.Response {
		return response.Text("Hello, " + soay.User(req).Name())
	}).Auth()
}

// A cart that somebody has filled before stays.
func ExampleSignInOptions() {
	_ = func(req soay.Request, id *auth.Identity) error {
		return auth.SignIn(req, id, auth.SignInOptions{Keep: []string{"cart"}})
	}
}

// Roles are those of the database, at most a minute old, and an account that is deleted is signed out.
func ExampleSessionOptions() {
	var db *sql.DB
	load := func(ctx context.Context, subject string) (*auth.Identity, error) {
		p := auth.Profile{Subject: subject, Roles: make([]string, 1)}
		err := db.QueryRowContext(ctx, "SELECT name, role FROM accounts WHERE id = ?", subject).Scan(&p.Name, &p.Roles[0])
		if errors.Is(err, sql.ErrNoRows) {
			return nil, sessions.ErrGone
		}
		if err != nil {
			return nil, err
		}
		return auth.NewIdentity(p)
	}
	app := soay.New()
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session(auth.SessionOptions{Load: load, LoadEvery: time.Minute}))
}

func ExampleClaim() {
	id, err := auth.NewIdentity(auth.Profile{Subject: "7", Claims: map[string]any{
		"email":        "ada@example.com",
		"realm_access": map[string]any{"roles": []string{"editor", "admin"}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	email, ok := auth.Claim[string](id, "/email")
	fmt.Println(email, ok)
	roles, ok := auth.Claim[[]string](id, "/realm_access/roles")
	fmt.Println(roles, ok)
	verified, ok := auth.Claim[bool](id, "/email_verified")
	fmt.Println(verified, ok)
	// Output:
	// ada@example.com true
	// [editor admin] true
	// false false
}

func ExampleIdentity() {
	_ = func(req soay.Request) soay.Response {
		id := soay.User(req) // nil for nobody, whose methods work
		if !id.HasRole("editor") {
			return response.Text("You may look, " + id.Name() + ".")
		}
		return response.Text("You may change it.")
	}
}
