package router_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// In production a request that goes on when it is dead runs nothing, whatever its recycled state is used for by then.
// It is told so by a status that makes middleware take back what it has begun, and the log says so once.
func TestLateRequestsGetNoEndpoint(t *testing.T) {
	var runs []string
	handler := func(name string) router.Handler {
		return func(request.Request) response.Response {
			runs = append(runs, name)
			return response.NoContent()
		}
	}
	var late []func() response.Response // what dead requests have yet to do
	timeout := func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			if req.Path() == "/slow" {
				late = append(late, func() response.Response { return next(req) })
				return response.Status(504)
			}
			dead := late
			late = nil
			for _, goOn := range dead {
				if got := goOn().Status(); got != 503 {
					t.Errorf("a late request got %d, want 503", got)
				}
			}
			return next(req)
		}
	}
	places := map[string]func(*router.Router) router.Config{
		"app": func(r *router.Router) router.Config {
			r.Root().Get("/slow", handler("slow"))
			r.Root().Post("/purge", handler("purge"))
			return router.Config{Middleware: []router.Middleware{timeout}}
		},
		"group": func(r *router.Router) router.Config {
			g := r.Root().Group("/", timeout)
			g.Get("/slow", handler("slow"))
			g.Post("/purge", handler("purge"))
			return router.Config{}
		},
		"groups": func(r *router.Router) router.Config {
			g := r.Root().Group("/", timeout, timeout).Group("/", timeout)
			g.Get("/slow", handler("slow"))
			g.Post("/purge", handler("purge")).Use(timeout)
			return router.Config{}
		},
		"route": func(r *router.Router) router.Config {
			r.Root().Get("/slow", handler("slow")).Use(timeout)
			r.Root().Post("/purge", handler("purge")).Use(timeout)
			return router.Config{}
		},
		"fallback": func(r *router.Router) router.Config {
			r.Root().Post("/purge", handler("purge"))
			return router.Config{Middleware: []router.Middleware{timeout}, Fallback: handler("fallback")}
		},
	}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		t.Run(place, func(t *testing.T) {
			r := router.New(lenient)
			table, err := r.Build(places[place](r))
			if err != nil {
				t.Fatal(err)
			}
			var log requesttest.Log
			state := request.NewExchange(&request.Settings{Logger: log.Logger()})
			runs = nil
			for _, text := range []string{"GET /slow", "POST /purge", "GET /slow", "GET /slow", "POST /purge"} {
				method, target := cutSpace(text)
				table.Serve(state, new(router.Matcher), state.Begin(newHTTP(t, method, target)))
				state.End()
			}
			if want := []string{"purge", "purge"}; !slices.Equal(runs, want) {
				t.Errorf("handlers that ran: %q, want %q", runs, want)
			}
			if lines := strings.Count(log.String(), "\n"); lines != 2 || strings.Count(log.String(), "Detach") != 2 {
				t.Errorf("%d lines of log, want one for each request that met dead ones:\n%s", lines, &log)
			}
		})
	}
}
