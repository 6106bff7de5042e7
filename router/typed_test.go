package router_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/bind/languages/de"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// takes registers a typed handler that says what it got.
func takes[In any](to router.Routes, text string) *router.Route {
	method, pattern := cutSpace(text)
	return router.HandleTyped(to, method, pattern, func(_ request.Request, in In) (response.Response, error) {
		return response.Status(http.StatusOK).WithHeader("Answer", fmt.Sprintf("%+v", in)), nil
	})
}

// Inputs of the tests.
type (
	byID struct {
		ID int `path:"id"`
	}
	byOwner struct {
		Owner string `path:"owner"`
		ID    int    `path:"id"`
		Loud  bool   `query:"loud"`
	}
	byTail struct {
		Tail string `path:"tail"`
	}
	search struct {
		Q string `query:"q"`
	}
	stated struct {
		Name string `json:"name"`
	}
	filled struct {
		Name string `form:"name"`
	}
	enclosed struct {
		ID   int    `path:"id"`
		Body stated `body:"json"`
	}
	served struct {
		ID  int      `path:"id"`
		Log *journal `inject:""`
	}
	selfMade struct{ path string }
	half     struct {
		Q    string `query:"q"`
		Self selfMade
	}
	page[T any] struct {
		Number T `query:"page"`
	}
	journal  struct{}
	mistaken struct {
		A int    `query:""`
		B string `query:"b" validate:"nosuchrule"`
		C func() `query:"c"`
		D int    `query:"d" default:"x"`
	}
)

func (s *selfMade) BindRequest(req request.Request) error {
	s.path = req.Path()
	return nil
}

func TestTypedRoutes(t *testing.T) {
	r := router.New(lenient)
	root := r.Root()
	takes[byID](root, "GET /cats/{id}")
	takes[byID](root, "GET /numbers/{int:id}")
	takes[struct{}](root, "GET /free/{id}")
	takes[byTail](root, "GET /files/*")
	takes[selfMade](root, "GET /self/{id}")
	takes[half](root, "GET /half/{id}")
	takes[page[int]](root, "GET /pages")
	takes[byOwner](root.Group("/owners/{owner}").Group("/cats"), "GET /{id}")
	takes[byID](root, "PURGE /cats/{id}")
	askAll(t, build(t, r), []asked{
		{"a parameter", "GET /cats/7", "{ID:7}"},
		{"a sign", "GET /cats/-7", "{ID:-7}"},
		{"what is no number", "GET /cats/tom", "400"},
		{"a number that is too large", "GET /cats/9223372036854775808", "400"},
		{"an escaped number", "GET /cats/%37", "{ID:7}"},
		{"another method", "PURGE /cats/7", "{ID:7}"},
		{"a method that is not there", "POST /cats/7", "405 Allow: GET, HEAD, OPTIONS, PURGE"},
		{"HEAD", "HEAD /cats/7", "{ID:7}"},
		{"a value pattern", "GET /numbers/7", "{ID:7}"},
		{"a value pattern that does not fit", "GET /numbers/tom", "404"},
		{"a value pattern that fits more than the type", "GET /numbers/9223372036854775808", "400"},
		{"an input that takes nothing", "GET /free/7", "{}"},
		{"a catch-all", "GET /files/a/b%2Fc", "{Tail:a/b/c}"},
		{"an input that binds itself", "GET /self/7", "{path:/self/7}"},
		{"a field that binds itself", "GET /half/7?q=a", "{Q:a Self:{path:/half/7}}"},
		{"a generic input", "GET /pages?page=3", "{Number:3}"},
		{"parameters of a group", "GET /owners/anna/cats/7?loud=1", "{Owner:anna ID:7 Loud:true}"},
		{"a slash at the end", "GET /cats/7/", "{ID:7}"},
	})
}

func TestTypedMistakes(t *testing.T) {
	tests := []struct {
		description string
		register    func(router.Group)
		want        []string // all mistakes, in their order
	}{
		{"an input that is no struct", func(g router.Group) { takes[int](g, "GET /") }, []string{"the input int is no struct"}},
		{"a pointer to a struct", func(g router.Group) { takes[*byID](g, "GET /{id}") },
			[]string{"the input *router_test.byID is no struct"}},
		{"an interface", func(g router.Group) { takes[any](g, "GET /") }, []string{"the input interface {} is no struct"}},
		{"a slice", func(g router.Group) { takes[[]stated](g, "POST /") },
			[]string{"the input []router_test.stated is no struct"}},
		{"a parameter that the pattern does not have", func(g router.Group) { takes[byID](g, "GET /cats") },
			[]string{`router_test.byID takes the parameter "id" of the path, which the pattern does not have`}},
		{"a parameter of another name", func(g router.Group) { takes[byID](g, "GET /{ID}") },
			[]string{`takes the parameter "id" of the path`, `no field of router_test.byID takes the parameter "ID"`}},
		{"a parameter that no field takes", func(g router.Group) { takes[search](g, "GET /{id}") },
			[]string{`no field of router_test.search takes the parameter "id" of the pattern`}},
		{"two of them", func(g router.Group) { takes[search](g, "GET /{a}/{b}") },
			[]string{`takes the parameter "a"`, `takes the parameter "b"`}},
		{"a parameter of the group that no field takes",
			func(g router.Group) { takes[byID](g.Group("/{owner}"), "GET /{id}") }, []string{`takes the parameter "owner"`}},
		{"a catch-all that no field takes", func(g router.Group) { takes[search](g, "GET /*") },
			[]string{`takes the parameter "tail"`}},
		{"a body and a parameter that no field takes", func(g router.Group) { takes[stated](g, "PUT /{id}") },
			[]string{`no field of router_test.stated takes the parameter "id"`}},
		{"a JSON body of GET", func(g router.Group) { takes[stated](g, "GET /") },
			[]string{"router_test.stated takes a body, which GET requests do not have"}},
		{"a form of GET", func(g router.Group) { takes[filled](g, "GET /") }, []string{"takes a body, which GET"}},
		{"a field with the body of HEAD", func(g router.Group) { takes[enclosed](g, "HEAD /{id}") },
			[]string{"takes a body, which HEAD"}},
		{"a body of TRACE", func(g router.Group) { takes[stated](g, "TRACE /") }, []string{"takes a body, which TRACE"}},
		{"a body of GET and a parameter too much", func(g router.Group) { takes[stated](g, "GET /{id}") },
			[]string{"takes a body, which GET", `takes the parameter "id"`}},
		{"a wrong pattern is one mistake", func(g router.Group) { takes[byID](g, "GET /{id") }, []string{`pattern "/{id"`}},
		{"a pattern without a slash is one mistake", func(g router.Group) { takes[byID](g, "GET cats/{id}") }, []string{"cats/{id}"}},
		{"a wrong method", func(g router.Group) { takes[byID](g, "get /{id}") }, []string{`method "get" is spelled GET`}},
		{"all mistakes of a type", func(g router.Group) { takes[mistaken](g, "GET /") }, []string{
			"route GET /: field A of router_test.mistaken: the tag query has no name", "field B of router_test.mistaken: ",
			"field C of router_test.mistaken: ", `field D of router_test.mistaken: the default "x" is no integer`}},
		{"one type at two routes", func(g router.Group) { takes[int](g, "GET /a"); takes[int](g, "GET /b") },
			[]string{"route GET /a: the input int", "route GET /b: the input int"}},
		{"no handler", func(g router.Group) { router.HandleTyped[byID, int](g, "GET", "/{id}", nil) },
			[]string{"route /{id}: the handler is nil"}},
		{"no handler, and an input that does not fit", func(g router.Group) { router.HandleTyped[byID, int](g, "GET", "/x", nil) },
			[]string{"route /x: the handler is nil", `takes the parameter "id"`}},
		{"no handler, and neither input nor output", func(g router.Group) { router.HandleTyped[int, func()](g, "GET", "/x", nil) },
			[]string{"the handler is nil", "the output func()", "the input int"}},
		{"a service where there are none", func(g router.Group) { takes[served](g, "GET /{id}") },
			[]string{"route GET /{id}: field Log of router_test.served: there are no services"}},
		{"a typed route that conflicts", func(g router.Group) { takes[byID](g, "GET /{id}"); g.Get("/{x}", named("x")) },
			[]string{"route GET /{x} conflicts with GET /{id}"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			r := router.New(lenient)
			tt.register(r.Root())
			got := strings.Split(buildError(r), "\n")
			if len(got) != len(tt.want) {
				t.Fatalf("got %d mistakes, want %d: %q", len(got), len(tt.want), got)
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) || !strings.HasPrefix(got[i], "typed_test.go:") {
					t.Errorf("got %q, want %q with its place", got[i], want)
				}
			}
		})
	}
}

// Methods without meaning for a body but with one in their definition take one.
func TestBodiesByMethod(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"} {
		r := router.New(lenient)
		takes[stated](r.Root(), method+" /")
		if got := buildError(r); got != "" {
			t.Errorf("%s: %s", method, got)
		}
	}
}

func TestServiceThatIsMissing(t *testing.T) {
	r := router.New(lenient)
	source := router.Source()
	takes[served](r.Root(), "GET /a/{id}")
	var container inject.Container
	services, err := container.Compile()
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Build(router.Config{Services: services})
	const want = ": route GET /a/{id}: field Log of router_test.served: *router_test.journal: no such service"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("Build: %v, want %s", err, want)
	}
	if file, _, _ := strings.Cut(source, ":"); !strings.HasPrefix(err.Error(), file+":") {
		t.Errorf("Build: %v, want it to start with the place", err)
	}
}

// The report says where the user has called the generic function, through his own generic functions too.
func TestSourceOfTypedRoutes(t *testing.T) {
	r := router.New(lenient)
	source := router.Source()
	router.HandleTyped(r.Root(), "GET", "/a", func(request.Request, search) (int, error) { return 0, nil }) // one line below
	if got, want := r.Routes()[0].Source, nextLine(t, source); got != want {
		t.Errorf("source %s, want %s", got, want)
	}
	source = router.Source()
	router.HandleTyped(r.Root().Group("/g"), "GET", "/b", func(request.Request, page[string]) (page[int], error) { return page[int]{}, nil })
	if got, want := r.Routes()[1].Source, nextLine(t, source); got != want {
		t.Errorf("source %s, want %s", got, want)
	}
}

// What was registered too late is reported and changes nothing, whatever is wrong with it.
func TestLateTypedRoutes(t *testing.T) {
	tests := []struct {
		description string
		register    func(router.Group)
	}{
		{"a route", func(g router.Group) {
			takes[byID](g, "GET /late/{id}").Name("late").Doc(router.Doc{Summary: "late"}).MaxBody(1)
		}},
		{"a route of a group", func(g router.Group) { takes[byID](g.Group("/late"), "GET /{id}") }},
		{"an input that is none", func(g router.Group) { takes[int](g, "GET /late/{id}") }},
		{"an output that is none", func(g router.Group) {
			router.HandleTyped(g, "GET", "/late/{id}", func(request.Request, byID) (chan int, error) { return nil, nil })
		}},
		{"no handler", func(g router.Group) { router.HandleTyped[byID, int](g, "GET", "/late/{id}", nil) }},
		{"a wrong pattern", func(g router.Group) { takes[byID](g, "GET {") }},
		{"tags", func(g router.Group) { g.Tags("late") }},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			var late []string
			r := router.New(router.Options{Late: func(err error) { late = append(late, err.Error()) }})
			takes[byID](r.Root(), "GET /cats/{id}")
			table := build(t, r)
			tt.register(r.Root())
			if len(late) == 0 || !strings.HasPrefix(late[0], "typed_test.go:") || !strings.Contains(late[0], "the app has started") {
				t.Errorf("told %q, want a line with its place", late)
			}
			if got := r.Operations(); len(got) != 1 || got[0].Doc.Summary != "" || got[0].Doc.Tags != nil {
				t.Errorf("operations %v, want those from before", got)
			}
			for text, want := range map[string]string{"GET /cats/7": "{ID:7}", "GET /late/7": "404"} {
				if got := ask(t, table, text); got != want {
					t.Errorf("%s: %s, want %s", text, got, want)
				}
			}
		})
	}
}

// lists is something with Handle that keeps no routes.
type lists []string

// Handle implements router.Routes.
func (l *lists) Handle(method, pattern string, _ router.Handler) *router.Route {
	*l = append(*l, method+" "+pattern)
	return nil
}

// recorded passes routes on.
type recorded struct {
	router.Group
	lists
}

// Handle implements router.Routes.
func (r *recorded) Handle(method, pattern string, h router.Handler) *router.Route {
	r.lists.Handle(method, pattern, h)
	return r.Group.Handle(method, pattern, h)
}

func TestOwnRoutes(t *testing.T) {
	var l lists
	if got := takes[byID](&l, "GET /cats/{id}"); got != nil {
		t.Errorf("got the route %v, want what Handle has returned", got)
	}
	r := router.New(lenient)
	own := &recorded{Group: r.Root().Group("/own")}
	takes[byID](own, "GET /cats/{id}").Name("cat")
	if got := ask(t, build(t, r), "GET /own/cats/7"); got != "{ID:7}" {
		t.Errorf("got %s", got)
	}
	if len(l) != 1 || len(own.lists) != 1 {
		t.Errorf("registered %v and %v", l, own.lists)
	}
}

// A compiler that is handed in judges by its own rules.
func TestCompilerOfTheRouter(t *testing.T) {
	c := bind.NewCompiler(nil)
	r := router.New(router.Options{Compiler: c})
	takes[byID](r.Root(), "GET /{id}")
	build(t, r)
	plan, err := c.Plan(typeOf[byID]())
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Operations()[0].Input; got != plan {
		t.Errorf("the plan %p is not that of the compiler, %p", got, plan)
	}
}

// The error of a request that does not fit tells its language, and that it depends on what the client likes.
func TestRefusedRequests(t *testing.T) {
	r := router.New(router.Options{Compiler: bind.NewCompiler(nil, de.Language())})
	takes[byID](r.Root(), "GET /{id}")
	table := build(t, r)
	for accept, want := range map[string]string{"": "en", "de-AT, en;q=0.5": "de", "xx": "en", "*": "en"} {
		hr := newHTTP(t, "GET", "/tom")
		if accept != "" {
			withHeader("Accept-Language", accept)(hr)
		}
		resp := serve(table, new(router.Matcher), hr)
		if e, ok := resp.Err().(*bind.Error); !ok || e.Language != want {
			t.Errorf("accepting %q: error %v, want one in %q", accept, resp.Err(), want)
		}
		if got := resp.Header("Vary"); got != "Accept-Language" {
			t.Errorf("accepting %q: Vary %q", accept, got)
		}
		if _, ok := resp.Err().(*bind.Error); !ok || !response.StateOf(resp).NeedsPage() || resp.Status() != 400 {
			t.Errorf("accepting %q: status %d, error %T", accept, resp.Status(), resp.Err())
		}
	}
}
