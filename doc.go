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
// A typed handler has its input and output as types:
//
//	type NewCat struct {
//		Name string `json:"name" validate:"required,max=50"`
//	}
//
//	soay.Post(app, "/cats", func(req soay.Request, in NewCat) (soay.Created[Cat], error) { … })
//
// Its input is filled from the request and validated before it runs; see [Get] and package
// request/bind. [App.AddScheme] says how clients prove who they are, and [Route.Auth] who may use a route.
// [AddSingleton] and its like say how services are made that handlers need,
// [App.Controller] registers handlers that belong together, and [App.UseOpenAPI] describes the routes.
//
// Mistakes in the setup, from a pattern that contradicts another to a key that is too short, are collected with
// their places in the source and reported together when the app starts.
//
// # The way of a request
//
//	accept    The server reads the head of the request. The core takes an exchange from its pool, recycled
//	          memory for one request at a time, and begins a generation: the Request.
//	route     The router finds the route by path, method and filters of groups. Without one it is a route that
//	          answers 404, 405 or OPTIONS.
//	handle    The middleware of the app runs in its phases, then that of the groups and the route, then the
//	          handler, whose typed input is bound and validated first. Nothing is written yet. An error or a
//	          panic becomes a complete response directly around the handler, so all middleware sees it. On
//	          the way out the session is committed and adds its cookie.
//	write     The core writes the response once: known bytes with their length, or a body that writes itself.
//	finish    Functions of AfterResponse run, and the services of the request are closed.
//	recycle   The generation ends, and the exchange goes back to the pool. The Request is dead from here on.
//
// [App.Middleware] lists the middleware as it runs. Package request tells how a Request that is used too late is
// kept from the next request's data, package middleware where errors become pages, and package router how a
// route is found.
//
// # Packages
//
// Package router has the patterns and groups, request and response the accessors and constructors. Package
// request/bind fills the inputs of typed handlers, router/openapi describes the API, and sessions has the
// sessions and their stores. Package response/problem has errors with a status, middleware the middleware behind
// the Use methods, middleware/auth authentication and authorization, and request/requesttest a client for tests.
package soay
