package bind_test

import (
	"errors"
	"fmt"
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

// Middleware gets the error of a request that does not fit, and may answer in its place.
func TestMiddlewareSeesViolations(t *testing.T) {
	app, log := newApp()
	var seen []string
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			resp := next(req)
			if e, ok := errors.AsType[*bind.Error](resp.Err()); ok {
				seen = append(seen, fmt.Sprintf("%d %d %s %s %v",
					resp.Status(), len(e.Violations), e.Violations[0].Rule, e.Language, response.StateOf(resp).NeedsPage()))
				if req.Header("X-Own") != "" {
					return response.Text("own").WithStatus(406)
				}
			}
			return resp
		}
	})
	ran := false
	soay.Get(app, "/lambs/{id}", func(soay.Request, struct {
		ID   int  `path:"id"`
		Loud bool `query:"loud" default:"true"`
	}) (int, error) {
		ran = true
		return 0, nil
	})
	do(app, "GET", "/lambs/tom?loud=2", "Accept-Language", "fr")
	if w := do(app, "GET", "/lambs/tom", "X-Own", "yes"); w.Code != 406 || w.Body.String() != "own" {
		t.Errorf("the middleware's answer: %d %s", w.Code, w.Body)
	}
	if diff := cmp.Diff([]string{"400 2 integer fr false", "400 1 integer en false"}, seen); diff != "" {
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

// An input that a handler keeps is not changed by the next request, which uses the same buffers.
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
