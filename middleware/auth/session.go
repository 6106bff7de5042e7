package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// SessionOptions sets up [Session]. The zero value is the default.
type SessionOptions struct {
	// SignInPath is the page to which browsers are sent that ask for a page and are nobody, with ?return= and the
	// address they asked for. It must be a GET route that everybody may use. It shows its form to those who are signed
	// in, too, for a rule with MaxAge sends them there. The default is none: they get 401.
	SignInPath string
	// Load returns the identity of a subject anew, with its roles of today, say. [sessions.ErrGone] means that there
	// is no such subject any more: it is signed out. An [*InvalidError] makes it nobody as long as Load returns it. Other
	// errors, nobody, and somebody else are outages: the client gets 503. The context ends after 5 s. The time of the
	// sign-in and the session at the provider stay, and so does the end, unless Load returns another one. Several
	// goroutines may call it at once, also for one user. The default is what [SignIn] was given.
	Load func(ctx context.Context, subject string) (*Identity, error)
	// LoadEvery is how long a loaded identity is used. Then it is loaded, and saved in the session; a session in a
	// cookie is sent to the browser anew. The default is 5 minutes; a negative value loads it for each request, and
	// saves nothing.
	LoadEvery time.Duration
}

// SessionScheme is what [Session] returns.
type SessionScheme struct {
	options SessionOptions
	many    int
	setup   Setup
	prefix  string // of the text of its identities

	// kept says that another scheme contains this one. Then loadOld takes the place of Load.
	kept    bool
	loadOld func(context.Context, *Identity) (*Identity, error)
}

const defaultLoadEvery = 5 * time.Minute

// Session returns the scheme of people who were signed in by [SignIn]: their sessions know who they are. It needs
// UseSessions or UseSessionStore. The subject is the user of the session, so that sessions.RevokeUser and
// sessions.Options.Epoch end all sessions of somebody, and the rest is its value soay/identity.
func Session(options ...SessionOptions) *SessionScheme {
	s := &SessionScheme{many: len(options), prefix: format}
	if len(options) > 0 {
		s.options = options[0]
	}
	return s
}

// loadEvery returns how long a loaded identity is used.
func (s *SessionScheme) loadEvery() time.Duration {
	return max(0, cmp.Or(s.options.LoadEvery, defaultLoadEvery))
}

// Check implements [Checker].
func (s *SessionScheme) Check() error {
	var errs []error
	if s.many > 1 {
		errs = append(errs, errors.New("Session: pass one SessionOptions"))
	}
	if s.options.LoadEvery != 0 && s.options.Load == nil {
		errs = append(errs, errors.New("Session: LoadEvery has no meaning without Load"))
	}
	if p := s.options.SignInPath; p != "" && (returnPath(p) != p || strings.ContainsAny(p, "?#{*")) {
		errs = append(errs, fmt.Errorf("Session: SignInPath: %q is no path on this site", p))
	}
	return errors.Join(errs...)
}

// Attach implements [Attacher].
func (s *SessionScheme) Attach(setup Setup) error {
	s.setup, s.prefix = setup, s.prefixOf(setup.Name)
	if !setup.Sessions {
		return errors.New("Session: the app has no sessions; call UseSessions or UseSessionStore")
	}
	return nil
}

// Describe implements [Scheme].
func (s *SessionScheme) Describe() Description {
	return Description{
		Security:  router.SecurityScheme{Type: "apiKey", In: "cookie", Name: s.setup.SessionCookie, Description: "The cookie of a session that was signed in."},
		Challenge: `Session realm="` + s.setup.Realm + `"`, Ambient: true,
	}
}

// Presented implements [Scheme]. Whether a session is signed in is known only once it is loaded.
func (s *SessionScheme) Presented(request.Request) bool { return true }

// Authenticate implements [Scheme].
func (s *SessionScheme) Authenticate(req request.Request) (*Identity, error) {
	if err := req.Session.Load(); err != nil {
		return nil, err
	}
	user := req.Session.User()
	if user == "" {
		return nil, nil
	}
	id, loaded := s.read(req.Session, user)
	if id == nil {
		return nil, nil
	}
	// A time in the future is that of a clock which was wrong.
	if age := now().Sub(loaded); s.loader() != nil && (age < 0 || age >= s.loadEvery()) {
		var err error
		if id, err = s.load(req, id); err != nil {
			return nil, err
		}
	}
	if id.isExpired() {
		return nil, Invalid(ReasonExpired, nil)
	}
	return id, nil
}

// loader returns the function that loads an identity anew, nil without one.
func (s *SessionScheme) loader() func(context.Context, *Identity) (*Identity, error) {
	if s.options.Load == nil {
		return s.loadOld
	}
	return func(ctx context.Context, old *Identity) (*Identity, error) { return s.options.Load(ctx, old.Subject()) }
}

// load asks the app for the identity that a session has, and keeps it there.
func (s *SessionScheme) load(req request.Request, old *Identity) (*Identity, error) {
	asked := now() // what Load finds may change while it runs
	fresh, err := Ask(req, func(ctx context.Context) (*Identity, error) { return s.loader()(ctx, old) })
	if errors.Is(err, sessions.ErrGone) {
		if !sessions.StateOf(req.Session).IsReadOnly() { // as in a stream
			s.end(req, old.Subject())
		}
		return nil, Invalid(ReasonInvalid, err)
	}
	if err != nil {
		return nil, err
	}
	if fresh.Subject() != old.Subject() || old.Issuer() != "" && fresh.Issuer() != "" && fresh.Issuer() != old.Issuer() {
		return nil, errors.New("auth: Session: Load returned nobody, or somebody else")
	}
	id := &Identity{profile: fresh.profile, claims: fresh.claims, scheme: s.setup.Name}
	p := &id.profile
	p.AuthTime, p.SessionID = old.profile.AuthTime, old.profile.SessionID
	if p.Issuer == "" {
		p.Issuer = old.profile.Issuer
	}
	if p.Expires.IsZero() {
		p.Expires = old.profile.Expires
	}
	s.keep(req, id, asked)
	return id, nil
}

// keep keeps an identity that was loaded at a time in the session, also if the response is an error. Failing that, the next request loads
// it again: this one needs nothing of the session but what it has.
func (s *SessionScheme) keep(req request.Request, id *Identity, loaded time.Time) {
	if s.options.LoadEvery < 0 || sessions.StateOf(req.Session).IsReadOnly() {
		return
	}
	err := stored.Modify(req.Session, func(string) string { return s.encode(id, loaded) })
	if err != nil && !errors.Is(err, sessions.ErrGone) { // which it is if another request signs out
		req.Logger().LogAttrs(request.StateOf(req).Context(), slog.LevelWarn, "auth: a loaded identity was not kept",
			slog.String("scheme", s.setup.Name), slog.Any("error", err))
	}
}

// SignIn implements [SignInner]: it sends a browser to the page for signing in.
func (s *SessionScheme) SignIn(req request.Request) response.Response {
	return response.Redirect(SignInURL(req, s.options.SignInPath))
}

// SignInURL returns the address that a [SignInner] sends a browser to: a path with ?return= and the address that was asked
// for, if the browser can come back to it. It is for the framework.
func SignInURL(req request.Request, path string) string {
	if wanted := req.URL().RequestURI(); len(wanted) <= maxReturn && returnPath(wanted) == wanted {
		return path + "?return=" + url.QueryEscape(wanted)
	}
	return path
}

// maxReturn is how long an address may be that a browser comes back to. Longer ones do not fit into a form's action
// everywhere.
const maxReturn = 2 << 10

// ReturnPath returns where to send the browser once its user has signed in: the value of ?return=, if it is a path on
// this site, and "/" for anything else, for everybody can make a link to the page.
func ReturnPath(req request.Request) string { return returnPath(req.Query("return")) }

func returnPath(path string) string {
	if path == "" || path[0] != '/' || len(path) > maxReturn || response.Redirect(path).Err() != nil {
		return "/"
	}
	return path
}

// SignInOptions refines [SignIn].
type SignInOptions struct {
	// Keep names values of the session that stay, such as a cart. The default is none: a session may have been another
	// user's, or somebody may have planted it.
	Keep []string
}

// SignIn signs somebody in: their session is theirs from now on, under a new identity and without the values that it
// had. It needs the scheme [Session]. An identity without an AuthTime gets the present time.
//
// Nobody, an identity that has expired, more than one SignInOptions, a request whose response has begun, and a detached
// one are errors, and so is a store that fails; the session stays as it was. The session is saved with the response: if
// it is too large then, of many claims say, or the store fails, the client gets 500 or 503, see [sessions.SizeError], and
// keeps the session that it had. A session in a cookie has about 3 KB.
func SignIn(req request.Request, id *Identity, options ...SignInOptions) error {
	g := guardKey.Of(req)
	if g == nil || g.registry.session == nil {
		if err := req.Session.Load(); err != nil {
			return err
		}
		return errors.New(`auth: SignIn needs the scheme auth.Session; call app.AddScheme("session", auth.Session())`)
	}
	return g.registry.session.accept(req, g.registry, id, options)
}

// accept is [SignIn] for the scheme.
func (s *SessionScheme) accept(req request.Request, r *Registry, id *Identity, options []SignInOptions) error {
	if err := req.Session.Load(); err != nil {
		return err
	}
	switch {
	case id == nil:
		return errors.New("auth: SignIn: the identity is nil")
	case id.isExpired():
		return errors.New("auth: SignIn: the identity has expired")
	case len(options) > 1:
		return errors.New("auth: SignIn: pass one SignInOptions")
	case sessions.StateOf(req.Session).IsReadOnly():
		return errors.New("auth: SignIn: the session cannot change any more; call SignIn before the handler returns")
	}
	mine := &Identity{profile: id.profile, claims: id.claims, scheme: s.setup.Name}
	if mine.profile.AuthTime.IsZero() {
		mine.profile.AuthTime = toSecond(now())
	}
	var keep []string
	for _, o := range options {
		keep = o.Keep
	}
	sessions.StateOf(req.Session).ClearBut(keep)
	req.Session.SetUser(s.userOf(mine)) // which renews it, for it is nobody's
	stored.Set(req.Session, s.encode(mine, now()))
	current.Set(req, mine)
	r.events.signed(req, EventSignedIn, s.setup.Name, mine.Subject())
	return nil
}

// SignOut ends the session of the client: it is nobody from now on. A store has the session no longer, so that no copy
// of its cookie works. It is ended however the response turns out; if the store fails, that is 503. Values that are set
// afterwards, such as a flash message, start a new session.
func SignOut(req request.Request) {
	if sessions.StateOf(req.Session).IsReadOnly() {
		req.Session.Destroy() // which is a misuse
		return
	}
	user, text := req.Session.User(), stored.Or(req.Session, "")
	if g := guardKey.Of(req); g != nil {
		if s, subject := g.registry.signedIn(text, user); s != nil && subject != "" {
			s.end(req, subject)
			current.Set(req, nil)
			return
		}
	}
	req.Session.Destroy()
	current.Set(req, nil)
}

// end ends a session of somebody, and tells of it.
func (s *SessionScheme) end(req request.Request, subject string) {
	req.Session.Destroy()
	if g := guardKey.Of(req); g != nil {
		g.registry.events.signed(req, EventSignedOut, s.setup.Name, subject)
	}
}
