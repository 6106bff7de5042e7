package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions/memstore"
)

// holder is a scheme that signs people in by itself.
type holder struct{ session *auth.SessionScheme }

func (h *holder) HeldSession() *auth.SessionScheme         { return h.session }
func (h *holder) Attach(setup auth.Setup) error            { return h.session.Attach(setup) }
func (h *holder) Presented(req request.Request) bool       { return h.session.Presented(req) }
func (h *holder) SignIn(request.Request) response.Response { return response.Redirect("/enter") }

func (h *holder) Authenticate(req request.Request) (*auth.Identity, error) {
	return h.session.Authenticate(req)
}

func (h *holder) Describe() auth.Description {
	return auth.Description{Security: router.SecurityScheme{Type: "openIdConnect"}, Ambient: true}
}

// TestKeptSessions is about an app with two schemes that keep sessions for themselves, and passwords besides. Somebody whom one
// has signed in is nobody for the others, also where subjects are equal.
func TestKeptSessions(t *testing.T) {
	store := memstore.New()
	app := soay.New(soay.Options{Env: "production", Logger: new(requesttest.Log).Logger(), DrainDelay: -1})
	app.UseSessionStore(store)
	app.AddScheme("session", auth.Session())
	kept := map[string]*auth.SessionScheme{}
	for _, name := range []string{"one", "two"} {
		kept[name] = auth.KeptSession(nil, 0)
		app.AddScheme(name, &holder{kept[name]})
		app.Get("/"+name, who).Auth(soay.Auth{Schemes: []string{name}})
	}
	app.Get("/session", who).Auth(soay.Auth{Schemes: []string{"session"}})
	app.Post("/enter", func(req soay.Request) soay.Response {
		id, err := auth.NewIdentity(auth.Profile{Subject: "7", Issuer: "https://id.example", SessionID: req.Query("sid")})
		switch by := req.Query("by"); {
		case err != nil:
		case by == "session":
			err = auth.SignIn(req, id)
		default:
			err = kept[by].Accept(req, id)
		}
		if err != nil {
			return response.Error(err)
		}
		return response.Text(req.Session.User())
	})
	app.Post("/leave", func(req soay.Request) soay.Response {
		auth.SignOut(req)
		return response.NoContent()
	})
	c, other := requesttest.New(t, app), requesttest.New(t, app)
	for by, user := range map[string]string{"session": "7", "one": "18:https://id.example:1:7", "two": "18:https://id.example:1:7"} {
		wantText(t, "the user of "+by, c.Post("/enter?sid=a&by="+by), user)
		for _, path := range []string{"session", "one", "two"} {
			want := http.StatusUnauthorized
			if path == by {
				want = http.StatusOK
			}
			if got := c.Get("/" + path); got.Status != want {
				t.Errorf("signed in by %s, GET /%s: %d, want %d", by, path, got.Status, want)
			}
		}
		c.Post("/leave")
		if got := c.Get("/" + by); got.Status != http.StatusUnauthorized {
			t.Errorf("%s after the sign-out: %d", by, got.Status)
		}
	}

	c.Post("/enter?sid=a&by=one")
	other.Post("/enter?sid=b&by=one")
	for _, sid := range []string{"x", "a", ""} {
		if err := kept["two"].EndOthers(context.Background(), "https://id.example", "7", sid); err != nil {
			t.Fatal(err)
		}
	}
	state := func() string { return fmt.Sprint(c.Get("/one").Status, other.Get("/one").Status) }
	if got := state(); got != "200 200" {
		t.Errorf("ended by another scheme: %s", got)
	}
	for _, end := range []struct{ sid, want string }{{"x", "200 200"}, {"a", "401 200"}, {"", "401 401"}} {
		if err := kept["one"].EndOthers(context.Background(), "https://id.example", "7", end.sid); err != nil {
			t.Fatal(err)
		}
		if got := state(); got != end.want {
			t.Errorf("ended %q: %s, want %s", end.sid, got, end.want)
		}
	}
}
