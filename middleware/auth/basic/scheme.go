package basic

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"unicode/utf8"

	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/password"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/router"
)

// scheme is what New returns.
type scheme struct {
	options  Options // without users
	errs     []error
	users    map[string]*user
	anyHash  string // of some user, whose work unknown ones cost; "" if there are only passwords
	realm    string
	memories *memory // nil for none
}

// user is a [User] without its password.
type user struct {
	digest   [sha256.Size]byte // of the password, if there is no hash
	hash     string
	profile  auth.Profile
	identity *auth.Identity // of this app, once the scheme is attached
}

// New returns the scheme of clients with a name and a password, for App.AddScheme. Mistakes in the options stop the start
// of the app.
func New(options Options) auth.Scheme {
	s := &scheme{options: options, errs: options.check(), users: map[string]*user{}}
	for _, u := range options.Users {
		s.users[u.Name] = &user{
			digest: sha256.Sum256([]byte(u.Password)), hash: u.PasswordHash,
			profile: auth.Profile{Subject: u.Name, Name: u.Name, Roles: slices.Clone(u.Roles)},
		}
		s.anyHash = cmp.Or(s.anyHash, u.PasswordHash)
	}
	s.options.Users = nil
	if options.Remember > 0 {
		s.memories = newMemory(options.Remember)
	}
	return s
}

// String says what it is, without the hashes.
func (s *scheme) String() string { return fmt.Sprintf("basic.New(%d users)", len(s.users)) }

// GoString is String, so that no verb prints a hash.
func (s *scheme) GoString() string { return s.String() }

// LogValue implements slog.LogValuer as String does.
func (s *scheme) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Check implements auth.Checker.
func (s *scheme) Check() error { return errors.Join(s.errs...) }

// Attach implements auth.Attacher.
func (s *scheme) Attach(setup auth.Setup) error {
	s.realm = cmp.Or(s.options.Realm, setup.Realm)
	if len(s.errs) > 0 {
		return nil // they stop the start
	}
	for name, u := range s.users {
		id, err := setup.NewIdentity(u.profile)
		if err != nil {
			return fmt.Errorf("basic: user %q: %w", name, err)
		}
		u.identity = id
	}
	return nil
}

// Describe implements auth.Scheme.
func (s *scheme) Describe() auth.Description {
	return auth.Description{
		Security: router.SecurityScheme{Type: "http", Scheme: "basic", Description: "A name and a password."},
		// Only UTF-8 can be said (RFC 7617 section 2.1).
		Challenge: `Basic realm="` + s.realm + `", charset="UTF-8"`,
		Ambient:   true,
	}
}

// Challenge implements auth.Challenger: over http nobody is asked for a password that must not come.
func (s *scheme) Challenge(req request.Request, _ *auth.RefusedError) string {
	if !s.isSafe(req) {
		return auth.NoChallenge
	}
	return ""
}

// Presented implements auth.Scheme.
func (s *scheme) Presented(req request.Request) bool { return auth.HasCredentials(req, "basic") }

var (
	errInsecure = auth.Invalid(auth.ReasonNotAllowed, errors.New("basic: a password came over http from another machine; "+
		"serve https, name the proxy that does by UseProxies, or set AllowHTTP"))
	errMalformed = auth.Invalid(auth.ReasonMalformed, errors.New("basic: the credentials must be canonical base64 of a name, a colon and a password, in UTF-8 without control characters"))
	errWrong     = auth.Invalid(auth.ReasonInvalid, errors.New("basic: the name or the password is wrong"))
)

// Authenticate implements auth.Scheme.
func (s *scheme) Authenticate(req request.Request) (*auth.Identity, error) {
	if !s.isSafe(req) {
		return nil, errInsecure
	}
	credentials, err := auth.Credentials(req, "basic")
	if err != nil {
		return nil, err
	}
	name, secret, ok := header.ParseBasic(credentials)
	switch {
	case !ok || !utf8.ValidString(name) || !utf8.ValidString(secret):
		return nil, errMalformed
	case name == "" || secret == "":
		// Some directories take an empty password as a wish to be nobody, and say yes (RFC 4513 section 5.1.2).
		return nil, errWrong
	}
	return s.remembered(name, secret, func() (*auth.Identity, error) {
		if s.options.Verify == nil {
			return s.verify(name, secret)
		}
		return auth.Ask(req, func(ctx context.Context) (*auth.Identity, error) { return s.options.Verify(ctx, name, secret) })
	})
}

// isSafe reports whether nobody on the way can read the request. A client without an address is on this machine, too: it
// has come through a unix socket.
func (s *scheme) isSafe(req request.Request) bool {
	if s.options.AllowHTTP || req.Scheme() == "https" {
		return true
	}
	client := req.ClientIP()
	ip, err := netip.ParseAddr(client)
	return client == "" || err == nil && ip.Unmap().IsLoopback()
}

// remembered returns who has a name and a password, from memory or by asking.
func (s *scheme) remembered(name, secret string, ask func() (*auth.Identity, error)) (*auth.Identity, error) {
	var key memoryKey
	if s.memories != nil {
		key = s.memories.keyOf(name, secret)
		if id := s.memories.get(key); id != nil {
			return id, nil
		}
	}
	switch id, err := ask(); {
	case err != nil:
		return nil, err
	case id == nil:
		return nil, errWrong
	default:
		if s.memories != nil {
			s.memories.add(key, id)
		}
		return id, nil
	}
}

// verify returns who of Users has a name and a password, nil for nobody. Whether there is such a user does not change
// what is computed.
func (s *scheme) verify(name, secret string) (*auth.Identity, error) {
	u, known := s.users[name]
	if !known {
		u = &user{hash: s.anyHash}
	}
	digest := sha256.Sum256([]byte(secret))
	right := subtle.ConstantTimeCompare(digest[:], u.digest[:]) == 1
	if s.anyHash != "" {
		matches, _, err := password.Verify(cmp.Or(u.hash, s.anyHash), secret)
		if err != nil {
			return nil, err
		}
		if u.hash != "" {
			right = matches
		}
	}
	if !known || !right {
		return nil, nil
	}
	return u.identity, nil
}
