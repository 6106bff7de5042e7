// Package memstore keeps sessions in the memory of the process.
//
//	app.UseSessionStore(memstore.New())
//
// It suits tests, development and programs that run once: a restart ends all sessions, and a second
// instance of the program does not see them. It needs no set-up, and is the fastest store there is.
//
// The store is bounded, see [Options]. When it is full it makes room: first for what has expired,
// then for whatever record of nobody has not been used for the longest time. Records of a user make no
// room for others; but a user has only so many, and who signs in once more loses the one that he has not
// used for the longest time. So somebody who floods the program with new sessions ends those of visitors
// who are not signed in, or his own, but signs nobody else out and keeps nobody from signing in. Only
// when all that is left are records of users, new ones are refused with [ErrFull].
package memstore
