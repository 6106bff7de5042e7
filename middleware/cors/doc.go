// Package cors lets scripts of other origins use an app, as its policies say. App.UseCORS, Group.CORS and Route.CORS
// switch it on:
//
//	app.UseCORS(soay.CORS{Origins: []string{"https://app.example"}})
//
// The policies are of type [router.CORS]. What they come to is decided by the CORS protocol of the Fetch Standard:
// preflights are answered for the route that they ask about, before limits and authentication, and all other answers
// of the route get the headers, errors included.
//
// See docs/cors.md for how to use it, and for what it is not.
package cors
