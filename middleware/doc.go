// Package middleware holds the code that an app can run around its handlers. The Use methods of the app
// put each piece where it belongs; the functions here make the pieces.
//
// # Where errors become pages
//
// A handler may return an error response without a body, or panic. [ErrorPages] turns both into a complete
// response, as close to the handler as it can. From the outside to the inside:
//
//	the core           writes the response: a Body that fails before its first byte gets a page instead;
//	                   a panic of the middleware below gets a page that carries the session's cookie
//	the app's own      request id, access log, headers, cors, limits, session, anti-forgery, user limits
//	Guard
//	App.Use
//	Finish             of services, see soay.ServiceOptions; also outside of App.Use, for what that does not pass on
//	Guard
//	groups and routes
//	Guard
//	endpoint
//
// A Guard is a method of ErrorPages, and is left out where no middleware is outside of it.
//
// So each piece of middleware sees a complete response with a status, and the cause as [response.Response.Err]:
// the session knows whether to commit, and headers and cookies reach error pages. Four pieces complete
// error responses themselves: the session if it cannot be saved, the anti-forgery check and package auth for a
// request that they refuse, and [WrapHTTP], whose middleware sees only bytes.
//
// ErrorPages asks the handlers of the route's groups, the innermost first, and then those of the app: in each by
// type (soay.HandleError), then by status (HandleStatus). Without one it makes a default page. If one of these
// functions panics, the default page for 500 is used; if it only cannot learn whose the session is, or who the client
// is, the default page for the error. The headers of a problem stay on a page that has its status. The error is logged
// once, where its page is made, and stays in the response for logs and middleware.
//
// An error after the first byte has no page: the connection is cut, so that the client notices.
//
// # The world of net/http
//
// [FromHTTP] and [WrapHTTP] let code for package net/http take part. It writes to a recorder, which makes a
// [response.Response] of its answer, so other middleware cannot tell it from a handler of Soay.
package middleware
