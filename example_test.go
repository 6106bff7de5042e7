package soay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/de"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
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

// Handlers return errors of the program's own types. One function decides how clients see them.
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
// A group of an API answers its errors in a form of its own, also for paths that no route has.
func ExampleHandleError_group() {
	type failure struct {
		Reason string `json:"reason"`
	}
	app := soay.New()
	api := app.Group("/api")
	soay.HandleError(api, func(req soay.Request, err *problem.Problem) soay.Response {
		return response.JSON(failure{err.Detail})
	})
	api.Get("/cats/{id}", func(soay.Request) soay.Response { return response.NotFound("there is no such cat") })
	api.HandleStatus(405, func(soay.Request) soay.Response { return response.JSON(failure{"never asked"}) })

	show(app, "GET", "/api/cats/7")
	show(app, "PUT", "/api/cats/7")
	show(app, "GET", "/api/dogs")
	show(app, "GET", "/dogs")
	// Output:
	// 404 {"reason":"there is no such cat"}
	// 405 {"reason":""}
	// 404 {"reason":""}
	// 404 404 Not Found
}

func ExampleErrorOf() {
	app := soay.New()
	app.HandleStatus(404, func(req soay.Request) soay.Response {
		return response.Text(fmt.Sprint("Nothing here, for ", soay.ErrorOf(req)))
	})
	app.Get("/cats/{id}", func(soay.Request) soay.Response { return response.NotFound("there is no such cat") })

	show(app, "GET", "/cats/7")
	// Output:
	// 404 Nothing here, for 404 Not Found: there is no such cat
}

func ExampleApp_UseRateLimit() {
	app := soay.New()
	app.UseRateLimit(soay.Rate{Requests: 100, Per: 24 * time.Hour})
	app.Post("/login", func(soay.Request) soay.Response { return response.NoContent() }).
		RateLimit(soay.Rate{Requests: 2, Per: time.Hour})

	for range 3 {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest("POST", "/login", nil))
		fmt.Printf("%d %s retry after %q\n", w.Code, w.Header().Get("RateLimit"), w.Header().Get("Retry-After"))
	}
	// Output:
	// 204 "default";r=99;t=864, "route";r=1;t=1800 retry after ""
	// 204 "default";r=98;t=1728, "route";r=0;t=3600 retry after ""
	// 429 "default";r=97;t=2592, "route";r=0;t=3600 retry after "1800"
}

// A test that compares the table with a file lets nobody open a route by oversight. The last column changes with every
// line of code, so this one leaves it out.
func ExampleWriteAccess() {
	app := soay.New()
	app.AddScheme("session", auth.Func(func(soay.Request) (*soay.Identity, error) { return nil, nil }))
	app.UseAuthorization() // routes without a rule need a user
	page := func(soay.Request) soay.Response { return response.Text("a page") }
	app.Get("/", page).AllowAnonymous()
	app.Get("/account", page)
	app.Group("/admin").Auth(soay.Auth{Roles: []string{"admin", "auditor"}}).Get("/users", page)

	var table strings.Builder
	if err := soay.WriteAccess(app, &table); err != nil {
		fmt.Println(err)
	}
	for line := range strings.Lines(table.String()) {
		if source := strings.LastIndex(line, "  "); source > 0 {
			line = line[:source]
		}
		fmt.Println(strings.TrimSpace(line))
	}
	// Output:
	// Routes without a rule are closed: the app calls UseAuthorization.
	//
	// METHOD  PATTERN       ACCESS  SCHEMES  ROLES          SCOPES  POLICIES  MAX-AGE  ANTI-FORGERY  PROBE  RATES  CONCURRENT  TIMEOUT
	// GET     /             anyone  -        -              -       -         -        -             -      -      -           -
	// GET     /account      user    session  -              -       -         -        -             -      -      -           -
	// GET     /admin/users  user    session  admin|auditor  -       -         -        -             -      -      -           -
}

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

// Handlers and middleware of package net/http work in an app.
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

// Cat is the output of the typed handlers.
type Cat struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
	Age  int    `json:"age"`
}

// GetCat says what a handler takes: where each value comes from, and its type.
type GetCat struct {
	ID      int  `path:"id"`
	Verbose bool `query:"verbose" default:"false"`
}

// The types of a handler say what it takes and what it answers. A request that does not fit never
// reaches it.
func ExampleGet() {
	app := soay.New()
	soay.Get(app, "/cats/{id}", func(req soay.Request, in GetCat) (*Cat, error) {
		if in.ID != 7 {
			return nil, nil // a 404
		}
		return &Cat{ID: in.ID, Name: "Minka", Age: 3}, nil
	})

	show(app, "GET", "/cats/7")
	show(app, "GET", "/cats/8")
	show(app, "GET", "/cats/minka")
	// Output:
	// 200 {"id":7,"name":"Minka","age":3}
	// 404 {"status":404,"title":"Not Found"}
	// 400 {"detail":"The request has 1 fault.","errors":[{"parameter":"id","in":"path","rule":"integer","detail":"id must be an integer"}],"status":400,"title":"Bad Request"}
}

// A Result has a status, headers and cookies besides its value. With an ETag, a client that has this version already gets
// no content.
func ExampleResult() {
	app := soay.New()
	soay.Get(app, "/cats/{id}", func(req soay.Request, in GetCat) (soay.Result[Cat], error) {
		return soay.Result[Cat]{
			Value:  Cat{ID: in.ID, Name: "Minka", Age: 3},
			Header: http.Header{"ETag": {`"v7"`}, "Link": {"</cats>; rel=collection"}},
		}, nil
	})

	get := func(ifNoneMatch string) {
		r := httptest.NewRequest("GET", "/cats/7", nil)
		r.Header.Set("If-None-Match", ifNoneMatch)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Etag"), w.Header().Get("Link"), w.Body)
	}
	get(`"v6"`)
	get(`"v7"`)
	// Output:
	// 200 "v7" </cats>; rel=collection {"id":7,"name":"Minka","age":3}
	// 304 "v7" </cats>; rel=collection
}

// What was made is at the location.
func ExampleNewCreated() {
	app := soay.New()
	soay.Post(app, "/cats", func(req soay.Request, in NewCat) (soay.Created[Cat], error) {
		return soay.NewCreated("/cats/7", Cat{ID: 7, Name: in.Name, Age: in.Age}), nil
	})

	r := httptest.NewRequest("POST", "/cats", strings.NewReader(`{"name":"Minka","age":3}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Location"), w.Body)
	// Output:
	// 201 /cats/7 {"id":7,"name":"Minka","age":3}
}

// NewCat is a JSON body, since no tag of it names another source.
type NewCat struct {
	Name string `json:"name" validate:"required,max=50"`
	Age  int    `json:"age"  validate:"gte=0,lte=30"`
}

// The client learns of everything that is wrong at once, in its language.
func ExamplePost() {
	app := soay.New(soay.Options{Languages: []bind.Language{de.Language()}})
	soay.Post(app, "/cats", func(req soay.Request, in NewCat) (soay.Created[Cat], error) {
		return soay.Created[Cat]{Value: Cat{ID: 7, Name: in.Name, Age: in.Age}, Location: "/cats/7"}, nil
	})

	post := func(language, body string) {
		r := httptest.NewRequest("POST", "/cats", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept-Language", language)
		r.Header.Set("Accept", "text/plain")
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Location"), w.Body)
	}
	post("en", `{"name":"Minka","age":3}`)
	post("en", `{"age":31}`)
	post("de", `{"age":31}`)
	// Output:
	// 201 /cats/7 {"id":7,"name":"Minka","age":3}
	// 422  422 Unprocessable Entity: The request has 2 faults.
	// - /age: age must be 30 or less
	// - /name: name is a required field
	//
	// 422  422 Unprocessable Entity: The request has 2 faults.
	// - /age: age darf 30 oder weniger sein
	// - /name: name ist ein Pflichtfeld
}

// A plain handler binds and validates what it takes.
func ExampleBind() {
	type Meal struct {
		Cat   string `path:"cat"`
		Grams int    `query:"grams" validate:"gt=0,lte=500"`
	}
	app := soay.New()
	app.Get("/cats/{cat}/meal", func(req soay.Request) soay.Response {
		in, err := soay.Bind[Meal](req)
		if err != nil {
			return response.Error(err)
		}
		return response.Text(fmt.Sprintf("%d g for %s", in.Grams, in.Cat))
	})

	show(app, "GET", "/cats/minka/meal?grams=50")
	show(app, "GET", "/cats/minka/meal?grams=900")
	// Output:
	// 200 50 g for minka
	// 422 422 Unprocessable Entity: The request has 1 fault.
	// - query grams: grams must be 500 or less
}

// Shelter is a service that keeps cats.
type Shelter map[int]Cat

// Cats is a controller: a value whose methods are handlers.
type Cats struct {
	Shelter Shelter `inject:""`
}

// Routes implements soay.Controller.
func (c *Cats) Routes(g soay.Group) {
	soay.Get(g, "/{id}", c.get)
	soay.Delete(g, "/{id}", c.remove)
}

// OnRequest runs before each handler of the controller.
func (c *Cats) OnRequest(req soay.Request) error {
	if req.Method() == "DELETE" && req.Header("X-Staff") == "" {
		return problem.New(403, "Staff only.")
	}
	return nil
}

func (c *Cats) get(req soay.Request, in GetCat) (*Cat, error) {
	if cat, ok := c.Shelter[in.ID]; ok {
		return &cat, nil
	}
	return nil, nil
}

func (c *Cats) remove(req soay.Request, in GetCat) (soay.NoContent, error) {
	delete(c.Shelter, in.ID)
	return soay.NoContent{}, nil
}

// A controller keeps handlers and what they need together.
func ExampleApp_Controller() {
	app := soay.New()
	soay.AddInstance(app, Shelter{7: {ID: 7, Name: "Minka", Age: 3}})
	app.Controller("/cats", &Cats{}, soay.ControllerOptions{Version: "v1"})

	show(app, "GET", "/v1/cats/7")
	show(app, "DELETE", "/v1/cats/7")
	// Output:
	// 200 {"id":7,"name":"Minka","age":3}
	// 403 {"detail":"Staff only.","status":403,"title":"Forbidden"}
}
