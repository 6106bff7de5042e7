package main

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httprate"
)

// chiFramework is chi, which like the standard library leaves the writing of
// answers to its user.
func chiFramework() framework {
	return framework{
		name:   "chi",
		module: "github.com/go-chi/chi/v5",
		plain:  func() server { return chiApp(plainPath, plainHandler) },
		timed: func() server {
			router := chi.NewRouter()
			router.Use(middleware.Timeout(time.Minute))
			router.Get(plainPath, plainHandler)
			return httpServer{router}
		},
		param: func() server {
			return chiApp("/user/{name}", func(w http.ResponseWriter, r *http.Request) {
				writeText(w, chi.URLParam(r, "name"))
			})
		},
		five: func() server {
			router := chi.NewRouter()
			for range 5 {
				router.Use(callOn)
			}
			router.Get(plainPath, plainHandler)
			return httpServer{router}
		},
		json: func() server { return chiApp(jsonPath, jsonHandler) },
		gzip: chiGzip, gzipStandard: chiGzip,
		limit: func(requests int) server {
			router := chi.NewRouter()
			//lint:ignore SA1019 the requests come by no proxy
			router.Use(httprate.LimitByIP(requests, limitedTime))
			router.Get(plainPath, plainHandler)
			return httpServer{router}
		},
		table: func(routes []route) server {
			router := chi.NewRouter()
			for _, r := range routes {
				router.MethodFunc(r.method, r.pattern, answerHandler(r))
			}
			return httpServer{router}
		},
	}
}

// chiApp is a router with one route.
func chiApp(path string, handler http.HandlerFunc) server {
	router := chi.NewRouter()
	router.Get(path, handler)
	return httpServer{router}
}
