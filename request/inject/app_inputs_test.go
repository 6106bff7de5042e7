package inject_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response/problem"
)

// served is an input with a service of each lifetime.
type served struct {
	ID    int          `path:"id"`
	Herd  herd         `inject:""`
	DB    *database    `inject:""`
	Unit  *visit       `inject:""`
	Page  *pageOf[int] `inject:""`
	Again *visit       `inject:""`
}

func TestServicesOfInputs(t *testing.T) {
	app, _ := newApp()
	l := addAll(app)
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.AfterResponse(func(o request.Outcome) { l.add("after %d", o.Status) })
			return next(req)
		}
	})
	soay.Get(app, "/units/{id}", func(req soay.Request, in served) (string, error) {
		other, err := soay.Resolve[*visit](req)
		if in.Unit != in.Again || in.Unit != other || err != nil {
			t.Errorf("the units of one request are %p, %p and %p, %v", in.Unit, in.Again, other, err)
		}
		if single, err := soay.Service[*database](app); single != in.DB || err != nil {
			t.Errorf("the singletons are %p and %p, %v", in.DB, single, err)
		}
		l.add("handle %d with %d and %v", in.ID, in.Herd.Count(), in.Page != nil)
		return "", nil
	})
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.want(t, "open database")
	for _, id := range []string{"1", "2"} {
		if w := do(app, "GET", "/units/"+id); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		path := "/units/" + id
		l.want(t, "make visit of "+path, "make page", "handle "+id+" with 7 and true", "after 200", "close page",
			"close visit of "+path)
	}
	if w := do(app, "GET", "/units/tom"); w.Code != 400 {
		t.Errorf("%d %s, want 400", w.Code, w.Body)
	}
	l.want(t, "after 400") // nothing is made for a request that does not fit
	if err := errors.Join(app.Stop(t.Context()), app.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	l.want(t, "close database", "open database")
	do(app, "GET", "/units/3") // with the services of the second start
	l.want(t, "make visit of /units/3", "make page", "handle 3 with 7 and true", "after 200", "close page",
		"close visit of /units/3")
}

// Inputs with every kind of body can have services, and no request can set their fields.
func TestServicesCannotBeSent(t *testing.T) {
	app, _ := newApp()
	soay.AddInstance[herd](app, fakeHerd(7))
	type mixed struct {
		Herd herd `inject:""`
		Body struct {
			Age int `json:"age" form:"age"`
		} `body:"json,form"`
	}
	type embedded struct{ mixed }
	count := func(_ soay.Request, in mixed) (int, error) { return in.Herd.Count() + in.Body.Age, nil }
	soay.Post(app, "/mixed", count)
	soay.Post(app, "/embedded", func(req soay.Request, in embedded) (int, error) { return count(req, in.mixed) })
	for _, path := range []string{"/mixed", "/embedded"} {
		r := httptest.NewRequest("POST", path+"?Herd=1&herd=2", strings.NewReader(`{"name":"a","age":2,"Herd":5}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if got := w.Body.String(); w.Code != 200 || got != "9" {
			t.Errorf("%s: %d %s, want 9", path, w.Code, got)
		}
	}
}

func TestServicesOfInputsThatFail(t *testing.T) {
	app, log := newApp()
	l := new(lines)
	fail := func(text string) func() (herd, error) {
		return func() (herd, error) { return nil, errors.New(text) }
	}
	soay.AddInstance(app, l)
	soay.AddScoped[*visit](app, func(req soay.Request, l *lines) *visit { return &visit{l, req.Path()} })
	soay.AddScoped[herd](app, fail("SECRET of the factory"))
	soay.AddTransient[fakeHerd](app, func() (fakeHerd, error) { return 0, problem.New(503, "come back later") })
	soay.AddTransient[*database](app, func() *database { panic("SECRET of the panic") })
	ran := false
	soay.Get(app, "/fails", func(soay.Request, struct {
		Unit *visit `inject:""`
		Herd herd   `inject:""`
	}) (int, error) {
		ran = true
		return 0, nil
	})
	soay.Get(app, "/problem", func(soay.Request, struct {
		Herd fakeHerd `inject:""`
	}) (int, error) {
		ran = true
		return 0, nil
	})
	soay.Get(app, "/panics", func(soay.Request, struct {
		DB *database `inject:""`
	}) (int, error) {
		ran = true
		return 0, nil
	})
	tests := []struct {
		path       string
		wantStatus int
		want       string
	}{
		{"/fails", 500, `{"status":500,"title":"Internal Server Error"}`},
		{"/problem", 503, `{"detail":"come back later","status":503,"title":"Service Unavailable"}`},
		{"/panics", 500, `{"status":500,"title":"Internal Server Error"}`},
	}
	for _, tt := range tests {
		w := do(app, "GET", tt.path)
		if got := w.Body.String(); w.Code != tt.wantStatus || got != tt.want {
			t.Errorf("%s: %d %s, want %d %s", tt.path, w.Code, got, tt.wantStatus, tt.want)
		}
	}
	l.want(t, "close visit of /fails") // made before the one that failed
	if ran {
		t.Error("a handler ran without its services")
	}
	if n := len(log.Records("request failed")); n != len(tests) {
		t.Errorf("%d lines in the log, want %d: %s", n, len(tests), log)
	}
}

// Services of requests that end badly are closed as well.
func TestServicesOfInputsAreClosed(t *testing.T) {
	app, _ := newApp()
	l := new(lines)
	soay.AddInstance(app, l)
	soay.AddScoped[*visit](app, func(req soay.Request, l *lines) *visit { return &visit{l, req.Path()} })
	type input struct {
		How  string `path:"how"`
		Unit *visit `inject:""`
	}
	soay.Get(app, "/{how}", func(_ soay.Request, in input) (*int, error) {
		switch in.How {
		case "panic":
			panic("handler")
		case "error":
			return nil, problem.New(409, "")
		}
		return nil, nil
	})
	for how, want := range map[string]int{"panic": 500, "error": 409, "nil": 404} {
		if w := do(app, "GET", "/"+how); w.Code != want {
			t.Errorf("%s: %d, want %d", how, w.Code, want)
		}
		l.want(t, "close visit of /"+how)
	}
}
