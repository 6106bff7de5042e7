package sessions

import (
	"net/http"

	"github.com/soay-go/soay/request/header"
)

// CookieName returns the name of the session cookie on a connection.
func (m *Manager) CookieName(https bool) string {
	switch {
	case m.opts.CookieName != "":
		return m.opts.CookieName
	case !https || m.opts.Secure == SecureNever:
		return defaultName
	case m.opts.Domain != "" || m.opts.Path != "/":
		return "__Secure-" + defaultName
	default:
		return "__Host-" + defaultName
	}
}

// newCookie returns the session cookie with its attributes. A deletion has the same attributes, because
// the browser would keep the cookie otherwise.
func (m *Manager) newCookie(name, value string, secure bool) http.Cookie {
	return http.Cookie{
		Name:     name,
		Value:    value,
		Path:     m.opts.Path,
		Domain:   m.opts.Domain,
		Secure:   secure,
		HttpOnly: true,
		SameSite: m.opts.SameSite,
	}
}

// IsSecure reports whether the session cookie has the attribute Secure in a response to a request for
// host. It is exported for other cookies that go with the session.
func (m *Manager) IsSecure(https bool, host string) bool {
	switch {
	case m.opts.Secure == SecureNever:
		return false
	case https || m.opts.Secure == SecureAlways || m.opts.SameSite == http.SameSiteNoneMode:
		return true
	case header.IsSecureCookie(m.opts.CookieName):
		return true
	case header.IsLoopbackHost(host):
		m.noteInsecure.Do(func() {
			m.opts.Logger.Debug("sessions: the cookie is not marked Secure, "+
				"for requests over http to this machine", "host", host)
		})
		return false
	}
	m.warnInsecure.Do(func() {
		m.opts.Logger.Warn("sessions: the cookie is marked Secure, "+
			"so browsers will not send it back over http; serve https, or set sessions.Options{Secure: sessions.SecureNever} to give it up", "host", host)
	})
	return true
}
