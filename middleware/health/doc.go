// Package health answers those who ask how an app is: load balancers, orchestrators and monitors.
//
//	app.UseHealth()
//	app.AddHealthCheck("db", db.PingContext)
//
// App.UseHealth adds three routes. Each answers 200 with the word ok, or 503 with the word unavailable:
//
//	/health/live    ok as long as the process serves
//	/health/ready   ok while the app takes requests and its checks pass
//	/health/start   ok from the moment on at which all checks have passed
//
// The routes are probes, see router.Route.Probe: they answer for any host and over http, have no limits, and ask nobody
// who they are. Since everybody may ask, names and errors of checks are only in the log: one line at Warn when a check
// begins to fail, and one at Info when it passes again.
//
// # Checks
//
// A check runs only if somebody asks /ready, or /start before its first ok. All run side by side, each with
// [Options.Timeout], and the outcome is kept for [Options.CacheFor]. Probes that come meanwhile wait for the same run, so
// however many there are, a check runs once at a time, and a client that goes away stops nothing.
//
// A check that has not returned in time fails. Its context has ended then; if it does not return nevertheless, it is not
// called again until it has, so that it costs one goroutine and no more. A panic is a failure as well. When the app
// stops, the contexts of checks end, and the stop waits for none.
//
// # The app's own checks
//
// With UseHealth the app checks what it depends on, as far as that has a method
//
//	CheckHealth(ctx context.Context) error
//
// which returns why it cannot do its work, nil if it can, and returns when ctx ends. These have names that AddHealthCheck
// refuses:
//
//	sessions       the store of App.UseSessionStore
//	keys           the ring of keys that seals sessions, if it is in a file or folder that cannot be read any more
//	limits/NAME    the store of the rate limit with that name; the app stays ready unless the limit has FailClosed
//	throttle       the store of auth.ThrottleOptions; the app stays ready
package health
