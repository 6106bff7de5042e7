package request_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/sessions"
)

// held is a request that another goroutine can get hold of.
type held struct {
	req  request.Request
	mark string
}

// closely are accessors of what is recycled, each as short as can be, so that a request often ends in the midst of
// one.
var closely = []accessor{
	{"ClientIP", func(r request.Request, _ string) string { return r.ClientIP() }},
	{"Key.Get", func(r request.Request, _ string) string { v, _ := markKey.Get(r); return v }},
	{"Key.Set", func(r request.Request, mark string) string { markKey.Set(r, mark); return "" }},
	{"AfterResponse", func(r request.Request, _ string) string {
		r.AfterResponse(func(request.Outcome) {
			if r.Method() == "" {
				strays.Add(1)
			}
		})
		return ""
	}},
	{"Session.Get", func(r request.Request, _ string) string { return sessions.GetOr(r.Session, "mark", "") }},
	{"Session.Detach",
		func(r request.Request, _ string) string { return sessions.GetOr(r.Session.Detach(), "mark", "") }},
}

// Requests follow each other as fast as can be, while a goroutine uses the newest one or, when that has just ended, the
// one before.
func TestLateUseRacesClosely(t *testing.T) {
	for _, a := range closely {
		t.Run(a.name, func(t *testing.T) {
			var newest atomic.Pointer[held]
			var done atomic.Bool
			newest.Store(new(held))
			var user sync.WaitGroup
			user.Go(func() {
				for !done.Load() {
					if h := newest.Load(); h.mark != "" {
						if saw := a.use(h.req, h.mark); foreign(saw, h.mark) != nil {
							t.Errorf("request %s saw %q", h.mark, saw)
						}
					}
				}
			})
			follow(t, &newest)
			done.Store(true)
			user.Wait()
			if n := strays.Swap(0); n != 0 {
				t.Errorf("%d functions of AfterResponse ran for other requests", n)
			}
		})
	}
}

// follow begins and ends requests of one State.
func follow(t *testing.T, newest *atomic.Pointer[held]) {
	state := request.NewExchange(&request.Settings{Logger: slog.New(slog.DiscardHandler)})
	manager, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 10 * rounds()
	for i := range n {
		mark := markNumber(i)
		hr := &http.Request{Method: "GET", URL: &url.URL{Path: "/"}, RemoteAddr: "192.0.2.1:1"}
		req := state.Begin(hr)
		req.Session = manager.Open(req.Session, false)
		newest.Store(&held{req, mark})
		if i%4 != 0 { // the others leave everything to the goroutine
			req.SetOrigin("", mark)
			markKey.Set(req, mark)
			req.Session.Set("mark", mark)
			v, _ := markKey.Get(req)
			if s := sessions.GetOr(req.Session, "mark", ""); v != mark || s != mark || req.ClientIP() != mark {
				t.Errorf("request %s has %q, %q and %q", mark, v, s, req.ClientIP())
			}
		}
		state.Finish(request.Outcome{})
		state.End()
	}
}
