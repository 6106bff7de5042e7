// Package auth finds out who the clients of an app are, and lets pass whom the rules of a route allow.
//
//	app.AddScheme("key", apikey.New(apikey.Options{Keys: keys}))
//	app.Get("/me", me).Auth()
//
// A [Scheme] is a way in which clients prove who they are: packages apikey and basic have some, [Session] is that of
// people who have signed in with a form, and [Func] makes one of a function. A scheme makes an [Identity], which
// soay.User returns. Rules are settings of routes and groups, see [router.Auth]; App.UseAuthorization closes all routes
// that nothing opens.
//
// # Which credentials win
//
// Explicit credentials are in a header or the query; a client has sent them on purpose. Implicit ones, in a cookie, come
// with all that a browser sends, and a [Func] counts as one. Only the schemes that a route allows are asked.
//
//	explicit    implicit     the client is
//	none        none, bad    nobody
//	none        good         that of the first good one, in the order of AddScheme
//	good        any          that of the first explicit one, in the order of AddScheme
//	bad         any          refused, also beside a good explicit one
//	outage      any          answered with 503, unless another explicit one is bad
//	none        outage       answered with 503
//
// Nothing is merged: one scheme has proven the client, and [Identity.Scheme] tells which. Nobody is told which of two
// credentials was the right one.
//
// A route without a rule asks no scheme, unless the request has explicit credentials or the handler calls [User]. With
// AllowAnonymous nobody is refused, and bad credentials are those of nobody.
//
// # What is guarded against
//
//   - A path in another spelling: rules hang on routes, and nothing else compares paths.
//   - A route that was forgotten: with UseAuthorization it is closed, and soay.WriteAccess lists who may call what.
//   - A failing store: it is 503, never 401 and never anonymous. The handler does not run.
//   - Guessing: wrong credentials are counted, see [ThrottleOptions] and [Try]. Secrets are compared by their digests.
//   - A session that was planted: [SignIn] renews it and drops its values.
//   - A link to the sign-in page that leads to another site: [ReturnPath] stays on this one.
//   - Forged requests: schemes whose credentials browsers send unasked switch the check of package antiforgery on.
//   - Caches: responses that depend on the client are private.
//   - Logs: they have the name of the scheme, the subject and the [Reason], never a credential.
//
// It does not guard against a client that has been given the credentials of another, and, beyond what https does, not
// against those who read along: use it over https.
package auth
