package requesttest_test

import (
	"fmt"
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
