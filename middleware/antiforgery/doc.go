// Package antiforgery refuses requests that another site makes a visitor's browser send: the forgery
// of requests across sites.
//
// A browser adds the cookies of a site to every request to it, whichever page has caused the
// request. So a page of an attacker could send a form in the name of a visitor who is signed in
// here. The guard checks every request whose method is not exactly GET, HEAD, OPTIONS or TRACE. The first
// line that fits decides:
//
//	Sec-Fetch-Site is same-origin or none         passes   a page of this site, or the user, has sent it
//	Origin is a trusted one                       passes
//	the route is exempt                           passes   it has another proof of the sender
//	a key in a header, and nothing that           passes   another site does not know the key
//	  browsers send unasked
//	any other Sec-Fetch-Site                      refused  cross-origin
//	Origin is the scheme, host and port of        passes   there is no Sec-Fetch-Site: a browser from
//	  the request                                          before 2023
//	any other Origin                              refused  cross-origin
//	no identifying cookie, no anonymous cookie    passes   there is nothing to forge
//	not a form: JSON, for example                 passes   a browser would have asked this site first
//	a form with a token of its session            passes
//	any other form                                refused  token-missing or token-invalid
//
// A browser sets both headers by itself, and no page can change them. A request with neither comes from a
// program, or from a very old browser; for those there are tokens. A cookie identifies a client if it is that
// of the session or one of Options.Cookies. A refused request gets 403 and a reason that programs can read,
// see [RefusedError].
//
// Browsers also send the credentials of Basic unasked, and a key in a cookie. An app with such a scheme has the guard
// even without sessions, and the names of headers and of schemes of Authorization in which its other schemes find keys
// are known to the guard, see package auth. There is no session that a token could be bound to, so a form with Basic,
// or with a key in a cookie, passes if it has neither header: programs such as curl -u send that, and no browser of
// today does.
//
// The header Referer is not used: browsers and proxies leave it out for privacy, and a page can make its own
// browser leave it out.
//
// # Tokens
//
// A page with a form has a token in a hidden field:
//
//	response.HTML("<form method=post>" + string(antiforgery.Field(req)) + "<button>Save</button></form>")
//
// A token is bound to the session and its user. So that of one visitor is of no use to another, and tokens
// from before a login or logout are invalid. It is sealed anew for each call of [Field] or [Token]. Two
// tokens have nothing secret in common, so an attacker who can watch the length of compressed pages
// learns nothing (the attack known as BREACH); no other mask is needed. It may be used until it is
// too old, so the back button and several tabs work.
//
// A visitor whose session holds nothing is anonymous. Making tokens for anonymous visitors begins no sessions:
// they are bound to random bits in a sealed cookie of their own, [DefaultCookieName]. Once the session
// holds something, only tokens of the session count. So a cookie that was planted together with a token
// is of no use against a visitor who is signed in.
package antiforgery
