// Package soay is a web framework: an App that routes requests to handlers, and around it what a
// web application needs.
//
//	package main
//
//	import (
//		"log"
//
//		"github.com/soay-go/soay"
//		"github.com/soay-go/soay/response"
//	)
//
//	func main() {
//		app := soay.New()
//		app.Get("/hello/{name}", func(req soay.Request) soay.Response {
//			return response.Text("Hello, " + req.Param("name") + "!")
//		})
//		if err := app.Run("127.0.0.1:8000"); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// A handler is a function from a [Request] to a [Response], and both are values. Middleware is a
// function from a handler to a handler.
//
// A typed handler says in its types what it takes and what it answers:
//
//	type NewCat struct {
//		Name string `json:"name" validate:"required,max=50"`
//	}
//
//	soay.Post(app, "/cats", func(req soay.Request, in NewCat) (soay.Created[Cat], error) { … })
//
// Its input is filled from the request and validated before it runs; see [Get] and package
// request/bind. [AddSingleton] and its like say how services are made that handlers need,
// [App.Controller] registers handlers that belong together, and [App.UseOpenAPI] describes the routes.
//
// Everything that a program can get wrong while it sets up its app, from a pattern that contradicts
// another to a key that is too short, is collected with its place in the source and reported
// together when the app starts.
//
// The packages below: router has the patterns and groups, request and response the accessors and
// constructors, request/bind what typed handlers take, router/openapi the description of the API,
// sessions the sessions, response/problem errors with a status, middleware what the Use methods
// switch on, request/requesttest a client for tests.
package soay
