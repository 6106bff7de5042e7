package antiforgery

import (
	"net/http"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
)

// check returns nil for a request that passes. It is not called for safe methods. The package documentation has
// the rules in this order.
func (g *Guard) check(req request.Request) error {
	from := g.senderOf(req)
	if from == trustedSender || g.options.Exempt != nil && g.options.Exempt(req) {
		return nil
	}
	lines := http1.Values(request.StateOf(req).Source(), "Cookie")
	identified := g.isIdentified(req, lines)
	ambient := g.options.Ambient != nil && g.options.Ambient(req)
	switch {
	case !identified && !ambient && g.hasKey(req):
		return nil
	case from == foreignSender:
		return errCrossOrigin
	case !identified && !g.hasAnonymousCookie(req, lines) || !isSimple(request.StateOf(req).Source()):
		return nil
	}
	return g.checkToken(req)
}

// isSafe reports whether a method changes nothing (RFC 9110 section 9.2.1). Methods are
// case-sensitive, so get is another method, which may change anything.
func isSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// sender is the kind of page that made a browser send a request.
type sender int

const (
	unknownSender sender = iota // the request has neither header
	trustedSender               // a page of this origin or a trusted one, or the user, by a bookmark for example
	foreignSender               // a page of another origin
)

// senderOf tells the sender by the headers that browsers set and no page can change: Sec-Fetch-Site
// (Fetch Metadata Request Headers, section 2.3) and Origin (RFC 6454 section 7). Sec-Fetch-Site is right
// even if a proxy has changed the Host.
func (g *Guard) senderOf(req request.Request) sender {
	hr := request.StateOf(req).Source()
	sites, origins := http1.Values(hr, "Sec-Fetch-Site"), http1.Values(hr, "Origin")
	switch {
	case len(sites) == 1 && (sites[0] == "same-origin" || sites[0] == "none"):
		return trustedSender
	case len(sites) == 0 && len(origins) == 0:
		return unknownSender
	case len(origins) != 1:
		return foreignSender
	}
	from, ok := header.ParseOrigin(origins[0])
	switch {
	case !ok:
		return foreignSender
	case len(sites) == 0 && isOwn(req, from), slices.ContainsFunc(g.trusted, from.Is):
		return trustedSender
	}
	return foreignSender
}

// isOwn reports whether an origin is the one that the request was sent to. The scheme counts, too:
// anybody on the network path can have made a page that came over http.
func isOwn(req request.Request, from header.Origin) bool {
	own, ok := header.OriginOf(req.Scheme(), req.Host())
	return ok && own.Is(from)
}

// isIdentified reports whether the request has a cookie that may identify the client. The cookie need not be
// valid, so the session stays untouched.
func (g *Guard) isIdentified(req request.Request, lines []string) bool {
	if len(lines) == 0 {
		return false
	}
	if name := g.options.SessionCookie; name != nil && header.HasCookie(lines, name(req.Scheme() == "https")) {
		return true
	}
	return slices.ContainsFunc(g.options.Cookies, func(name string) bool { return header.HasCookie(lines, name) })
}

// hasAnonymousCookie reports whether the request has the cookie of anonymous visitors. It identifies nobody,
// but its visitor has seen a form, which may be that of a login: an attacker would gain from signing the
// visitor in as somebody else.
func (g *Guard) hasAnonymousCookie(req request.Request, lines []string) bool {
	return len(lines) > 0 && g.options.SessionCookie != nil && header.HasCookie(lines, g.cookieName(g.isSecure(req)))
}

// keySchemes are schemes of Authorization that no browser sends by itself, unlike Basic.
var keySchemes = []string{"bearer", "dpop", "apikey", "api-key", "token"}

// hasKey reports whether the request has a key in a header. A page of another site does not know the key, and
// cannot make a browser send it.
func (g *Guard) hasKey(req request.Request) bool {
	if lines := http1.Values(request.StateOf(req).Source(), "Authorization"); len(lines) == 1 {
		scheme, credentials, ok := header.ParseAuthorization(lines[0])
		if ok && credentials != "" && (slices.Contains(keySchemes, scheme) || slices.Contains(g.options.KeySchemes, scheme)) {
			return true
		}
	}
	return slices.ContainsFunc(g.options.KeyHeaders, func(name string) bool { return req.Header(name) != "" })
}

// simpleTypes are the content types that browsers send to other sites without asking first: the types of forms
// (CORS-safelisted request-header of the Fetch standard), and of reports that browsers send by themselves (ping
// of HTML, report-uri of CSP).
var simpleTypes = []string{
	urlencodedType, multipartType, "text/plain", "text/ping", "application/csp-report",
}

const (
	urlencodedType = "application/x-www-form-urlencoded"
	multipartType  = "multipart/form-data"
)

// isSimple reports whether a page could have made a browser send the request to another site without asking
// that site. For JSON and other types the browser asks first (CORS preflight). A type that cannot be read counts
// as simple.
func isSimple(hr *http.Request) bool {
	types := http1.Values(hr, "Content-Type")
	switch len(types) {
	case 0:
		// Without content it is no form: forms have a type even if they are empty. A script can send it, but
		// a browser that then sets neither header is older than the browsers that tokens are for.
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
