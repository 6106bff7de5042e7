// Package http1 reads the heads of HTTP/1.1 requests for the server of the framework. It is for the framework;
// apps use [net/http] types only.
//
// # The subset
//
// The framework serves a strict subset of HTTP/1.1 by a loop of its own and gives every other connection to
// package net/http. [Head.Scan] decides. A head is in the subset only if
//
//   - its method is GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, and one space, the target, one space, HTTP/1.1
//     and CRLF follow
//   - its target begins with one slash and has no bytes but letters, digits and -_.~$&+,/:;=@!'()*?%[]
//   - it has at most 48 header lines, each a token, a colon at once, a value without control characters but HTAB, and CRLF
//   - Host is there once, not empty, of letters, digits and -._:[]
//   - Content-Length is there at most once, of 1 to 12 digits without a leading zero, and is 0 with GET, HEAD and OPTIONS
//   - Connection is there at most once, and is keep-alive or close
//   - there is no Transfer-Encoding, Expect, Upgrade, Trailer, Proxy-Connection, HTTP2-Settings or Pragma
//   - it is not longer than [MaxHead]
//
// net/http accepts each such head and understands the same by it; a fuzz target compares the two. So no head is
// read by two rules, and where a request ends is never in doubt: at most one length of plain digits decides it.
//
// # The request
//
// [Head.Message] makes a [Message], which contains the [http.Request]. That is equal to the one of net/http, but
// its Header is nil until somebody needs the map, because making it costs more than all the rest. The
// framework reads headers by [Value] and [Values], which work for every http.Request, and calls [Fill] before it
// lets anybody else have one of a Message.
package http1
