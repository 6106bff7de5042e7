package antiforgery_test

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
)

// A guard that an app sets up itself, to be seen at work.
func Example() {
	guard, err := antiforgery.New(antiforgery.Options{TrustedOrigins: []string{"https://accounts.example.com"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Use(guard.Middleware)
	app.Post("/transfer", func(soay.Request) soay.Response { return response.Text("transferred") })

	for _, origin := range []string{"http://bank.example.com", "https://accounts.example.com", "https://evil.example"} {
		r := httptest.NewRequest("POST", "http://bank.example.com/transfer", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		fmt.Println(origin, w.Code)
	}
	// Output:
	// http://bank.example.com 200
	// https://accounts.example.com 200
	// https://evil.example 403
}

func ExampleField() {
	page := func(req soay.Request) soay.Response {
		return response.HTML(`<form method="post">` + string(antiforgery.Field(req)) + `<button>Save</button></form>`)
	}
	app := newExampleApp()
	app.Get("/", page)

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/", nil))
	before, _, _ := strings.Cut(w.Body.String(), " value=")
	fmt.Println(before)
	fmt.Println(w.Header().Get("Cache-Control"))
	// Output:
	// <form method="post"><input type="hidden" name="__RequestVerificationToken"
	// no-store
}

// newExampleApp returns what an app with sessions is by default.
func newExampleApp() *soay.App {
	guard, err := antiforgery.New(antiforgery.Options{Sealer: newSealer("example"), SessionCookie: sessionCookie})
	if err != nil {
		panic(err)
	}
	return newAppOf(guard, slog.New(slog.DiscardHandler), func(soay.Request) soay.Response { return response.NotFound() })
}
