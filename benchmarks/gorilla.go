package main

import (
	"net/http"

	"github.com/gorilla/sessions"
)

// gorillaSessions is gorilla/sessions on a ServeMux, with the session in a
// cookie that is signed and encrypted. The package has no middleware: a handler
// that does not ask the store for the session runs as if there were none.
func gorillaSessions() framework {
	return framework{
		name:     "gorilla/sessions",
		module:   "github.com/gorilla/sessions",
		sessions: gorillaApp,
	}
}

func gorillaApp() server {
	const hashKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	const blockKey = "0123456789abcdef0123456789abcdef"
	store := sessions.NewCookieStore([]byte(hashKey), []byte(blockKey))

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
		counted = n + 1
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
		counted, _ = s.Values["n"].(int)
		writeText(w, greeting)
	})
	m.HandleFunc("GET "+plainPath, plainHandler)
	return httpServer{m}
}
