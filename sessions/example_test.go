package sessions_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

func Example() {
	app := soay.New()
	app.UseSessions(soay.NewKey()) // os.Getenv("SESSION_KEY") in a real program

	app.Get("/", func(req soay.Request) soay.Response {
		n := sessions.GetOr(req.Session, "visits", 0) + 1
		req.Session.Set("visits", n)
		return response.Text(fmt.Sprintf("visit number %d", n))
	})

	var cookie string
	for range 3 {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.Header.Set("Cookie", cookie)
		app.ServeHTTP(w, r)
		cookie = w.Header().Get("Set-Cookie")
		fmt.Println(w.Body)
	}
	// Output:
	// visit number 1
	// visit number 2
	// visit number 3
}

func ExampleNew() {
	// greet is code to be tested that takes a session.
	greet := func(s sessions.Session) string { return "Hello, " + sessions.GetOr(s, "name", "stranger") }

	s := sessions.New()
	fmt.Println(greet(s))
	s.Set("name", "Ann")
	fmt.Println(greet(s))
	// Output:
	// Hello, stranger
	// Hello, Ann
}

func ExampleGet() {
	type cart struct {
		Items []string
		Until time.Time
	}
	s := sessions.New()
	s.Set("cart", cart{Items: []string{"wool"}, Until: time.Date(2031, 7, 5, 12, 0, 0, 0, time.UTC)})

	if c, ok := sessions.Get[cart](s, "cart"); ok {
		fmt.Println(c.Items, c.Until)
	}
	_, ok := sessions.Get[int](s, "cart")
	fmt.Println(ok)
	// Output:
	// [wool] 2031-07-05 12:00:00 +0000 UTC
	// false
}

// A typed key knows what its value is.
func ExampleValue() {
	const visits sessions.Value[int] = "visits"

	s := sessions.New()
	visits.Set(s, visits.Or(s, 0)+1)
	visits.Set(s, visits.Or(s, 0)+1)
	n, ok := visits.Get(s)
	fmt.Println(n, ok)
	// Output:
	// 2 true
}

// The page behind a redirect shows the message once.
func ExampleSession_Flash() {
	const message sessions.Value[string] = "message"

	app := soay.New()
	app.UseSessions(soay.NewKey()) // os.Getenv("SESSION_KEY") in a real program
	app.Post("/save", func(req soay.Request) soay.Response {
		message.Flash(req.Session, "Your changes are saved.")
		return response.SeeOther("/")
	})
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(message.Or(req.Session, "Hello."))
	})

	var cookie string
	for _, target := range []string{"POST /save", "GET /", "GET /"} {
		method, path, _ := strings.Cut(target, " ")
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "http://localhost"+path, nil)
		r.Header.Set("Cookie", cookie)
		app.ServeHTTP(w, r)
		cookie = w.Header().Get("Set-Cookie")
		fmt.Printf("%s: %d %q\n", target, w.Code, w.Body)
	}
	// Output:
	// POST /save: 303 ""
	// GET /: 200 "Your changes are saved."
	// GET /: 200 "Hello."
}

// A login gives the session a new identity, and a logout ends it.
func ExampleSession_Renew() {
	app := soay.New()
	app.UseSessions(soay.NewKey())
	app.Post("/login", func(req soay.Request) soay.Response {
		// ... after the password was checked:
		req.Session.Renew()
		req.Session.Set("user", "ann")
		return response.SeeOther("/")
	})
	app.Post("/logout", func(req soay.Request) soay.Response {
		req.Session.Destroy()
		req.Session.Flash("message", "Good bye!")
		return response.SeeOther("/")
	})
	if err := app.Start(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
}

func ExampleOptions() {
	app := soay.New()
	app.UseSessions(soay.NewKey(), sessions.Options{
		MaxAge:      8 * time.Hour,
		IdleTimeout: 20 * time.Minute,
		SameSite:    http.SameSiteStrictMode,
	})
	fmt.Println(app.Start(context.Background()))
	// Output: <nil>
}
