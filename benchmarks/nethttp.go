package main

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// netHTTP is the standard library's ServeMux.
func netHTTP() framework {
	return framework{
		name:  "net/http",
		plain: func() server { return mux("GET "+plainPath, plainHandler) },
		timed: func() server {
			return mux("GET "+plainPath, http.TimeoutHandler(http.HandlerFunc(plainHandler), time.Minute, "").ServeHTTP)
		},
		param: func() server {
			return mux("GET /user/{name}", func(w http.ResponseWriter, r *http.Request) {
				writeText(w, r.PathValue("name"))
			})
		},
		five: func() server {
			handler := mux("GET "+plainPath, plainHandler).Handler
			for range 5 {
				handler = callOn(handler)
			}
			return httpServer{handler}
		},
		observed: httpObserved,
		page:     netHTTPPage,
		json:     func() server { return mux("GET "+jsonPath, jsonHandler) },
		gzip:     gzhttpGzip,
		table: func(routes []route) server {
			m := http.NewServeMux()
			for _, r := range routes {
				m.HandleFunc(r.method+" "+r.pattern, answerHandler(r))
			}
			return httpServer{m}
		},
	}
}

// mux is a ServeMux with one route.
func mux(pattern string, handler http.HandlerFunc) httpServer {
	m := http.NewServeMux()
	m.HandleFunc(pattern, handler)
	return httpServer{m}
}

// callOn is the middleware of the frameworks whose middleware is the standard
// library's.
func callOn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
	})
}

// writeText answers with a text the way programs do, for the routers that leave
// this to their user.
func writeText(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, text)
}

func plainHandler(w http.ResponseWriter, _ *http.Request) {
	writeText(w, greeting)
}

// answerHandler gives a route's answer.
func answerHandler(r route) http.HandlerFunc {
	if r.answer == "" {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	}
	return func(w http.ResponseWriter, _ *http.Request) { writeText(w, r.answer) }
}

// jsonHandler answers with sample, for the routers that have no JSON.
func jsonHandler(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(sample); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}
