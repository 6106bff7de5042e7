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
//
// # The life of a request
//
// A Request has no data of its own. It has the *http.Request, a pointer to an [Exchange], and the number of
// a generation. An Exchange is recycled: it serves one request after the other, and each one is a
// generation.
//
//	Accept   begins a generation for an *http.Request and returns the Request
//	SetRoute sets the route that the router has found
//	         handlers run: they read the request, and make a response
//	Stream   the response writes itself from here on, and the session can only be read
//	Finish   the response is written: the context ends, AfterResponse and the closing of services run
//	End      ends the generation: the Request and all copies of it are dead
//
// Every accessor compares the generation of the Request with that of the Exchange before it returns
// anything. Whatever is read from the Exchange is loaded before the comparison: if the generation is still
// the same afterwards, the value was that of this request. So a goroutine that outlives its handler
// never sees the next request, and needs no lock for it. It gets a panic in development and tests; in
// production it gets zero values, and one error in the log.
//
// Most requests need no more than that. The rest, such as values, the body and a logger, is in a value of its
// own that is made at its first use and never recycled. The body and the ResponseWriter belong to a connection,
// which the server uses for the next request, so they end with the generation under a lock.
//
// Making the header map of an *http.Request costs more than all else that a usual request needs, so the server's own loop
// leaves it out. All code of the framework reads fields by package http1, and whatever gives the *http.Request or
// its headers to code of an app makes the map first.
//
// Other packages of the framework ask for more than handlers do, by [StateOf].
package request
