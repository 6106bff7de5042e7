package soay

import (
	"context"
	"errors"
	"log/slog"
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
	state   request.State
	match   router.Matcher
	req     Request
	outcome request.Outcome
}

func newCore(table *router.Table, pages *middleware.ErrorPages, settings *request.Settings) *core {
	c := &core{table: table, pages: pages, settings: settings}
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
	x.req = x.state.Begin(hr)
	defer c.end(x)
	resp := c.respond(x)
	if resp.HasBody() {
		c.streams.Add(1)
		defer c.streams.Add(-1)
		x.req.Streaming()
	}
	written, err := resp.Write(w, hr, writeTimeout)
	if err == nil {
		err = resp.Err()
	} else if !c.recoverWrite(x, w, hr, &written, err) {
		x.outcome = request.Outcome{Status: written.Status, Bytes: written.Bytes, Err: err}
		panic(http.ErrAbortHandler)
	}
	x.outcome = request.Outcome{Status: written.Status, Bytes: written.Bytes, Err: err}
}

// respond returns the response of the handlers, whatever happens in them.
func (c *core) respond(x *exchange) (resp Response) {
	defer func() {
		if v := recover(); v != nil {
			resp = c.pages.Recovered(x.req, v)
		}
	}()
	x.req = x.req.WithRoute(c.table.Match(&x.match, x.req))
	resp = c.table.Serve(x.req)
	if resp.Pending() != nil {
		resp = c.pages.Complete(x.req, resp)
	}
	return resp
}

// recoverWrite deals with a response that could not be written. It sends an error page and returns true if nothing has been sent. Otherwise the
// connection must be cut, so that the client does not take a part for the whole.
func (c *core) recoverWrite(x *exchange, w http.ResponseWriter, hr *http.Request, written *response.Written, err error) bool {
	if written.Status == 0 {
		clear(w.Header()) // they describe a response that will not be sent
		page := c.pages.Complete(x.req, response.Error(err))
		again, err := page.Write(w, hr, 0)
		*written = again
		return err == nil
	}
	if hr.Context().Err() != nil {
		return false // the client has gone, which is no news
	}
	attrs := []slog.Attr{slog.String("method", hr.Method), slog.String("path", hr.URL.Path), slog.Any("error", err)}
	var panicked *response.PanicError
	if errors.As(err, &panicked) {
		attrs = append(attrs, slog.String("stack", string(panicked.Stack)))
	}
	x.req.Logger().LogAttrs(hr.Context(), slog.LevelError, "response cut off", attrs...)
	return false
}

// end finishes a request and recycles its state. It runs after panics too.
func (c *core) end(x *exchange) {
	defer func() {
		if v := recover(); v != nil {
			x.req.Logger().Error("panic after the response", "panic", v)
		}
		x.state.End()
		x.req, x.outcome = Request{}, request.Outcome{}
		c.pool.Put(x)
	}()
	x.req.Finish(x.outcome)
}

// ServeHTTP makes the app an http.Handler for servers other than its own, which then set timeouts and limits of connections. An app that has not
// been started is started by its first request; if that fails, the reason is logged and requests get 503.
func (a *App) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	c := a.core.Load()
	if c == nil {
		if c = a.startImplicitly(); c == nil {
			http.Error(w, "503 Service Unavailable", http.StatusServiceUnavailable)
			return
		}
	}
	c.serve(w, hr, 0)
}
