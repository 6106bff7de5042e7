// Command hello is the smallest Soay program: one page, one parameter.
//
//	go run ./examples/hello
//	curl http://127.0.0.1:8000/hello/Ada
package main

import (
	"flag"
	"log"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	flag.Parse()
	if err := newApp().Run(*addr); err != nil {
		log.Fatal(err)
	}
}

func newApp() *soay.App {
	app := soay.New()
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text("Hello, World!")
	})
	app.Get("/hello/{name}", func(req soay.Request) soay.Response {
		return response.Text("Hello, " + req.Param("name") + "!")
	})
	return app
}
