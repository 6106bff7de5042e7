package header

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// MaxCookieBytes is what browsers keep of a cookie's name and value together. They drop a longer one silently (RFC 6265, 6.1, and
// the draft that will replace it, 5.6).
const MaxCookieBytes = 4096

// CheckCookie returns why browsers would refuse a cookie, nil for one that they take: an invalid name, value, domain or path, a name
// and value of more than [MaxCookieBytes], SameSite=None without Secure, or a name prefix whose rules the cookie breaks.
func CheckCookie(c *http.Cookie) error {
	if err := c.Valid(); err != nil {
		return err
	}
	switch {
	case len(c.Name)+len(c.Value) > MaxCookieBytes:
		return fmt.Errorf("name and value have %d bytes; browsers keep at most %d", len(c.Name)+len(c.Value), MaxCookieBytes)
	case c.SameSite == http.SameSiteNoneMode && !c.Secure:
		return errors.New("SameSite=None needs Secure")
	case IsSecureCookie(c.Name) && !c.Secure && !IsHostCookie(c.Name):
		return errors.New("the prefix __Secure- needs Secure")
	case IsHostCookie(c.Name) && (!c.Secure || c.Domain != "" || c.Path != "/"):
		return errors.New("the prefix __Host- needs Secure, the path / and no domain")
	}
	return nil
}

// IsHostCookie reports whether a cookie's name has the prefix __Host-. Browsers take it only with Secure, for the path / and for
// one host alone, so no other host can set it. Like browsers it ignores the case of the prefix.
func IsHostCookie(name string) bool { return hasPrefixFold(name, "__Host-") }

// IsSecureCookie reports whether browsers take a cookie with this name only with Secure: its prefix is __Secure- or __Host-.
func IsSecureCookie(name string) bool { return hasPrefixFold(name, "__Secure-") || IsHostCookie(name) }

// ExpireCookie makes c delete the cookie of its name, domain and path: it has no value and has expired long ago, by both attributes
// that tell a lifetime (RFC 6265, 3.1).
func ExpireCookie(c *http.Cookie) {
	c.Value, c.MaxAge, c.Expires = "", -1, time.Unix(1, 0)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && equalFold(s[:len(prefix)], prefix)
}
