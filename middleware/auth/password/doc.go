// Package password hashes passwords, so that whoever gets the table of accounts does not get the passwords.
//
// [Hash] makes what is kept of a password; [Verify] compares. It also knows the hashes that other programs have made, so
// accounts can be taken over as they are: its result stale then says that the password is to be hashed anew.
//
// # Cost
//
// Hash uses argon2id (RFC 9106) with the parameters of the OWASP Password Storage Cheat Sheet: 19 MiB of memory, 2
// passes, 1 lane, 16 bytes of salt and 32 of sum. On one core of a small virtual server of 2026 (AMD EPYC) a hash
// takes about 25 ms (BenchmarkHash) and 19 MiB. That is what a guess costs as well.
//
// In the whole process there run at most as many hashes at once as there are processors (GOMAXPROCS), and those that take
// 256 MiB together: 13 of the default. So a flood of logins cannot take all memory. Until the garbage collector has run,
// the process may hold about twice that: with 2,000 calls at once it peaked at 140 MiB on 2 processors, and at
// 530 MiB on 16.
//
// One call more waits for its turn, in the order of arrival. A call fails with [ErrBusy] at once if 64 wait already for
// each processor, and after 5 s at most. It has no context: a wait is no longer than a slow request, and work that has
// begun cannot be ended. As the error of a response, ErrBusy is 503 with Retry-After. Limit how often one client may
// try, too: see Try of package auth.
//
// # Hashes of others
//
// Verify takes hashes of these forms:
//
//	$argon2id$v=19$m=19456,t=2,p=1$…   argon2id in the PHC string format, of any parameters
//	$2a$12$… $2b$12$… $2y$12$…         bcrypt
//	$pbkdf2-sha256$29000$…$…           PBKDF2 with HMAC-SHA-256 as passlib writes it
//	pbkdf2_sha256$600000$…$…           the same as Django writes it
//
// Of argon2id those are stale that have less memory than the default, less memory × passes, or a shorter salt or sum; all
// others are. A hash that asks for more than 256 MiB, 10 passes, 64 lanes, 10 million rounds of PBKDF2 or a cost of 16
// of bcrypt is an error, and is not computed: it would stop the process. So is one that is longer or shorter than its kind
// allows. [Check] tells such errors at the start of a program.
//
// bcrypt takes the first 72 bytes of a password into account, and so does Verify, as the makers of the hashes
// did: else people with a longer password could not sign in any more. Such a password is not stale, though, for nobody
// knows whether the rest of it is right. Hash takes all bytes into account, however many.
//
// The functions are safe for concurrent use. They compare in constant time, and nothing of a password or hash is in an
// error.
package password
