package main

import (
	"net/http"

	"github.com/julienschmidt/httprouter"
)

// httpRouter is julienschmidt/httprouter in its default configuration.
func httpRouter() framework {
	return framework{
		name:   "httprouter",
		module: "github.com/julienschmidt/httprouter",
		plain:  func() server { return httpRouterApp(plainPath, plainHandle) },
		param: func() server {
			return httpRouterApp("/user/:name", func(w http.ResponseWriter, _ *http.Request, p httprouter.Params) {
				writeText(w, p.ByName("name"))
			})
		},
		five: func() server {
			handle := plainHandle
			for range 5 {
				handle = httpRouterCallOn(handle)
			}
			return httpRouterApp(plainPath, handle)
		},
		json: func() server {
			return httpRouterApp(jsonPath, func(w http.ResponseWriter, r *http.Request, _ httprouter.Params) {
				jsonHandler(w, r)
			})
		},
		table: func(routes []route) server {
			router := httprouter.New()
			for _, r := range routes {
				text := r.answer
				handle := func(w http.ResponseWriter, _ *http.Request, _ httprouter.Params) { writeText(w, text) }
				if text == "" {
					handle = func(w http.ResponseWriter, _ *http.Request, _ httprouter.Params) {
						w.WriteHeader(http.StatusNoContent)
					}
				}
				router.Handle(r.method, r.colons(), handle)
			}
			return httpServer{router}
		},
	}
}

// httpRouterApp is a router with one route.
func httpRouterApp(path string, handle httprouter.Handle) server {
	router := httprouter.New()
	router.GET(path, handle)
	return httpServer{router}
}

// plainHandle is a variable so that it has the type that wrapping needs.
var plainHandle httprouter.Handle = func(w http.ResponseWriter, _ *http.Request, _ httprouter.Params) {
	writeText(w, greeting)
}

func httpRouterCallOn(next httprouter.Handle) httprouter.Handle {
	return func(w http.ResponseWriter, r *http.Request, p httprouter.Params) { next(w, r, p) }
}
