//go:build !race

// The race detector allocates, so these budgets are for builds without it.

package soay_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

// nullWriter is a ResponseWriter that discards the body.
type nullWriter struct {
	header http.Header
	status int
}

func (w *nullWriter) Header() http.Header         { return w.header }
func (w *nullWriter) WriteHeader(status int)      { w.status = status }
func (w *nullWriter) Write(b []byte) (int, error) { return len(b), nil }

func TestAllocations(t *testing.T) {
	discard := soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)}
	passing := func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { return next(req) }
	}
	tests := []struct {
		name       string
		setUp      func(*soay.App)
		method     string
		path       string
		wantStatus int
		want       float64
	}{
		{"plaintext", func(*soay.App) {}, "GET", "/plaintext", 200, 0},
		{"its head", func(*soay.App) {}, "HEAD", "/plaintext", 200, 0},
		{"a parameter", func(*soay.App) {}, "GET", "/cats/Tom", 200, 0},
		{"a parameter of a value pattern", func(*soay.App) {}, "GET", "/numbers/7", 200, 0},
		{"five pieces of middleware", func(a *soay.App) { a.Use(passing, passing, passing, passing, passing) }, "GET",
			"/plaintext", 200, 0},
		{"middleware of groups and routes", func(a *soay.App) {
			a.Group("/g", passing).Group("/h", passing).Get("/cat", hello).Use(passing)
		}, "GET", "/g/h/cat", 200, 0},
		{"no route", func(*soay.App) {}, "GET", "/none", 404, 0},
		{"the wrong method, with Allow", func(*soay.App) {}, "POST", "/plaintext", 405, 0},
		{"the wrong method at a parameter", func(*soay.App) {}, "POST", "/cats/Tom", 405, 0},
		{"the built-in answer to OPTIONS", func(*soay.App) {}, "OPTIONS", "/plaintext", 204, 0},
		{"a session left untouched", func(a *soay.App) { a.UseSessions(soay.NewKey()) }, "GET", "/plaintext", 200, 0},
		{"services to be finished that nobody asks for", func(a *soay.App) {
			soay.AddScoped[*unit](a, func() *unit { return new(unit) },
				soay.ServiceOptions[*unit]{Finish: func(*unit, soay.Response) error { return nil }})
			a.Use(passing)
		}, "GET", "/plaintext", 200, 0},
		{"allowed hosts, https, and a peer that is not trusted", func(a *soay.App) {
			a.UseAllowedHosts([]string{"cats.example", "example.com"})
			a.UseHTTPS(middleware.HTTPSOptions{NoRedirect: true})
			a.UseProxies([]string{"10.0.0.0/8"})
		}, "GET", "/plaintext", 200, 0},
		{"JSON", func(*soay.App) {}, "GET", "/json", 200, 1},
	}
	type cat struct {
		Name string
		Age  int
	}
	tom := &cat{"Tom", 7}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := soay.New(discard)
			app.Get("/plaintext", hello)
			app.Get("/cats/{name}", func(req soay.Request) soay.Response { return response.Text(req.Param("name")) })
			app.Get("/numbers/{int:n}", func(req soay.Request) soay.Response { return response.Text(req.Param("n")) })
			app.Get("/json", func(soay.Request) soay.Response { return response.JSON(tom) })
			tt.setUp(app)
			h, err := app.Handler()
			if err != nil {
				t.Fatal(err)
			}
			w := &nullWriter{header: http.Header{}}
			r := httptest.NewRequest(tt.method, tt.path, nil)
			r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
			got := testing.AllocsPerRun(500, func() {
				clear(w.header)
				h.ServeHTTP(w, r)
			})
			if got > tt.want || w.status != tt.wantStatus {
				t.Errorf("status %d with %v allocations, want %d with at most %v", w.status, got, tt.wantStatus, tt.want)
			}
		})
	}
}

// again is a body that several requests can read, one after the other.
type again struct{ bytes.Reader }

func (*again) Close() error { return nil }

var errUnexpected = errors.New("the input is not what was sent")

func TestAllocationsOfTypedHandlers(t *testing.T) {
	type threeInts struct {
		A int `query:"a"`
		B int `query:"b" validate:"gte=0,lte=100"`
		C int `query:"c"`
	}
	type oneInt struct {
		ID int `path:"id"`
	}
	type toy struct {
		Name string   `json:"name" validate:"required,max=50"`
		Mail string   `json:"mail" validate:"required,email"`
		Age  int      `json:"age" validate:"gte=0,lte=30"`
		Kind string   `json:"kind" validate:"oneof=cat dog sheep"`
		Tags []string `json:"tags" validate:"max=10,dive,max=20"`
	}
	fine := response.Text("fine")
	const body = `{"name":"Minka","mail":"minka@example.com","age":3,"kind":"sheep","tags":["white","small"]}`
	tests := []struct {
		name, method, path, body string
		want                     float64
	}{
		{"three numbers of a query", "GET", "/ints?a=1&b=22&c=-333", "", 1},
		{"a number of the path", "GET", "/one/7", "", 1},
		{"a number of a value pattern", "GET", "/int/7", "", 1},
		{"nothing", "GET", "/none", "", 0},
		{"a body of five fields with rules", "POST", "/toys", body, 8},
	}
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	soay.Get(app, "/ints", func(_ soay.Request, in threeInts) (soay.Response, error) {
		if in != (threeInts{1, 22, -333}) {
			return soay.Response{}, errUnexpected
		}
		return fine, nil
	})
	soay.Get(app, "/one/{id}", func(soay.Request, oneInt) (soay.Response, error) { return fine, nil })
	soay.Get(app, "/int/{int:id}", func(soay.Request, oneInt) (soay.Response, error) { return fine, nil })
	soay.Get(app, "/none", func(soay.Request, struct{}) (soay.Response, error) { return fine, nil })
	soay.Post(app, "/toys", func(soay.Request, toy) (soay.Response, error) { return fine, nil })
	h, err := app.Handler()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := &nullWriter{header: http.Header{}}
			r := httptest.NewRequest(tt.method, tt.path, nil)
			text := []byte(tt.body)
			reader := new(again)
			if tt.body != "" {
				r.Header.Set("Content-Type", "application/json")
				r.Body, r.ContentLength = reader, int64(len(text))
			}
			got := testing.AllocsPerRun(500, func() {
				clear(w.header)
				reader.Reset(text)
				h.ServeHTTP(w, r)
			})
			t.Logf("%v allocations", got)
			if got > tt.want || w.status != 200 {
				t.Errorf("status %d with %v allocations, want 200 with at most %v", w.status, got, tt.want)
			}
		})
	}
}
