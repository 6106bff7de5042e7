// Program uses package authtest although it is no test.
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/middleware/auth/authtest"
)

func main() {
	ada, err := auth.NewIdentity(auth.Profile{Subject: "ada"})
	if err != nil {
		panic(err)
	}
	func() {
		defer func() { fmt.Println(recover()) }()
		authtest.As(ada)
	}()
	app := soay.New(soay.Options{Env: "production"})
	app.UseSessions(soay.NewKey())
	app.AddScheme("session", auth.Session())
	app.Get("/me", func(soay.Request) soay.Response { panic("not reached") }).Auth()
	for _, value := range []string{"", ".", "e30", ".eyJTdWJqZWN0IjoiYWRhIn0"} {
		r := httptest.NewRequest(http.MethodGet, "/me", nil)
		r.Header.Set("Soay-Test-Identity", value)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
}
