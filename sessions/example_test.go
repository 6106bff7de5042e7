package sessions_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
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

func ExampleSession_Flash() {
	s := sessions.New()
	s.Flash("message", "Your changes are saved.")

	// The page that follows:
	if message, ok := sessions.Pop[string](s, "message"); ok {
		fmt.Println(message)
	}
	_, ok := sessions.Pop[string](s, "message")
	fmt.Println(ok)
	// Output:
	// Your changes are saved.
	// false
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
