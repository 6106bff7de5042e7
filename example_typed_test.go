package soay_test

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/problem"
)

// Cat is what the examples with typed handlers are about.
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

// NewCat is a JSON body, since none of its fields says that it comes from elsewhere.
type NewCat struct {
	Name string `json:"name" validate:"required,max=50"`
	Age  int    `json:"age"  validate:"gte=0,lte=30"`
}

// The client learns of everything that is wrong at once, in its language.
func ExamplePost() {
	app := soay.New()
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
