// Package header parses HTTP header fields by their grammar: media types, Accept, Accept-Encoding, Accept-Language, Range,
// Forwarded, X-Forwarded-For, Authorization, Host, Cookie and entity tags. It also holds the rules for cookies that are set.
// The package is for the framework.
//
// Field values come from clients, so every function here takes any string: none panics, and each runs in time linear to its
// input. Lists are read up to a bound that the function documents. Functions take the field lines as net/http stores them,
// http.Header["Accept"] say, wherever RFC 9110 allows a field to be split over several lines, and a nil slice is an absent
// header.
//
// A malformed value has one of two consequences. A preference is skipped (Accept and its relatives). A statement is an error,
// because guessing at it would be unsafe (Forwarded, Authorization, entity tags). Errors quote at most 64 bytes of the input.
//
// Results are parts of the input where possible; the negotiating functions allocate nothing. All functions are safe for
// concurrent use.
package header
