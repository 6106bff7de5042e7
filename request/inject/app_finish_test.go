package inject_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

// work and its part are units of work.
type (
	work    struct{ lines *lines }
	subtask struct{ *work }
)

func (w *work) Close() error { w.lines.add("close work"); return nil }

func (s *subtask) Close() error { s.lines.add("close part"); return nil }

// addWork registers both, and returns their journal and what Finish of the part does after it has noted the
// response.
func addWork(app *soay.App) (l *lines, fail *func() error) {
	l, fail = new(lines), new(func() error)
	soay.AddScoped[*work](app, func() *work { l.add("make work"); return &work{lines: l} },
		soay.ServiceOptions[*work]{Finish: func(_ *work, resp soay.Response) error {
			l.add("finish work with %d", resp.Status())
			return nil
		}})
	soay.AddScoped[*subtask](app, func(w *work) *subtask { l.add("make part"); return &subtask{w} },
		soay.ServiceOptions[*subtask]{Finish: func(_ *subtask, resp soay.Response) error {
			l.add("finish part with %d", resp.Status())
			if *fail != nil {
				return (*fail)()
			}
			return nil
		}})
	return l, fail
}

// works uses a service and answers with resp.
func works(resp soay.Response) soay.Handler {
	return func(req soay.Request) soay.Response {
		if r := resolves[*work](req); r.Err() != nil {
			return r
		}
		return resp
	}
}

// noting is middleware that notes the response, and may change it.
func noting(l *lines, name string, change func(soay.Response) soay.Response) soay.Middleware {
	return func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			resp := change(next(req))
			l.add("%s with %d", name, resp.Status())
			return resp
		}
	}
}

func unchanged(resp soay.Response) soay.Response { return resp }

func TestFinishKnowsTheOutcome(t *testing.T) {
	gone := func(soay.Response) soay.Response { return response.Status(410) }
	tests := []struct {
		description string
		handler     soay.Handler
		route       soay.Middleware // around the handler
		want        []string        // between the making and the closing
	}{
		{"a page", works(response.Text("done")), nil, []string{"group with 200", "finish work with 200", "use with 200"}},
		{"a status", works(response.Created("/", nil)), nil, []string{"group with 201", "finish work with 201", "use with 201"}},
		{"a redirect", works(response.SeeOther("/")), nil, []string{"group with 303", "finish work with 303", "use with 303"}},
		{"an error", works(response.Error(problem.New(404, "no cat"))), nil,
			[]string{"group with 404", "finish work with 404", "use with 404"}},
		{"another error", works(response.Error(errors.New("broken"))), nil,
			[]string{"group with 500", "finish work with 500", "use with 500"}},
		{"a panic", func(req soay.Request) soay.Response { works(response.Response{})(req); panic("broken") }, nil,
			[]string{"group with 500", "finish work with 500", "use with 500"}},
		{"a response that cannot be sent", works(response.JSON(make(chan int))), nil,
			[]string{"group with 500", "finish work with 500", "use with 500"}},
		{"middleware of the route that changes it", works(response.Text("done")), func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response { return gone(next(req)) }
		}, []string{"group with 410", "finish work with 410", "use with 410"}},
		{"middleware of the route that panics", works(response.Text("done")), func(next soay.Handler) soay.Handler {
			return func(req soay.Request) soay.Response { next(req); panic("broken") }
		}, []string{"finish work with 500", "use with 500"}},
		{"a stream", works(response.Stream("text/plain", func(io.Writer) error { return nil }).WithStatus(202)), nil,
			[]string{"group with 202", "finish work with 202", "use with 202"}},
		{"a handler of net/http", func(req soay.Request) soay.Response {
			works(response.Response{})(req)
			return soay.FromHTTP(http.NotFoundHandler())(req)
		}, nil, []string{"group with 404", "finish work with 404", "use with 404"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, _ := newApp()
			l, _ := addWork(app)
			app.Use(noting(l, "use", unchanged))
			route := app.Group("/", noting(l, "group", unchanged)).Get("/", tt.handler)
			if tt.route != nil {
				route.Use(tt.route)
			}
			do(app, "GET", "/")
			l.want(t, append(append([]string{"make work"}, tt.want...), "close work")...)
		})
	}
}

// The response is the one that the client gets, with its page and headers.
func TestFinishSeesTheWholeResponse(t *testing.T) {
	app, _ := newApp()
	app.UseSessions(soay.NewKey())
	var got []string
	soay.AddScoped[*work](app, func() *work { return &work{lines: new(lines)} },
		soay.ServiceOptions[*work]{Finish: func(_ *work, resp soay.Response) error {
			got = []string{fmt.Sprint(resp.Status()), resp.Header("X-A"), resp.Header("Content-Type"), fmt.Sprint(resp.Err())}
			return nil
		}})
	app.Get("/", works(response.NotFound("no cat").WithHeader("X-A", "b")))
	do(app, "GET", "/", "Accept", "application/json")
	if diff := cmp.Diff([]string{"404", "b", problem.ContentType, "404 Not Found: no cat"}, got); diff != "" {
		t.Errorf("Finish sees (-want +got):\n%s", diff)
	}
}

// A service that cannot finish its work makes the request fail, whatever else went well.
func TestFinishFails(t *testing.T) {
	conflict := problem.New(409, "Somebody else was faster.")
	tests := []struct {
		description string
		fail        func() error
		set         func(*soay.App)
		want        int
		wantText    string
		wantLog     string
	}{
		{"an error", func() error { return errors.New("disk full") }, nil, 500, "500", "inject: finish *inject_test.subtask of "},
		{"an error with a status", func() error { return fmt.Errorf("commit: %w", conflict) }, nil, 409, "Somebody else", ""},
		{"a panic", func() error { panic("broken") }, nil, 500, "500", "panic: broken"},
		{"a panic with an error", func() error { panic(conflict) }, nil, 500, "500", "app_finish_test.go"},
		{"a panic that cuts connections elsewhere", func() error { panic(http.ErrAbortHandler) }, nil, 500, "500", "abort"},
		{"an error that the app knows", func() error { return io.ErrShortWrite }, func(a *soay.App) {
			soay.HandleError(a, func(_ soay.Request, err *inject.FinishError) soay.Response {
				return response.Text(fmt.Sprint("sorry: ", errors.Is(err, io.ErrShortWrite))).WithStatus(418)
			})
		}, 418, "sorry: true", ""},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app, log := newApp()
			l, fail := addWork(app)
			*fail = tt.fail
			if tt.set != nil {
				tt.set(app)
			}
			app.UseSessions(soay.NewKey())
			app.Get("/", func(req soay.Request) soay.Response {
				req.Session.Set("saved", true)
				return resolves[*subtask](req).WithHeader("X-Handler", "done")
			})
			app.Get("/saved", func(req soay.Request) soay.Response {
				return response.Text(fmt.Sprint(sessions.GetOr(req.Session, "saved", false)))
			})
			c := requesttest.New(t, app)
			resp := c.Get("/")
			if resp.Status != tt.want || !strings.Contains(resp.Text(), tt.wantText) || resp.Header.Get("X-Handler") != "" {
				t.Errorf("got %d %q with %v, want %d with %q", resp.Status, resp.Text(), resp.Header, tt.want, tt.wantText)
			}
			if strings.Contains(resp.Text(), "disk") || strings.Contains(resp.Text(), "broken") {
				t.Errorf("the client gets %q", resp.Text())
			}
			if saved := c.Get("/saved").Text(); saved != "false" {
				t.Errorf("the session is saved: %s", saved)
			}
			if !strings.Contains(log.String(), tt.wantLog) {
				t.Errorf("the log does not say %q:\n%s", tt.wantLog, log)
			}
			l.want(t, "make work", "make part", "finish part with 200", fmt.Sprint("finish work with ", tt.want),
				"close part", "close work")
		})
	}
}

// Requests that the endpoint does not answer are finished as well.
func TestFinishWithoutTheEndpoint(t *testing.T) {
	refuse := func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			if req.Path() == "/refused" {
				return works(response.Unauthorized("no"))(req)
			}
			if req.Path() == "/panic" {
				works(response.Response{})(req)
				panic("broken")
			}
			return next(req)
		}
	}
	app, _ := newApp()
	l, _ := addWork(app)
	app.Use(refuse)
	app.Get("/", hello)
	app.Get("/abort", func(req soay.Request) soay.Response { works(response.Response{})(req); panic(http.ErrAbortHandler) })
	app.Fallback(works(response.NotFound()))
	for path, want := range map[string][]string{
		"/":        nil,
		"/refused": {"make work", "finish work with 401", "close work"},
		"/panic":   {"make work", "finish work with 500", "close work"},
		"/none":    {"make work", "finish work with 404", "close work"},
	} {
		do(app, "GET", path)
		l.want(t, want...)
	}
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("the handler that cuts the connection panics with %v", v)
			}
		}()
		do(app, "GET", "/abort")
	}()
	l.want(t, "make work", "finish work with 500", "close work")
}

// What comes after Finish gets the services that are there, and can make no others that have one.
func TestServicesAfterFinish(t *testing.T) {
	app, _ := newApp()
	l, _ := addWork(app)
	soay.AddScoped[*visit](app, func(req soay.Request) *visit { return &visit{l, req.Path()} })
	try := func(req soay.Request, where string) {
		_, there := soay.Resolve[*work](req)
		_, late := soay.Resolve[*subtask](req)
		_, other := soay.Resolve[*visit](req)
		l.add("%s: %v, %v, %v", where, there, errors.Is(late, inject.ErrFinished), other)
	}
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.AfterResponse(func(request.Outcome) { try(req, "after") })
			resp := next(req)
			try(req, "middleware")
			return resp
		}
	})
	app.Get("/", works(response.Stream("text/plain", func(io.Writer) error { return nil })))
	app.Get("/stream", func(req soay.Request) soay.Response {
		return works(response.Stream("text/plain", func(io.Writer) error { try(req, "stream"); return nil }))(req)
	})
	do(app, "GET", "/stream")
	l.want(t, "make work", "finish work with 200", "middleware: <nil>, true, <nil>", "stream: <nil>, true, <nil>",
		"after: <nil>, true, <nil>", "close visit of /stream", "close work")
	for range 2 { // the second request uses the memory of the first again
		do(app, "GET", "/")
		l.want(t, "make work", "finish work with 200", "middleware: <nil>, true, <nil>", "after: <nil>, true, <nil>",
			"close visit of /", "close work")
	}
}

// A request that asks for its first service of all when it is too late.
func TestFirstServiceAfterFinish(t *testing.T) {
	app, _ := newApp()
	l, _ := addWork(app)
	app.Get("/", func(req soay.Request) soay.Response {
		req.AfterResponse(func(request.Outcome) {
			_, err := soay.Resolve[*work](req)
			l.add("%v", err)
		})
		return response.Text("done")
	})
	do(app, "GET", "/")
	l.want(t, "inject: resolve *inject_test.work: the response is decided, so its Finish would not run; ask for it before")
}

// A factory that is still at work when the response is decided makes nothing that would not be finished.
func TestFinishDoesNotWait(t *testing.T) {
	app, _ := newApp()
	l := new(lines)
	begun, released, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	soay.AddScoped[*work](app, func() *work { close(begun); <-released; return &work{lines: l} },
		soay.ServiceOptions[*work]{Finish: func(*work, soay.Response) error { l.add("finish"); return nil }})
	app.Get("/", func(req soay.Request) soay.Response {
		go func() {
			_, err := soay.Resolve[*work](req)
			l.add("%t", errors.Is(err, inject.ErrFinished))
			close(ended)
		}()
		<-begun
		req.AfterResponse(func(request.Outcome) { close(released); <-ended })
		return response.Text("done")
	})
	do(app, "GET", "/")
	l.want(t, "true", "close work")
}

// However goroutines race with the end of their handler, every service that they get is finished, once.
func TestFinishAtOnce(t *testing.T) {
	app, _ := newApp()
	var mu sync.Mutex
	finished, got := map[*work]int{}, map[*work]bool{}
	soay.AddScoped[*work](app, func() *work { return &work{lines: new(lines)} },
		soay.ServiceOptions[*work]{Finish: func(w *work, _ soay.Response) error {
			mu.Lock()
			defer mu.Unlock()
			finished[w]++
			return nil
		}})
	app.Get("/", func(req soay.Request) soay.Response {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				w, err := soay.Resolve[*work](req)
				if err != nil && !errors.Is(err, inject.ErrFinished) && !errors.Is(err, context.Canceled) {
					t.Errorf("Resolve: %v", err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					got[w] = true
				}
			})
		}
		req.AfterResponse(func(request.Outcome) { wg.Wait() })
		return response.NoContent()
	})
	for range 200 {
		do(app, "GET", "/")
	}
	for w := range got {
		if finished[w] != 1 {
			t.Errorf("a service that a goroutine got was finished %d times", finished[w])
		}
	}
	if len(finished) != len(got) {
		t.Errorf("%d services are finished, and %d were given out", len(finished), len(got))
	}
}

// Middleware that does not wait for the handler decides the outcome. What the handler returns later is for nobody.
func TestFinishOfAHandlerThatIsLate(t *testing.T) {
	app, log := newApp()
	l, _ := addWork(app)
	made, proceed, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			go func() { defer close(ended); next(req) }()
			<-made
			return response.Status(503)
		}
	})
	app.Get("/", func(req soay.Request) soay.Response {
		resp := works(response.Text("done"))(req)
		close(made)
		<-proceed
		return resp
	})
	do(app, "GET", "/")
	l.want(t, "make work", "finish work with 503", "close work")
	close(proceed)
	<-ended
	l.want(t)
	if lines := log.Lines(slog.LevelError); len(lines) > 0 {
		t.Errorf("the log has %q, want no errors", lines)
	}
}

func TestFinishErrorOfAPanic(t *testing.T) {
	app, _ := newApp()
	_, fail := addWork(app)
	*fail = func() error { panic("broken") }
	var got error
	app.UseSessions(soay.NewKey())
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response { resp := next(req); got = resp.Err(); return resp }
	})
	app.Get("/", resolves[*subtask])
	do(app, "GET", "/")
	if _, ok := errors.AsType[*panics.Error](got); !ok {
		t.Errorf("the error is %v, want one with the panic", got)
	}
}

func hello(soay.Request) soay.Response { return response.Text("hello") }
