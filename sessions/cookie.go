package sessions

import (
	"net/http"
	"net/netip"
	"strings"

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

// newCookie returns the session cookie with its attributes. A deletion has the same ones, for
// otherwise the browser would keep the cookie it was meant for.
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

// IsSecure decides about the attribute Secure for a response to a request for host. Other cookies that
// go with the session may follow it.
func (m *Manager) IsSecure(https bool, host string) bool {
	switch {
	case m.opts.Secure == SecureNever:
		return false
	case https || m.opts.Secure == SecureAlways || m.opts.SameSite == http.SameSiteNoneMode:
		return true
	case header.IsSecureCookie(m.opts.CookieName):
		return true
	case isLoopback(host):
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

// isLoopback reports whether host, with or without a port, names this machine.
func isLoopback(host string) bool {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host = host[:i]
	}
	if strings.EqualFold(host, "localhost") || hasSuffixFold(host, ".localhost") {
		return true
	}
	if !strings.HasPrefix(host, "127.") && !strings.Contains(host, ":") {
		return false // hardly any host is an address, and to find that out costs more
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
