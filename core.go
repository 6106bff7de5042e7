package soay

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// core is what a started app serves with. It never changes.
type core struct {
	table    *router.Table
	pages    *middleware.ErrorPages
	settings *request.Settings
	stop     context.CancelFunc // ends settings.Stopping
	streams  atomic.Int64       // responses being streamed
	pool     sync.Pool          // of *exchange
}

// exchange is the working memory of one request and its response. It is recycled.
type exchange struct {
	state request.State
	match router.Matcher
}

func newCore(table *router.Table, pages *middleware.ErrorPages, settings *request.Settings) *core {
	c := &core{table: table, pages: pages, settings: settings}
	settings.ErrorPages = pages
	settings.Stopping, c.stop = context.WithCancel(context.Background())
	c.pool.New = func() any {
		x := new(exchange)
		x.state.Init(settings)
		return x
	}
	return c
}

// serve answers one request: it finds the route, runs the handlers, and writes what they return.
func (c *core) serve(w http.ResponseWriter, hr *http.Request, writeTimeout time.Duration) {
	x := c.pool.Get().(*exchange)
	defer c.recycle(x)
	req := x.state.Begin(hr)
	resp := c.respond(&x.match, req)
	if resp.HasBody() {
		c.streams.Add(1)
		defer c.streams.Add(-1)
		req.Streaming()
	}
	written, err := resp.Write(w, hr, writeTimeout)
	cut := err != nil && !c.retry(req, w, hr, &written, err)
	if x.state.Watched() {
		if err == nil {
			err = resp.Err()
		}
		x.state.Finish(request.Outcome{Status: written.Status, Bytes: written.Bytes, Err: err})
	}
	if cut {
		panic(http.ErrAbortHandler)
	}
}

// respond returns the response of the handlers, whatever happens in them.
func (c *core) respond(m *router.Matcher, req Request) (resp Response) {
	defer func() {
		if v := recover(); v != nil {
			resp = middleware.Instead(req, func(req Request) Response { return c.pages.Recovered(req, v) })
		}
	}()
	resp = c.table.Serve(m, req)
	if resp.Pending() != nil {
		resp = c.pages.Complete(req, resp)
	}
	return resp
}

// retry deals with a response that could not be written. It sends an error page and returns true if
// nothing has been sent. Otherwise the connection must be cut, so that the client does not take a
// part for the whole.
func (c *core) retry(
	req Request, w http.ResponseWriter, hr *http.Request, written *response.Written, err error,
) bool {
	if err == http.ErrAbortHandler {
		return false // it has been asked for
	}
	if written.Status == 0 {
		response.Forget(w.Header())
		page := middleware.Instead(req, func(req Request) Response { return c.pages.Complete(req, response.Error(err)) })
		again, err := page.Write(w, hr, 0)
		*written = again
		return err == nil
	}
	middleware.LogCut(req, hr, err)
	return false
}

// recycle ends a request. It runs after panics too, so what waits for the end of the request is
// told in any case.
func (c *core) recycle(x *exchange) {
	if x.state.Watched() {
		x.state.Finish(request.Outcome{Err: http.ErrAbortHandler})
	}
	x.state.End()
	c.pool.Put(x)
}

// ServeHTTP makes the app an http.Handler for servers other than its own, which then set timeouts
// and limits of connections. An app that has not been started is started by its first request; if
// that fails, the reason is logged and requests get 503.
func (a *App) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	c := a.core.Load()
	if c == nil {
		if c = a.startImplicitly(); c == nil {
			refuse(w)
			return
		}
	}
	c.serve(w, hr, 0)
}

// refuse answers for an app that is not started.
func refuse(w http.ResponseWriter) {
	http.Error(w, "503 Service Unavailable", http.StatusServiceUnavailable)
}
