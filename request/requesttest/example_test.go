package requesttest_test

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func hello(req soay.Request) soay.Response { return response.Text("Hello, " + req.Param("name")) }

func ExampleNew() {
	_ = func(t *testing.T) { // in a file that ends in _test.go: func TestHello(t *testing.T)
		app := soay.New()
		app.Get("/hello/{name}", hello)
		c := requesttest.New(t, app)
		if got := c.Get("/hello/Tom").Text(); got != "Hello, Tom" {
			t.Errorf("got %q, want Hello, Tom", got)
		}
	}
}

func ExampleRequest() {
	req := requesttest.Request("GET", "/hello/Tom", requesttest.With{Pattern: "/hello/{name}"})
	resp := hello(req)
	fmt.Println(resp.Status(), resp.Header("Content-Type"))
	// Output: 200 text/plain; charset=utf-8
}

func ExampleLog() {
	_ = func(t *testing.T) { // in a file that ends in _test.go: func TestGoodbye(t *testing.T)
		log := new(requesttest.Log)
		app := soay.New(soay.Options{Logger: log.Logger()})
		app.Get("/goodbye/{name}", func(req soay.Request) soay.Response {
			req.Logger().Info("somebody left", "name", req.Param("name"))
			return response.NoContent()
		})
		requesttest.New(t, app).Get("/goodbye/Tom")
		if errors := log.Lines(slog.LevelError); len(errors) > 0 {
			t.Errorf("errors in the log: %q", errors)
		}
		if left := log.Records("somebody left"); len(left) != 1 || left[0]["name"] != "Tom" {
			t.Errorf("who left: %v, want Tom alone", left)
		}
	}
}

func ExampleLog_Lines() {
	var log requesttest.Log
	log.Logger().Info("cat fed", "name", "Tom", "grams", 80)
	for _, line := range log.Lines() {
		fmt.Println(line)
	}
	// Output: level=INFO msg="cat fed" name=Tom grams=80
}
