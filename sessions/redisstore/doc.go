// Package redisstore keeps sessions in Redis, so that several instances of a program share them and
// a restart loses none.
//
//	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
//	app.UseSessionStore(redisstore.New(client))
//
// It works with every client of github.com/redis/go-redis/v9: one server, Sentinel, Cluster and
// Ring. The client stays yours: you configure and close it. Redis 6.2 or newer is needed, or a
// server that is compatible with it.
//
// # What is in Redis
//
// A session is one hash, under the prefix, "id:" and the id. The fields whose names begin with "v:"
// are its values, the others say whose it is and when it ends. Redis removes it when its time has
// come; until then, and whatever the clock of the server says, the store compares the end with the
// clock of the program as well.
//
// The sessions of a user are listed in a sorted set, under the prefix, "user:" and the user. An id is
// listed before there is a record of it, so whatever breaks in between, no session of a user is
// missing. The set may name ids whose sessions have ended. ListUser leaves them out, and they are
// removed an hour after the last end that the record had when it was listed. To remove them earlier
// would be wrong: a record that is not there may be about to be written.
//
// DeleteUser first marks all ids in the list, by "ended:" in front. No session moves on from an id that is
// marked, so of those that are there at this moment none gets away while they are removed one by one.
//
// Whatever else lies under such a key (another type, a hash without what a session needs, a copy of
// another session) is no session. It is logged once and left alone, until a Delete of that id removes
// it.
//
// # Atomicity
//
// Each step is a Lua script that touches one key only, so that nothing depends on where a cluster
// keeps which key. Modify compares and sets, and repeats that when others come between. If the
// connection breaks at this very moment, nobody knows whether the value was set; the call then fails
// rather than doing it twice.
//
// Rename has two keys, which a cluster may keep on two servers. First it reserves the new id, which is
// no session yet. Then one script takes everything out of the old record and marks it as moved: from
// here on the old id is gone, and whoever comes late gets sessions.ErrGone. Last the new record is
// filled with that and with the change. There is no moment with two ids that work. If the program or the server dies between the
// last two steps, there is none that works: the visitor signs in once more. The mark stays, without
// the values, until the end that the record had when it moved: so Delete finds it by its old id, too.
//
// # What to know about the server
//
// Set maxmemory-policy to noeviction. With the others Redis drops sessions when its memory is full,
// and the lists of users too, and then [sessions.RevokeUser] misses some. With noeviction new
// sessions are refused while the old ones can still be read and ended.
//
// Redis replicates later than it answers. When a master dies the last moment of what it has done may
// be undone, a logout among it. The settings min-replicas-to-write and min-replicas-max-lag make
// that moment short. A client that reads from replicas, or keeps what it has read, is refused at the
// start, because it would show sessions that have been ended.
//
// # Timeouts
//
// Give the client ContextTimeoutEnabled. No call takes longer than its deadline without it, but then
// each one costs a goroutine, and a connection on which the server hangs stays occupied for the
// ReadTimeout of the client. With it, a call whose context is cancelled while the server hangs may
// wait for its deadline if that is within two seconds.
//
// An answer that does not come in time says nothing about whether the server did what it was asked
// to.
package redisstore
