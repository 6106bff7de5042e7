package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/boj/redistore"
	"github.com/gomodule/redigo/redis"
	"github.com/gorilla/sessions"
)

// gorillaSessions is gorilla/sessions on a ServeMux, with the session in a
// cookie that is signed and encrypted, or in Redis by boj/redistore, where the
// cookie with the id is signed. The package has no middleware: a handler that
// does not ask the store for the session runs as if there were none.
func gorillaSessions() framework {
	const hashKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	const blockKey = "0123456789abcdef0123456789abcdef"
	cookie := func() server {
		return gorillaApp(sessions.NewCookieStore([]byte(hashKey), []byte(blockKey)))
	}
	return framework{
		name:        gorillaName,
		module:      "github.com/gorilla/sessions",
		redisModule: "github.com/boj/redistore",
		cookie:      cookie,
		ring:        cookie, // it has no ring; it seals with the same two keys
		redis: func(socket string) server {
			store, err := redistore.NewRediStoreWithPool(gorillaPool(socket), []byte(hashKey))
			if err != nil {
				panic(fmt.Sprintf("gorilla/sessions: %v", err))
			}
			return gorillaApp(store)
		},
	}
}

// gorillaPool is the pool that redigo's documentation shows. The one that
// redistore makes by itself would ask the server whether it is there before
// each command.
func gorillaPool(socket string) *redis.Pool {
	return &redis.Pool{
		MaxIdle:     3,
		IdleTimeout: 240 * time.Second,
		Dial:        func() (redis.Conn, error) { return redis.Dial("unix", socket) },
		TestOnBorrow: func(c redis.Conn, t time.Time) error {
			if time.Since(t) < time.Minute {
				return nil
			}
			_, err := c.Do("PING")
			return err
		},
	}
}

func gorillaApp(store sessions.Store) server {
	m := http.NewServeMux()
	m.HandleFunc("GET "+writePath, func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "session")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n, ok := s.Values["n"].(int)
		if !ok {
			n = firstCount
		}
		tell(&counted, n+1)
		s.Values["n"] = n + 1
		if err := s.Save(r, w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeText(w, greeting)
	})
	m.HandleFunc("GET "+readPath, func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "session")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		n, _ := s.Values["n"].(int)
		tell(&counted, n)
		writeText(w, greeting)
	})
	m.HandleFunc("GET "+plainPath, plainHandler)
	return httpServer{m}
}
