// Package sessions keeps a user's data from one request to the next.
//
// A handler meets a session as the Session field of its request:
//
//	app.UseSessions(os.Getenv("SESSION_KEY"))
//
//	app.Get("/", func(req soay.Request) soay.Response {
//		n := sessions.GetOr(req.Session, "visits", 0) + 1
//		req.Session.Set("visits", n)
//		return response.Text(fmt.Sprintf("visit number %d", n))
//	})
//
// The session is lazy. A request that does not look at it costs no decoding and sends no header;
// one that reads it is marked private to caches; one that changes it sends exactly one Set-Cookie
// before the first byte of the body.
//
// By default the data lives in the cookie itself, encrypted and authenticated with keys that are
// derived from one secret. A cookie that is forged, truncated, expired, sent twice or sealed by
// somebody else is no session: the handler sees an empty one.
//
// The pieces can be replaced one by one: [Serializer] turns values into bytes, [Codec] seals the
// bytes into a cookie value, and [Store] is the contract for keeping the data on a server instead.
package sessions
