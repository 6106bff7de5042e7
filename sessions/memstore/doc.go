// Package memstore keeps sessions in the memory of the process.
//
//	app.UseSessionStore(memstore.New())
//
// It suits tests, development and programs that run once: a restart ends all sessions, and a second
// instance of the program does not see them. It needs no set-up, and is the fastest store there is.
//
// The store has limits, see [Options]. A full store evicts expired sessions first, and then the least recently
// used sessions of nobody. It does not evict sessions of users for others. But the number of sessions of one
// user is limited, and one more evicts the least recently used session of this user.
//
// So a flood of new sessions ends sessions of visitors who are not signed in, or of the user who makes the
// flood. It signs nobody else out and keeps nobody from signing in. New sessions are refused with [ErrFull]
// only if all sessions in the store are those of users.
package memstore
