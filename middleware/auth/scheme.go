package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions/keyring"
)

// Scheme is a way in which clients prove who they are, to be given to App.AddScheme. Its methods are called by
// several goroutines. Packages basic and apikey have some, [Session] is one, and [Func] makes one of a function.
//
// A scheme may also implement [Checker], [Attacher], [Router], [Starter], [Challenger], [Sharer], [Ambienter] and [SignInner].
type Scheme interface {
	// Presented reports whether a request has credentials of this kind, good or bad. It is cheap.
	Presented(request.Request) bool
	// Authenticate judges them. The error is an [*InvalidError] for bad ones, see [Invalid], or [ErrNotMine]. Any
	// other error, and a panic, mean that it is not known now whether they are good: the client gets 503. No
	// identity and no error mean that there are no credentials after all. If they stand in the header Authorization,
	// what [Credentials] refuses has been refused before.
	Authenticate(request.Request) (*Identity, error)
	// Describe tells of the scheme. The result never changes once the app has started, but for FormTarget.
	Describe() Description
}

// Description tells what a scheme is like.
type Description struct {
	// Security is the scheme in an OpenAPI document.
	Security router.SecurityScheme
	// Others are further places where clients may put the credentials, none of them a cookie.
	Others []router.SecurityScheme
	// Challenge is the whole value of WWW-Authenticate that asks for credentials of this kind (RFC 9110 section
	// 11.6.1). The default is made of the name of the scheme.
	Challenge string
	// Ambient says that browsers send the credentials unasked, as those of Basic and cookies. Then the guard
	// against forged requests looks at requests that have some.
	Ambient bool
	// FormTarget is the origin that the app's pages send forms to because of this scheme, "" for none. It alone may
	// change, once a provider is known.
	FormTarget string
}

// isImplicit reports whether clients send the credentials with all that they do. They are judged only when a rule or
// [User] asks, and bad ones, of an expired login say, are those of nobody.
func (d Description) isImplicit() bool { return d.Security.In == "cookie" }

// Checker is a [Scheme] that can be set up wrongly. The error stops the start of the app, with the place of AddScheme.
type Checker interface{ Check() error }

// Attacher is a [Scheme] that needs something of its app. Attach is called when the setup of the app ends, and its
// error stops the start.
type Attacher interface{ Attach(Setup) error }

// Router is a [Scheme] with routes of its own, such as that of a callback. Routes is called by AddScheme.
type Router interface{ Routes(router.Group) }

// Starter is a [Scheme] with work in the background. Start is called when the app starts, and its result, which may be
// nil, when it stops.
type Starter interface {
	Start(context.Context) (stop func(context.Context) error, err error)
}

// Challenger is a [Scheme] whose challenge tells why a request was refused. "" stands for the one of its description if
// the client must prove who it is, and for none otherwise.
type Challenger interface {
	Challenge(request.Request, *RefusedError) string
}

// NoChallenge is the challenge of a [Challenger] that must not ask this client for credentials, as Basic must not over
// http. If no scheme may, the response is 403 in place of 401.
const NoChallenge = "-"

// Sharer is a [Scheme] that shares a header with others and sees at a glance which credentials are its own. IsMine is
// false for those for which Authenticate returns [ErrNotMine]. It is asked about a client that was wrong too often for
// this scheme, which may go on with the credentials of the others; it must not judge them.
type Sharer interface{ IsMine(request.Request) bool }

// SignInner is a [Scheme] that browsers can be sent to. It returns the response that does it.
type SignInner interface {
	SignIn(request.Request) response.Response
}

// Ambienter is an ambient [Scheme] whose credentials may stand in places where browsers do not put them by themselves,
// too, such as a key in a header or in a cookie. IsAmbient reports whether those of a request are in a cookie, say: only
// then the guard against forged requests looks at it.
type Ambienter interface {
	IsAmbient(request.Request) bool
}

// Setup is what an app tells its schemes.
type Setup struct {
	// Name is that of AddScheme.
	Name string
	// Realm names the app in challenges, see Options.Realm.
	Realm string
	// SessionCookie is the name of the cookie of sessions, over https, "" without sessions.
	SessionCookie string
	// SecureCookie reports whether a cookie is for https only, in the response to a request over https or http for a
	// host. The default is https.
	SecureCookie func(https bool, host string) bool
	// Ring has the keys of the app.
	Ring *keyring.Ring
	// Logger is that of the app.
	Logger *slog.Logger
	// PublicURL is where clients reach the app, nil if that is not set.
	PublicURL *url.URL
	// Sessions says that the app has sessions, and StoredSessions that they are in a store.
	Sessions, StoredSessions bool
	// EndSessions ends the sessions of a user in the store whose value of a key the function wants to end. It is nil
	// without a store.
	EndSessions func(ctx context.Context, user, key string, ends func(value string) bool) error
	// Once reports whether a key is used for the first time within a time. Instances that share the store of
	// ThrottleOptions agree on it.
	Once func(req request.Request, key string, within time.Duration) (bool, error)
	// Development says that the app is not in production.
	Development bool
}

// NewIdentity is the function NewIdentity for identities that the scheme itself has proven.
func (s Setup) NewIdentity(p Profile) (*Identity, error) {
	id, err := NewIdentity(p)
	return id.by(s.Name), err
}

// funcScheme is what Func returns.
type funcScheme struct {
	f    func(request.Request) (*Identity, error)
	name string
}

// Func returns a scheme that is one function, with the results of [Scheme.Authenticate]: no identity and no error mean
// that there are no credentials. The function is asked only where a rule or [User] asks. A wrong credential, by
// [Invalid], is refused there; for a route that lets everybody pass it is nobody's. Its challenge is the name that
// AddScheme gets.
func Func(f func(request.Request) (*Identity, error)) Scheme { return &funcScheme{f: f} }

func (s *funcScheme) Presented(request.Request) bool { return true }

func (s *funcScheme) Authenticate(req request.Request) (*Identity, error) {
	depth, _ := running.Get(req)
	if depth == maxRunning {
		return nil, errAsksItself
	}
	running.Set(req, depth+1)
	defer running.Set(req, depth)
	return s.f(req)
}

// running is how often functions of Func run for a request right now: more than once only where goroutines ask for the
// user at once, or the function itself does, which would have no end.
var running = request.NewKey[uint8]("functions that look for the user")

const maxRunning = 100

var errAsksItself = errors.New("the function asks for the user whom it is to find")

func (s *funcScheme) Describe() Description {
	return Description{Security: router.SecurityScheme{
		Type: "http", Scheme: s.name, Description: "A scheme of the app's own.",
	}}
}

func (s *funcScheme) Check() error {
	if s.f == nil {
		return errNilFunc
	}
	return nil
}

func (s *funcScheme) Attach(setup Setup) error {
	s.name = setup.Name
	return nil
}
