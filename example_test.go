package soay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// show prints what an app answers.
func show(app http.Handler, method, path string) {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	fmt.Println(w.Code, w.Body)
}

// A program ends its main function with app.Run("127.0.0.1:8000") in place of show.
func Example_hello() {
	app := soay.New()
	app.Get("/hello/{name}", func(req soay.Request) soay.Response {
		return response.Text("Hello, " + req.Param("name") + "!")
	})

	show(app, "GET", "/hello/Anna")
	show(app, "GET", "/hello")
	// Output:
	// 200 Hello, Anna!
	// 404 404 Not Found
}

// The key comes from the environment, as in app.UseSessions(os.Getenv("SESSION_KEY")); [soay.NewKey] makes one.
func Example_sessions() {
	app := soay.New()
	app.UseSessions(soay.NewKey())
	app.Get("/", func(req soay.Request) soay.Response {
		visits := sessions.GetOr(req.Session, "visits", 0) + 1
		req.Session.Set("visits", visits)
		return response.Text(fmt.Sprint("Visit ", visits))
	})

	server := httptest.NewServer(app)
	defer server.Close()
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	for range 2 {
		resp, err := browser.Get(server.URL)
		if err != nil {
			fmt.Println(err)
			return
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(string(text))
	}
	// Output:
	// Visit 1
	// Visit 2
}

// Groups share a prefix and middleware.
func Example_groups() {
	onlyStaff := func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			if req.Header("X-Staff") != "yes" {
				return response.Forbidden("Staff only.")
			}
			return next(req)
		}
	}
	app := soay.New()
	api := app.Group("/api")
	api.Get("/cats/{int:id}", func(req soay.Request) soay.Response { return response.Text("Cat " + req.Param("id")) })
	staff := api.Group("/staff", onlyStaff)
	staff.Delete("/cats/{int:id}", func(req soay.Request) soay.Response { return response.NoContent() })

	show(app, "GET", "/api/cats/7")
	show(app, "DELETE", "/api/staff/cats/7")
	// Output:
	// 200 Cat 7
	// 403 403 Forbidden: Staff only.
}

// NoCatError tells which cat does not exist.
type NoCatError struct{ ID string }

// Error implements error.
func (e *NoCatError) Error() string { return "there is no cat " + e.ID }

// Handlers return errors of the program's own types; what the client gets is said in one place.
func ExampleHandleError() {
	app := soay.New()
	soay.HandleError(app, func(_ soay.Request, err *NoCatError) soay.Response {
		return response.Text("Cat " + err.ID + " has run away.").WithStatus(http.StatusNotFound)
	})
	app.Get("/cats/{id}", func(req soay.Request) soay.Response {
		err := &NoCatError{req.Param("id")}
		return response.Error(fmt.Errorf("load the cat: %w", err))
	})

	show(app, "GET", "/cats/7")
	// Output: 404 Cat 7 has run away.
}

// A lifespan opens what the app needs and closes it again.
func ExampleApp_Lifespan() {
	app := soay.New()
	app.Lifespan(func(context.Context) (func(context.Context) error, error) {
		fmt.Println("database open")
		return func(context.Context) error {
			fmt.Println("database closed")
			return nil
		}, nil
	})

	ctx := context.Background()
	if err := app.Start(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println("ready:", app.Ready())
	if err := app.Stop(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// database open
	// ready: true
	// database closed
}

// All mistakes of a setup are reported together, each with its place in the source.
func ExampleSetupError() {
	app := soay.New()
	app.UseSessions("too short")
	app.Get("cats", nil)

	var setup *soay.SetupError
	if err := app.Start(context.Background()); errors.As(err, &setup) {
		fmt.Println(len(setup.Unwrap()), "mistakes")
	}
	// Output: 2 mistakes
}

// What was written for package net/http keeps working.
func ExampleWrapHTTP() {
	shout := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			io.WriteString(w, "!")
		})
	}
	app := soay.New()
	app.Use(soay.WrapHTTP(shout))
	app.Get("/", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello") })))

	show(app, "GET", "/")
	// Output: 200 Hello!
}
