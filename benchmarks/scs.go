package main

import (
	"net/http"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"
)

// scsSessions is alexedwards/scs on a ServeMux, in its default configuration,
// with its store in memory, which is the default, or the one for go-redis.
func scsSessions() framework {
	return framework{
		name:        "scs",
		module:      "github.com/alexedwards/scs/v2",
		redisModule: "github.com/alexedwards/scs/goredisstore",
		memory:      func() server { return scsApp(scs.New()) },
		redis: func(socket string) server {
			manager := scs.New()
			manager.Store = goredisstore.New(redis.NewClient(&redis.Options{Addr: socket}))
			return scsApp(manager)
		},
	}
}

func scsApp(manager *scs.SessionManager) server {
	m := http.NewServeMux()
	m.HandleFunc("GET "+writePath, func(w http.ResponseWriter, r *http.Request) {
		n, ok := manager.Get(r.Context(), "n").(int)
		if !ok {
			n = firstCount
		}
		tell(&counted, n+1)
		manager.Put(r.Context(), "n", n+1)
		writeText(w, greeting)
	})
	m.HandleFunc("GET "+readPath, func(w http.ResponseWriter, r *http.Request) {
		tell(&counted, manager.GetInt(r.Context(), "n"))
		writeText(w, greeting)
	})
	m.HandleFunc("GET "+plainPath, plainHandler)
	return httpServer{manager.LoadAndSave(m)}
}
