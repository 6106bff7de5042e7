package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/ratelimit"
	"github.com/soay-go/soay/middleware/ratelimit/redislimit"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/keyring"
	"github.com/soay-go/soay/sessions/memstore"
	"github.com/soay-go/soay/sessions/redisstore"
)

// soayFramework is Soay. It gives a list because Soay's peers can also be
// measured without it.
func soayFramework() []framework {
	return []framework{{
		name:   soayName,
		module: "github.com/soay-go/soay",
		plain:  func() server { return soayApp(plainPath, soayPlain) },
		timed: func() server {
			app := newSoay()
			app.UseTimeout(time.Minute)
			app.Get(plainPath, soayPlain)
			return soayServer{app}
		},
		param: func() server {
			return soayApp("/user/{name}", func(req soay.Request) soay.Response {
				return response.Text(req.Param("name"))
			})
		},
		behind: soayBehind,
		five: func() server {
			app := newSoay()
			for range 5 {
				app.Use(func(next soay.Handler) soay.Handler {
					return func(req soay.Request) soay.Response { return next(req) }
				})
			}
			app.Get(plainPath, soayPlain)
			return soayServer{app}
		},
		page:   soayPage,
		static: soayStatic,
		packed: soayStatic,
		json: func() server {
			return soayApp(jsonPath, func(soay.Request) soay.Response { return response.JSON(sample) })
		},
		table:  soayTable,
		cookie: func() server { return soaySessions(func(app *soay.App) { app.UseSessions(soay.NewKey()) }) },
		ring:   soayRing,
		memory: func() server { return soaySessions(func(app *soay.App) { app.UseSessionStore(memstore.New()) }) },
		redis:  soayRedis,
		gzip:   soayFastGzip, gzipStandard: soayStandardGzip,
		limit: func(requests int) server { return soayLimit(requests) },
		limitSilent: func(requests int) server {
			return soayLimit(requests, ratelimit.Options{Headers: ratelimit.HeadersNone})
		},
		limitRedis: func(socket string, requests int) server {
			client := redis.NewClient(&redis.Options{Addr: socket, DB: limitDatabase, ContextTimeoutEnabled: true})
			return soayLimit(requests, ratelimit.Options{Store: redislimit.New(client)})
		},
		cors: soayCORS, apiKey: soayKey, userCookie: soayCookieUser, userMemory: soayMemoryUser,
		observed: soayObserved,

		bind:  soayBind,
		form:  soayForm,
		query: soayQuery,
		id:    soayTypedID,
	}}
}

// soayOptions are those of all apps: the defaults, but in processes that serve.
var soayOptions soay.Options

func newSoay() *soay.App { return soay.New(soayOptions) }

// soayServer is an app, called as an http.Handler or served by its own Serve.
type soayServer struct{ app *soay.App }

func (s soayServer) client(calls []call) (client, error) {
	handler, err := s.app.Handler()
	if err != nil {
		return nil, err
	}
	return httpServer{handler}.client(calls)
}

// serve has its certificate from soayOptions.
func (s soayServer) serve(listener net.Listener, _ *tls.Config) error {
	return s.app.Serve(context.Background(), listener)
}

// soayApp is an app with one route.
func soayApp(path string, handler soay.Handler) server {
	app := newSoay()
	app.Get(path, handler)
	return soayServer{app}
}

func soayPlain(soay.Request) soay.Response {
	return response.Text(greeting)
}

// soayLimit is an app with a limit of so many requests.
func soayLimit(requests int, options ...ratelimit.Options) server {
	app := newSoay()
	app.UseRateLimit(soay.Rate{Requests: requests, Per: limitedTime}, options...)
	app.Get(plainPath, soayPlain)
	return soayServer{app}
}

func soayTable(routes []route) server {
	app := newSoay()
	for _, r := range routes {
		text := r.answer
		handler := func(soay.Request) soay.Response { return response.Text(text) }
		if text == "" {
			handler = func(soay.Request) soay.Response { return response.NoContent() }
		}
		switch r.method {
		case http.MethodGet:
			app.Get(r.pattern, handler)
		case http.MethodPost:
			app.Post(r.pattern, handler)
		case http.MethodPut:
			app.Put(r.pattern, handler)
		case http.MethodDelete:
			app.Delete(r.pattern, handler)
		default:
			panic("soay: no route method for " + r.method)
		}
	}
	return soayServer{app}
}

func soayRing() server {
	ring, err := keyring.FromKeys(soay.NewKey())
	if err != nil {
		panic(fmt.Sprintf("soay: %v", err))
	}
	return soaySessions(func(app *soay.App) { app.UseSessions("", sessions.Options{Codec: ring.Codec()}) })
}

func soayRedis(socket string) server {
	store := redisstore.New(redis.NewClient(&redis.Options{Addr: socket}))
	return soaySessions(func(app *soay.App) { app.UseSessionStore(store) })
}

// soaySessions is the app of the session rows, with the sessions that use sets
// up.
func soaySessions(use func(*soay.App)) server {
	app := newSoay()
	use(app)
	app.Get(writePath, func(req soay.Request) soay.Response {
		n := sessions.GetOr(req.Session, "n", firstCount)
		tell(&counted, n+1)
		req.Session.Set("n", n+1)
		return response.Text(greeting)
	})
	app.Get(readPath, func(req soay.Request) soay.Response {
		tell(&counted, sessions.GetOr(req.Session, "n", 0))
		return response.Text(greeting)
	})
	app.Get(plainPath, soayPlain)
	return soayServer{app}
}

func soayBehind() server {
	app := newSoay()
	app.UseProxies([]string{proxyNetwork})
	app.Get(plainPath, func(req soay.Request) soay.Response { return response.Text(req.ClientIP()) })
	return soayServer{app}
}
