package bind_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/go-playground/validator/v10"
	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// visitor is a service that refuses strangers.
type visitor struct{ name string }

// Inputs that handlers bind themselves.
type (
	boundAll struct {
		ID    int    `path:"id"`
		Page  int    `query:"page" default:"1" validate:"gte=1"`
		Kind  string `header:"X-Kind" validate:"max=3"`
		Theme string `cookie:"theme"`
		Body  struct {
			Name string `json:"name" form:"name" validate:"required,notdog"`
			Age  int    `json:"age" form:"age" validate:"lte=30"`
		} `body:"json,form"`
		Who *visitor `inject:""`
	}
	boundForm struct {
		ID   int    `path:"id"`
		Name string `form:"name" validate:"required,max=5"`
	}
	boundBody struct {
		Name string `json:"name" validate:"required,max=5"`
	}
)

// ownRules is a validator with a rule of the application.
func ownRules(t testing.TB) *validator.Validate {
	t.Helper()
	v := validator.New()
	err := v.RegisterValidation("notdog", func(fl validator.FieldLevel) bool { return fl.Field().String() != "dog" })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func printed[T any](_ soay.Request, in T) (string, error) { return fmt.Sprintf("%+v", in), nil }

// binds is a plain handler that does what the typed one does.
func binds[T any](typed func(soay.Request, T) (string, error)) soay.Handler {
	return func(req soay.Request) soay.Response {
		in, err := soay.Bind[T](req)
		if err != nil {
			return response.Error(err)
		}
		text, err := typed(req, in)
		if err != nil {
			return response.Error(err)
		}
		return response.Text(text)
	}
}

// both registers a typed handler, and a plain one below /plain that binds the same input.
func both[T any](app *soay.App, pattern string, typed func(soay.Request, T) (string, error)) {
	soay.Post(app, pattern, typed)
	app.Post("/plain"+pattern, binds(typed))
}

// A plain handler that binds answers as a typed one does, whatever the request.
func TestBindAnswersAsTypedHandlersDo(t *testing.T) {
	app, _ := newApp(soay.Options{Validator: ownRules(t)})
	soay.AddScoped[*visitor](app, func(req soay.Request) (*visitor, error) {
		if req.Header("Authorization") == "" {
			return nil, problem.New(401, "who are you?")
		}
		return &visitor{"Ada"}, nil
	})
	both(app, "/everywhere/{id}", func(_ soay.Request, in boundAll) (string, error) {
		return fmt.Sprintln(in.ID, in.Page, in.Kind, in.Theme, in.Body, in.Who.name), nil
	})
	both(app, "/form/{id}", printed[boundForm])
	both(app, "/body", printed[boundBody])
	both(app, "/again", func(_ soay.Request, in soay.Form[boundBody]) (string, error) {
		return fmt.Sprintln(in.Valid(), in.Value, in.Raw, in.Errors), nil
	})
	both(app, "/nothing", printed[struct{}])
	c := requesttest.New(t, app)
	const ada = "Authorization=ada"
	tests := []struct {
		path, header, contentType, body string
		wantStatus                      int
	}{
		{"/everywhere/7?page=2", ada + ",X-Kind=a,Cookie=theme=dark", jsonType, `{"name":"Minka","age":4}`, 200},
		{"/everywhere/7", ada, formType, `name=Minka&age=4`, 200},
		{"/everywhere/7", "", jsonType, `{"name":`, 401},
		{"/everywhere/x?page=0", ada, jsonType, `{"age":31}`, 400},
		{"/everywhere/7?page=0", ada + ",X-Kind=long", jsonType, `{"name":"dog","age":31}`, 422},
		{"/everywhere/7", ada, jsonType, `{"name":`, 400},
		{"/everywhere/7", ada, jsonType, ``, 400},
		{"/everywhere/7", ada, "image/png", `x`, 415},
		{"/everywhere/7", ada + ",Content-Encoding=gzip", jsonType, `{}`, 415},
		{"/everywhere/7", ada, jsonType, strings.Repeat(" ", 2<<20), 413},
		{"/everywhere/7", ada + ",Accept-Language=de", jsonType, `{"age":31}`, 422},
		{"/everywhere/7", ada + ",Accept=text/html", jsonType, `{"age":31}`, 422},
		{"/form/7", "", formType, "name=Ada", 200},
		{"/form/7", "", formType, "name=Ada+Lovelace", 422},
		{"/body", "", jsonType, `{"name":"Ada"}`, 200},
		{"/body", "", jsonType, `{"name":7}`, 400},
		{"/again", "", formType, "name=Ada+Lovelace", 200},
		{"/again", "", jsonType, `{}`, 415},
		{"/nothing", "", "", "", 200},
	}
	for _, tt := range tests {
		h := http.Header{"Accept": {"application/json"}}
		for pair := range strings.SplitSeq(tt.header, ",") {
			if name, value, ok := strings.Cut(pair, "="); ok {
				h.Set(name, value)
			}
		}
		if tt.contentType != "" {
			h.Set("Content-Type", tt.contentType)
		}
		ask := func(path string) *requesttest.Response {
			return c.Post(path, requesttest.With{Header: h, Body: strings.NewReader(tt.body)})
		}
		typed, plain := ask(tt.path), ask("/plain"+tt.path)
		for _, r := range []*requesttest.Response{typed, plain} {
			r.Header.Del("Date")
		}
		if plain.Status != tt.wantStatus {
			t.Errorf("%s %.30s: %d %s, want %d", tt.path, tt.body, plain.Status, plain.Text(), tt.wantStatus)
		}
		if diff := cmp.Diff(typed.Text(), plain.Text()); diff != "" {
			t.Errorf("%s %.30s (-typed +plain):\n%s", tt.path, tt.body, diff)
		}
		if diff := cmp.Diff(typed.Header, plain.Header); diff != "" {
			t.Errorf("%s %.30s, header (-typed +plain):\n%s", tt.path, tt.body, diff)
		}
	}
}

// A mistake in a type is a 500 each time, and the log says what it is. The client learns nothing.
func TestMistakesOfBind(t *testing.T) {
	type wrongTag struct {
		A int    `query:""`
		B string `query:"b" validate:"oneoff=a"`
	}
	type wrongPath struct {
		ID int `path:"number"`
	}
	type missingService struct {
		Who *visitor `inject:""`
	}
	type wrongForm struct {
		F soay.Form[int]
	}
	app, log := newApp()
	app.Post("/tag/{id}", binds(printed[wrongTag]))
	app.Post("/path/{id}", binds(printed[wrongPath]))
	app.Post("/service/{id}", binds(printed[missingService]))
	app.Post("/form/{id}", binds(printed[wrongForm]))
	app.Post("/int/{id}", binds(printed[int]))
	tests := []struct{ path, want string }{
		{"/tag/7", "bind: bind_test.wrongTag cannot be bound: field A of bind_test.wrongTag: the tag query has no name\n" +
			`field B of bind_test.wrongTag: rules: unknown rule "oneoff"`},
		{"/path/7", `bind: bind_test.wrongPath cannot be bound: it takes the parameter "number" of the path, which the route does not have`},
		{"/service/7", "request: resolve *bind_test.visitor: no such service"},
		{"/form/7", "bind: bind_test.wrongForm cannot be bound: field F of bind_test.wrongForm: a int cannot be the body"},
		{"/int/7", "bind: int cannot be bound: the input int is no struct"},
	}
	for _, tt := range tests {
		for range 2 {
			w := do(app, "POST", tt.path, "Accept", "application/json")
			if got := w.Body.String(); w.Code != 500 || got != `{"status":500,"title":"Internal Server Error"}` {
				t.Errorf("%s: %d %s", tt.path, w.Code, got)
			}
			records := log.Records("request failed")
			if len(records) != 1 || !strings.Contains(fmt.Sprint(records[0]["error"]), tt.want) {
				t.Errorf("%s: the log has %v, want %q", tt.path, records, tt.want)
			}
			log.Reset()
		}
	}
}

// A request of a unit test is bound by the rules of the library.
func TestBindInUnitTests(t *testing.T) {
	route := func(method, path string, with requesttest.With) request.Request {
		with.Pattern = "/form/{id}"
		with.Header = http.Header{"Content-Type": {formType}}
		return requesttest.Request(method, path, with)
	}
	in, err := soay.Bind[boundForm](route("POST", "/form/7", requesttest.With{Body: strings.NewReader("name=Ada")}))
	if err != nil || in != (boundForm{7, "Ada"}) {
		t.Errorf("%+v, %v", in, err)
	}
	in, err = soay.Bind[boundForm](route("POST", "/form/x", requesttest.With{Body: strings.NewReader("name=")}))
	if got := summary(err); got != "400 path id integer" || in != (boundForm{}) {
		t.Errorf("%+v, %s", in, got)
	}
	_, err = soay.Bind[boundForm](requesttest.Request("POST", "/form/7"))
	if err == nil || !strings.Contains(err.Error(), `"id"`) {
		t.Errorf("without a route: %v", err)
	}
	_, err = soay.Bind[boundAll](requesttest.Request("POST", "/", requesttest.With{}))
	if err == nil || !strings.Contains(err.Error(), `unknown rule "notdog"`) {
		t.Errorf("with a rule of an app: %v", err)
	}
	_, err = soay.Bind[struct {
		Who *visitor `inject:""`
	}](requesttest.Request("GET", "/"))
	if err == nil || !strings.Contains(err.Error(), "requesttest.New") {
		t.Errorf("with a service: %v", err)
	}
}

// Many goroutines bind new types at once, while others are bound and compiled already.
func TestBindConcurrently(t *testing.T) {
	app, _ := newApp(soay.Options{Validator: ownRules(t)})
	soay.Post(app, "/body", printed[boundBody])
	app.Post("/plain/body", binds(printed[boundBody]))
	app.Post("/tree", binds(printed[struct {
		Trees []tree    `json:"trees" validate:"max=3"`
		Body  boundBody `json:"body"`
	}]))
	app.Post("/leaf", binds(printed[tree]))
	app.Post("/wrong", binds(printed[struct{ Body []func() }]))
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		for path, want := range map[string]int{"/body": 400, "/plain/body": 400, "/tree": 400, "/leaf": 400, "/wrong": 500} {
			group.Go(func() {
				for range 20 {
					if w := do(app, "POST", path, "Content-Type", jsonType); w.Code != want {
						t.Errorf("%s: %d %s, want %d", path, w.Code, w.Body, want)
					}
				}
			})
		}
	}
	group.Wait()
}

// Several calls in one request get the same, each in a value of its own.
func TestBindTwice(t *testing.T) {
	req := post(jsonType, `{"name":"Ada"}`)
	type lists struct {
		Name bind.Optional[string] `json:"name"`
		Tags []string              `json:"tags"`
	}
	one, err1 := soay.Bind[lists](req)
	two, err2 := soay.Bind[lists](req)
	_, err3 := soay.Bind[boundBody](req)
	if err := errors.Join(err1, err2, err3); err != nil || !reflect.DeepEqual(one, two) || one.Name.Or("") != "Ada" {
		t.Errorf("%v and %v, %v", one, two, err)
	}
}

// A detached request has its body if that was read before, and singletons.
func TestBindOfDetachedRequests(t *testing.T) {
	type both struct {
		ID   int       `path:"id"`
		Body boundBody `body:"json"`
		All  *visitor  `inject:""`
	}
	type scoped struct {
		One visitor `inject:""`
	}
	app, _ := newApp()
	soay.AddInstance(app, &visitor{"all"})
	soay.AddScoped[visitor](app, func() visitor { return visitor{"one"} })
	kept := map[string]soay.Request{}
	app.Post("/{id}", func(req soay.Request) soay.Response {
		if req.Param("id") == "1" {
			if _, err := req.Bytes(); err != nil {
				return response.Error(err)
			}
		}
		kept[req.Param("id")] = req.Detach()
		return response.NoContent()
	})
	c := requesttest.New(t, app)
	for _, id := range []string{"1", "2"} {
		c.Post("/"+id, requesttest.With{JSON: map[string]string{"name": "Ada"}})
	}
	in, err := soay.Bind[both](kept["1"])
	if err != nil || in.ID != 1 || in.Body.Name != "Ada" || in.All.name != "all" {
		t.Errorf("with its body: %+v, %v", in, err)
	}
	if in, err := soay.Bind[both](kept["2"]); err == nil || in.ID != 0 {
		t.Errorf("without its body: %+v, %v, want an error", in, err)
	}
	if in, err := soay.Bind[scoped](kept["1"]); err == nil {
		t.Errorf("a scoped service: %+v, want an error", in)
	}
}

// A request that has ended is a misuse and an error, also for an input that would be empty. Nobody gets the data of another.
func TestBindOfLateRequests(t *testing.T) {
	log := new(requesttest.Log)
	state := request.NewExchange(&request.Settings{Logger: log.Logger()})
	late := state.Begin(httptest.NewRequest("POST", "/?id=1", strings.NewReader("name=Ada")))
	state.End()
	state.Begin(httptest.NewRequest("POST", "/?id=2", strings.NewReader("name=Bob")))
	in, err := soay.Bind[struct {
		ID string `query:"id"`
	}](late)
	none, err2 := soay.Bind[struct{}](late)
	form, err3 := soay.Bind[soay.Form[boundBody]](late)
	if err == nil || err2 == nil || err3 == nil || in.ID != "" || form.Raw != nil {
		t.Errorf("a late request has %+v, %+v and %+v: %v, %v, %v", in, none, form, err, err2, err3)
	}
	if _, ok := errors.AsType[*bind.Error](err); ok || problem.StatusOf(err) != 500 {
		t.Errorf("the error %v blames the client", err)
	}
	if n := strings.Count(log.String(), "used after its handler returned"); n != 1 {
		t.Errorf("the misuse was logged %d times: %s", n, log)
	}
}

// ends finishes the request while it is bound.
type ends struct{ state *request.Exchange }

// A request that ends while it is bound is an error: what was read last may be missing.
func TestBindWhileTheRequestEnds(t *testing.T) {
	log := new(requesttest.Log)
	state := request.NewExchange(&request.Settings{Logger: log.Logger()})
	req := state.Begin(httptest.NewRequest("POST", "/", nil))
	ending.Set(req, ends{state})
	if in, err := soay.Bind[endsItself](req); err == nil || in.Done {
		t.Errorf("%+v, %v, want an error", in, err)
	}
}

var ending = request.NewKey[ends]("ending")

type endsItself struct{ Done bool }

func (e *endsItself) BindRequest(req request.Request) error {
	of, _ := ending.Get(req)
	of.state.End()
	e.Done = true
	return nil
}
