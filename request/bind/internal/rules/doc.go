// Package rules judges single values by the validate tags of
// [github.com/go-playground/validator/v10].
//
// A [Compiler] reads a tag once, when a type is registered, and gives [Rules], which judge values
// while a request is decoded. The package that decodes knows which values were sent, where they
// are and what contains them; this one knows the rules and nothing else.
//
// # Presence
//
// The rule required means "was sent": 0, false and "" pass, since they can only be there if the
// client wrote them. So [Rules.Check] never finds it broken, and [Rules.Absent] is asked for values
// that were not sent or are null. The conditional rules (required_if, required_with and their like,
// skip_unless, and excluded_if and its like) follow the same idea: it matters whether a value was
// sent, of their own field and of the fields that they look at, and not whether it is zero. Rules
// that compare with another field pass where that has no value. All other rules see values that were
// sent, and judge them as the library does: omitempty, omitnil and omitzero end the judgement of an empty value, the first
// broken rule ends it too, and a pointer is never empty.
//
// # What is compiled
//
// These rules are direct checks, which allocate nothing for a value that passes:
//
//   - min max len gt gte lt lte eq ne for strings, numbers, booleans, [time.Duration], [time.Time]
//     and lengths, as far as the library has them
//   - oneof noneof oneofci noneofci eq_ignore_case ne_ignore_case
//   - contains containsany containsrune excludes excludesall excludesrune startswith endswith
//     startsnotwith endsnotwith
//   - alpha alphaspace alphanum alphanumspace alphaunicode alphanumunicode ascii printascii
//     lowercase uppercase number numeric boolean hexadecimal hexcolor e164 datetime
//   - base32 base64 base64url base64rawurl jwt, unique for lists and maps
//   - uuid and its versions, md4 md5 sha256 sha384 sha512, hostname hostname_rfc1123
//     hostname_label fqdn ip ipv4 ipv6 port
//   - isdefault, omitempty, omitnil, omitzero
//
// For email, url, uri, http_url and https_url a direct check accepts the ordinary values and leaves
// all others to the library.
//
// # What the library does
//
// Every other rule is a call of the library with the text of that rule alone: rare formats. Rules
// that compare with other fields, and rules of the application, are functions that are called by
// themselves, with the struct that declares the field for a parent. What these compare with is the
// value behind pointers, interfaces and optional values. Formats that the library judges are those of texts of at most 4
// KiB, for its regular expressions are slow; a longer text breaks the rule. Rules about texts of any
// length, such as json and html, are not limited. Types with a custom type function or a
// ValidatorValue method, and interfaces, are judged by the library with all of those rules at once.
//
// A validator of the application may have its own function under the name of a built-in rule. The
// compiler sees this and asks the library for such a rule. It has to read unexported fields of the
// validator for that, and for its aliases; if another version of the library has them no longer,
// everything is left to the library.
package rules
