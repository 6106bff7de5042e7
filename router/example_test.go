package router_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// The most specific pattern wins, whatever the order of registration.
func Example() {
	app := soay.New()
	answer := func(text string) soay.Handler {
		return func(req soay.Request) soay.Response {
			for name, value := range req.Params() {
				text := text + ", " + name + " = " + value
				return response.Text(text)
			}
			return response.Text(text)
		}
	}
	app.Get("/cats/*", answer("catch-all"))
	app.Get("/cats/{name}", answer("parameter"))
	app.Get("/cats/{int:id}", answer("number"))
	app.Get("/cats/new", answer("literal"))

	for _, path := range []string{"/cats/new", "/cats/7", "/cats/tom%2Fjerry", "/cats/tom/toys"} {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Body)
	}
	// Output:
	// literal
	// number, id = 7
	// parameter, name = tom/jerry
	// catch-all, tail = tom/toys
}

func ExampleValuePattern() {
	app := soay.New(soay.Options{ValuePatterns: []router.ValuePattern{
		{Name: "lower", Match: func(value string) bool { return value == strings.ToLower(value) }},
	}})
	app.Get("/tags/{lower:tag}", func(req soay.Request) soay.Response { return response.Text(req.Param("tag")) })

	for _, path := range []string{"/tags/wool", "/tags/Wool"} {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code)
	}
	// Output:
	// 200
	// 404
}

func ExampleGroup_Host() {
	app := soay.New()
	app.Get("/", func(soay.Request) soay.Response { return response.Text("the site") })
	api := app.Group("/").Host("api.example.com")
	api.Get("/", func(soay.Request) soay.Response { return response.Text("the API") })

	for _, host := range []string{"example.com", "api.example.com"} {
		hr := httptest.NewRequest("GET", "/", nil)
		hr.Host = host
		w := httptest.NewRecorder()
		app.ServeHTTP(w, hr)
		fmt.Println(w.Body)
	}
	// Output:
	// the site
	// the API
}

// An app knows what its routes are like, for checks of your own.
func ExampleInfo() {
	app := soay.New()
	show := func(soay.Request) soay.Response { return response.NoContent() }
	app.Get("/health", show).Probe()
	app.Post("/upload", show).Timeout(time.Minute).MaxConcurrent(4).RateLimit(soay.Rate{Requests: 10, Per: time.Hour})

	for _, info := range app.Routes() {
		fmt.Println(info.Method, info.Pattern, info.IsProbe(), info.Timeout(), info.MaxConcurrent(), len(info.Rates()))
	}
	// Output:
	// GET /health true 0s 0 0
	// POST /upload false 1m0s 4 1
}

func ExampleTable_URL() {
	r := router.New(router.Options{})
	show := func(soay.Request) soay.Response { return response.NoContent() }
	r.Root().Get("/cats/{int:id}/photos/{name}", show).Name("photo")
	table, err := r.Build(router.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(table.URL("photo", 7, "tom & jerry/1.png"))
	_, err = table.URL("photo", "seven", "1.png")
	fmt.Println(err)
	// Output:
	// /cats/7/photos/tom%20&%20jerry%2F1.png <nil>
	// soay: URL of route "photo": value "seven" of {id} does not fit the pattern int
}
