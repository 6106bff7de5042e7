package antiforgery

import (
	"crypto/rand"
	"math"
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// A stranger is a visitor whose session holds nothing. If tokens needed a session, everybody who looks at
// a page with a form would begin one, and a crawler would fill the store. So the tokens of strangers are
// bound to a nonce that their browser has in a cookie, sealed, and nobody else keeps.

// nonce is what the tokens of one stranger have in common.
type nonce [nonceSize]byte

// issue is what the tokens of a response are made with.
type issue struct {
	nonce nonce
	isNew bool // the browser has no cookie with it
}

// issued says that tokens were made for the response to a request.
var issued = request.NewKey[issue]("anti-forgery tokens issued")

// issue returns what the tokens for a response are made with, the same each time. The nonce that the
// browser of a stranger has stays, so that forms in other tabs go on working.
func (g *Guard) issue(req request.Request) issue {
	if by, ok := issued.Get(req); ok {
		return by
	}
	n, ok := nonce{}, false
	if isEmpty(req.Session) {
		n, ok = g.known(req)
	}
	if !ok {
		rand.Read(n[:]) // never fails
	}
	by := issue{nonce: n, isNew: !ok}
	g.issuing.Lock()
	defer g.issuing.Unlock()
	if first, ok := issued.Get(req); ok { // another goroutine was faster
		return first
	}
	issued.Set(req, by)
	return by
}

// anyAge lets cookies grow as old as the browser lets them: it is the tokens that grow too old.
const anyAge = math.MaxInt64

// known returns the nonce that the request brings in its cookie. A token is no cookie: it is longer.
func (g *Guard) known(req request.Request) (n nonce, ok bool) {
	value, count := header.Cookie(req.Headers()["Cookie"], g.cookieName(g.isSecure(req)))
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

// cookieName has a prefix that keeps other hosts of the domain from planting the cookie, where browsers
// know it: with Secure.
func (g *Guard) cookieName(secure bool) string {
	if secure {
		return g.secureName
	}
	return g.options.CookieName
}

func (g *Guard) isSecure(req request.Request) bool {
	return g.options.SecureCookie(req.Scheme() == "https", req.Host())
}

// isEmpty reports whether a session holds nothing, so that it is not kept.
func isEmpty(s sessions.Session) bool { return s.Len() == 0 && s.User() == "" }
