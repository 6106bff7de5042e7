// Package oidc signs people in at an OpenID provider, such as Keycloak, Microsoft Entra, Google or Auth0.
//
//	app.UseSessionStore(store)
//	app.AddScheme("login", oidc.New(oidc.Options{
//		Issuer:       "https://id.example",
//		ClientID:     "cats",
//		ClientSecret: os.Getenv("CLIENT_SECRET"),
//	}))
//	app.Get("/me", me).Auth()
//
// A browser that asks for a page with a rule goes to the provider, and comes back as somebody. A session knows it from
// then on, so the app needs UseSessions or UseSessionStore, and Options.PublicURL, of which the address of the callback is
// made. The identity has the subject and the issuer of the provider, and the user of the session is the Key of the identity,
// for two providers may have the same subject.
//
// # The flow
//
// The protocol is the authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636).
//
//	GET  /sign-in?return=/me     state, nonce and verifier go into a sealed cookie, and the browser to the provider
//	GET  /sign-in/callback       the cookie opens, the code is exchanged, the ID token is judged; then 303 to /me
//	POST /sign-out               the session ends; then 303 to the provider, which ends its own
//	POST Options.BackChannelPath the provider says that a session has ended
//
// # Responses of the callback
//
//	303                     signed in, or the provider has refused and there is an ErrorPath
//	400                     not begun in this browser, older than 10 minutes, used before, or a token that is wrong
//	403                     the provider, or Options.Map, has refused
//	502                     the provider does not answer as it should
//
// All but 303 are a page that offers to start again. The reason is in the log, in a line that begins with oidc, and has
// nothing of codes, tokens and cookies.
package oidc
