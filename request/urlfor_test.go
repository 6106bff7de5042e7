package request_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// link answers with the URL of a route.
func link(req soay.Request) soay.Response {
	u, err := req.URLFor("cat", "Tom & Jerry/2")
	return response.Text(fmt.Sprint(u, " ", err))
}

func TestURLFor(t *testing.T) {
	app := soay.New(soay.Options{Env: "production"})
	app.Group("/api").Get("/cats/{name}", link).Name("cat")
	app.Get("/middleware", link).Use(func(soay.Handler) soay.Handler { return link })
	soay.Get(app, "/typed", func(req soay.Request, _ struct{}) (soay.Response, error) { return link(req), nil })
	app.Get("/detached", func(req soay.Request) soay.Response { return link(req.Detach()) })
	app.HandleStatus(404, link)
	app.HandleStatus(405, link)
	c := requesttest.New(t, app)
	tests := []struct{ description, method, path string }{
		{"in a handler", "GET", "/api/cats/Minka"},
		{"in middleware", "GET", "/middleware"},
		{"in a typed handler", "GET", "/typed"},
		{"of a detached request", "GET", "/detached"},
		{"on an error page without a route", "GET", "/nowhere"},
		{"on an error page without a method", "PUT", "/typed"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			if got := c.Do(tt.method, tt.path).Text(); got != "/api/cats/Tom%20&%20Jerry%2F2 <nil>" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestURLForMistakes(t *testing.T) {
	app := soay.New(soay.Options{Env: "production"})
	app.Get("/cats/{int:id}", link).Name("cat")
	var err error
	app.Get("/", func(req soay.Request) soay.Response {
		var args []any
		for _, arg := range req.QueryValues()["arg"] {
			args = append(args, arg)
		}
		_, err = req.URLFor(req.Query("name"), args...)
		return response.NoContent()
	})
	for query, want := range map[string]string{
		"name=dog":             `soay: URL of route "dog": no route has this name`,
		"name=cat":             `soay: URL of route "cat": the value of {id} is missing`,
		"name=cat&arg=7&arg=8": `soay: URL of route "cat": 2 values for 1 parameters`,
		"name=cat&arg=Tom":     `soay: URL of route "cat": value "Tom" of {id} does not fit the pattern int`,
	} {
		serve(app, httptest.NewRequest("GET", "/?"+query, nil))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	const unit = `soay: URL of route "cat": the request has no routes; those of an app have, see requesttest.New`
	for name, req := range map[string]soay.Request{
		"a unit test": requesttest.Request("GET", "/"), "a detached one": requesttest.Request("GET", "/").Detach(),
	} {
		if u, err := req.URLFor("cat", 7); u != "" || err == nil || err.Error() != unit {
			t.Errorf("%s: %q, %v", name, u, err)
		}
	}
}

// Afterwards it is an error in production, logged once, and a panic in development, as of everything.
func TestURLForLate(t *testing.T) {
	for _, env := range []string{"production", "development"} {
		log := new(requesttest.Log)
		exchange := request.NewExchange(&request.Settings{
			Strict: env == "development", Logger: log.Logger(),
			URL: func(string, ...any) (string, error) { return "/found", nil },
		})
		kept := exchange.Begin(httptest.NewRequest("GET", "/", nil))
		exchange.End()
		exchange.Begin(httptest.NewRequest("GET", "/another", nil))
		panicked := panicOf(func() {
			u, err := kept.URLFor("cat", 7)
			if u != "" || err == nil || err.Error() != `soay: URL of route "cat": the request has ended` {
				t.Errorf("%s: %q, %v", env, u, err)
			}
		})
		if (panicked != "") != (env == "development") {
			t.Errorf("%s: the panic is %q", env, panicked)
		}
		if logged := strings.Count(log.String(), "after its handler returned"); (logged == 1) != (env == "production") {
			t.Errorf("%s: the log has\n%s", env, log)
		}
	}
}
