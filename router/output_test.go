package router_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

type (
	sheep struct {
		Name string `json:"name"`
		Age  int    `json:"age,omitempty"`
	}
	herd       []sheep
	breed      string
	grade      int
	pasture    map[string]int
	flagged    bool
	numbers    = []int
	secret     struct{ text string }
	sorted     []int
	registry   map[string]int
	textual    []int
	unwritable struct {
		Name string
		F    func()
	}
	refusing struct{ why error }
	bursting struct{}
	teapot   struct{}
	leg      struct{ status int }
)

func (secret) MarshalJSON() ([]byte, error)   { return []byte(`{"is":"hidden"}`), nil }
func (s sorted) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `{"sorted":%d}`, len(s)), nil }
func (r registry) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{"registry":%t}`, r == nil), nil
}
func (t textual) MarshalText() ([]byte, error)  { return fmt.Appendf(nil, "%d items", len(t)), nil }
func (r refusing) MarshalJSON() ([]byte, error) { return nil, r.why }
func (bursting) MarshalJSON() ([]byte, error)   { panic("SECRET of the marshaler") }
func (*teapot) Error() string                   { return "SECRET of the teapot" }
func (*teapot) StatusCode() int                 { return http.StatusTeapot }
func (leg) Error() string                       { return "SECRET of the leg" }
func (l leg) StatusCode() int                   { return l.status }

// answers returns what registers a typed handler that returns these, at GET /.
func answers[Out any](out Out, err error) func(router.Routes) {
	return func(to router.Routes) {
		router.HandleTyped(to, "GET", "/", func(request.Request, struct{}) (Out, error) { return out, err })
	}
}

func gives[Out any](out Out) func(router.Routes) { return answers(out, nil) }

// panics returns what registers a typed handler that panics.
func panics(v any) func(router.Routes) {
	return func(to router.Routes) {
		router.HandleTyped(to, "GET", "/", func(request.Request, struct{}) (sheep, error) { panic(v) })
	}
}

// answerOf returns what an app in production answers to GET /.
func answerOf(t *testing.T, register func(router.Routes), accept ...string) *httptest.ResponseRecorder {
	t.Helper()
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	register(app)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Accept"] = accept
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

const (
	asJSON    = "application/json"
	asText    = "text/plain; charset=utf-8"
	asProblem = "application/problem+json"
	broken    = `{"status":500,"title":"Internal Server Error"}`
	missing   = `{"status":404,"title":"Not Found"}`
)

func TestOutputs(t *testing.T) {
	minka := sheep{"Minka", 3}
	seven := 7
	var noHerd *herd
	var nilInside []sheep
	tests := []struct {
		description string
		register    func(router.Routes)
		wantStatus  int
		wantType    string
		want        string
	}{
		{"a struct", gives(minka), 200, asJSON, `{"name":"Minka","age":3}`},
		{"an empty struct type", gives(struct{}{}), 200, asJSON, `{}`},
		{"a slice", gives([]sheep{minka, {Name: "B"}}), 200, asJSON, `[{"name":"Minka","age":3},{"name":"B"}]`},
		{"an empty slice", gives([]sheep{}), 200, asJSON, `[]`},
		{"a nil slice", gives([]sheep(nil)), 200, asJSON, `[]`},
		{"a nil slice of a named type", gives(herd(nil)), 200, asJSON, `[]`},
		{"a nil slice of slices", gives([][]int(nil)), 200, asJSON, `[]`},
		{"a nil slice inside a slice", gives([][]int{nil}), 200, asJSON, `[[]]`},
		{"a map", gives(map[string]int{"b": 2, "a": 1}), 200, asJSON, `{"a":1,"b":2}`},
		{"a nil map", gives(map[string]int(nil)), 200, asJSON, `{}`},
		{"a nil map of a named type", gives(pasture(nil)), 200, asJSON, `{}`},
		{"an array", gives([2]int{1, 2}), 200, asJSON, `[1,2]`},
		{"bytes", gives([]byte("hi")), 200, asJSON, `"aGk="`},
		{"no bytes", gives([]byte{}), 200, asJSON, `""`},
		{"nil bytes are no list", gives([]byte(nil)), 200, asJSON, `""`},
		{"a slice that is written as text", gives(textual{1}), 200, asJSON, `"1 items"`},
		{"a nil slice that is written as text", gives(textual(nil)), 200, asJSON, `"0 items"`},
		{"a nil IP", gives(net.IP(nil)), 200, asJSON, `""`},
		{"a nil slice that writes itself", gives(sorted(nil)), 200, asJSON, `{"sorted":0}`},
		{"a nil map that writes itself", gives(registry(nil)), 200, asJSON, `{"registry":true}`},
		{"a nil raw message", gives(json.RawMessage(nil)), 200, asJSON, `null`},
		{"a raw message", gives(json.RawMessage(`{"a":1}`)), 200, asJSON, `{"a":1}`},
		{"a value that writes itself", gives(secret{"SECRET"}), 200, asJSON, `{"is":"hidden"}`},
		{"a time", gives(time.Date(2024, 2, 3, 4, 5, 6, 0, time.UTC)), 200, asJSON, `"2024-02-03T04:05:06Z"`},
		{"an int", gives(7), 200, asJSON, `7`},
		{"the smallest int64", gives(int64(math.MinInt64)), 200, asJSON, `-9223372036854775808`},
		{"the largest uint64", gives(uint64(math.MaxUint64)), 200, asJSON, `18446744073709551615`},
		{"zero of a named int", gives(grade(0)), 200, asJSON, `0`},
		{"a bool", gives(true), 200, asJSON, `true`},
		{"a named bool", gives(flagged(false)), 200, asJSON, `false`},
		{"a float", gives(1.5), 200, asJSON, `1.5`},
		{"NaN", gives(math.NaN()), 500, asProblem, broken},
		{"infinity", gives(float32(math.Inf(-1))), 500, asProblem, broken},
		{"a string", gives("hi <b>"), 200, asText, `hi <b>`},
		{"an empty string", gives(""), 200, asText, ``},
		{"a named string is JSON", gives(breed("Soay")), 200, asJSON, `"Soay"`},
		{"any with nothing", gives[any](nil), 200, asJSON, `null`},
		{"any with a struct", gives[any](minka), 200, asJSON, `{"name":"Minka","age":3}`},
		{"any with a string is JSON", gives[any]("hi"), 200, asJSON, `"hi"`},
		{"any with a response", gives[any](response.Text("hi").WithStatus(203)), 203, asText, `hi`},
		{"any with a status", gives[any](router.Created[int]{Value: 7}), 201, asJSON, `7`},
		{"an interface with a status", gives[fmt.Stringer](time.Second), 200, asJSON, `1000000000`},
		{"a pointer", gives(&minka), 200, asJSON, `{"name":"Minka","age":3}`},
		{"a pointer to an int", gives(&seven), 200, asJSON, `7`},
		{"a nil pointer", gives[*sheep](nil), 404, asProblem, missing},
		{"a nil pointer to an int", gives[*int](nil), 404, asProblem, missing},
		{"a nil pointer to a slice", gives(noHerd), 404, asProblem, missing},
		{"a pointer to what cannot be written", gives(&unwritable{Name: "SECRET"}), 500, asProblem, broken},
		{"nothing", gives(router.NoContent{}), 204, "", ``},
		{"created", gives(router.Created[sheep]{Value: minka}), 201, asJSON, `{"name":"Minka","age":3}`},
		{"created, a nil slice", gives(router.Created[herd]{}), 201, asJSON, `[]`},
		{"created, a nil map", gives(router.Created[pasture]{}), 201, asJSON, `{}`},
		{"created, a string is JSON", gives(router.Created[string]{Value: "hi"}), 201, asJSON, `"hi"`},
		{"created, nothing", gives(router.Created[any]{}), 201, asJSON, `null`},
		{"accepted", gives(router.Accepted[sheep]{Value: minka}), 202, asJSON, `{"name":"Minka","age":3}`},
		{"accepted, a nil slice", gives(router.Accepted[[]int]{}), 202, asJSON, `[]`},
		{"a response", gives(response.Text("hi").WithStatus(203)), 203, asText, `hi`},
		{"the zero response", gives(response.Response{}), 200, "", ``},
		{"a response of an error", gives(response.NotFound("no cat")), 404, asProblem,
			`{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"a value that refuses", gives(refusing{errors.New("SECRET")}), 500, asProblem, broken},
		{"a value that refuses with a text for the client", gives(refusing{problem.New(404, "no")}), 500, asProblem,
			`{"detail":"no","status":500,"title":"Internal Server Error"}`},
		{"a value whose method panics", gives(bursting{}), 500, asProblem, broken},
		{"a nil slice in any", gives[any](nilInside), 200, asJSON, `null`},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			w := answerOf(t, tt.register)
			if got := w.Body.String(); w.Code != tt.wantStatus || got != tt.want {
				t.Errorf("got %d %s\nwant %d %s", w.Code, got, tt.wantStatus, tt.want)
			}
			if got := w.Header().Get("Content-Type"); got != tt.wantType {
				t.Errorf("content type %q, want %q", got, tt.wantType)
			}
		})
	}
}

func TestErrorsOfTypedHandlers(t *testing.T) {
	minka := &sheep{Name: "SECRET"}
	var noTeapot *teapot
	tests := []struct {
		description string
		register    func(router.Routes)
		wantStatus  int
		want        string
	}{
		{"an error with a value: the error wins", answers(sheep{Name: "SECRET"}, problem.New(409, "taken")), 409,
			`{"detail":"taken","status":409,"title":"Conflict"}`},
		{"an error with a pointer", answers(minka, errors.New("SECRET")), 500, broken},
		{"an error with a nil pointer is no 404", answers[*sheep](nil, errors.New("SECRET")), 500, broken},
		{"an error with a response", answers(response.Text("SECRET").WithStatus(201), errors.New("SECRET")), 500, broken},
		{"an error with Created", answers(router.Created[*sheep]{Value: minka, Location: "/SECRET"}, errors.New("SECRET")),
			500, broken},
		{"an error with NoContent", answers(router.NoContent{}, problem.New(410, "")), 410, `{"status":410,"title":"Gone"}`},
		{"an error with a string", answers("SECRET", errors.New("SECRET")), 500, broken},
		{"a problem", answers(0, problem.New(402, "pay").With("balance", 7)), 402,
			`{"balance":7,"detail":"pay","status":402,"title":"Payment Required"}`},
		{"a wrapped problem", answers(0, fmt.Errorf("SECRET: %w", problem.New(404, "no cat"))), 404,
			`{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"a problem with a cause", answers(0, problem.New(404, "no cat").WithCause(errors.New("SECRET"))), 404,
			`{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"a status", answers(0, error(new(teapot))), 418, `{"status":418,"title":"I'm a teapot"}`},
		{"a wrapped status", answers(0, fmt.Errorf("SECRET: %w", leg{429})), 429, `{"status":429,"title":"Too Many Requests"}`},
		{"a status that is no error", answers(0, error(leg{200})), 500, broken},
		{"a nil pointer that is an error", answers(7, error(noTeapot)), 418, `{"status":418,"title":"I'm a teapot"}`},
		{"the end of a file", answers(7, io.EOF), 500, broken},
		{"a panic", panics("SECRET"), 500, broken},
		{"a panic with an error of a status is the server's violation", panics(new(teapot)), 500, broken},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			w := answerOf(t, tt.register)
			if got := w.Body.String(); w.Code != tt.wantStatus || got != tt.want {
				t.Errorf("got %d %s\nwant %d %s", w.Code, got, tt.wantStatus, tt.want)
			}
			if got := w.Header().Get("Content-Type"); got != asProblem {
				t.Errorf("content type %q, want %q", got, asProblem)
			}
			if all := fmt.Sprint(w.Header(), w.Body); strings.Contains(all, "SECRET") {
				t.Errorf("the client learns a secret: %s", all)
			}
		})
	}
}

func TestLocations(t *testing.T) {
	tests := []struct {
		description  string
		register     func(router.Routes)
		wantStatus   int
		wantLocation []string
		want         string
	}{
		{"created", gives(router.Created[int]{Value: 7, Location: "/cats/7"}), 201, []string{"/cats/7"}, `7`},
		{"created without", gives(router.Created[int]{Value: 7}), 201, nil, `7`},
		{"accepted", gives(router.Accepted[int]{Value: 7, Location: "/jobs/7?a=b#c"}), 202, []string{"/jobs/7?a=b#c"}, `7`},
		{"accepted without", gives(router.Accepted[int]{Value: 7}), 202, nil, `7`},
		{"on another host", gives(router.Created[int]{Value: 7, Location: "https://a.test/7"}), 201,
			[]string{"https://a.test/7"}, `7`},
		{"beyond ASCII", gives(router.Created[int]{Value: 7, Location: "/cats/Mäuschen 猫"}), 201,
			[]string{"/cats/M%C3%A4uschen %E7%8C%AB"}, `7`},
		{"that is no UTF-8", gives(router.Created[int]{Value: 7, Location: "/\xff"}), 201, []string{"/%FF"}, `7`},
		{"with a line break", gives(router.Created[int]{Value: 7, Location: "/\r\nSet-Cookie: a=b"}), 500, nil, broken},
		{"accepted with a NUL", gives(router.Accepted[int]{Value: 7, Location: "/\x00"}), 500, nil, broken},
		{"of what cannot be written", gives(router.Created[unwritable]{Value: unwritable{Name: "SECRET"}, Location: "/SECRET"}),
			500, nil, broken},
		{"of what is no number", gives(router.Accepted[float64]{Value: math.NaN(), Location: "/SECRET"}), 500, nil, broken},
		{"of what refuses", gives(router.Created[refusing]{Value: refusing{errors.New("SECRET")}, Location: "/SECRET"}),
			500, nil, broken},
		{"with an error", answers(router.Created[int]{Value: 7, Location: "/SECRET"}, problem.New(409, "")), 409, nil,
			`{"status":409,"title":"Conflict"}`},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			w := answerOf(t, tt.register)
			if got := w.Body.String(); w.Code != tt.wantStatus || got != tt.want {
				t.Errorf("got %d %s\nwant %d %s", w.Code, got, tt.wantStatus, tt.want)
			}
			if diff := cmp.Diff(tt.wantLocation, w.Header()["Location"]); diff != "" {
				t.Errorf("Location (-want +got):\n%s", diff)
			}
			if w.Header().Get("Set-Cookie") != "" {
				t.Errorf("the location has set a cookie: %v", w.Header())
			}
		})
	}
}

// A response that a typed handler makes keeps everything that was said about it.
func TestResponseAsOutput(t *testing.T) {
	resp := response.Stream("text/csv", func(w io.Writer) error {
		for i := range 3 {
			if _, err := fmt.Fprintf(w, "%d\n", i); err != nil {
				return err
			}
		}
		return nil
	}).WithStatus(203).WithHeader("X-Sheep", "yes").WithCookie(&http.Cookie{Name: "a", Value: "b"})
	w := answerOf(t, gives(resp))
	if got := w.Body.String(); w.Code != 203 || got != "0\n1\n2\n" {
		t.Errorf("got %d %q", w.Code, got)
	}
	h := w.Header()
	if h.Get("Content-Type") != "text/csv" || h.Get("X-Sheep") != "yes" || !strings.HasPrefix(h.Get("Set-Cookie"), "a=b") {
		t.Errorf("headers %v", h)
	}
}

// What a handler changes after it has returned changes no response.
func TestOutputIsEncodedAtOnce(t *testing.T) {
	shared := numbers{1, 2, 3}
	app := soay.New(quiet(router.Lenient))
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			resp := next(req)
			clear(shared)
			return resp
		}
	})
	gives(shared)(app)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Body.String(); got != "[1,2,3]" {
		t.Errorf("got %s, want what the handler has returned", got)
	}
}

func TestOutputMistakes(t *testing.T) {
	tests := []struct {
		description string
		register    func(router.Routes)
		want        string
	}{
		{"a pointer to a response", gives[*response.Response](nil),
			"the output *response.Response is a pointer; return a response.Response"},
		{"a pointer to Created", gives[*router.Created[int]](nil), "is a pointer; return a router.Created[int]"},
		{"a pointer to Accepted", gives[*router.Accepted[int]](nil), "is a pointer; return a router.Accepted[int]"},
		{"a pointer to NoContent", gives(&router.NoContent{}), "is a pointer; return a router.NoContent"},
		{"a channel", gives[chan int](nil), "the output chan int cannot be written as JSON"},
		{"a function", gives(func() {}), "the output func() cannot be written as JSON"},
		{"a complex number", gives(1i), "the output complex128 cannot be written as JSON"},
		{"a pointer to a channel", gives(new(chan int)), "the output chan int cannot be written as JSON"},
		{"a pointer to Result", gives[*router.Result[int]](nil), "is a pointer; return a router.Result[int]"},
		{"a result with a response", gives(router.Result[response.Response]{}), "has a response inside; return a response.Response"},
		{"a result with an output", gives(router.Result[router.NoContent]{}), "has a response inside; return a router.NoContent"},
		{"a result with a pointer to one", gives(router.Result[*router.Created[int]]{}), "has a response inside; return a router.Created[int]"},
		{"a created response", gives(router.Created[response.Response]{}), "has a response inside; return a response.Response"},
		{"a result with a channel", gives(router.Result[chan int]{}), "the output chan int cannot be written as JSON"},
		{"a channel created", gives(router.Created[chan int]{}), "the output chan int cannot be written as JSON"},
	}
	for _, tt := range tests {
		r := router.New(lenient)
		tt.register(r.Root())
		got := buildError(r)
		if !strings.Contains(got, ": route GET /: the output ") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.description, got, tt.want)
		}
		if n := strings.Count(got, "\n"); n != 0 {
			t.Errorf("%s: %d mistakes, want one: %s", tt.description, n+1, got)
		}
	}
}

func TestDescriptionsOfOutputs(t *testing.T) {
	tests := []struct {
		description string
		register    func(router.Routes)
		want        router.Output
	}{
		{"a struct", gives(sheep{}), router.Output{Status: 200, Type: reflect.TypeFor[sheep](), MediaType: "application/json"}},
		{"a slice", gives(herd{}), router.Output{Status: 200, Type: reflect.TypeFor[herd](), MediaType: "application/json"}},
		{"a pointer", gives(&sheep{}), router.Output{
			Status: 200, Type: reflect.TypeFor[sheep](), MediaType: "application/json", Missing: true}},
		{"any", gives[any](nil), router.Output{Status: 200, Type: reflect.TypeFor[any](), MediaType: "application/json"}},
		{"a string", gives(""), router.Output{Status: 200, Type: reflect.TypeFor[string](), MediaType: "text/plain"}},
		{"a named string", gives(breed("")), router.Output{
			Status: 200, Type: reflect.TypeFor[breed](), MediaType: "application/json"}},
		{"a response", gives(response.Response{}), router.Output{Status: 200}},
		{"created", gives(router.Created[sheep]{}), router.Output{
			Status: 201, Type: reflect.TypeFor[sheep](), MediaType: "application/json", Location: true}},
		{"accepted", gives(router.Accepted[herd]{}), router.Output{
			Status: 202, Type: reflect.TypeFor[herd](), MediaType: "application/json", Location: true}},
		{"nothing", gives(router.NoContent{}), router.Output{Status: 204}},
		{"a result", gives(router.Result[sheep]{}), router.Output{
			Status: 200, Type: reflect.TypeFor[sheep](), MediaType: "application/json", AnyStatus: true}},
		{"a result with a pointer", gives(router.Result[*sheep]{}), router.Output{
			Status: 200, Type: reflect.TypeFor[sheep](), MediaType: "application/json", Missing: true, AnyStatus: true}},
		{"a result with a string", gives(router.Result[string]{}), router.Output{
			Status: 200, Type: reflect.TypeFor[string](), MediaType: "text/plain", AnyStatus: true}},
	}
	for _, tt := range tests {
		r := router.New(lenient)
		tt.register(r.Root())
		got := r.Operations()
		if len(got) != 1 || got[0].Output == nil {
			t.Fatalf("%s: operations %v", tt.description, got)
		}
		if diff := cmp.Diff(tt.want, *got[0].Output, cmp.Comparer(func(a, b reflect.Type) bool { return a == b })); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.description, diff)
		}
	}
}

// The body of an answer to HEAD is that of GET, left out.
func TestHeadOfTypedRoute(t *testing.T) {
	app := soay.New(quiet(router.Lenient))
	gives(sheep{"Minka", 3})(app)
	got, head := httptest.NewRecorder(), httptest.NewRecorder()
	app.ServeHTTP(got, httptest.NewRequest("GET", "/", nil))
	app.ServeHTTP(head, httptest.NewRequest("HEAD", "/", nil))
	if head.Code != 200 || head.Body.Len() > 0 || !bytes.Contains(got.Body.Bytes(), []byte("Minka")) {
		t.Errorf("HEAD: %d %q", head.Code, head.Body)
	}
	if diff := cmp.Diff(got.Header(), head.Header()); diff != "" {
		t.Errorf("headers of HEAD (-GET +HEAD):\n%s", diff)
	}
}
