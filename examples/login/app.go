package main

import (
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// The values of the session. Its user is in Session.User.
const (
	flash    sessions.Value[string] = "flash"    // a message for the next page
	nickname sessions.Value[string] = "nickname" // the name that the user has chosen
)

// maxNickname is how many characters a nickname may have.
const maxNickname = 40

// maxForm is how many bytes a form of this site may have.
const maxForm = 4 << 10

func newApp(people *accounts, k storage, options ...soay.Options) (*soay.App, error) {
	app := soay.New(options...)
	app.UseRequestID()
	app.UseAccessLog()
	users, err := k.useSessions(app)
	if err != nil {
		return nil, err
	}

	s := &site{people, users}
	app.Get("/", s.home)
	app.Get("/login", s.askPassword)
	app.Post("/login", s.signIn).MaxBody(maxForm)
	app.Get("/profile", s.profile).Use(signedIn)
	app.Post("/profile", s.saveProfile).Use(signedIn).MaxBody(maxForm)
	app.Post("/logout", s.signOut)
	app.Post("/logout-everywhere", s.signOutEverywhere).Use(signedIn)

	// For load balancers. It does not use the session, so it works even if the store is down.
	app.Get("/ready", func(soay.Request) soay.Response {
		if !app.Ready() {
			return response.Status(http.StatusServiceUnavailable)
		}
		return response.NoContent()
	})
	return app, nil
}

// signedIn passes on only requests of users who are signed in. Others are sent to the login, which leads back to
// the page that they wanted.
func signedIn(next soay.Handler) soay.Handler {
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

// site has the handlers.
type site struct {
	people *accounts
	users  users
}

func (s *site) home(req soay.Request) soay.Response {
	return render(req, "home.html", newView(req))
}

func (s *site) askPassword(req soay.Request) soay.Response {
	return render(req, "login.html", view{Next: req.Query("next")})
}

func (s *site) signIn(req soay.Request) soay.Response {
	form, err := req.Form()
	if err != nil {
		return response.Error(err)
	}
	name := form.Get("username")
	ok, err := s.people.check(name, form.Get("password"))
	if err != nil {
		return response.Error(err)
	}
	if !ok {
		page := view{Username: name, Next: form.Get("next"), Error: "There is no account with this name and password."}
		return render(req, "login.html", page).WithStatus(http.StatusUnauthorized)
	}
	// Nothing of the earlier session stays: it may be another user's, or somebody may have planted it.
	// SetUser gives it a new identity as well.
	req.Session.Clear()
	req.Session.SetUser(name)
	flash.Flash(req.Session, "Welcome!")
	return response.SeeOtherOr(form.Get("next"), "/profile") // next comes from the browser, so it may be anything
}

func (s *site) profile(req soay.Request) soay.Response {
	count, err := s.users.count(req.Context(), req.Session.User())
	if err != nil {
		return unavailable(err)
	}
	page := newView(req)
	page.Sessions = count
	page.Nickname = nickname.Or(req.Session, "")
	return render(req, "profile.html", page)
}

func (s *site) saveProfile(req soay.Request) soay.Response {
	form, err := req.Form()
	if err != nil {
		return response.Error(err)
	}
	name := form.Get("nickname")
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxNickname {
		return response.BadRequest("A nickname has at most 40 characters.")
	}
	nickname.Set(req.Session, name)
	flash.Flash(req.Session, "Saved.")
	return response.SeeOther("/profile")
}

// signOut ends this session. In a store that is final. A copy of a cookie that contains the session works until it
// expires, or until signOutEverywhere.
func (s *site) signOut(req soay.Request) soay.Response {
	req.Session.Destroy()
	return goodbye
}

// goodbye also makes the browser forget the pages that it keeps for the back button: they show who was signed in
// (Clear-Site-Data, section 3.1).
var goodbye = response.SeeOther("/").WithHeader("Clear-Site-Data", `"cache"`)

// signOutEverywhere ends all sessions of the user, this one last: if the others cannot be ended, the user is still
// signed in here and can try again.
func (s *site) signOutEverywhere(req soay.Request) soay.Response {
	if err := s.users.signOut(req.Context(), req.Session.User()); err != nil {
		return unavailable(err)
	}
	req.Session.Destroy()
	return goodbye
}

// unavailable answers that the sessions cannot be reached, as the app itself does.
func unavailable(err error) soay.Response {
	return response.Error(&sessions.UnavailableError{Err: err})
}
