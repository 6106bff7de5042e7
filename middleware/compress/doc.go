// Package compress compresses answers for clients that accept it: gzip by the standard library, and other codings by the
// packages below this one. App.UseCompression switches it on.
//
// # What is compressed
//
// Known bytes are compressed at once, and left alone if they do not become smaller. A body that writes itself, such as a stream,
// is compressed while it is written; the decision falls when its status is sent. Left alone are answers
//
//   - of less than Options.MinBytes, or of a type that Options.Types does not have; event streams always
//   - to HEAD, and with a status that has no content or only a part of it: 1xx, 204, 205, 206, 304
//   - with Content-Encoding, Content-Range, Accept-Ranges, a digest of their content, or no-transform in Cache-Control
//   - which are files: package files has compressed variants of them
//   - of routes with Uncompressed
//   - that would tell a stranger about a secret, see below
//
// Each answer that could have been compressed says Vary: Accept-Encoding (RFC 9110 section 12.5.5). A strong ETag becomes
// a weak one, for the compressed bytes are others.
//
// # Secrets
//
// The length of compressed content tells whether two parts of it are alike. A page of an attacker that makes a browser
// fetch an answer with both the attacker's text and a secret can find the secret by the lengths, guess by guess (BREACH).
// So an answer that depends on who the client is gets compressed only where the browser says, by Sec-Fetch-Site, that the
// app's own page or the user has asked for it. Other pages cannot change that header. See [Personal].
package compress
