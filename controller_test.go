package soay_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// flock is a controller with both hooks and with services.
type flock struct {
	lines *lines
	Herd  herd      `inject:""`
	DB    *database `inject:""`
	Name  string
}

// Routes implements soay.Controller.
func (f *flock) Routes(g soay.Group) {
	soay.Get(g, "/", func(soay.Request, struct{}) (string, error) { return f.Name + fmt.Sprint(f.Herd.Count()), nil })
	soay.Get(g, "/{id}", f.get).Name("lamb of " + f.Name)
	soay.Post(g, "/", func(_ soay.Request, in newLamb) (soay.Created[newLamb], error) {
		return soay.Created[newLamb]{Value: in, Location: "/lambs/1"}, nil
	})
	g.Get("/plain/panic", func(soay.Request) soay.Response { panic("SECRET") })
}

func (f *flock) get(_ soay.Request, in getLamb) (*newLamb, error) {
	f.lines.add("get %d", in.ID)
	if in.ID == 409 {
		return nil, problem.New(409, "taken")
	}
	if in.ID == 404 {
		return nil, nil
	}
	return &newLamb{Name: f.Name, Age: in.ID}, nil
}

// OnRequest is called before each handler.
func (f *flock) OnRequest(req soay.Request) error {
	f.lines.add("request %s", req.Path())
	switch req.Query("deny") {
	case "problem":
		return problem.New(403, "not today")
	case "error":
		return errors.New("SECRET")
	case "panic":
		panic("SECRET")
	}
	return nil
}

// OnResponse is called with each response.
func (f *flock) OnResponse(req soay.Request, resp soay.Response) soay.Response {
	f.lines.add("response %d %v", resp.Status(), resp.Err() != nil)
	if req.Query("replace") != "" {
		return response.Text("replaced").WithStatus(203)
	}
	return resp.WithHeader("X-Flock", f.Name)
}

// plainFlock is a value with nothing but routes.
type plainFlock struct{ name string }

// Routes implements soay.Controller.
func (p plainFlock) Routes(g soay.Group) {
	g.Get("/", func(soay.Request) soay.Response { return response.Text(p.name) })
}

// controllerFunc is a function that is a controller.
type controllerFunc func(soay.Group)

// Routes implements soay.Controller.
func (f controllerFunc) Routes(g soay.Group) { f(g) }

func newFlock(app *soay.App, name string) (*flock, *lines) {
	l := addAll(app)
	return &flock{lines: l, Name: name}, l
}

func TestController(t *testing.T) {
	app, _ := newApp()
	f, l := newFlock(app, "white")
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			l.add("use")
			resp := next(req)
			l.add("used %d", resp.Status())
			return resp
		}
	})
	app.Controller("/lambs", f)
	app.Get("/lambs-of-others", hello)
	c := requesttest.New(t, app)
	l.want(t, "open database")
	tests := []struct {
		description, method, path, body string
		wantStatus                      int
		want                            string
		wantFlock                       string
		wantLines                       []string
	}{
		{"the prefix", "GET", "/lambs", "", 200, "white7", "white",
			[]string{"use", "request /lambs", "response 200 false", "used 200"}},
		{"a route", "GET", "/lambs/3", "", 200, `{"name":"white","age":3}`, "white",
			[]string{"use", "request /lambs/3", "get 3", "response 200 false", "used 200"}},
		{"HEAD", "HEAD", "/lambs/3", "", 200, ``, "white",
			[]string{"use", "request /lambs/3", "get 3", "response 200 false", "used 200"}},
		{"nothing found", "GET", "/lambs/404", "", 404, "Not Found", "white",
			[]string{"use", "request /lambs/404", "get 404", "response 404 true", "used 404"}},
		{"an error of the handler", "GET", "/lambs/409", "", 409, "taken", "white",
			[]string{"use", "request /lambs/409", "get 409", "response 409 true", "used 409"}},
		{"a request that does not fit", "GET", "/lambs/tom", "", 400, "id must be an integer", "white",
			[]string{"use", "request /lambs/tom", "response 400 true", "used 400"}},
		{"a body", "POST", "/lambs", `{"name":"a"}`, 201, `{"name":"a","age":0}`, "white",
			[]string{"use", "request /lambs", "response 201 false", "used 201"}},
		{"a body that does not fit", "POST", "/lambs", `{}`, 422, `name is a required field`, "white",
			[]string{"use", "request /lambs", "response 422 true", "used 422"}},
		{"a panic", "GET", "/lambs/plain/panic", "", 500, "500", "white",
			[]string{"use", "request /lambs/plain/panic", "response 500 true", "used 500"}},
		{"denied", "GET", "/lambs/3?deny=problem", "", 403, "not today", "white",
			[]string{"use", "request /lambs/3", "response 403 true", "used 403"}},
		{"failed before the handler", "GET", "/lambs/3?deny=error", "", 500, "500", "white",
			[]string{"use", "request /lambs/3", "response 500 true", "used 500"}},
		{"a replaced response", "GET", "/lambs/3?replace=1", "", 203, "replaced", "",
			[]string{"use", "request /lambs/3", "get 3", "response 200 false", "used 203"}},
		{"a replaced error", "GET", "/lambs/tom?replace=1", "", 203, "replaced", "",
			[]string{"use", "request /lambs/tom", "response 400 true", "used 203"}},
		{"another route", "GET", "/lambs-of-others", "", 200, "hello", "", []string{"use", "used 200"}},
		{"no route", "GET", "/lambs/a/b", "", 404, "404", "", []string{"use", "used 404"}},
		{"no method", "DELETE", "/lambs", "", 405, "405", "", []string{"use", "used 405"}},
	}
	for _, tt := range tests {
		var with requesttest.With
		if tt.body != "" {
			with.JSON = json.RawMessage(tt.body)
		}
		resp := c.Do(tt.method, tt.path, with)
		if resp.Status != tt.wantStatus || !strings.Contains(resp.Text(), tt.want) || strings.Contains(resp.Text(), "SECRET") {
			t.Errorf("%s: %d %s, want %d %s", tt.description, resp.Status, resp.Text(), tt.wantStatus, tt.want)
		}
		if got := resp.Header.Get("X-Flock"); got != tt.wantFlock {
			t.Errorf("%s: X-Flock %q, want %q", tt.description, got, tt.wantFlock)
		}
		l.want(t, tt.wantLines...)
	}
	if url, err := app.URL("lamb of white", 3); err != nil || url != "/lambs/3" {
		t.Errorf("URL: %q, %v", url, err)
	}
}

// A panic before the handler is an answer like any other.
func TestOnRequestThatPanics(t *testing.T) {
	app, log := newApp()
	f, _ := newFlock(app, "white")
	app.Controller("/lambs", f)
	w := do(app, "GET", "/lambs/3?deny=panic")
	if w.Code != 500 || strings.Contains(w.Body.String(), "SECRET") || !strings.Contains(log.String(), "SECRET") {
		t.Errorf("%d %s, and the log says %s", w.Code, w.Body, log)
	}
}

// Services of controllers are those of the running app, also when it is started again.
func TestServicesOfControllers(t *testing.T) {
	app, _ := newApp()
	f, l := newFlock(app, "white")
	app.Controller("/lambs", f)
	app.OnStart(func(context.Context) error {
		l.add("start hook with %d", f.Herd.Count())
		return nil
	})
	if f.Herd != nil || f.DB != nil {
		t.Fatal("there are services before the start")
	}
	var databases []*database
	for range 2 {
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.want(t, "open database", "start hook with 7")
		single, err := soay.Service[*database](app)
		if err != nil || f.DB != single || f.Herd != herd(single) {
			t.Errorf("the controller has %p and %v, want %p, %v", f.DB, f.Herd, single, err)
		}
		databases = append(databases, f.DB)
		if w := do(app, "GET", "/lambs"); w.Body.String() != "white7" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		l.want(t, "request /lambs", "response 200 false")
		if err := app.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.want(t, "close database")
	}
	if databases[0] == databases[1] {
		t.Error("the second start has the services of the first one")
	}
}

// base has the fields that all controllers of a program share.
type base struct {
	Herd herd `inject:""`
}

type derived struct {
	base
	*aside
}

type aside struct {
	DB *database `inject:""`
}

// Routes implements soay.Controller.
func (d *derived) Routes(g soay.Group) {
	g.Get("/", func(soay.Request) soay.Response { return response.Text(fmt.Sprint(d.Herd.Count(), " ", d.DB.Count())) })
}

func TestServicesOfEmbeddedStructs(t *testing.T) {
	app, _ := newApp()
	addAll(app)
	app.Controller("/derived", &derived{aside: &aside{}})
	if w := do(app, "GET", "/derived"); w.Code != 200 || w.Body.String() != "7 7" {
		t.Errorf("%d %s, want 7 7", w.Code, w.Body)
	}
}

func TestControllersAtPrefixes(t *testing.T) {
	app, _ := newApp()
	white, _ := newFlock(app, "white")
	brown := &flock{lines: white.lines, Name: "brown"}
	app.Controller("/lambs", white)
	app.Controller("/lambs", brown, soay.ControllerOptions{Version: "v2", Tag: "brown"})
	app.Controller("/", plainFlock{"root"}, soay.ControllerOptions{Version: "v3"})
	app.Controller("", plainFlock{"bare"})
	app.Controller("/a/{x}", &plainFlock{"pointer"})
	app.Controller("/func", controllerFunc(func(g soay.Group) { g.Get("/f", hello) }))
	c := requesttest.New(t, app)
	for path, want := range map[string]string{
		"/lambs": "white7", "/v2/lambs": "brown7", "/lambs/3": `{"name":"white","age":3}`,
		"/v2/lambs/3": `{"name":"brown","age":3}`, "/v3": "root", "/": "bare", "/a/7": "pointer", "/func/f": "hello",
	} {
		if resp := c.Get(path); resp.Status != 200 || resp.Text() != want {
			t.Errorf("%s: %d %s, want %s", path, resp.Status, resp.Text(), want)
		}
	}
	if url, err := app.URL("lamb of brown", 3); err != nil || url != "/v2/lambs/3" {
		t.Errorf("URL: %q, %v", url, err)
	}
	if white.DB == nil || white.DB != brown.DB {
		t.Errorf("the controllers have the databases %p and %p", white.DB, brown.DB)
	}
}

type (
	hidden struct {
		herd herd `inject:""` //lint:ignore U1000 it is there to be refused
	}
	scopedFold struct {
		Unit *unit        `inject:""`
		Page *pageOf[int] `inject:""`
	}
	wanting struct {
		Fake fakeHerd `inject:""`
	}
	valueFold struct {
		Herd herd `inject:""`
	}
)

// Hooks that would never be called.
type (
	silentGuard   struct{}
	wrongGuard    struct{}
	pointerGuard  struct{}
	wrongResponse struct{}
)

func (silentGuard) OnRequest(soay.Request)                        {}
func (wrongGuard) OnRequest(soay.Request) *problem.Problem        { return nil }
func (*pointerGuard) OnRequest(soay.Request) error                { return nil }
func (wrongResponse) OnResponse(resp soay.Response) soay.Response { return resp }

func (silentGuard) Routes(soay.Group)   {}
func (wrongGuard) Routes(soay.Group)    {}
func (pointerGuard) Routes(soay.Group)  {}
func (wrongResponse) Routes(soay.Group) {}

func (*hidden) Routes(soay.Group)     {}
func (*scopedFold) Routes(soay.Group) {}
func (*wanting) Routes(soay.Group)    {}
func (valueFold) Routes(soay.Group)   {}

func TestControllerMistakes(t *testing.T) {
	var none *flock
	options := soay.ControllerOptions{}
	tests := []struct {
		description string
		make        func(*soay.App) string // returns the place of the mistake
		want        []string
	}{
		{"none", func(a *soay.App) string { a.Controller("/a", nil); return here() }, []string{"Controller: the controller is nil"}},
		{"a nil pointer", func(a *soay.App) string { a.Controller("/a", none); return here() },
			[]string{"Controller: the controller is nil"}},
		{"a nil function", func(a *soay.App) string { a.Controller("/a", controllerFunc(nil)); return here() },
			[]string{"Controller: the controller is nil"}},
		{"a field that is not exported", func(a *soay.App) string { a.Controller("/a", &hidden{}); return here() },
			[]string{"controller *soay_test.hidden: field herd: it cannot be set; export it, and register a pointer"}},
		{"no pointer", func(a *soay.App) string { a.Controller("/a", valueFold{}); return here() },
			[]string{"controller soay_test.valueFold: field Herd: it cannot be set; export it, and register a pointer"}},
		{"a scoped and a transient service", func(a *soay.App) string { a.Controller("/a", &scopedFold{}); return here() },
			[]string{"controller *soay_test.scopedFold: field Unit: *soay_test.unit is scoped; all requests share a controller, " +
				"so it takes singletons", "field Page: *soay_test.pageOf[int] is transient; all requests share a controller"}},
		{"a missing service", func(a *soay.App) string { a.Controller("/a", &wanting{}); return here() },
			[]string{"controller *soay_test.wanting: field Fake: ", "soay_test.fakeHerd: no such service"}},
		{"a prefix", func(a *soay.App) string { a.Controller("a", &flock{}); return here() }, []string{`Group: prefix "a"`}},
		{"a prefix behind a version", func(a *soay.App) string {
			a.Controller("a", &flock{}, soay.ControllerOptions{Version: "v1"})
			return here(-1)
		}, []string{`Group: prefix "a"`}},
		{"a version", func(a *soay.App) string {
			a.Controller("/a", &flock{}, soay.ControllerOptions{Version: "v/1"})
			return here(-1)
		}, []string{`Controller: the version "v/1" is no segment of a path`}},
		{"a guard without an error", func(a *soay.App) string { a.Controller("/a", silentGuard{}); return here() },
			[]string{"Controller: the method OnRequest of soay_test.silentGuard is never called; " +
				"it must be OnRequest(soay.Request) error, of what is registered"}},
		{"a guard with another error", func(a *soay.App) string { a.Controller("/a", &wrongGuard{}); return here() },
			[]string{"the method OnRequest of *soay_test.wrongGuard is never called"}},
		{"a guard of the pointer", func(a *soay.App) string { a.Controller("/a", pointerGuard{}); return here() },
			[]string{"the method OnRequest of soay_test.pointerGuard is never called"}},
		{"a hook without the request", func(a *soay.App) string { a.Controller("/a", wrongResponse{}); return here() },
			[]string{"the method OnResponse of soay_test.wrongResponse is never called; it must be " +
				"OnResponse(soay.Request, soay.Response) soay.Response, of what is registered"}},
		{"two options", func(a *soay.App) string { a.Controller("/a", &flock{}, options, options); return here() },
			[]string{"Controller: 2 options; pass one"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			addAll(app)
			place := tt.make(app)
			err := app.Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), "\n\t"+place+": ") {
				t.Fatalf("Start: %v, want the place %s", err, place)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Start: %v, want it to say %q", err, want)
				}
			}
		})
	}
}

// A mistake in a route of a controller is reported with the place of the route.
func TestMistakesInRoutesOfControllers(t *testing.T) {
	app, _ := newApp()
	var place string
	app.Controller("/a", controllerFunc(func(g soay.Group) { soay.Get(g, "/b", echoes[getLamb]); place = here() }))
	app.Controller("/c", plainFlock{"one"})
	app.Controller("/c", plainFlock{"two"})
	err := app.Start(t.Context())
	var setup *soay.SetupError
	if !errors.As(err, &setup) {
		t.Fatalf("Start: %v, want a SetupError", err)
	}
	var got []bool
	for _, e := range setup.Unwrap() {
		const conflict = "GET /c conflicts with GET /c at controller_test.go:"
		got = append(got, strings.HasPrefix(e.Error(), place+": ") || strings.Contains(e.Error(), conflict))
	}
	if diff := cmp.Diff([]bool{true, true}, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s\n%v", diff, err)
	}
}
