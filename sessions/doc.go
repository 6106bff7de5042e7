// Package sessions keeps a user's data from one request to the next.
//
// A handler meets a session as the Session field of its request:
//
//	app.UseSessions(os.Getenv("SESSION_KEY"))
//
//	app.Get("/", func(req soay.Request) soay.Response {
//		req.Session.Set("example", "Lorem ipsum")
//		return response.Text(sessions.GetOr(req.Session, "example", ""))
//	})
//
// A key that several functions use is best a [Value], which has the type of what it stands for:
//
//	const visits sessions.Value[int] = "visits"
//
//	visits.Set(req.Session, visits.Or(req.Session, 0)+1)
//
// The session is lazy. A request that does not use it costs no decoding and sends no header. A request that
// reads it gets a response that is private to caches. A request that changes it gets exactly one
// Set-Cookie, before the first byte of the body.
//
// By default the data is in the cookie itself, encrypted and authenticated with keys that are derived from
// one secret. A cookie that is forged, truncated, expired or sealed with another key is no session: the
// handler sees an empty one.
//
// The pieces can be replaced one by one: [Serializer] turns values into bytes, [Codec] seals the
// bytes into a cookie value, and [Store] is the contract for keeping the data on a server instead.
//
// # From the cookie to the commit
//
// One request goes through the package like this. The left column calls, the right column works.
//
//	package request     Slot.Begin       a Session for the request: three words, nothing decoded
//	middleware          Manager.Open     the Session knows its Manager
//	handler             Session.Get      first use: the Manager loads a record from the cookie header
//	                                       cookie: Codec.Decode gives the values, user and times
//	                                       store:  the SHA-256 of the cookie is the id for Store.Load
//	handler             Session.Set      changes the record only
//	middleware          Manager.Commit   saves the record, returns the cookie to set
//	                                       cookie: Codec.Encode gives the new value of the cookie
//	                                       store:  Store.Create, Update, Rename or Delete; a cookie
//	                                       only for a new id
//	package request     Slot.End         the Session is dead, the Slot serves the next request
//
// A response with status 500 or more, or a panic, goes to Manager.Discard instead of Commit, which carries
// out nothing but a Destroy. After either of them the record is read-only.
//
// The record belongs to one request and is never recycled. The Slot is recycled, so a Session carries the
// number of its generation and compares it with that of the Slot after it has loaded the pointer to a
// record. A goroutine that outlives its request may win any race except this comparison.
package sessions
