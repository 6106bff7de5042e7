// Package messages says in the client's language what is wrong with a value.
//
//	language := messages.For(req.Headers()["Accept-Language"])
//	language.Message("age", "min", "18", reflect.TypeFor[int]()) // age muss 18 oder größer sein
//
// The translations ship with github.com/go-playground/validator/v10, in 23 languages. If there is none for
// a rule, the message is in English, as for most values that cannot be parsed. So every rule has a message
// in every language.
//
// A message is made of the name of the field, the rule, its parameter and the kind of type. The value is
// not known here, so no message can repeat it. A language is set up at the first violation in it, and
// messages are cached. The cache is bounded. All functions are safe for concurrent use.
package messages
