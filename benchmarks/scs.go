package main

import (
	"net/http"

	"github.com/alexedwards/scs/v2"
)

// scsSessions is alexedwards/scs on a ServeMux, in its default configuration
// and with its store in memory, which is the default.
func scsSessions() framework {
	return framework{
		name:     "scs",
		module:   "github.com/alexedwards/scs/v2",
		sessions: scsApp,
	}
}

func scsApp() server {
	manager := scs.New()
	m := http.NewServeMux()
	m.HandleFunc("GET "+writePath, func(w http.ResponseWriter, r *http.Request) {
		n, ok := manager.Get(r.Context(), "n").(int)
		if !ok {
			n = firstCount
		}
		counted = n + 1
		manager.Put(r.Context(), "n", n+1)
		writeText(w, greeting)
	})
	m.HandleFunc("GET "+readPath, func(w http.ResponseWriter, r *http.Request) {
		counted = manager.GetInt(r.Context(), "n")
		writeText(w, greeting)
	})
	m.HandleFunc("GET "+plainPath, plainHandler)
	return httpServer{manager.LoadAndSave(m)}
}
