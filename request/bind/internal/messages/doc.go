// Package messages says in the client's language what is wrong with a value.
//
//	set, err := messages.NewSet(nil) // English alone
//	language := set.For(hr.Header["Accept-Language"])
//	text, tag := language.Message("age", "min", "18", reflect.TypeFor[int]()) // age must be 18 or greater
//
// English is here. Other languages are values that the app names, so that a program has none besides. If a
// language has no message for a rule, the message is in English. So every rule has a message in every
// language.
//
// A message is made of the name of the field, the rule, its parameter and the type. The value is not known
// here, so no message can repeat it. Messages are cached. The cache is bounded. Everything is safe for
// concurrent use.
package messages
