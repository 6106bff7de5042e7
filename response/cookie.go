package response

import (
	"net/http"
	"strings"

	"github.com/soay-go/soay/request/header"
)

// NewCookie returns a cookie that is safe to set as it is: sent back to the whole site, unreadable
// for scripts, and left out of requests that other sites make by form or script. It ends with the
// browser; set MaxAge (seconds) or Expires to keep it longer, and Secure on sites with https.
func NewCookie(name, value string) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// WithCookie returns a copy that sets a cookie, in place of an earlier one with the same name,
// domain and path. Every attribute is sent as given; see [NewCookie] for good ones. A cookie that
// browsers would refuse makes it an error response: an invalid name, value, domain or path, name
// and value over 4096 bytes, SameSite=None without Secure, or a name prefix whose rules it breaks.
func (r Response) WithCookie(c *http.Cookie) Response {
	if err := header.CheckCookie(c); err != nil {
		return invalid("cookie %q: %w", c.Name, err)
	}
	id := c.Name
	if c.Domain != "" || c.Path != "/" {
		id += ";" + c.Domain + ";" + c.Path
	}
	return r.with(part{kind: setCookie, name: id, value: [1]string{line(c)}})
}

// WithoutCookie returns a copy that makes the browser delete a cookie. A browser knows a cookie by
// its name, domain and path; for one that was not set for the path / of this host alone, pass a
// cookie with the attributes it was set with.
func (r Response) WithoutCookie(name string, like ...*http.Cookie) Response {
	c := NewCookie(name, "")
	if len(like) > 0 {
		clone := *like[0]
		c = &clone
		c.Name = name
	}
	c.Secure = c.Secure || header.IsSecureCookie(name)
	header.ExpireCookie(c)
	return r.WithCookie(c)
}

// line returns the value of Set-Cookie for a valid cookie, as [http.Cookie.String] does. String checks
// the value three times, and for a long value like that of a session this is most of its work.
func line(c *http.Cookie) string {
	if c.Quoted || c.Partitioned || c.Domain != "" || c.MaxAge != 0 || !c.Expires.IsZero() || isQuoted(c.Value) {
		return c.String()
	}
	const attributes = "=; Path=; HttpOnly; Secure; SameSite=Strict"
	var b strings.Builder
	b.Grow(len(c.Name) + len(c.Value) + len(c.Path) + len(attributes))
	b.WriteString(c.Name)
	b.WriteByte('=')
	b.WriteString(c.Value)
	if c.Path != "" {
		b.WriteString("; Path=")
		b.WriteString(c.Path)
	}
	if c.HttpOnly {
		b.WriteString("; HttpOnly")
	}
	if c.Secure {
		b.WriteString("; Secure")
	}
	b.WriteString(sameSites[c.SameSite])
	return b.String()
}

// isQuoted reports whether package net/http puts a value into quotes.
func isQuoted(value string) bool {
	return strings.IndexByte(value, ' ') >= 0 || strings.IndexByte(value, ',') >= 0
}

var sameSites = map[http.SameSite]string{
	http.SameSiteLaxMode:    "; SameSite=Lax",
	http.SameSiteStrictMode: "; SameSite=Strict",
	http.SameSiteNoneMode:   "; SameSite=None",
}
