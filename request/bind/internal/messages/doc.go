// Package messages says in the client's language what is wrong with a value.
//
//	language := messages.For(req.Headers()["Accept-Language"])
//	language.Message("age", "min", "18", reflect.TypeFor[int]()) // age muss 18 oder größer sein
//
// The translations are those that ship with github.com/go-playground/validator/v10, in 23 languages.
// What they do not say, and values that cannot be parsed, are told in English; so every
// rule has a message in every language.
//
// A message is made of the name of the field, the rule, its parameter and the kind of type. The
// value is not known here, so it cannot get into a message. A language is set up at the first violation
// in it, and what was said once is kept; both are bounded. All functions are safe for concurrent use.
package messages
