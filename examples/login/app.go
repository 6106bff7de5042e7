package main

import (
	"net/http"
	"unicode/utf8"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/view"
	"github.com/soay-go/soay/sessions"
)

// The values of the session, which also knows who is signed in.
const (
	flash    sessions.Value[string] = "flash"    // a message for the next page
	nickname sessions.Value[string] = "nickname" // the name that the user has chosen
)

// maxNickname is how many characters a nickname may have.
const maxNickname = 40

// maxForm is how many bytes a form of this site may have.
const maxForm = 4 << 10

func newApp(people accounts, k storage, options ...soay.Options) (*soay.App, error) {
	app := soay.New(options...)
	app.UseRequestID()
	app.UseAccessLog(middleware.AccessLogOptions{Skip: soay.IsProbe})
	app.UseHealth() // a load balancer asks /health/ready, which also tells whether the store and the keys are there
	app.UseViews(files, views)
	users, err := k.useSessions(app)
	if err != nil {
		return nil, err
	}

	app.AddScheme("session", auth.Session(auth.SessionOptions{SignInPath: "/login"}))
	app.UseAuthorization() // all routes need a user, but those that AllowAnonymous opens

	s := &site{people, users}
	app.Get("/", s.home).AllowAnonymous()
	app.Get("/login", s.askPassword).AllowAnonymous()
	app.Post("/login", s.signIn).AllowAnonymous().MaxBody(maxForm)
	app.Get("/profile", s.profile)
	app.Post("/profile", s.saveProfile).MaxBody(maxForm)
	app.Post("/logout", s.signOut).AllowAnonymous()
	app.Post("/logout-everywhere", s.signOutEverywhere)
	app.HandleStatus(http.StatusUnauthorized, refused(homePage, "Sign in first."))
	app.HandleStatus(http.StatusTooManyRequests, refused(loginPage, "There were too many attempts. Try again in some minutes."))
	return app, nil
}

// refused returns the page for a form that is refused: its session has ended, say. Who only wants to see a page is sent to
// the sign-in instead, and a script that asks for JSON gets problem details.
func refused(of view.Page[page], why string) soay.Handler {
	return func(req soay.Request) soay.Response { return render(req, of, page{Error: why}) }
}

// site has the handlers.
type site struct {
	people accounts
	users  users
}

func (s *site) home(req soay.Request) soay.Response {
	return render(req, homePage, newPage(req))
}

// askPassword shows a form that is sent to the address of its page, with ?return= where it is.
func (s *site) askPassword(req soay.Request) soay.Response {
	return render(req, loginPage, page{})
}

func (s *site) signIn(req soay.Request) soay.Response {
	form, err := req.Form()
	if err != nil {
		return response.Error(err)
	}
	name := form.Get("username")
	attempt, err := auth.Try(req, name) // refuses who guesses too often
	if err != nil {
		return response.Error(err)
	}
	who, err := s.people.find(name, form.Get("password"))
	if err != nil {
		return response.Error(err)
	}
	if who == nil {
		again := page{Username: name, Error: "There is no account with this name and password."}
		return render(req, loginPage, again).WithStatus(http.StatusUnauthorized)
	}
	attempt.Succeeded()
	if err := auth.SignIn(req, who); err != nil {
		return response.Error(err)
	}
	flash.Flash(req.Session, "Welcome!")
	return response.SeeOther(auth.ReturnPath(req))
}

func (s *site) profile(req soay.Request) soay.Response {
	count, err := s.users.count(req.Context(), soay.User(req).Subject())
	if err != nil {
		return unavailable(err)
	}
	p := newPage(req)
	p.Sessions = count
	p.Nickname = nickname.Or(req.Session, "")
	return render(req, profilePage, p)
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
	auth.SignOut(req)
	return goodbye
}

// goodbye also makes the browser forget the pages that it keeps for the back button: they show who was signed in
// (Clear-Site-Data, section 3.1).
var goodbye = response.SeeOther("/").WithHeader("Clear-Site-Data", `"cache"`)

// signOutEverywhere ends all sessions of the user, this one last: if the others cannot be ended, the user is still
// signed in here and can try again.
func (s *site) signOutEverywhere(req soay.Request) soay.Response {
	if err := s.users.signOut(req.Context(), soay.User(req).Subject()); err != nil {
		return unavailable(err)
	}
	auth.SignOut(req)
	return goodbye
}

// unavailable answers that the sessions cannot be reached, as the app itself does.
func unavailable(err error) soay.Response {
	return response.Error(&sessions.UnavailableError{Err: err})
}
