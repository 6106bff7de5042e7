// Package request gives handlers what a client sent: method, path, parameters, query, headers,
// cookies and body, and the session.
//
//	func show(req soay.Request) soay.Response {
//		id := req.Param("id")
//		verbose := req.Query("verbose") != ""
//		…
//	}
//
// A [Request] is a small value that belongs to its handler. It may be copied and handed to
// functions and to goroutines that end before the handler does. What has to live longer takes a
// copy made by [Request.Detach].
package request
