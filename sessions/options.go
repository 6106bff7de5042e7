package sessions

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/safelog"
)

// Options sets how sessions are kept. The zero value is the safe default.
type Options struct {
	// CookieName is the name of the session cookie. The default is session over http and
	// __Host-session over https, which a sibling domain cannot plant; with a Domain or a Path of
	// your own it is __Secure-session over https.
	CookieName string
	// Serializer turns values into bytes. The default is [JSON].
	Serializer Serializer
	// Codec seals the session into the cookie. The default encrypts and authenticates, see
	// [NewCodec]. With a Codec of your own the key and PreviousKeys must be empty, because nothing
	// would use them.
	//
	// With a store it seals what the store keeps: the values of each session are encrypted, and
	// bound to its id, its user and its start. The names of the values, the user and the times
	// stay readable. The default seals nothing there. Sessions that were kept the other way have
	// ended when it is added or left out.
	Codec Codec
	// PreviousKeys are keys that still open sessions but seal none. To change the key, move the old
	// one here for as long as MaxAge.
	PreviousKeys []string
	// MaxAge ends a session so long after its start or last Renew, whatever its use. The default is
	// 24 hours.
	MaxAge time.Duration
	// IdleTimeout ends a session that has not been looked at for so long. The default is 30
	// minutes, and never more than MaxAge. A session that is only read is sent anew when half of it
	// has passed.
	IdleTimeout time.Duration
	// Path is the path below which the browser sends the cookie. The default is /.
	Path string
	// Domain makes the browser send the cookie to all hosts below a domain. The default is the host
	// alone.
	Domain string
	// Secure decides when the cookie is for https only. The default is [SecureAuto].
	Secure SecureMode
	// SameSite decides when the browser sends the cookie from other sites. The default is Lax.
	SameSite http.SameSite
	// Persistent gives the cookie a Max-Age, so that it outlives the browser's own session. It is sent
	// anew whenever the idle time of the session begins anew. The default ends with the browser.
	Persistent bool
	// StoreTimeout is how long a store may take to load a session, and how long to save it or for an
	// Update; then the request is refused with 503. It is the time of Epoch as well. The default is
	// 1 second.
	StoreTimeout time.Duration
	// MaxBytes limits the keys and values of a session in a store, in bytes. The default is 64 KiB.
	// A session in a cookie is limited by what browsers keep, 4096 bytes with its name.
	MaxBytes int
	// Epoch ends all sessions of a user that are kept in cookies: it returns a number that the
	// application raises to do so. It is asked when a session with a user is looked at, and when one
	// is saved; a request that wants to save what has ended meanwhile fails with [ErrGone]. If it
	// fails the request is refused with 503. A store needs none, see [RevokeUser].
	Epoch func(ctx context.Context, user string) (int64, error)
	// Logger gets a debug line for each refused cookie, without its value. The default is the app's
	// logger.
	Logger *slog.Logger
}

// SecureMode decides whether the session cookie has the attribute Secure.
type SecureMode int

const (
	// SecureAuto sets Secure, except on plain http requests to a loopback host name such as
	// localhost.
	SecureAuto SecureMode = iota
	// SecureAlways sets Secure on every response.
	SecureAlways
	// SecureNever leaves Secure out. It lets everybody on the network path read and use the cookie.
	SecureNever
)

const (
	defaultMaxAge      = 24 * time.Hour
	defaultIdleTimeout = 30 * time.Minute
	defaultName        = "session"

	defaultStoreTimeout = time.Second
	defaultMaxBytes     = 64 << 10
)

// check returns an error for every setting that is wrong for sessions in cookies.
func (o Options) check(key string) []error {
	errs := append(o.checkLives(), o.checkKeys(key)...)
	if o.MaxBytes != 0 || o.StoreTimeout != 0 && o.Epoch == nil {
		errs = append(errs, errors.New("sessions: StoreTimeout and MaxBytes are for a store; see UseSessionStore"))
	}
	if o.StoreTimeout < 0 {
		errs = append(errs, errNegative)
	}
	return append(errs, o.checkCookie()...)
}

// checkForStore returns an error for every setting that is wrong for sessions in a store.
func (o Options) checkForStore() []error {
	errs := append(o.checkLives(), o.checkCookie()...)
	if len(o.PreviousKeys) > 0 {
		errs = append(errs, errors.New("sessions: PreviousKeys are for sessions in cookies; a store takes a Codec"))
	}
	if o.Epoch != nil {
		errs = append(errs, errors.New("sessions: Epoch is for sessions in cookies; see RevokeUser"))
	}
	if o.StoreTimeout < 0 || o.MaxBytes < 0 {
		errs = append(errs, errNegative)
	}
	return errs
}

var errNegative = errors.New("sessions: StoreTimeout or MaxBytes is negative")

func (o Options) checkLives() []error {
	var errs []error
	bad := func(setting, format string, args ...any) {
		errs = append(errs, fmt.Errorf("sessions: "+setting+": "+format, args...))
	}
	if o.MaxAge < 0 {
		bad("MaxAge", "is negative: %v", o.MaxAge)
	}
	if o.IdleTimeout < 0 {
		bad("IdleTimeout", "is negative: %v", o.IdleTimeout)
	}
	if maxAge := cmp.Or(o.MaxAge, defaultMaxAge); maxAge > 0 && o.IdleTimeout > maxAge {
		bad("IdleTimeout", "is %v, longer than MaxAge, which is %v", o.IdleTimeout, maxAge)
	}
	if o.Secure < SecureAuto || o.Secure > SecureNever {
		bad("Secure", "has the unknown value %d", int(o.Secure))
	}
	return errs
}

func (o Options) checkKeys(key string) []error {
	if o.Codec != nil {
		if key != "" || len(o.PreviousKeys) > 0 {
			return []error{errors.New("sessions: Codec: contradicts a key or PreviousKeys, which it would not use")}
		}
		return nil
	}
	var errs []error
	if err := CheckKey("the key", key); err != nil {
		errs = append(errs, fmt.Errorf("sessions: %w", err))
	}
	for i, previous := range o.PreviousKeys {
		if err := CheckKey(fmt.Sprintf("PreviousKeys[%d]", i), previous); err != nil {
			errs = append(errs, fmt.Errorf("sessions: %w", err))
		} else if previous == key {
			errs = append(errs, fmt.Errorf("sessions: PreviousKeys[%d] is the current key", i))
		}
	}
	return errs
}

func (o Options) checkCookie() []error {
	var errs []error
	bad := func(setting, format string, args ...any) {
		errs = append(errs, fmt.Errorf("sessions: "+setting+": "+format, args...))
	}
	if o.CookieName != "" && !header.IsToken(o.CookieName) {
		bad("CookieName", "%q is not a token of RFC 9110", o.CookieName)
	}
	if o.Path != "" && (o.Path[0] != '/' || strings.ContainsAny(o.Path, ";") || !header.ValidCookieValue(o.Path)) {
		bad("Path", "%q must start with a slash and have no semicolon or control character", o.Path)
	}
	if o.Domain != "" && !validDomain(o.Domain) {
		bad("Domain", "%q is not a host name", o.Domain)
	}
	if header.IsHostCookie(o.CookieName) && (o.Domain != "" || (o.Path != "" && o.Path != "/")) {
		bad("CookieName", "the prefix __Host- allows no Domain and no Path but /")
	}
	if header.IsSecureCookie(o.CookieName) && o.Secure == SecureNever {
		bad("Secure", "browsers refuse the cookie %s without it", o.CookieName)
	}
	if o.SameSite == http.SameSiteNoneMode && o.Secure == SecureNever {
		bad("Secure", "browsers refuse SameSite=None without it")
	}
	return errs
}

// validDomain accepts letters, digits, hyphens and dots in the places of a host name; one leading
// dot is allowed (RFC 6265 section 5.2.3).
func validDomain(s string) bool {
	for label := range strings.SplitSeq(strings.TrimPrefix(s, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(s) <= 253
}

// withDefaults fills what was left out of checked options.
func (o Options) withDefaults() Options {
	if o.Serializer == nil {
		o.Serializer = JSON{}
	}
	if o.MaxAge == 0 {
		o.MaxAge = defaultMaxAge
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = min(defaultIdleTimeout, o.MaxAge)
	}
	if o.Path == "" {
		o.Path = "/"
	}
	if o.SameSite == 0 || o.SameSite == http.SameSiteDefaultMode {
		o.SameSite = http.SameSiteLaxMode
	}
	o.StoreTimeout = cmp.Or(o.StoreTimeout, defaultStoreTimeout)
	o.MaxBytes = cmp.Or(o.MaxBytes, defaultMaxBytes)
	o.Logger = safelog.Wrap(cmp.Or(o.Logger, slog.Default()))
	return o
}
