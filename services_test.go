package soay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// The services of the tests write into a journal.
type (
	lines struct {
		mu  sync.Mutex
		all []string
	}
	database struct {
		lines *lines
		err   error // of Close
	}
	unit struct {
		lines *lines
		path  string
	}
	herd          interface{ Count() int }
	fakeHerd      int
	pageOf[T any] []T
)

func (l *lines) add(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, fmt.Sprintf(format, args...))
}

// want compares the lines since the last call.
func (l *lines) want(t *testing.T, want ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(want, l.all); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	l.all = nil
}

func (d *database) Count() int { return 7 }
func (d *database) Close() error {
	d.lines.add("close database")
	return d.err
}
func (u *unit) Close() error  { u.lines.add("close unit of %s", u.path); return nil }
func (h fakeHerd) Count() int { return int(h) }

func newDatabase(l *lines) *database { l.add("open database"); return &database{lines: l} }

func newUnit(req soay.Request, d *database) *unit {
	d.lines.add("make unit of %s", req.Path())
	return &unit{d.lines, req.Path()}
}

// addAll registers the services and returns their journal.
func addAll(app *soay.App) *lines {
	l := new(lines)
	soay.AddInstance(app, l)
	soay.AddSingleton[*database](app, newDatabase)
	soay.AddSingleton[herd](app, func(d *database) herd { return d })
	soay.AddScoped[*unit](app, newUnit)
	soay.AddTransient[*pageOf[int]](app, func(u *unit) (*pageOf[int], error) {
		u.lines.add("make page")
		return &pageOf[int]{}, nil
	}, soay.ServiceOptions[*pageOf[int]]{Close: func(*pageOf[int]) error { l.add("close page"); return nil }})
	return l
}

// resolves answers with the error of resolving T.
func resolves[T any](req soay.Request) soay.Response {
	if _, err := soay.Resolve[T](req); err != nil {
		return response.Error(err)
	}
	return response.Text("resolved")
}

func TestServiceLifetimes(t *testing.T) {
	app, _ := newApp()
	l := addAll(app)
	app.OnStart(func(context.Context) error {
		h, err := soay.Service[herd](app)
		l.add("start hook with %d, %v", h.Count(), err)
		return err
	})
	app.OnStop(func(context.Context) error {
		d, err := soay.Service[*database](app)
		l.add("stop hook with %d, %v", d.Count(), err)
		return err
	})
	app.Use(func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			req.AfterResponse(func(o request.Outcome) { l.add("after %d", o.Status) })
			if _, err := soay.Resolve[*unit](req); err != nil {
				t.Error(err)
			}
			return next(req)
		}
	})
	app.Get("/page", func(req soay.Request) soay.Response {
		for range 2 {
			if r := resolves[*pageOf[int]](req); r.Err() != nil {
				return r
			}
		}
		return resolves[*unit](req)
	})
	app.Get("/panic", func(soay.Request) soay.Response { panic("handler") })
	const (
		closed = "close unit of "
		made   = "make unit of "
	)
	for range 2 { // a restart makes new ones
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.want(t, "open database", "start hook with 7, <nil>")
		do(app, "GET", "/page")
		l.want(t, made+"/page", "make page", "make page", "after 200", "close page", "close page", closed+"/page")
		do(app, "GET", "/panic")
		l.want(t, made+"/panic", "after 500", closed+"/panic")
		do(app, "GET", "/none")
		l.want(t, made+"/none", "after 404", closed+"/none")
		if err := app.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.want(t, "stop hook with 7, <nil>", "close database")
	}
}

func TestServiceOfApp(t *testing.T) {
	app, _ := newApp()
	addAll(app)
	const stopped = "soay: service *soay_test.database: the app is not running"
	check := func(err error, want string) {
		t.Helper()
		if err == nil || err.Error() != want {
			t.Errorf("Service: %v, want %q", err, want)
		}
	}
	_, err := soay.Service[*database](app)
	check(err, stopped)
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d, err := soay.Service[*database](app); d == nil || err != nil {
		t.Errorf("Service: %v, %v", d, err)
	}
	_, err = soay.Service[*unit](app)
	check(err, "soay: inject: resolve *soay_test.unit, which is scoped: only singletons can be resolved here")
	_, err = soay.Service[database](app)
	check(err, "soay: soay_test.database: no such service, but *soay_test.database is one")
	if err := app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = soay.Service[*database](app)
	check(err, stopped)
}

// Errors and panics of factories become answers like those of handlers.
func TestServicesThatFail(t *testing.T) {
	app, log := newApp()
	l := addAll(app)
	soay.AddScoped[fakeHerd](app, func(*unit) (fakeHerd, error) {
		return 0, problem.New(http.StatusServiceUnavailable, "The herd is out.")
	})
	soay.AddScoped[*pageOf[string]](app, func(*unit) *pageOf[string] { panic("broken factory") })
	app.Get("/herd", resolves[fakeHerd])
	app.Get("/page", resolves[*pageOf[string]])
	app.Get("/unknown", resolves[*pageOf[bool]])
	c := requesttest.New(t, app)
	l.want(t, "open database")
	for _, tt := range []struct {
		path string
		code int
		text string
	}{
		{"/herd", 503, "The herd is out."},
		{"/page", 500, ""},
		{"/unknown", 500, ""},
	} {
		got := c.Get(tt.path)
		if got.Status != tt.code || !strings.Contains(got.Text(), tt.text) || strings.Contains(got.Text(), "broken") {
			t.Errorf("%s: %d %q", tt.path, got.Status, got.Text())
		}
	}
	l.want(t, "make unit of /herd", "close unit of /herd", "make unit of /page", "close unit of /page")
	for _, want := range []string{"panic: broken factory", "services_test.go",
		"request: resolve *soay_test.pageOf[bool]: no such service"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
}

// A request that is cut off closes its services: when the client goes, and when a stream breaks.
func TestServicesOfCutRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp()
		l := addAll(app)
		app.Get("/wait", func(req soay.Request) soay.Response {
			r := resolves[*unit](req)
			<-req.Context().Done()
			l.add("the client has gone")
			return r
		})
		app.Get("/stream", func(req soay.Request) soay.Response {
			return response.Stream("text/plain", func(w io.Writer) error {
				if _, err := soay.Resolve[*unit](req); err != nil {
					return err
				}
				_, _ = io.WriteString(w, "begin")
				return errors.New("broken stream")
			})
		})
		app.Get("/abort", func(req soay.Request) soay.Response {
			resolves[*unit](req)
			panic(http.ErrAbortHandler)
		})
		r := run(t, app)
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			hr, _ := http.NewRequestWithContext(ctx, "GET", "http://localhost/wait", nil)
			_, _ = r.client.Do(hr)
		}()
		synctest.Wait()
		l.want(t, "open database", "make unit of /wait")
		leave()
		synctest.Wait()
		l.want(t, "the client has gone", "close unit of /wait")
		for _, path := range []string{"/stream", "/abort"} {
			resp, err := r.client.Get("http://localhost" + path)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
			}
			synctest.Wait()
			if err == nil {
				t.Errorf("%s was not cut", path)
			}
			l.want(t, "make unit of "+path, "close unit of "+path)
		}
		r.end(t)
		l.want(t, "close database")
	})
}

// A job that outlives its handler can use singletons.
func TestServicesOfJobs(t *testing.T) {
	app, _ := newApp()
	l := addAll(app)
	var job soay.Request
	app.Get("/", func(req soay.Request) soay.Response {
		job = req.Detach()
		return resolves[*unit](req)
	})
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(app, "GET", "/")
	if d, err := soay.Resolve[herd](job); err != nil || d.Count() != 7 {
		t.Errorf("the singleton: %v, %v", d, err)
	}
	_, err := soay.Resolve[*unit](job)
	if err == nil || err.Error() != "inject: resolve *soay_test.unit, which is scoped: only singletons can be resolved here" {
		t.Errorf("a scoped service: %v", err)
	}
	if err := app.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err = soay.Resolve[herd](job); err == nil {
		t.Error("a singleton of an app that has stopped")
	}
	l.want(t, "open database", "make unit of /", "close unit of /", "close database")
}

// Goroutines of one request share its services; those of other requests have their own.
func TestConcurrentServices(t *testing.T) {
	app, _ := newApp()
	l := addAll(app)
	app.Get("/{id}", func(req soay.Request) soay.Response {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if u, err := soay.Resolve[*unit](req); err != nil || u.path != req.Path() {
					t.Errorf("%s has %v, %v", req.Path(), u, err)
				}
			})
		}
		wg.Wait()
		return response.NoContent()
	})
	c := requesttest.New(t, app)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := c.Try("GET", fmt.Sprint("/", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) != 41 {
		t.Errorf("%d lines, want one for the database and two for each request: %q", len(l.all), l.all)
	}
}

func TestServicesOfTwoApps(t *testing.T) {
	one, _ := newApp()
	two, _ := newApp()
	for i, app := range []*soay.App{one, two} {
		soay.AddInstance[herd](app, fakeHerd(i+1))
		app.Get("/", func(req soay.Request) soay.Response {
			h, err := soay.Resolve[herd](req)
			if err != nil {
				return response.Error(err)
			}
			return response.Text(fmt.Sprint(h.Count()))
		})
	}
	// One app inside the other: each request has the services of the app that answers it.
	one.Get("/two", soay.FromHTTP(http.StripPrefix("/two", two)))
	for target, want := range map[string]string{"/": "1", "/two": "2"} {
		if w := do(one, "GET", target); w.Body.String() != want {
			t.Errorf("%s: %d %s, want %s", target, w.Code, w.Body, want)
		}
	}
}
