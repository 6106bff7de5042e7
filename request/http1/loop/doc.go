// Package loop is the HTTP/1.1 server of Soay for plain connections. It is for the framework.
//
// Each connection has one goroutine, which goes round:
//
//	          first byte          head complete
//	WAIT ---------------> HEAD ------------------> HANDLER ---> REST OF THE BODY ---> WRITE ---+
//	 ^  idle, stop: close  |  too slow: close                                                  |
//	 |                     |  outside of the subset: to net/http, for good                     |
//	 +-----------------------------------------------------------------------------------------+
//
// The loop answers only requests whose head lies in the subset of package http1. At any other head it gives
// the connection to a [net/http.Server] with all bytes of that head, and never gets it back. So no head is read by
// two rules, and what net/http refuses or tolerates stays as it is.
//
// A [Writer] is a complete ResponseWriter. For responses whose bytes are known it takes a head that is ready,
// which needs no header map. What a handler has written leaves when it returns, at a flush, or when there is
// much of it.
//
// Nothing looks at a connection while a handler runs, unless somebody waits for the end of the request's
// context: then a goroutine reads one byte ahead (watch.go).
package loop
