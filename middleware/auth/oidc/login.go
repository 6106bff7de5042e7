package oidc

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions/keyring"
)

// Login is what [New] returns: a scheme for App.AddScheme, with routes of its own.
type Login struct {
	options Options
	session *auth.SessionScheme
	setup   auth.Setup
	client  *http.Client

	flows, tokens *keyring.Protector
	discovery     discovery
	secret        atomic.Int32 // which of the secrets the provider has taken last
	refreshes     struct {
		sync.Mutex
		running map[string]*refreshing // by the id of the session
	}
}

// New returns a scheme that signs people in at an OpenID provider. What is wrong with the options stops the start of the
// app.
func New(options Options) *Login {
	l := &Login{options: options.withDefaults()}
	l.session = auth.KeptSession(options.Load, options.LoadEvery)
	l.refreshes.running = map[string]*refreshing{}
	l.client = l.newClient()
	l.discovery.login = l
	return l
}

// String returns the provider and the client, so that no log has a secret.
func (l *Login) String() string { return "oidc.Login(" + strconv.Quote(l.options.Issuer) + ")" }

// GoString is String, so that no verb prints a secret.
func (l *Login) GoString() string { return l.String() }

// LogValue implements [slog.LogValuer] as String does.
func (l *Login) LogValue() slog.Value { return slog.StringValue(l.String()) }

// HeldSession implements [auth.SessionHolder]. It is for the framework.
func (l *Login) HeldSession() *auth.SessionScheme { return l.session }

// Check implements [auth.Checker].
func (l *Login) Check() error { return l.options.check() }

// Attach implements [auth.Attacher].
func (l *Login) Attach(setup auth.Setup) error {
	l.setup = setup
	l.flows = keyring.Reserved(setup.Ring, "oidc flow") // of all logins of the app, so that they share the room for cookies
	l.tokens = keyring.Reserved(setup.Ring, "oidc tokens", setup.Name)
	var errs []error
	if err := l.session.Attach(setup); err != nil {
		errs = append(errs, errors.New("oidc: the app has no sessions; call UseSessions or UseSessionStore"))
	}
	if setup.PublicURL == nil && !setup.Development {
		errs = append(errs, errors.New("oidc: the provider sends browsers back to Options.PublicURL of the app, or APP_PUBLIC_URL; set it"))
	}
	if l.options.SaveTokens && !setup.StoredSessions {
		errs = append(errs, errors.New("oidc: SaveTokens: a cookie has no room for tokens; call UseSessionStore"))
	}
	if l.options.BackChannelPath != "" && !setup.StoredSessions {
		errs = append(errs, errors.New("oidc: BackChannelPath: a session in a cookie cannot be ended from outside; call UseSessionStore"))
	}
	if setup.PublicURL != nil && setup.PublicURL.Scheme != "https" && l.options.ResponseMode == ModeFormPost && !isLoopback(setup.PublicURL.Hostname()) {
		errs = append(errs, errors.New("oidc: ResponseMode: form_post needs a PublicURL with https, or browsers do not send the cookie of the sign-in"))
	}
	return errors.Join(errs...)
}

// Routes implements [auth.Router].
func (l *Login) Routes(g router.Group) {
	anonymous := func(r *router.Route) *router.Route { return r.AllowAnonymous().Doc(router.Doc{Hidden: true}) }
	anonymous(g.Get(l.options.SignInPath, l.signIn))
	if l.options.ResponseMode == ModeFormPost {
		// The form comes from the provider's page; the sealed cookie of the sign-in guards it.
		anonymous(g.Post(l.options.CallbackPath, l.callback)).IgnoreAntiForgery().MaxBody(maxForm)
	} else {
		anonymous(g.Get(l.options.CallbackPath, l.callback))
	}
	anonymous(g.Post(l.options.SignOutPath, l.signOut))
	if l.options.BackChannelPath != "" {
		anonymous(g.Post(l.options.BackChannelPath, l.backChannel)).IgnoreAntiForgery().MaxBody(maxForm)
	}
}

// maxForm limits what a provider posts: a code, or a logout token.
const maxForm = 64 << 10

// Start implements [auth.Starter]: what the provider tells of itself is fetched in the background, so an app starts also
// while the provider is down.
func (l *Login) Start(context.Context) (func(context.Context) error, error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.discovery.keepFresh(ctx)
	}()
	return func(context.Context) error {
		cancel()
		<-done
		return nil
	}, nil
}

// Describe implements [auth.Scheme]. The page that signs out sends its form to the provider in the end.
func (l *Login) Describe() auth.Description {
	return auth.Description{
		Security: router.SecurityScheme{
			Type: "openIdConnect", OpenIDConnectURL: strings.TrimSuffix(l.options.Issuer, "/") + wellKnown,
			Description: "Sign-in at an OpenID provider, which begins at " + l.options.SignInPath + ". Then a session knows the client.",
		},
		Challenge: l.session.Describe().Challenge, Ambient: true, FormTarget: l.formTarget(),
	}
}

// formTarget returns the origin of the page that ends the session at the provider: that of the issuer until it is known.
func (l *Login) formTarget() string {
	target := l.options.Issuer
	if p := l.discovery.current.Load(); p != nil && p.EndSession != "" {
		target = p.EndSession
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Presented implements [auth.Scheme].
func (l *Login) Presented(req request.Request) bool { return l.session.Presented(req) }

// Authenticate implements [auth.Scheme]: a session that this login has signed in knows who it is.
func (l *Login) Authenticate(req request.Request) (*auth.Identity, error) {
	return l.session.Authenticate(req)
}

// SignIn implements [auth.SignInner]. A rule with a MaxAge leads to a sign-in that is new.
func (l *Login) SignIn(req request.Request) response.Response {
	target := auth.SignInURL(req, l.options.SignInPath)
	if e := auth.Refusal(req); e != nil && e.Reason == auth.ReasonTooOld {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		target += separator + "max_age=" + strconv.FormatInt(int64(e.MaxAge/time.Second), 10)
	}
	return response.Redirect(target)
}

// unavailable returns the error of a provider that cannot be reached, which is 503.
func (l *Login) unavailable(err error) error {
	return &auth.UnavailableError{Scheme: l.setup.Name, Err: err}
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
