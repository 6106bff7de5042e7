package inject_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// The services of the tests with an app write into a journal.
type (
	lines struct {
		mu  sync.Mutex
		all []string
	}
	database struct {
		lines *lines
		err   error // of Close
	}
	visit struct {
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
func (u *visit) Close() error { u.lines.add("close visit of %s", u.path); return nil }
func (h fakeHerd) Count() int { return int(h) }

func newDatabase(l *lines) *database { l.add("open database"); return &database{lines: l} }

func newVisit(req soay.Request, d *database) *visit {
	d.lines.add("make visit of %s", req.Path())
	return &visit{d.lines, req.Path()}
}

// addAll registers the services and returns their journal.
func addAll(app *soay.App) *lines {
	l := new(lines)
	soay.AddInstance(app, l)
	soay.AddSingleton[*database](app, newDatabase)
	soay.AddSingleton[herd](app, func(d *database) herd { return d })
	soay.AddScoped[*visit](app, newVisit)
	soay.AddTransient[*pageOf[int]](app, func(u *visit) (*pageOf[int], error) {
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

// newApp returns an app in production mode, and its log.
func newApp() (*soay.App, *requesttest.Log) {
	log := new(requesttest.Log)
	return soay.New(soay.Options{Env: "production", Logger: log.Logger()}), log
}

// do lets app answer a request without a network. When it returns, everything about the request is over.
func do(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// here returns the file and line of its caller as reports of mistakes show them. The offset is added to the line.
func here(offset ...int) string {
	_, file, line, _ := runtime.Caller(1)
	for _, n := range offset {
		line += n
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}
