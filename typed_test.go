package soay_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

// Inputs of the tests of typed handlers.
type (
	getLamb struct {
		ID   int  `path:"id"`
		Loud bool `query:"loud" default:"true"`
	}
	newLamb struct {
		Name string `json:"name" validate:"required,max=10"`
		Age  int    `json:"age" validate:"gte=0,lte=30"`
	}
	putLamb struct {
		Owner string  `path:"owner"`
		ID    int     `path:"id"`
		Lamb  newLamb `body:"json"`
	}
)

// echoes answers with the method and the input.
func echoes[In any](req soay.Request, in In) (string, error) {
	return fmt.Sprintf("%s %+v", req.Method(), in), nil
}

func TestTypedVerbs(t *testing.T) {
	app, _ := newApp()
	group := app.Group("/flock/{owner}").Group("/inner", late)
	for _, to := range []struct {
		routes soay.Routes
		path   string
	}{{app, "/{owner}/lambs/{id}"}, {group, "/lambs/{id}"}} {
		type get struct {
			Owner string `path:"owner"`
			ID    int    `path:"id"`
		}
		soay.Get(to.routes, to.path, echoes[get])
		soay.Post(to.routes, to.path, echoes[putLamb])
		soay.Put(to.routes, to.path, echoes[putLamb])
		soay.Patch(to.routes, to.path, echoes[putLamb])
		soay.Delete(to.routes, to.path, echoes[get])
		soay.Handle(to.routes, "OPTIONS", to.path, echoes[get])
		soay.Handle(to.routes, "PURGE", to.path, echoes[get])
	}
	c := requesttest.New(t, app)
	body := requesttest.With{JSON: newLamb{"Minka", 3}}
	tests := []struct {
		method string
		with   requesttest.With
		want   string
	}{
		{"GET", requesttest.With{}, "GET {Owner:anna ID:7}"},
		{"HEAD", requesttest.With{}, ""},
		{"POST", body, "POST {Owner:anna ID:7 Lamb:{Name:Minka Age:3}}"},
		{"PUT", body, "PUT {Owner:anna ID:7 Lamb:{Name:Minka Age:3}}"},
		{"PATCH", body, "PATCH {Owner:anna ID:7 Lamb:{Name:Minka Age:3}}"},
		{"DELETE", requesttest.With{}, "DELETE {Owner:anna ID:7}"},
		{"OPTIONS", requesttest.With{}, "OPTIONS {Owner:anna ID:7}"},
		{"PURGE", requesttest.With{}, "PURGE {Owner:anna ID:7}"},
	}
	for _, tt := range tests {
		for path, wantLate := range map[string]string{"/anna/lambs/7": "", "/flock/anna/inner/lambs/7": "yes"} {
			resp := c.Do(tt.method, path, tt.with)
			if resp.Status != 200 || resp.Text() != tt.want {
				t.Errorf("%s %s: %d %q, want %q", tt.method, path, resp.Status, resp.Text(), tt.want)
			}
			if got := resp.Header.Get("X-Late"); got != wantLate {
				t.Errorf("%s %s: the middleware of the group says %q, want %q", tt.method, path, got, wantLate)
			}
		}
	}
	if resp := c.Do("TRACE", "/anna/lambs/7"); resp.Status != 405 {
		t.Errorf("TRACE: %d, want 405", resp.Status)
	}
}

func TestNamesOfTypedRoutes(t *testing.T) {
	app, _ := newApp()
	soay.Get(app.Group("/{owner}"), "/lambs/{int:id}", echoes[struct {
		Owner string `path:"owner"`
		ID    int    `path:"id"`
	}]).Name("lamb").Use(late)
	c := requesttest.New(t, app)
	url, err := app.URL("lamb", "Änne/x", 7)
	if err != nil || url != "/%C3%84nne%2Fx/lambs/7" {
		t.Fatalf("URL: %q, %v", url, err)
	}
	if resp := c.Get(url); resp.Text() != "GET {Owner:Änne/x ID:7}" || resp.Header.Get("X-Late") != "yes" {
		t.Errorf("GET %s: %q %v", url, resp.Text(), resp.Header)
	}
	if _, err := app.URL("lamb", "a", "b"); err == nil {
		t.Error("URL takes what the route does not")
	}
}

func TestMaxBodyOfTypedRoutes(t *testing.T) {
	app, _ := newApp(soay.Options{MaxBodyBytes: 30})
	soay.Post(app, "/app", echoes[newLamb])
	soay.Post(app, "/less", echoes[newLamb]).MaxBody(20)
	soay.Post(app, "/more", echoes[newLamb]).MaxBody(40)
	c := requesttest.New(t, app)
	for path, limit := range map[string]int{"/app": 30, "/less": 20, "/more": 40} {
		for _, size := range []int{limit, limit + 1} {
			body := `{"name":"Minka"` + strings.Repeat(" ", size-16) + `}`
			for _, chunked := range []bool{false, true} {
				var r io.Reader = strings.NewReader(body)
				if chunked {
					r = io.MultiReader(r) // of which nobody knows the length
				}
				want := 200
				if size > limit {
					want = 413
				}
				resp := c.Post(path, requesttest.With{Body: r, Header: http.Header{"Content-Type": {"application/json"}}})
				if resp.Status != want {
					t.Errorf("%s with %d bytes, chunked %t: %d %s, want %d", path, size, chunked, resp.Status, resp.Text(), want)
				}
				if resp.Header.Get("Content-Language") != "" {
					t.Errorf("%s: an answer without sentences of rules has the language %v", path, resp.Header)
				}
			}
		}
	}
}

// typedMistakes are ways to register a typed handler wrongly. Each returns the place of the mistake.
var typedMistakes = []struct {
	description string
	make        func(*soay.App) string
	want        string
}{
	{"an input that is no struct", func(a *soay.App) string { soay.Get(a, "/", echoes[int]); return here() },
		"route GET /: the input int is no struct"},
	{"a pointer as an input", func(a *soay.App) string { soay.Post(a, "/", echoes[*newLamb]); return here() },
		"route POST /: the input *soay_test.newLamb is no struct"},
	{"any as an input", func(a *soay.App) string { soay.Put(a, "/", echoes[any]); return here() },
		"route PUT /: the input interface {} is no struct"},
	{"a parameter that is not in the pattern", func(a *soay.App) string { soay.Get(a, "/lambs", echoes[getLamb]); return here() },
		`route GET /lambs: soay_test.getLamb takes the parameter "id" of the path, which the pattern does not have`},
	{"a parameter that is not in the input", func(a *soay.App) string { soay.Delete(a, "/{id}/{x}", echoes[getLamb]); return here() },
		`route DELETE /{id}/{x}: no field of soay_test.getLamb takes the parameter "x" of the pattern`},
	{"a parameter of the group", func(a *soay.App) string { soay.Get(a.Group("/{x}"), "/{id}", echoes[getLamb]); return here() },
		`route GET /{x}/{id}: no field of soay_test.getLamb takes the parameter "x"`},
	{"a body of GET", func(a *soay.App) string { soay.Get(a, "/", echoes[newLamb]); return here() },
		"route GET /: soay_test.newLamb takes a body, which GET requests do not have"},
	{"a body of HEAD", func(a *soay.App) string { soay.Handle(a, "HEAD", "/", echoes[newLamb]); return here() },
		"takes a body, which HEAD requests do not have"},
	{"no handler", func(a *soay.App) string { soay.Patch[getLamb, int](a, "/{id}", nil); return here() },
		"route /{id}: the handler is nil"},
	{"no handler of a group", func(a *soay.App) string { soay.Handle[struct{}, int](a.Group("/g"), "GET", "/a", nil); return here() },
		"route /g/a: the handler is nil"},
	{"a method", func(a *soay.App) string { soay.Handle(a, "get", "/", echoes[struct{}]); return here() },
		`method "get" is spelled GET`},
	{"a pattern", func(a *soay.App) string { soay.Get(a, "/{id", echoes[getLamb]); return here() }, `"{id"`},
	{"a pattern without a slash", func(a *soay.App) string { soay.Get(a, "lambs/{id}", echoes[getLamb]); return here() }, "lambs/{id}"},
	{"an output", func(a *soay.App) string {
		soay.Get(a, "/", func(soay.Request, struct{}) (chan int, error) { return nil, nil })
		return here(-1)
	}, "route GET /: the output chan int cannot be written as JSON"},
	{"a pointer to a response", func(a *soay.App) string {
		soay.Get(a, "/", func(soay.Request, struct{}) (*soay.Response, error) { return nil, nil })
		return here(-1)
	}, "the output *response.Response is a pointer; return a response.Response"},
	{"a rule", func(a *soay.App) string {
		soay.Get(a, "/", echoes[struct {
			Q string `query:"q" validate:"nosuchrule"`
		}])
		return here(-3)
	}, "nosuchrule"},
	{"a default", func(a *soay.App) string {
		soay.Get(a, "/", echoes[struct {
			N int `query:"n" default:"many"`
		}])
		return here(-3)
	}, `the default "many" is no integer`},
	{"a default that breaks a rule", func(a *soay.App) string {
		soay.Get(a, "/", echoes[struct {
			N int `query:"n" default:"7" validate:"max=5"`
		}])
		return here(-3)
	}, `the default "7" breaks the rule max`},
	{"a missing service", func(a *soay.App) string {
		soay.Get(a, "/", echoes[struct {
			Herd herd `inject:""`
		}])
		return here(-3)
	}, "soay_test.herd: no such service"},
	{"a service that misses another one", func(a *soay.App) string {
		soay.AddScoped[*unit](a, newUnit)
		soay.AddInstance(a, new(lines))
		return here(-2)
	}, "service *soay_test.unit -> *soay_test.database: no such service"},
	{"a name that is taken", func(a *soay.App) string {
		soay.Get(a, "/a", echoes[struct{}]).Name("n")
		soay.Get(a, "/b", echoes[struct{}]).Name("n")
		return here(-1)
	}, `the name "n" is that of the route at typed_test.go:`},
	{"nil middleware", func(a *soay.App) string { soay.Get(a, "/", echoes[struct{}]).Use(nil); return here() }, "middleware is nil"},
	{"a body limit", func(a *soay.App) string { soay.Post(a, "/", echoes[newLamb]).MaxBody(-1); return here() }, "MaxBody"},
	{"a generic function of the program", func(a *soay.App) string { return registers[getLamb](a) }, `the parameter "id"`},
	{"a closure of the program", func(a *soay.App) (place string) {
		func() { soay.Get(a, "/lambs", echoes[getLamb]); place = here() }()
		return place
	}, `the parameter "id"`},
}

// registers is a generic function of a program, for similar routes. Its line is the place of a mistake.
func registers[In any](a *soay.App) string { soay.Get(a, "/all", echoes[In]); return here() }

func TestTypedSetupMistakes(t *testing.T) {
	for _, tt := range typedMistakes {
		t.Run(tt.description, func(t *testing.T) {
			checkMistake(t, tt.make, tt.want)
		})
	}
}

// One start reports all of them.
func TestAllTypedMistakesAtOnce(t *testing.T) {
	app, _ := newApp()
	var want []string
	for _, tt := range typedMistakes[:9] {
		want = append(want, tt.make(app))
	}
	err := app.Start(t.Context())
	var setup *soay.SetupError
	if !errors.As(err, &setup) {
		t.Fatalf("Start: %v, want a SetupError", err)
	}
	var got []string
	for _, e := range setup.Unwrap() {
		if place, _, _ := strings.Cut(e.Error(), ": "); !strings.Contains(e.Error(), "conflicts with") {
			got = append(got, place)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("places (-want +got):\n%s\n%v", diff, err)
	}
}

// If an input type with several mistakes is used by two routes, every mistake is reported for both routes.
func TestMistakenTypeAtTwoRoutes(t *testing.T) {
	type mistaken struct {
		A string `query:""`
		B int    `header:"b" default:"x"`
		C string
		d string `query:"d"`
	}
	app, _ := newApp()
	soay.Get(app, "/a", echoes[mistaken])
	a := here(-1)
	soay.Get(app.Group("/g"), "/b", echoes[mistaken])
	b := here(-1)
	err := app.Start(t.Context())
	for _, place := range []string{a + ": route GET /a", b + ": route GET /g/b"} {
		for _, want := range []string{"A of soay_test.mistaken: the tag query has no name", `B of soay_test.mistaken: the default "x"`,
			"C of soay_test.mistaken: nothing says where it comes from", "d of soay_test.mistaken: it is not exported"} {
			if want = place + ": field " + want; err == nil || !strings.Contains(err.Error(), "\n\t"+want) {
				t.Errorf("the report does not say %q: %v", want, err)
			}
		}
	}
	_ = mistaken{d: ""}
}

func TestLateTypedRoutes(t *testing.T) {
	calls := []struct {
		description string
		call        func(*soay.App, soay.Group)
	}{
		{"a route", func(a *soay.App, _ soay.Group) { soay.Get(a, "/late", echoes[struct{}]).Name("late") }},
		{"a route of a group", func(_ *soay.App, g soay.Group) { soay.Post(g, "/late", echoes[newLamb]) }},
		{"an input that is no struct", func(a *soay.App, _ soay.Group) { soay.Put(a, "/late", echoes[int]) }},
		{"no handler", func(a *soay.App, _ soay.Group) { soay.Get[struct{}, int](a, "/late", nil) }},
		{"a wrong pattern", func(a *soay.App, _ soay.Group) { soay.Get(a, "{", echoes[struct{}]) }},
		{"a service", func(a *soay.App, _ soay.Group) {
			soay.Get(a, "/late", echoes[struct {
				Herd herd `inject:""`
			}])
		}},
		{"a controller", func(a *soay.App, _ soay.Group) { a.Controller("/late", &flock{}) }},
		{"a nil controller", func(a *soay.App, _ soay.Group) { a.Controller("/late", nil) }},
	}
	for _, tt := range calls {
		t.Run(tt.description, func(t *testing.T) {
			app, log := newApp()
			soay.Get(app, "/lambs/{id}", echoes[getLamb]).Name("lamb")
			group := app.Group("/g")
			if err := app.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			tt.call(app, group)
			if !strings.Contains(log.String(), "typed_test.go:") || !strings.Contains(log.String(), "level=ERROR") {
				t.Errorf("the log says %q, want an error with the place", log)
			}
			for path, want := range map[string]int{"/lambs/7": 200, "/late": 404, "/g/late": 404} {
				if w := do(app, "GET", path); w.Code != want {
					t.Errorf("%s: %d, want %d", path, w.Code, want)
				}
			}
			if len(app.Routes()) != 1 {
				t.Errorf("there are the routes %v", app.Routes())
			}
			if err := errors.Join(app.Stop(t.Context()), app.Start(t.Context())); err != nil {
				t.Errorf("starting again: %v", err)
			}
		})
	}
}

// After a failed start an app takes no more routes, and does not panic.
func TestTypedRoutesAfterAFailedStart(t *testing.T) {
	app, log := newApp()
	soay.Get(app, "/", echoes[int])
	if err := app.Start(t.Context()); err == nil {
		t.Fatal("the app has started")
	}
	soay.Get(app, "/a", echoes[struct{}]).Name("a").MaxBody(7).Use(pass)
	if !strings.Contains(log.String(), here(-1)) {
		t.Errorf("the log says %q", log)
	}
	if err := app.Start(t.Context()); err == nil || strings.Contains(err.Error(), "/a") {
		t.Errorf("Start: %v, want the mistake from before", err)
	}
}
