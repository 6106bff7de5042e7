package antiforgery

import (
	"crypto/rand"
	"math"
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// An anonymous visitor is one whose session holds nothing. If tokens needed a session, every look at a page
// with a form would begin one, and a crawler would fill the store. So the tokens of an anonymous visitor are
// bound to a nonce. The browser has it in a sealed cookie, and the server keeps nothing.

// nonce is the random bits that all tokens of one anonymous visitor have in common.
type nonce [nonceSize]byte

// issue is the nonce of all tokens of one response.
type issue struct {
	nonce nonce
	isNew bool // the browser does not have it in a cookie
}

// issued is set once tokens were made for the response to a request.
var issued = request.NewKey[issue]("anti-forgery tokens issued")

// issue returns the nonce for the tokens of a response, the same each time. A nonce that the browser has
// already stays, so that forms in other tabs go on working.
func (g *Guard) issue(req request.Request) issue {
	if by, ok := issued.Get(req); ok {
		return by
	}
	n, ok := nonce{}, false
	if isEmpty(req.Session) {
		n, ok = g.cookieNonce(req)
	}
	if !ok {
		rand.Read(n[:]) // never fails
	}
	by := issue{nonce: n, isNew: !ok}
	g.issuing.Lock()
	defer g.issuing.Unlock()
	if first, ok := issued.Get(req); ok { // another goroutine has set it meanwhile
		return first
	}
	issued.Set(req, by)
	return by
}

// anyAge is for cookies, which never expire by themselves; tokens do.
const anyAge = math.MaxInt64

// cookieNonce returns the nonce in the cookie of the request. A token in its place is refused by its length.
func (g *Guard) cookieNonce(req request.Request) (n nonce, ok bool) {
	value, count := header.Cookie(http1.Values(request.StateOf(req).Source(), "Cookie"), g.cookieName(g.isSecure(req)))
	if count != 1 || len(value) > maxToken {
		return nonce{}, false
	}
	data, err := g.options.Sealer.Unprotect(value, anyAge)
	if err != nil || len(data) != nonceSize {
		return nonce{}, false
	}
	return nonce(data), true
}

// cookie returns the cookie with a nonce. It ends with the browser.
func (g *Guard) cookie(req request.Request, n nonce) *http.Cookie {
	secure := g.isSecure(req)
	c := response.NewCookie(g.cookieName(secure), g.options.Sealer.Protect(n[:]))
	c.Secure, c.SameSite = secure, http.SameSiteStrictMode
	return c
}

// cookieName returns the name of the cookie for anonymous visitors. With Secure it has the prefix that keeps
// other hosts of the domain from planting the cookie.
func (g *Guard) cookieName(secure bool) string {
	if secure {
		return g.secureName
	}
	return g.options.CookieName
}

func (g *Guard) isSecure(req request.Request) bool {
	return g.options.SecureCookie(req.Scheme() == "https", req.Host())
}

// isEmpty reports whether a session holds nothing, so that its visitor is anonymous.
func isEmpty(s sessions.Session) bool { return s.Len() == 0 && s.User() == "" }
