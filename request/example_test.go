package request_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

func Example() {
	show := func(req request.Request) response.Response {
		return response.Text("cat " + req.Param("id") + " in " + req.Query("lang"))
	}
	req := requesttest.Request("GET", "/cats/7?lang=en", requesttest.With{Pattern: "/cats/{id}"})
	fmt.Println(show(req).Status(), req.Path(), req.Param("id"), req.Query("lang"))
	// Output: 200 /cats/7 7 en
}

func ExampleRequest_JSON() {
	req := requesttest.Request("POST", "/cats", requesttest.With{JSON: map[string]any{"name": "Tom", "lives": 9}})
	var cat struct {
		Name  string `json:"name"`
		Lives int    `json:"lives"`
	}
	if err := req.JSON(&cat); err != nil {
		fmt.Println(err) // a handler returns response.Error(err)
		return
	}
	fmt.Println(cat.Name, cat.Lives)

	req = requesttest.Request("POST", "/cats", requesttest.With{JSON: map[string]any{"name": 7}})
	fmt.Print(problem.From(req.JSON(&cat)).Text())
	// Output:
	// Tom 9
	// 400 Bad Request: The JSON body is not acceptable: number does not fit the target.
}

func ExampleRequest_Form() {
	fields := url.Values{"name": {"Tom"}, "colour": {""}}
	req := requesttest.Request("POST", "/cats", requesttest.With{Form: fields})
	form, err := req.Form()
	fmt.Println(form.Get("name"), form.Has("colour"), err)
	// Output: Tom true <nil>
}

func ExampleRequest_Detach() {
	req := requesttest.Request("GET", "/report/7", requesttest.With{Pattern: "/report/{id}"})
	job := req.Detach() // the handler returns, and the goroutine goes on
	done := make(chan struct{})
	go func() {
		defer close(done)
		fmt.Println("report", job.Param("id"))
	}()
	<-done
	// Output: report 7
}

// Keys are kept in package variables.
var user = request.NewKey[string]("user")

func ExampleKey() {
	req := requesttest.Request("GET", "/", requesttest.With{Header: http.Header{"X-Token": {"t0ps3cret"}}})
	if req.Header("X-Token") == "t0ps3cret" { // in middleware
		user.Set(req, "ann")
	}
	name, ok := user.Get(req) // in a handler
	fmt.Println(name, ok)
	// Output: ann true
}

func ExampleRequest_Accepts() {
	req := requesttest.Request("GET", "/", requesttest.With{Header: http.Header{"Accept": {"text/html, */*;q=0.1"}}})
	fmt.Println(req.Accepts("application/json", "text/html"))
	// Output: text/html
}

func ExampleRequest_URLFor() {
	app := soay.New()
	app.Get("/cats/{int:id}", func(req soay.Request) soay.Response { return response.Text("a cat") }).Name("cat")
	app.Post("/cats", func(req soay.Request) soay.Response {
		location, err := req.URLFor("cat", 7)
		if err != nil {
			return response.Error(err)
		}
		return response.Created(location, nil)
	})

	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("POST", "/cats", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 201 /cats/7
}

// tracer is a Telemetry of a program's own: it prints what it is told.
type tracer struct{}

type traceKey struct{}

func (tracer) Begin(req request.Request) (context.Context, request.Observation) {
	id := req.Header("X-Trace")
	if id == "" {
		return nil, nil // not observed
	}
	fmt.Println("begin", id, req.Method(), req.Path())
	return context.WithValue(request.StateOf(req).Context(), traceKey{}, id), observation{id}
}

func (tracer) Operation(ctx context.Context, name, store string) (context.Context, func(error)) {
	fmt.Println(name, store)
	return ctx, func(error) {}
}

func (tracer) LogAttrs(ctx context.Context) []slog.Attr {
	id, _ := ctx.Value(traceKey{}).(string)
	return []slog.Attr{slog.String("trace", id)}
}

type observation struct{ id string }

func (o observation) End(outcome request.Outcome) { fmt.Println("end", o.id, outcome.Status) }

// A Telemetry for another system than OpenTelemetry.
func ExampleTelemetry() {
	app := soay.New()
	var t soay.Telemetry = tracer{}
	app.UseTelemetry(t)
	app.Get("/cats", func(req soay.Request) soay.Response {
		id, _ := req.Context().Value(traceKey{}).(string)
		return response.Text("cats of " + id)
	})
	r := httptest.NewRequest("GET", "/cats", nil)
	r.Header.Set("X-Trace", "t7")
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output:
	// begin t7 GET /cats
	// end t7 200
	// cats of t7
}
