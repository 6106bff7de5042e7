// Package redislimit keeps the buckets of rate limits in Redis, so that several instances of a program limit
// together.
//
//	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", ContextTimeoutEnabled: true})
//	app.UseRateLimit(soay.Rate{Requests: 100, Per: time.Minute}, ratelimit.Options{Store: redislimit.New(client)})
//
// It works with every client of github.com/redis/go-redis/v9. The program configures and closes the client. Redis
// 6.2 or newer is needed, or a server that is compatible with it.
//
// # What is in Redis
//
// A bucket is one string, with the time at which it is full again for each rate, in seconds and nanoseconds. Redis
// removes it then, which one command sets together with the value. A request is one Lua script with one key, by the clock of the server, so it does not
// matter on which server of a cluster the key is, nor what time the instances have. A script is never repeated: it is
// unknown whether it has counted.
//
// CheckHealth takes from a bucket under the prefix and "health".
//
// A key with a value of another kind is an error, and so is a server that takes no writes. Then the memory of the
// process limits, see package ratelimit.
//
// # Timeouts
//
// Give the client ContextTimeoutEnabled. No call takes longer than its time without it either, but then each call
// costs a goroutine, and while the server hangs, a connection stays occupied for the ReadTimeout of the client.
package redislimit
