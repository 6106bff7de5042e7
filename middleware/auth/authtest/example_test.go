package authtest_test

import (
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/authtest"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newNotes returns the app that the Examples test.
func newNotes() *soay.App {
	app := soay.New()
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session())
	app.Get("/notes", func(req soay.Request) soay.Response { return response.Text("notes of " + soay.User(req).Subject()) }).Auth()
	app.Post("/notes", func(soay.Request) soay.Response { return response.NoContent() }).Auth(soay.Auth{Roles: []string{"writer"}})
	return app
}

func ExampleAs() {
	_ = func(t *testing.T) { // in a file that ends in _test.go: func TestWriters(t *testing.T)
		c := requesttest.New(t, newNotes())
		ada := authtest.Identity(t, auth.Profile{Subject: "ada", Roles: []string{"writer"}})
		note := requesttest.With{JSON: map[string]string{"text": "feed the cats"}}
		if got := c.Post("/notes", note, authtest.As(ada)).Status; got != 204 {
			t.Errorf("for a writer the status is %d, want 204", got)
		}
		if got := c.Post("/notes", note).Status; got != 401 {
			t.Errorf("for nobody the status is %d, want 401", got)
		}
	}
}

func ExampleClient() {
	_ = func(t *testing.T) { // in a file that ends in _test.go: func TestNotes(t *testing.T)
		c := requesttest.New(t, newNotes())
		ada := authtest.Client(c, authtest.Identity(t, auth.Profile{Subject: "ada"}))
		bob := authtest.Client(c, authtest.Identity(t, auth.Profile{Subject: "bob"}))
		for want, got := range map[string]string{"notes of ada": ada.Get("/notes").Text(), "notes of bob": bob.Get("/notes").Text()} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func ExampleIdentity() {
	_ = func(t *testing.T) { // in a file that ends in _test.go: func TestNotesOfAda(t *testing.T)
		ada := authtest.Identity(t, auth.Profile{Subject: "ada"})
		req := requesttest.Request("GET", "/notes", authtest.As(ada)) // for a handler that is called without an app
		if got := soay.User(req).Subject(); got != "ada" {
			t.Errorf("it is %s, want ada", got)
		}
	}
}
