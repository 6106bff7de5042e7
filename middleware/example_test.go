package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

// A handler of package net/http is a handler like any other: it sees the parameters of its route, and middleware sees its answer.
func ExampleFromHTTP() {
	old := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "The cat %s.", r.PathValue("name"))
	})
	app := soay.New()
	app.Get("/cats/{name}", middleware.FromHTTP(old))

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/cats/Tom", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 The cat Tom.
}

// Middleware written for package net/http goes around any handler.
func ExampleWrapHTTP() {
	limit := func(next http.Handler) http.Handler { return http.MaxBytesHandler(next, 100) }
	app := soay.New()
	app.Use(middleware.WrapHTTP(limit))
	app.Get("/", func(soay.Request) soay.Response { return response.Text("Hello") })

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Body)
	// Output: Hello
}

// A proxy in front of the app may give requests their ids.
func ExampleRequestID() {
	app := soay.New()
	app.UseRequestID()
	app.Get("/", func(req soay.Request) soay.Response { return response.Text("Request " + middleware.RequestID(req)) })

	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Request-Id", "b7ad6b71")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Body, w.Header()["X-Request-Id"])
	// Output: Request b7ad6b71 [b7ad6b71]
}
