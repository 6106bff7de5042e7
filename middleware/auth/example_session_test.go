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

// A scheme of the app's own knows who a client is, from a token that a provider has issued, say.
func ExampleNewIdentity() {
	id, err := auth.NewIdentity(auth.Profile{
		Issuer: "https://id.example", Subject: "7", Name: "Ada", SessionID: "s42", Scopes: []string{"notes:read"},
		AuthTime: time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC), Expires: time.Date(2026, 12, 1, 17, 0, 0, 0, time.UTC),
		Claims: map[string]any{"locale": "en"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(id, "is", id.Name(), "of", id.Issuer(), "in session", id.SessionID())
	fmt.Println("for tables and limits:", id.Key())
	fmt.Println(id.Scopes(), id.HasScope("notes:read"), id.HasScope("notes"))
	fmt.Println("signed in for", id.Expires().Sub(id.AuthTime()))
	fmt.Println(id.Claims())
	// Output:
	// "7" is Ada of https://id.example in session s42
	// for tables and limits: 18:https://id.example:1:7
	// [notes:read] true false
	// signed in for 8h0m0s
	// map[locale:en]
}

// Nobody is nil, and its methods work.
func ExampleIdentity() {
	_ = func(req soay.Request) soay.Response {
		id := soay.User(req)
		switch {
		case !id.IsAuthenticated():
			return response.Text("You may look.")
		case id.HasRole("editor"):
			return response.Text("You may change it, " + id.Name() + ".")
		}
		return response.Text("You may look, " + id.Name() + ".")
	}
}
