package antiforgery

import (
	"cmp"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
)

// The names under which tokens come unless Options say otherwise.
const (
	DefaultFieldName  = "__RequestVerificationToken"
	DefaultHeaderName = "RequestVerificationToken"
)

// DefaultCookieName is the name of the cookie of anonymous visitors unless Options say otherwise.
const DefaultCookieName = "antiforgery"

// defaultMaxAge is as long as a session lives at most by default.
const defaultMaxAge = 24 * time.Hour

// Sealer seals tokens. A protector of package keyring is one. It is safe for concurrent use.
type Sealer interface {
	// Protect returns data as a text of at most 1024 characters that can stand in an attribute of
	// HTML, in a header and in a cookie. The same data gives another text each time.
	Protect(data []byte) string
	// Unprotect returns the data of a text that Protect has made less than maxAge ago, and an error
	// for every other text. The largest maxAge there is means any age.
	Unprotect(token string, maxAge time.Duration) ([]byte, error)
}

// Options sets which requests the guard lets pass. The zero value is the safe default.
type Options struct {
	// TrustedOrigins are other origins whose pages may send requests, each exactly as
	// scheme://host or scheme://host:port. There are no patterns. The default is none.
	TrustedOrigins []string
	// Cookies are names of cookies besides the session's that identify a client. The default is
	// none.
	Cookies []string
	// KeyHeaders are names of headers in which programs bring a key, such as X-Api-Key. Requests that
	// have one pass if no cookie identifies them. They must be headers that no browser sends by
	// itself. The app adds those of its schemes. The default is none; keys in Authorization need not be named.
	KeyHeaders []string
	// KeySchemes are names of schemes of Authorization, besides Bearer, DPoP, ApiKey, Api-Key and Token, behind which
	// programs bring a key. The app adds those of its own schemes. The default is none.
	KeySchemes []string
	// FieldName is the name of the form field with the token. The default is
	// [DefaultFieldName].
	FieldName string
	// HeaderName is the name of the header with the token, for scripts. The default is
	// [DefaultHeaderName].
	HeaderName string
	// CookieName is the name of the cookie that the tokens of anonymous visitors are bound to. A cookie
	// for https only has the prefix __Host- before the name. The default is [DefaultCookieName].
	CookieName string
	// MaxAge is how long a token is valid. The default is 24 hours; it ends with the session in any
	// case.
	MaxAge time.Duration
	// Exempt reports whether a request is not checked, for example because the route checks a signature.
	// The app adds the routes with IgnoreAntiForgery. The default exempts none.
	Exempt func(request.Request) bool
	// Ambient reports whether a request has credentials, other than these cookies, that browsers send unasked, such as
	// those of Basic. Pages of other sites cannot send such requests then. The app sets it. The default is none.
	Ambient func(request.Request) bool
	// SessionCookie returns the name of the session's cookie, over https or http. The app sets it.
	// Without it there are no sessions and no tokens.
	SessionCookie func(https bool) string
	// SecureCookie reports whether the cookie is for https only, in the response to a request over https
	// or http for a host. The app sets it, so that the cookie is like that of the session. The default is
	// https.
	SecureCookie func(https bool, host string) bool
	// Sealer seals the tokens. The app sets it.
	Sealer Sealer
}

// check returns an error for every setting that is wrong.
func (o Options) check() []error {
	var errs []error
	bad := func(setting, format string, args ...any) {
		errs = append(errs, fmt.Errorf("antiforgery: "+setting+": "+format, args...))
	}
	for _, s := range o.TrustedOrigins {
		if _, ok := header.ParseOrigin(s); !ok {
			bad("TrustedOrigins", "%q is not of the form scheme://host or scheme://host:port, "+
				"without path, pattern and user", s)
		}
	}
	for _, name := range o.Cookies {
		if !header.IsToken(name) {
			bad("Cookies", "%q is no name of a cookie", name)
		}
	}
	for _, name := range o.KeyHeaders {
		if !header.IsToken(name) || IsAmbient(name) {
			bad("KeyHeaders", "%q is no header, or one that browsers send by themselves", name)
		}
	}
	for _, name := range o.KeySchemes {
		if !header.IsToken(name) || IsBrowserScheme(name) {
			bad("KeySchemes", "%q is no scheme, or one that browsers use by themselves", name)
		}
	}
	if strings.ContainsFunc(o.FieldName, func(c rune) bool { return c < 0x20 || c == '"' || c >= 0x7f }) {
		bad("FieldName", "%q has a quote, a control character or one beyond ASCII", o.FieldName)
	}
	if o.HeaderName != "" && (!header.IsToken(o.HeaderName) || IsAmbient(o.HeaderName)) {
		bad("HeaderName", "%q is no header, or one that browsers send by themselves", o.HeaderName)
	}
	if o.CookieName != "" && (!header.IsToken(o.CookieName) || strings.HasPrefix(o.CookieName, "__")) {
		bad("CookieName", "%q is no name of a cookie, or has a prefix; __Host- is put before it where that is due", o.CookieName)
	}
	if o.MaxAge < 0 {
		bad("MaxAge", "is negative: %v", o.MaxAge)
	}
	if (o.Sealer == nil) != (o.SessionCookie == nil) {
		errs = append(errs, errors.New("antiforgery: Sealer and SessionCookie belong together: without sessions there are no tokens"))
	}
	return errs
}

// ambient are headers that browsers send to another site without asking it, by themselves or for a page
// (forbidden and CORS-safelisted request-headers of the Fetch standard). They prove nothing.
var ambient = []string{
	"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection",
	"Content-Language", "Content-Length", "Content-Type", "Cookie", "Cookie2", "Date", "Dnt", "Expect", "From", "Host",
	"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "Keep-Alive", "Last-Event-Id", "Origin", "Ping-From",
	"Ping-To", "Pragma", "Priority", "Range", "Referer", "Save-Data", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Upgrade-Insecure-Requests", "User-Agent", "Via",
}

// IsAmbient reports whether browsers send a header to other sites without asking them, so that a key cannot be in it.
// Names with Sec- and Proxy- are forbidden to pages. It is for the framework.
func IsAmbient(name string) bool {
	name = textproto.CanonicalMIMEHeaderKey(name)
	return slices.Contains(ambient, name) || strings.HasPrefix(name, "Sec-") || strings.HasPrefix(name, "Proxy-")
}

// IsBrowserScheme reports whether browsers send credentials of a scheme of Authorization by themselves. It is for the
// framework.
func IsBrowserScheme(name string) bool {
	return slices.Contains([]string{"basic", "digest", "negotiate", "ntlm"}, strings.ToLower(name))
}

// withDefaults sets the fields of checked options that were left out. Names of headers get the spelling that
// they have in a request.
func (o Options) withDefaults() Options {
	o.FieldName = cmp.Or(o.FieldName, DefaultFieldName)
	o.HeaderName = textproto.CanonicalMIMEHeaderKey(cmp.Or(o.HeaderName, DefaultHeaderName))
	o.MaxAge = cmp.Or(o.MaxAge, defaultMaxAge)
	o.CookieName = cmp.Or(o.CookieName, DefaultCookieName)
	if o.SecureCookie == nil {
		o.SecureCookie = func(https bool, _ string) bool { return https }
	}
	o.TrustedOrigins, o.Cookies = slices.Clone(o.TrustedOrigins), slices.Clone(o.Cookies)
	o.KeyHeaders, o.KeySchemes = slices.Clone(o.KeyHeaders), slices.Clone(o.KeySchemes)
	for i, name := range o.KeySchemes {
		o.KeySchemes[i] = strings.ToLower(name)
	}
	for i, name := range o.KeyHeaders {
		o.KeyHeaders[i] = textproto.CanonicalMIMEHeaderKey(name)
	}
	return o
}
