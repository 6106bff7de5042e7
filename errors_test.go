package soay_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// dogError is an error with a status of its own, used as a value.
type dogError struct{ status int }

func (e dogError) Error() string   { return "SECRET of the dog" }
func (e dogError) StatusCode() int { return e.status }

// newZoo returns an app with handlers for several types of errors.
func newZoo() (*soay.App, *requesttest.Log) {
	app, log := newApp()
	soay.HandleError(app, func(req soay.Request, err *catError) soay.Response {
		return response.Text("cat " + err.name + " at " + req.Path()).WithStatus(404)
	})
	soay.HandleError(app, func(_ soay.Request, err dogError) soay.Response {
		return response.Text(fmt.Sprint("dog ", err.status)).WithHeader("X-Dog", "yes")
	})
	soay.HandleError(app, func(_ soay.Request, err *catError) soay.Response { return response.Text("too late") })
	soay.HandleError(app, func(_ soay.Request, err *fs.PathError) soay.Response { panic("SECRET of the error handler") })
	soay.HandleError(app, func(_ soay.Request, err *problem.Problem) soay.Response {
		return response.Error(problem.New(451, "as the law demands"))
	})
	return app, log
}

func TestHandleErrorByType(t *testing.T) {
	tests := []struct {
		name       string
		err        error
		wantStatus int
		wantBody   string
		wantDog    string
	}{
		{"a pointer", &catError{"Tom"}, 404, "cat Tom at /", ""},
		{"wrapped", fmt.Errorf("SECRET: %w", &catError{"Tom"}), 404, "cat Tom at /", ""},
		{"joined", errors.Join(errors.New("SECRET"), &catError{"Tom"}), 404, "cat Tom at /", ""},
		{"a value, which keeps its status", dogError{418}, 418, "dog 418", "yes"},
		{"a value without an error status", dogError{204}, 500, "dog 204", "yes"},
		{"the first that was registered wins, not the outermost type",
			fmt.Errorf("%w: %w", dogError{418}, &catError{"Tom"}), 404, "cat Tom at /", ""},
		{"a handler that panics", &fs.PathError{Op: "open", Path: "SECRET", Err: fs.ErrNotExist}, 500,
			"500 Internal Server Error\n", ""},
		{"a handler that answers with an error", problem.New(403, "no"), 451,
			"451 Unavailable For Legal Reasons: as the law demands\n", ""},
		{"a type nobody handles", errors.New("SECRET"), 500, "500 Internal Server Error\n", ""},
	}
	ways := []struct {
		name  string
		setUp func(*soay.App, error)
	}{
		{"returned", func(a *soay.App, err error) {
			a.Get("/", func(soay.Request) soay.Response { return response.Error(err) })
		}},
		{"from the app's middleware", func(a *soay.App, err error) {
			a.Use(func(soay.Handler) soay.Handler {
				return func(soay.Request) soay.Response { return response.Error(err) }
			})
		}},
		{"from a route's middleware", func(a *soay.App, err error) {
			a.Get("/", hello).Use(func(soay.Handler) soay.Handler {
				return func(soay.Request) soay.Response { return response.Error(err) }
			})
		}},
	}
	for _, tt := range tests {
		for _, way := range ways {
			t.Run(tt.name+"/"+way.name, func(t *testing.T) {
				app, _ := newZoo()
				way.setUp(app, tt.err)
				w := do(app, "GET", "/")
				if w.Code != tt.wantStatus || w.Body.String() != tt.wantBody || w.Header().Get("X-Dog") != tt.wantDog {
					t.Errorf("got %d %q %v, want %d %q %q", w.Code, w.Body, w.Header(), tt.wantStatus, tt.wantBody, tt.wantDog)
				}
			})
		}
	}
}

func TestHandleErrorOfPanics(t *testing.T) {
	tests := []struct {
		name       string
		value      any
		wantStatus int
		wantBody   string
	}{
		{"an error", &catError{"Tom"}, 404, "cat Tom at /"},
		{"a wrapped error", fmt.Errorf("SECRET: %w", &catError{"Tom"}), 404, "cat Tom at /"},
		{"an error with a status, which nobody chose", dogError{418}, 500, "dog 418"},
		{"a text", "SECRET", 500, "500 Internal Server Error\n"},
		{"something that cannot be compared", []string{"SECRET"}, 500, "500 Internal Server Error\n"},
		{"a struct that cannot be compared", struct{ f func() }{}, 500, "500 Internal Server Error\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newZoo()
			app.Get("/", func(soay.Request) soay.Response { panic(tt.value) })
			w := do(app, "GET", "/")
			if w.Code != tt.wantStatus || w.Body.String() != tt.wantBody {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.wantStatus, tt.wantBody)
			}
			lines := log.Records("request failed")
			if len(lines) != 1 || !strings.Contains(fmt.Sprint(lines[0]["stack"]), "TestHandleErrorOfPanics") {
				t.Errorf("a panic is logged with its stack, whatever the client is told: %v", lines)
			}
		})
	}
}

func TestHandleErrorForNotFound(t *testing.T) {
	app, _ := newApp()
	soay.HandleError(app, func(_ soay.Request, err *problem.Problem) soay.Response {
		return response.Text("problem " + err.Title + fmt.Sprint(err.Status))
	})
	app.Post("/", hello)
	for path, want := range map[string]string{"/none": "404 problem 404", "/": "405 problem 405"} {
		w := do(app, "GET", path)
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want {
			t.Errorf("GET %s: %q, want %q", path, got, want)
		}
	}
	if allow := do(app, "GET", "/").Header().Get("Allow"); allow != "OPTIONS, POST" {
		t.Errorf("Allow is %q", allow)
	}
}

func TestFailingErrorHandler(t *testing.T) {
	app, log := newZoo()
	app.Get("/", func(soay.Request) soay.Response {
		return response.Error(&fs.PathError{Op: "open", Path: "a", Err: fs.ErrExist})
	})
	if w := do(app, "GET", "/"); w.Code != 500 {
		t.Errorf("got %d", w.Code)
	}
	if !strings.Contains(log.String(), "SECRET of the error handler") ||
		!strings.Contains(log.String(), "open a: file already exists") {
		t.Errorf("the log must tell both errors:\n%s", log)
	}
}

func TestHandleStatus(t *testing.T) {
	page := func(text string) soay.Handler {
		return func(req soay.Request) soay.Response { return response.Text(text + " " + req.Path()) }
	}
	newStatusApp := func() *soay.App {
		app, _ := newApp()
		app.HandleStatus(404, page("not found"))
		app.HandleStatus(405, page("wrong method"))
		app.HandleStatus(500, page("failure"))
		app.HandleStatus(403, func(soay.Request) soay.Response { return response.Redirect("/login") })
		app.HandleStatus(409, func(soay.Request) soay.Response { panic("SECRET") })
		app.HandleStatus(410, func(soay.Request) soay.Response { return response.NotFound() })
		app.HandleStatus(502, func(soay.Request) soay.Response { return response.Error(errors.New("SECRET")) })
		soay.HandleError(app, func(soay.Request, *catError) soay.Response { return response.Text("cat") })
		return app
	}
	answers := func(resp soay.Response) soay.Handler { return func(soay.Request) soay.Response { return resp } }
	secret := errors.New("SECRET")
	tests := []struct {
		name       string
		handler    soay.Handler // for GET /
		method     string
		path       string
		wantStatus int
		wantBody   string
	}{
		{"no route", hello, "GET", "/none", 404, "not found /none"},
		{"a missing thing", answers(response.NotFound("no such cat")), "GET", "/", 404, "not found /"},
		{"the wrong method", hello, "POST", "/", 405, "wrong method /"},
		{"an error", answers(response.Error(secret)), "GET", "/", 500, "failure /"},
		{"a panic", func(soay.Request) soay.Response { panic("SECRET") }, "GET", "/", 500, "failure /"},
		{"a handler that sets a status", answers(response.Forbidden()), "GET", "/", 302, ""},
		{"a status set on an error", answers(response.Error(secret).WithStatus(404)), "GET", "/", 404, "not found /"},
		{"no handler for the status", answers(response.BadRequest("bad")), "GET", "/", 400, "400 Bad Request: bad\n"},
		{"a body of the handler's own", answers(response.Text("own").WithStatus(404)), "GET", "/", 404, "own"},
		{"a handler that panics", answers(response.Conflict()), "GET", "/", 500, "500 Internal Server Error\n"},
		{"a status without an error", answers(response.Status(410)), "GET", "/", 410, ""},
		{"a handler that fails otherwise", answers(response.Error(dogError{410})), "GET", "/", 404, "404 Not Found\n"},
		{"a handler that fails", answers(response.Error(dogError{502})), "GET", "/", 500, "500 Internal Server Error\n"},
		{"the type goes first", answers(response.Error(&catError{}).WithStatus(404)), "GET", "/", 404, "cat"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newStatusApp()
			app.Get("/", tt.handler)
			w := do(app, tt.method, tt.path)
			if w.Code != tt.wantStatus || w.Body.String() != tt.wantBody {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.wantStatus, tt.wantBody)
			}
			if tt.wantStatus == 405 && w.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
				t.Errorf("Allow is %q", w.Header().Get("Allow"))
			}
		})
	}
}

func TestFallback(t *testing.T) {
	app, _ := newApp()
	app.Post("/cats", hello)
	app.Fallback(func(req soay.Request) soay.Response {
		if req.Route() != nil {
			t.Error("the fallback has a route")
		}
		return response.Text("page for " + req.Path())
	})
	for request, want := range map[[2]string]string{
		{"GET", "/a/b"}:  "200 page for /a/b",
		{"POST", "/a/b"}: "200 page for /a/b",
		{"GET", "/cats"}: "405 405 Method Not Allowed\n",
	} {
		w := do(app, request[0], request[1])
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want {
			t.Errorf("%v: %q, want %q", request, got, want)
		}
	}
}

// When a client leaves, its handler fails. This is no failure of the server.
func TestErrorsOfClientsThatLeft(t *testing.T) {
	app, log := newApp()
	ctx, cancel := context.WithCancel(t.Context())
	app.Get("/", func(req soay.Request) soay.Response {
		cancel()
		<-req.Context().Done()
		return response.Error(fmt.Errorf("query: %w", req.Context().Err()))
	})
	app.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if strings.Contains(log.String(), "ERROR") {
		t.Errorf("the log says:\n%s", log)
	}
}

// bodyFunc is a body made of a function.
type bodyFunc func(w http.ResponseWriter, r *http.Request) error

// WriteBody implements response.Body.
func (f bodyFunc) WriteBody(w http.ResponseWriter, r *http.Request, _ int) error { return f(w, r) }

// A body that fails before its first byte is replaced by an error page. The page has no header of the failed response.
func TestBodyFailsBeforeTheFirstByte(t *testing.T) {
	tests := []struct {
		name       string
		fail       func() error
		wantStatus int
		wantBody   string
	}{
		{"an error", func() error { return errors.New("SECRET") }, 500, "500 Internal Server Error\n"},
		{"an error with a status", func() error { return problem.New(410, "gone for good") }, 410,
			"410 Gone: gone for good\n"},
		{"an error that the app handles", func() error { return &catError{"Tom"} }, 500, "cat Tom"},
		{"a panic", func() error { panic("SECRET") }, 500, "500 Internal Server Error\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, _ := newApp()
			soay.HandleError(app, func(_ soay.Request, err *catError) soay.Response {
				return response.Text("cat " + err.name)
			})
			app.Get("/", func(soay.Request) soay.Response {
				return response.Response{}.WithBody("image/png", bodyFunc(func(http.ResponseWriter, *http.Request) error { return tt.fail() })).
					WithStatus(203).WithHeader("Content-Encoding", "gzip").
					WithHeader("Etag", `"1"`).WithHeader("Cache-Control", "public")
			})
			w := do(app, "GET", "/")
			if w.Code != tt.wantStatus || w.Body.String() != tt.wantBody {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.wantStatus, tt.wantBody)
			}
			for _, name := range []string{"Content-Encoding", "Etag", "Cache-Control"} {
				if w.Header().Get(name) != "" {
					t.Errorf("the page has %s: %s", name, w.Header().Get(name))
				}
			}
			if got := w.Header().Get("Content-Type"); got != "text/plain; charset=utf-8" {
				t.Errorf("Content-Type is %q", got)
			}
		})
	}
}

// http.ErrAbortHandler asks for the connection to be cut, wherever it is raised.
func TestAborts(t *testing.T) {
	abort := func() { panic(http.ErrAbortHandler) }
	tests := []struct {
		name  string
		setUp func(*soay.App)
	}{
		{"by a handler", func(a *soay.App) {
			a.Get("/", func(soay.Request) soay.Response { abort(); return hello(soay.Request{}) })
		}},
		{"by middleware", func(a *soay.App) {
			a.Use(func(soay.Handler) soay.Handler {
				return func(soay.Request) soay.Response { abort(); return response.NoContent() }
			})
		}},
		{"by a body", func(a *soay.App) {
			a.Get("/", func(soay.Request) soay.Response {
				return response.Response{}.WithBody("", bodyFunc(func(http.ResponseWriter, *http.Request) error { abort(); return nil }))
			})
		}},
		{"by an error handler", func(a *soay.App) {
			soay.HandleError(a, func(soay.Request, error) soay.Response { abort(); return response.NoContent() })
		}},
		{"by a status handler", func(a *soay.App) {
			a.HandleStatus(404, func(soay.Request) soay.Response { abort(); return response.NoContent() })
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newApp()
			app.UseAccessLog()
			tt.setUp(app)
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("the server gets %v, want http.ErrAbortHandler", v)
				}
				lines := log.Records("request")
				if len(lines) != 1 || lines[0]["status"] != 0. || strings.Contains(log.String(), "ERROR") {
					t.Errorf("the log says:\n%s", log)
				}
			}()
			do(app, "GET", "/")
		})
	}
}

func TestFailingBodyKeepsTheRequestID(t *testing.T) {
	app, _ := newApp()
	app.UseRequestID()
	app.Get("/", func(soay.Request) soay.Response {
		failing := bodyFunc(func(http.ResponseWriter, *http.Request) error { return errors.New("SECRET") })
		return response.Response{}.WithBody("text/csv", failing).WithHeader("Content-Disposition", "attachment")
	})
	w := do(app, "GET", "/")
	h := w.Header()
	if w.Code != 500 || h.Get("X-Request-Id") == "" || h.Get("Content-Disposition") != "" {
		t.Errorf("got %d %v, want a 500 with a request id that is no download", w.Code, h)
	}
}
