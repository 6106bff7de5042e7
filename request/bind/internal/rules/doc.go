// Package rules checks single values by the validate tags of [github.com/go-playground/validator/v10].
//
// A [Compiler] reads a tag once, when a type is registered, and returns [Rules], which check values while
// a request is decoded. The package that decodes knows which values were sent, where they are and what
// contains them. This package knows the rules and nothing else.
//
// # How a tag becomes checks
//
//	required,max=3,dive,min=2,alpha|eq=?
//
// is the tag of a list. It becomes
//
//	rules of the list        step required     one part: presence
//	                         step max=3        one part: a direct check of the length
//	rules of its elements    step min=2        one part: a direct check of the length
//	                         step alpha|eq=?   two parts, of which one must accept the value
//
// in these steps:
//
//   - The tag is cut at its commas into items. An alias is replaced by the items that it stands for.
//     Each of them remembers the alias, since its name is the one that is reported.
//   - At dive the items are cut in two. Behind it are the rules of elements, and between keys and endkeys
//     the rules of the keys of a map. They become Rules of their own, [Rules.Elem] and [Rules.Keys].
//   - An item becomes a step. The alternatives of an item, with bars between them, are its parts. Most
//     items have one.
//   - A part has a predicate for values that were sent, and some parts have one for values that were not.
//     The predicate is, in this order: a function of the application, if it has registered one under this
//     name; a comparison with other fields, for rules such as eqfield; a direct check; or the library
//     itself, called with the text of this one rule.
//   - A part that the library checks is tried on sample values of the type at once. The library panics
//     for a type or a parameter that a rule is not made for. The panic becomes an error at the start.
//
// [Rules.Check] goes through the steps in their order. The first step that does not accept the value is
// the broken rule. A step of omitempty and its like ends the check of an empty value. [Rules.Check] leaves
// out steps that look at other fields; [Rules.CheckIn] runs them, when the struct around the value is
// complete.
//
// Some values are replaced by the library before it looks at any rule: those of a type with a custom type
// function or a method ValidatorValue, and what is in an interface. The library is given the whole tag for
// them, except for the rules about presence and those with a predicate of their own.
//
// # Presence
//
// The rule required means "was sent": 0, false and "" obey it, since they can only be there if the client
// has written them. So [Rules.Check] never finds it broken, and [Rules.Absent] is asked about values that
// were not sent or are null. The conditional rules (required_if, required_with and their like, skip_unless,
// and excluded_if and its like) follow the same idea. They depend on whether a value was sent, of their own
// field and of the fields that they look at, and not on whether it is zero. Rules that compare with another
// field accept everything while that field has no value. All other rules see values that were sent, and
// treat them as the library does: omitempty, omitnil and omitzero end the check of an empty value, the
// first broken rule ends it too, and a pointer is never empty.
//
// # Direct checks
//
// These rules are checked here. They allocate nothing for a value that they accept:
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
// For email, url, uri, http_url and https_url a direct check accepts the ordinary values. The library
// checks all others.
//
// # Rules of our own
//
// notblank and notnull are not in the library, and it never gets to see them. A rule or an alias of the application
// with one of these names takes precedence.
//
// # Checks by the library
//
// All other rules are rare formats; the library checks them, called with the text of one rule alone. Rules
// that compare with other fields, and rules of the application, are functions that are called directly;
// their parent is the struct that declares the field. They compare the values behind pointers, interfaces
// and optional values. The library checks formats by regular expressions, which are slow. So a text of more
// than 4 KiB breaks such a rule. Rules about texts of any length, such as json and html, have no limit.
//
// An application may have a function of its own under the name of a built-in rule, and aliases. The library
// does not tell, so both are read from unexported fields of its validator. If a version of the library has
// other fields, [NewCompiler] fails.
package rules
