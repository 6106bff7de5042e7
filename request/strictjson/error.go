package strictjson

import "strconv"

// Kind says in what way a text was refused. Its values are stable and fit for logs and error bodies.
type Kind string

// The kinds of [Error].
const (
	KindEmpty     Kind = "empty"     // no value at all, only white space
	KindSyntax    Kind = "syntax"    // not JSON by the grammar of RFC 8259
	KindTrailing  Kind = "trailing"  // something follows the value
	KindUTF8      Kind = "utf8"      // invalid UTF-8, or an escaped surrogate without its other half
	KindDepth     Kind = "depth"     // more nesting than Options.MaxDepth
	KindDuplicate Kind = "duplicate" // a member name occurs twice in one object
	KindType      Kind = "type"      // a value that its Go type cannot hold, such as a string for an int, or 300 for a uint8
	KindValue     Kind = "value"     // a value that the target's own method or encoding refuses
	KindUnknown   Kind = "unknown"   // a member without a field, under Options.DisallowUnknownFields
	KindMemory    Kind = "memory"    // the value would take more than Options.MaxMemory
)

// Error tells why a text was refused. It is the mistake of the client, never that of the developer, and holds no value from the text;
// of the text's names only those in Pointer.
type Error struct {
	// Kind is the stable reason, for programs.
	Kind Kind

	// Reason says the same more precisely, for people. It is one of a fixed set of phrases, without input.
	Reason string

	// Offset is the index of the byte where the refused part starts. It is -1, and Pointer empty, where encoding/json
	// does not say which value it refused.
	Offset int64

	// Pointer is the JSON Pointer (RFC 6901) of the refused value or member, or of what encloses it where it has none
	// itself; empty means the whole text. It is at most 256 bytes long: where the full one would be longer, it is the
	// deepest enclosing one that fits.
	Pointer string

	cause error
}

// Error returns the reason and the place, in one line. The pointer is quoted.
func (e *Error) Error() string {
	text := "strictjson: " + e.Reason
	if e.Pointer != "" {
		text += " at " + strconv.Quote(e.Pointer)
	}
	if e.Offset >= 0 {
		text += " (byte " + strconv.FormatInt(e.Offset, 10) + ")"
	}
	return text
}

// Unwrap returns what encoding/json or a method of the target said: for KindType a *[encoding/json.UnmarshalTypeError]
// whose Value names the JSON type only, for KindValue the error as it came. That one may quote the text, so it is not for
// clients. It is nil for all others.
func (e *Error) Unwrap() error { return e.cause }
