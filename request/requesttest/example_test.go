package requesttest_test

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
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

func ExampleClient_WithToken() {
	_ = func(t *testing.T) { // in a file that ends in _test.go: func TestAccount(t *testing.T)
		app := soay.New()
		app.Get("/account", func(req soay.Request) soay.Response {
			if req.Header("Authorization") != "Bearer secret" {
				return response.Unauthorized("who are you?")
			}
			return response.Text("your account")
		})
		c := requesttest.New(t, app).WithHeader("Accept", "application/json")
		if got := c.Get("/account").Status; got != 401 {
			t.Errorf("without a token the status is %d, want 401", got)
		}
		if got := c.WithToken("secret").Get("/account").Text(); got != "your account" {
			t.Errorf("got %q, want the account", got)
		}
	}
}

func ExampleFile() {
	req := requesttest.Request("POST", "/photos", requesttest.With{
		Form:  url.Values{"title": {"Minka"}},
		Files: []requesttest.File{{Field: "photo", Name: "minka.png", Type: "image/png", Content: []byte("…")}},
	})
	mediaType, _, _ := strings.Cut(req.Header("Content-Type"), ";")
	fmt.Println(mediaType)
	// Output: multipart/form-data
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
