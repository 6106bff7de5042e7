package auth

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// SessionOptions sets up [Session]. The zero value is the default.
type SessionOptions struct {
	// SignInPath is the page to which browsers are sent that ask for a page and are nobody, with ?return= and the
	// address they asked for. It must be a GET route that everybody may use. The default is none: they get 401.
	SignInPath string
	// Load returns the identity of a subject anew, with its roles of today, say. [sessions.ErrGone] means that there
	// is no such subject any more: it is signed out. Other errors are outages: the client gets 503. The default is
	// what [SignIn] was given.
	Load func(ctx context.Context, subject string) (*Identity, error)
	// LoadEvery is how long a loaded identity is used. The default is 5 minutes; a negative value loads it for each
	// request.
	LoadEvery time.Duration
}

// SessionScheme is what [Session] returns.
type SessionScheme struct {
	options SessionOptions
	many    int
	setup   Setup
}

const defaultLoadEvery = 5 * time.Minute

// Session returns the scheme of people who were signed in by [SignIn]: their sessions know who they are. It needs
// UseSessions or UseSessionStore.
func Session(options ...SessionOptions) *SessionScheme {
	s := &SessionScheme{many: len(options)}
	if len(options) > 0 {
		s.options = options[0]
	}
	if s.options.LoadEvery == 0 {
		s.options.LoadEvery = defaultLoadEvery
	}
	return s
}

// Check implements [Checker].
func (s *SessionScheme) Check() error {
	if s.many > 1 {
		return errors.New("Session: pass one SessionOptions")
	}
	if p := s.options.SignInPath; p != "" && (p[0] != '/' || returnPath(p) != p) {
		return errors.New("Session: SignInPath is no path on this site: " + p)
	}
	return nil
}

// Attach implements [Attacher].
func (s *SessionScheme) Attach(setup Setup) error {
	s.setup = setup
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
	subject := req.Session.User()
	if subject == "" {
		return nil, nil
	}
	id, loaded := s.read(req.Session, subject)
	if s.options.Load != nil && now().Sub(loaded) >= max(0, s.options.LoadEvery) {
		fresh, err := Ask(req, func(ctx context.Context) (*Identity, error) { return s.options.Load(ctx, subject) })
		switch {
		case errors.Is(err, sessions.ErrGone):
			req.Session.Destroy()
			return nil, Invalid(ReasonInvalid, err)
		case err != nil:
			return nil, err
		case fresh == nil || fresh.Subject() != subject:
			return nil, errors.New("auth: Session: Load returned nobody, or somebody else")
		}
		id = s.refreshed(req.Session, id, fresh)
	}
	if id.isExpired(now()) {
		return nil, Invalid(ReasonExpired, nil)
	}
	return id, nil
}

// refreshed keeps a fresh identity in the session. The time of the sign-in and the session at the provider stay; so does
// the end, unless Load says otherwise.
func (s *SessionScheme) refreshed(session sessions.Session, old, fresh *Identity) *Identity {
	id := &Identity{profile: fresh.profile, claims: fresh.claims, scheme: s.setup.Name}
	p := &id.profile
	p.AuthTime, p.SessionID = old.profile.AuthTime, old.profile.SessionID
	if p.Expires.IsZero() {
		p.Expires = old.profile.Expires
	}
	if s.options.LoadEvery > 0 {
		stored.Set(session, encode(id, now()))
	}
	return id
}

// SignIn implements [SignInner]: it sends a browser to the page for signing in.
func (s *SessionScheme) SignIn(req request.Request) response.Response {
	path := s.options.SignInPath
	if wanted := req.URL().RequestURI(); len(wanted) <= maxReturn && returnPath(wanted) == wanted {
		path += "?return=" + url.QueryEscape(wanted)
	}
	return response.Redirect(path)
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
// had. It needs the scheme [Session]. The time is the AuthTime of the identity if that has none.
//
// Anything that can fail does so before the session changes. Identities that have expired, nobody, and more than one
// SignInOptions are errors.
func SignIn(req request.Request, id *Identity, options ...SignInOptions) error {
	g := guardKey.Of(req)
	switch {
	case g == nil || g.registry.session == nil:
		return errors.New(`auth: SignIn needs the scheme auth.Session; call app.AddScheme("session", auth.Session())`)
	case id == nil:
		return errors.New("auth: SignIn: the identity is nil")
	case id.isExpired(now()):
		return errors.New("auth: SignIn: the identity has expired")
	case len(options) > 1:
		return errors.New("auth: SignIn: pass one SignInOptions")
	}
	if err := req.Session.Load(); err != nil {
		return err
	}
	scheme := g.registry.session.setup.Name
	mine := &Identity{profile: id.profile, claims: id.claims, scheme: scheme}
	if mine.profile.AuthTime.IsZero() {
		mine.profile.AuthTime = toSecond(now())
	}
	renew(req.Session, mine.Subject(), options)
	stored.Set(req.Session, encode(mine, now()))
	current.Set(req, mine)
	g.registry.events.signed(req, EventSignedIn, scheme, mine.Subject())
	return nil
}

// renew makes a session that of somebody, without its values but those to be kept.
func renew(s sessions.Session, subject string, options []SignInOptions) {
	var keep []string
	for _, o := range options {
		keep = o.Keep
	}
	for _, key := range s.Keys() {
		if !slices.Contains(keep, key) {
			s.Delete(key)
		}
	}
	if s.User() == subject {
		s.Renew()
	}
	s.SetUser(subject)
}

// SignOut ends the session of the client: it is nobody from now on. A store has the session no longer, so that no copy
// of its cookie works. Values that are set afterwards, such as a flash message, start a new session.
func SignOut(req request.Request) {
	id, _ := current.Get(req)
	subject := id.Subject()
	if subject == "" {
		subject = req.Session.User()
	}
	req.Session.Destroy()
	current.Set(req, nil)
	if g := guardKey.Of(req); g != nil && g.registry.session != nil {
		g.registry.events.signed(req, EventSignedOut, g.registry.session.setup.Name, subject)
	}
}
