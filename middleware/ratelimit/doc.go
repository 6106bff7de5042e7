// Package ratelimit limits how often one client may call an app. App.UseRateLimit, Route.RateLimit and
// Route.MaxConcurrent switch it on:
//
//	app.UseRateLimit(soay.Rate{Requests: 100, Per: time.Minute})
//
// # How it counts
//
// A client has a bucket of [router.Rate.Capacity] requests, and gets one back after each
// [router.Rate.Interval]. That is the generic cell rate algorithm (GCRA): all that is kept of a client is the time
// at which the bucket will be full again. A request that is refused costs nothing. Of several rates a request must keep all,
// and is counted by all or by none.
//
// The client is its address, that of a trusted proxy's client included; no header of a client counts. Of an
// IPv6 address the first 64 bits count, since one client has so many of them. By [router.ByUser] it is the user
// of the session.
//
// # Where the buckets are
//
// They are in the memory of the process ([NewMemory]), or in a [Store] that several instances share, such as that
// of package redislimit. When such a store fails or is slow, the memory of the process takes over with the same
// rates, so that each instance goes on limiting by itself. After three failures in a row the store is left alone
// for a second. The log has a warning once a minute.
package ratelimit
