// Package proxies makes requests that come through trusted proxies look as their clients have sent them:
//
//	app.UseProxies([]string{"10.0.0.0/8"}, proxies.Options{Host: true})
//
// Proxies tell in headers who the client is, by which scheme it came and for which host. Clients can send these
// headers too. So a header counts only if the peer, the other end of the connection, is trusted, and of the
// list in it only what trusted proxies have written: it is read from the right, as far as the addresses in it
// are trusted ones. From a peer that is not trusted no header of any kind is read.
//
// All this comes before the route is sought, so groups with a Host, sessions, the check against forged
// requests, redirects and logs see what the client sees.
package proxies
