package soay_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
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

// echoes answers with the method and what it has got.
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

// Value patterns choose the route, types read the value.
func TestTypedValuePatterns(t *testing.T) {
	app, _ := newApp()
	soay.Get(app, "/n/{int:id}", echoes[struct {
		ID int8 `path:"id"`
	}])
	soay.Get(app, "/n/{float:id}", echoes[struct {
		ID float64 `path:"id"`
	}])
	soay.Get(app, "/n/{id}", echoes[struct {
		ID string `path:"id" validate:"max=5"`
	}])
	tests := []struct {
		description, path string
		wantStatus        int
		want              string
	}{
		{"an int", "/n/7", 200, "GET {ID:7}"},
		{"a negative int", "/n/-128", 200, "GET {ID:-128}"},
		{"an int that the type does not hold", "/n/128", 400, `"rule":"range"`},
		{"a float", "/n/1.5", 200, "GET {ID:1.5}"},
		{"a text", "/n/tom", 200, "GET {ID:tom}"},
		{"a text that is too long", "/n/thomas", 422, `"rule":"max"`},
		{"a text of runes", "/n/%C3%A4%C3%A4%C3%A4%C3%A4%C3%A4", 200, "GET {ID:äääää}"},
		{"a text that is no UTF-8", "/n/%FF", 400, "400"},
	}
	for _, tt := range tests {
		if w := do(app, "GET", tt.path); w.Code != tt.wantStatus || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s, want %d %s", tt.description, w.Code, w.Body, tt.wantStatus, tt.want)
		}
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

// Middleware gets the error of a request that does not fit, and may answer in its place.
func TestMiddlewareSeesViolations(t *testing.T) {
	app, log := newApp()
	var seen []string
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			resp := next(req)
			if e, ok := errors.AsType[*bind.Error](resp.Err()); ok {
				seen = append(seen, fmt.Sprintf("%d %d %s %s %v",
					resp.Status(), len(e.Violations), e.Violations[0].Rule, e.Language, resp.Pending()))
				if req.Header("X-Own") != "" {
					return response.Text("own").WithStatus(406)
				}
			}
			return resp
		}
	})
	ran := false
	soay.Get(app, "/lambs/{id}", func(soay.Request, getLamb) (int, error) { ran = true; return 0, nil })
	do(app, "GET", "/lambs/tom?loud=2", "Accept-Language", "fr")
	if w := do(app, "GET", "/lambs/tom", "X-Own", "yes"); w.Code != 406 || w.Body.String() != "own" {
		t.Errorf("the middleware's answer: %d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff([]string{"400 2 integer fr <nil>", "400 1 integer en <nil>"}, seen); diff != "" {
		t.Errorf("the middleware saw (-want +got):\n%s", diff)
	}
	if ran {
		t.Error("the handler ran")
	}
	if log.String() != "" {
		t.Errorf("a client's mistake is in the log: %s", log)
	}
}

// Inputs of requests that run at the same time never mix.
func TestConcurrentTypedRequests(t *testing.T) {
	type input struct {
		ID   string            `path:"id"`
		Q    []string          `query:"q"`
		Agt  string            `header:"X-Agent"`
		Body map[string]string `body:"json" validate:"required,dive,max=40"`
	}
	app, _ := newApp()
	soay.Post(app, "/{id}", func(_ soay.Request, in input) (input, error) { return in, nil })
	c := requesttest.New(t, app)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			for j := range 5 {
				id := fmt.Sprintf("id-%d-%d", i, j)
				want := input{ID: id, Q: []string{id + "a", id + "b"}, Agt: id + "c", Body: map[string]string{"k" + id: id + "d"}}
				resp, err := c.Try("POST", "/"+id+"?q="+id+"a&q="+id+"b", requesttest.With{
					JSON: want.Body, Header: http.Header{"X-Agent": {id + "c"}},
				})
				if err != nil {
					t.Error(err)
					return
				}
				var got input
				resp.JSON(&got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%d (-want +got):\n%s", resp.Status, diff)
				}
			}
		})
	}
	wg.Wait()
}

// What the handler keeps of its input stays as it is when the next request comes, which uses the same memory.
func TestInputsOutliveTheirRequest(t *testing.T) {
	type input struct {
		ID   string   `path:"id"`
		Q    []string `query:"q"`
		H    string   `header:"X-H"`
		Body struct {
			Name string `json:"name"`
			Raw  []byte `json:"raw"`
			Any  any    `json:"any"`
		} `body:"json"`
	}
	app, _ := newApp()
	var kept []string
	var inputs []input
	soay.Post(app, "/{id}", func(_ soay.Request, in input) (soay.NoContent, error) {
		kept, inputs = append(kept, fmt.Sprintf("%+v", in)), append(inputs, in)
		return soay.NoContent{}, nil
	})
	for i := range 20 {
		x := fmt.Sprint(i)
		body := `{"name":"n` + x + `\u00e4","raw":"aGkgdGhlcmU=","any":{"k` + x + `":["v` + x + `"]}}`
		r := httptest.NewRequest("POST", "/id"+x+"%20?q=q"+x+"%20&q="+x, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-H", "h"+x)
		w := httptest.NewRecorder()
		if app.ServeHTTP(w, r); w.Code != 204 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	for i := range inputs {
		if got := fmt.Sprintf("%+v", inputs[i]); got != kept[i] {
			t.Errorf("request %d: %s, want %s", i, got, kept[i])
		}
	}
}
