package antiforgery

import (
	"net/http"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
)

// check returns nil for a request that passes. Those with safe methods do without.
func (g *Guard) check(req request.Request) error {
	from := g.sender(req)
	if from == here || g.options.Exempt != nil && g.options.Exempt(req) {
		return nil
	}
	lines := req.Headers()["Cookie"]
	identified := g.isIdentified(req, lines)
	switch {
	case !identified && g.hasKey(req):
		return nil
	case from == elsewhere:
		return errCrossOrigin
	case !identified && !g.isStranger(req, lines) || !isSimple(req.HTTP()):
		return nil
	}
	return g.checkToken(req)
}

// isSafe reports whether a method changes nothing (RFC 9110 section 9.2.1). Methods are
// case-sensitive, so get is a method of its own of which nobody knows what it does.
func isSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// place is where the page is that a browser sends a request for.
type place int

const (
	unknown place = iota // the sender does not say
	here                 // on this origin or a trusted one, or the request is the user's own doing
	elsewhere
)

// sender tells the place by the headers that browsers set and no page can change: Sec-Fetch-Site
// (Fetch Metadata Request Headers, section 2.3) and Origin (RFC 6454 section 7). The first is right
// also where a proxy has changed the Host.
func (g *Guard) sender(req request.Request) place {
	h := req.Headers()
	sites, origins := h["Sec-Fetch-Site"], h["Origin"]
	switch {
	case len(sites) == 1 && (sites[0] == "same-origin" || sites[0] == "none"):
		return here
	case len(sites) == 0 && len(origins) == 0:
		return unknown
	case len(origins) != 1:
		return elsewhere
	}
	from, ok := parseOrigin(origins[0])
	switch {
	case !ok:
		return elsewhere
	case len(sites) == 0 && isOwn(req, from), slices.ContainsFunc(g.trusted, from.is):
		return here
	}
	return elsewhere
}

// isOwn reports whether an origin is the one that the request was sent to. The scheme counts, too:
// a page that came over http may be anybody's.
func isOwn(req request.Request, from origin) bool {
	own, ok := newOrigin(req.Scheme(), req.Host())
	return ok && own.is(from)
}

// isIdentified reports whether a cookie came along that may tell who the client is. Whether it is
// valid nobody needs to know, so the session stays untouched.
func (g *Guard) isIdentified(req request.Request, lines []string) bool {
	if len(lines) == 0 {
		return false
	}
	if name := g.options.SessionCookie; name != nil && header.HasCookie(lines, name(req.Scheme() == "https")) {
		return true
	}
	return slices.ContainsFunc(g.options.Cookies, func(name string) bool { return header.HasCookie(lines, name) })
}

// isStranger reports whether the cookie of visitors without a session came along. It tells nothing of
// who they are, but they have seen a form, and whoever makes them sign in as somebody else has something
// from it.
func (g *Guard) isStranger(req request.Request, lines []string) bool {
	return len(lines) > 0 && g.options.SessionCookie != nil && header.HasCookie(lines, g.cookieName(g.isSecure(req)))
}

// keySchemes are schemes of Authorization that no browser sends by itself, unlike Basic.
var keySchemes = []string{"bearer", "dpop", "apikey", "api-key", "token"}

// hasKey reports whether the client has proven itself by something that a page of another site
// neither knows nor can make a browser send.
func (g *Guard) hasKey(req request.Request) bool {
	h := req.Headers()
	if lines := h["Authorization"]; len(lines) == 1 {
		scheme, credentials, ok := header.ParseAuthorization(lines[0])
		if ok && credentials != "" && slices.Contains(keySchemes, scheme) {
			return true
		}
	}
	return slices.ContainsFunc(g.options.KeyHeaders, func(name string) bool { return h.Get(name) != "" })
}

// simpleTypes are what browsers send to other sites without asking first: what forms have
// (CORS-safelisted request-header of the Fetch standard), and what they report by themselves (ping
// of HTML, report-uri of CSP).
var simpleTypes = []string{
	urlencodedType, multipartType, "text/plain", "text/ping", "application/csp-report",
}

const (
	urlencodedType = "application/x-www-form-urlencoded"
	multipartType  = "multipart/form-data"
)

// isSimple reports whether a page could have made a browser send the request to another site. JSON
// and the like it may send only after the site has agreed (CORS preflight). In doubt it is simple.
func isSimple(hr *http.Request) bool {
	types := hr.Header["Content-Type"]
	switch len(types) {
	case 0:
		// Without content it is no form: forms name their type even if they are empty. Scripts can
		// send it, but browsers without any header then are older than those that tokens are for.
		return hr.ContentLength != 0
	case 1:
	default:
		return true
	}
	if _, err := header.ParseMediaType(types[0]); err != nil {
		return true
	}
	return slices.ContainsFunc(simpleTypes, func(t string) bool { return header.IsMediaType(types[0], t) })
}
