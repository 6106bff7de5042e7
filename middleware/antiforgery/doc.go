// Package antiforgery refuses requests that another site makes a visitor's browser send: the forgery
// of requests across sites.
//
// A browser adds the cookies of a site to every request to it, whichever page has caused the
// request. So a page of an attacker could send a form in the name of a visitor who is signed in
// here. The guard looks at every request whose method is not exactly GET, HEAD, OPTIONS or TRACE:
//
//   - Sec-Fetch-Site decides where it is sent: same-origin and none pass, same-site and cross-site do
//     not.
//   - Else Origin decides: it must have the scheme, host and port that the request was sent to.
//   - A request with neither is not from a browser, or from one that is very old. Without a cookie
//     that identifies a client, and without that of a stranger, it passes. With one, it needs a token
//     if a browser could have sent it to another site without asking first, that is if it is a form or
//     might be one.
//
// Origins of other sites can be trusted one by one. Requests that bring a key in a header, as a
// bearer token, pass if no cookie came along. Everything else is answered with 403 and a reason that
// programs can read, see [RefusedError]. The header Referer is not looked at: browsers and proxies
// leave it out for privacy, and a page can make its own browser do so.
//
// # Tokens
//
// A page with a form has a token in a hidden field:
//
//	response.HTML("<form method=post>" + string(antiforgery.Field(req)) + "<button>Save</button></form>")
//
// A token is bound to the session and its user, so that of one visitor is of no use to another, and
// those from before a login or logout are dead. It is sealed anew each time it is asked for. Two
// tokens have nothing secret in common, so an attacker who can watch the length of compressed pages
// learns nothing (the attack known as BREACH); no other mask is needed. It may be used until it is
// too old, so the back button and several tabs work.
//
// A visitor whose session holds nothing is a stranger. Making tokens for strangers begins no sessions:
// they are bound to random bits in a sealed cookie of their own, [DefaultCookieName]. Once the session
// holds something, only tokens of the session count, so a cookie that was planted together with a token
// is of no use against somebody who is signed in.
package antiforgery
