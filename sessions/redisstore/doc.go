// Package redisstore keeps sessions in Redis, so that several instances of a program share them and
// a restart loses none.
//
//	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
//	app.UseSessionStore(redisstore.New(client))
//
// It works with every client of github.com/redis/go-redis/v9: one server, Sentinel, Cluster and
// Ring. The program configures and closes the client. Redis 6.2 or newer is needed, or a server that is
// compatible with it.
//
// # What is in Redis
//
// A session is one hash. Its key is the prefix, "id:" and the id. The fields whose names begin with "v:"
// are its values, and the other fields are its user and its times. Redis removes the hash at its end. The
// store compares the end with the clock of the program as well, since the clock of the server may be wrong.
//
// The sessions of a user are listed in a sorted set, whose key is the prefix, "user:" and the user. An id is
// listed before its record is written. So whatever fails in between, no session of a user is missing. The
// set may contain ids whose sessions have ended. ListUser leaves them out, and they are removed an hour
// after the last end of the record that was known when it was listed. They cannot be removed earlier: a
// record that does not exist may be about to be written.
//
// DeleteUser first marks all ids in the list with the prefix "ended:". No session moves from a marked id to
// another one, so none escapes while they are removed one after the other.
//
// CheckHealth writes the hash of the id "health", which is no session and ends after a minute.
//
// A key of this form may have another value: of another type, a hash without the fields of a session, or a
// copy of another session. Such a value is no session. It is logged once and left as it is, until a Delete of
// the id removes it.
//
// # Atomicity
//
// Each step is a Lua script with only one key, so it does not matter on which servers a cluster keeps the
// keys. Modify compares and sets, and repeats both if another call comes between. If the connection breaks
// while the value is set, it is unknown whether it was set; the call then fails rather than set it twice.
//
// Rename has two keys, which a cluster may keep on two servers. First it reserves the new id, which is
// no session yet. Then one script reads the old record and marks it as moved. From now on the old id is gone,
// and late calls get sessions.ErrGone. Last, the record with the change is written under the new id. The two
// ids are never valid at the same time. If the program or the server fails between the last two steps,
// neither is, and the visitor has to sign in again. The mark stays, without the values, until the end that
// the record had when it moved. So Delete finds the record by its old id as well.
//
// # What to know about the server
//
// Set maxmemory-policy to noeviction. With any other policy Redis evicts sessions when its memory is full, and
// lists of users as well, and then [sessions.RevokeUser] misses some sessions. With noeviction new sessions
// are refused, and the old ones can still be read and ended.
//
// Redis answers before it replicates. When a master fails, its last writes may be lost, such as a logout. The
// settings min-replicas-to-write and min-replicas-max-lag keep this time short. A client that reads from
// replicas or has a cache is refused at the start, because it would show sessions that have ended.
//
// # Timeouts
//
// Give the client ContextTimeoutEnabled. No call takes longer than its deadline without it either, but then
// each call costs a goroutine, and while the server hangs, a connection stays occupied for the ReadTimeout
// of the client. With it, a call whose context is cancelled while the server hangs may wait for its deadline
// if that is within two seconds.
//
// After a timeout it is unknown whether the server has done what the call asked for.
package redisstore
