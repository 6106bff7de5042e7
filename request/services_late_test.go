package request_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// pool is a singleton that is useless once it is closed, as *sql.DB is.
type pool struct{ closed int }

func (p *pool) Ping() error {
	if p.closed > 0 {
		return errors.New("the pool is closed")
	}
	return nil
}

// Close implements io.Closer.
func (p *pool) Close() error {
	p.closed++
	return nil
}

// A scoped service that embeds a singleton leaves it open for the next request.
func TestScopedServiceThatEmbedsASingleton(t *testing.T) {
	type cats struct{ *pool }
	p := new(pool)
	app := newApp()
	soay.AddSingleton[*pool](app, func() *pool { return p })
	soay.AddScoped[*cats](app, func(p *pool) *cats { return &cats{p} })
	app.Get("/", func(req soay.Request) soay.Response {
		c, err := soay.Resolve[*cats](req)
		if err == nil {
			err = c.Ping()
		}
		if err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	t.Run("requests", func(t *testing.T) {
		c := requesttest.New(t, app)
		for range 3 {
			if got := c.Get("/"); got.Status != 204 {
				t.Errorf("%d %q, want 204", got.Status, got.Text())
			}
		}
	})
	if p.closed != 1 {
		t.Errorf("the singleton was closed %d times, want once, by the stop", p.closed)
	}
}

// A factory that outlives its request closes what it was given after what it has made, and what does not close is logged.
func TestFactoryThatOutlivesItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var closed []string
		release := make(chan struct{})
		var c inject.Container
		inject.Add(&c, inject.Service[*pool]{Lifetime: inject.Scoped, Factory: func() *pool { return new(pool) },
			Close: func(*pool) error { closed = append(closed, "pool"); return errUnit }})
		inject.Add(&c, inject.Service[*unit]{Lifetime: inject.Scoped, Factory: func(p *pool) (*unit, error) {
			<-release
			return new(unit), p.Ping()
		}, Close: func(*unit) error { closed = append(closed, "unit"); return nil }})
		plan, err := c.Compile(reflect.TypeFor[request.Request]())
		if err != nil {
			t.Fatal(err)
		}
		provider, err := plan.Start()
		if err != nil {
			t.Fatal(err)
		}
		var log requesttest.Log
		state := request.NewExchange(&request.Settings{Services: provider, Logger: log.Logger()})
		req := state.Begin(newMarked("one"))
		result := make(chan error)
		go func() {
			_, err := request.Resolve[*unit](req)
			result <- err
		}()
		synctest.Wait()
		state.Finish(request.Outcome{})
		state.End()
		state.Begin(newMarked("two"))
		if closed != nil {
			t.Errorf("closed with the request: %q, want nothing yet", closed)
		}
		close(release)
		checkErrorIs(t, "the late goroutine", <-result, inject.ErrClosed,
			"inject: resolve *request_test.unit: the services are closed")
		if got := strings.Join(closed, ", "); got != "unit, pool" {
			t.Errorf("closed %s, want unit before pool", got)
		}
		if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "close the services of a request") ||
			!strings.Contains(text, errUnit.Error()) {
			t.Errorf("the log says %q, want the error of closing", text)
		}
	})
}
