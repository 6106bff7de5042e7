package soay

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
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
	draining atomic.Bool        // the app has been told to stop and still takes requests
	busy     atomic.Int64       // what the server does not know of: streams, and what runs after responses
	pool     sync.Pool          // of *exchange
}

// exchange is the working memory of one request and its response. It is recycled.
type exchange struct {
	request.Exchange
	match  router.Matcher
	handle Handler // runs the handlers, and always returns a complete response
}

func newCore(table *router.Table, pages *middleware.ErrorPages, settings *request.Settings) *core {
	c := &core{table: table, pages: pages, settings: settings}
	settings.Complete = pages.Complete
	settings.Stopping, c.stop = context.WithCancel(context.Background())
	c.pool.New = func() any {
		x := new(exchange)
		x.Init(settings)
		x.handle = pages.Outermost(func(req Request) Response { return table.Serve(&x.Exchange, &x.match, req) })
		return x
	}
	return c
}

// conditions are those under which a server calls the app.
type conditions struct {
	// The client may take body for each started MiB of the request's body, and write for each piece of the
	// response. 0 means that the server limits the time.
	body, write time.Duration
	// direct says that the app is the server's handler: no other code sees the header map of the
	// ResponseWriter.
	direct bool
}

// serve answers one request: it finds the route, runs the handlers, and writes what they return.
func (c *core) serve(w http.ResponseWriter, hr *http.Request, under conditions) {
	x := c.pool.Get().(*exchange)
	streamed, sent := false, false
	outcome := request.Outcome{Err: http.ErrAbortHandler} // of a panic
	defer func() {
		c.finish(x, w, hr, outcome, sent)
		if streamed {
			c.busy.Add(-1)
		}
	}()
	req := x.Accept(w, hr, under.body, under.write)
	resp := x.handle(req)
	if response.StateOf(resp).HasBody() {
		streamed = true
		c.busy.Add(1)
		x.Stream(req)
	}
	under.write = x.BeginResponse(!streamed)
	written, err := c.write(req, resp, w, hr, under)
	outcome = request.Outcome{Status: written.Status, Bytes: written.Bytes, Err: err}
	if err != nil {
		cut(w, hr)
		return
	}
	outcome.Err, sent = resp.Err(), true
}

// write sends a response, or an error page in its place if it fails before anything was sent. After an
// error the connection must be cut, so that the client does not take a part for the whole.
func (c *core) write(
	req Request, resp Response, w http.ResponseWriter, hr *http.Request, under conditions,
) (response.Written, error) {
	answered := hr
	if response.StateOf(resp).HasBody() {
		// Its context ends when the app stops.
		answered = req.HTTP().WithContext(response.LogTo(req.Context(), req.Logger()))
	}
	if c.draining.Load() {
		// So that clients know, and no request is on its way to a connection that is closed (RFC 9112
		// section 9.6). Over HTTP/2 net/http makes a GOAWAY of it.
		w.Header().Set("Connection", "close")
	}
	written, err := under.send(resp, w, answered)
	if err == nil || err == http.ErrAbortHandler { // it has been asked for
		return written, err
	}
	if written.Status == 0 {
		return under.send(c.pages.Instead(req, err), w, hr)
	}
	c.pages.LogCutOff(req, hr, err)
	return written, err
}

func (under conditions) send(resp Response, w http.ResponseWriter, hr *http.Request) (response.Written, error) {
	if under.direct {
		return response.StateOf(resp).WriteDirect(w, hr, under.write)
	}
	return response.StateOf(resp).Write(w, hr, under.write)
}

// cut breaks the connection in a way that the client notices. HTTP/1.0 has no mark for the end of a
// response without a length, so the connection is reset there, over TLS without the alert that would
// end it in good order.
func cut(w http.ResponseWriter, hr *http.Request) {
	if hr.ProtoMajor == 1 && hr.ProtoMinor == 0 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			reset(conn)
			return
		}
	}
	panic(http.ErrAbortHandler)
}

func reset(conn net.Conn) {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // what is not sent yet is dropped, and the client gets RST
	}
	conn.Close()
}

// finish ends a request. It runs after panics too, so what waits for the end of the request is told in
// any case. That must not hold the response back. Of a response with a known length everything is
// sent beforehand. The end of every other one is sent when the handler returns, so for those it
// happens in a goroutine of its own, for which the stop waits.
func (c *core) finish(x *exchange, w http.ResponseWriter, hr *http.Request, o request.Outcome, sent bool) {
	if !x.HasWork() || !isAwaited(hr.Context()) ||
		sent && isWhole(w, hr, o.Status) && http.NewResponseController(w).Flush() == nil {
		x.Finish(o) // which does nothing where nothing waits for it
		c.recycle(x)
		return
	}
	x.Release()
	c.busy.Add(1)
	go func() {
		defer c.busy.Add(-1)
		x.Finish(o)
		c.recycle(x)
	}()
}

// isAwaited reports whether a client waits for the end of the response. There is none where no server
// of package net/http has received the request.
func isAwaited(ctx context.Context) bool {
	return ctx.Value(http.ServerContextKey) != nil && !request.IsForTest(ctx)
}

// isWhole reports whether a flush sends what is left of a response, its end included.
func isWhole(w http.ResponseWriter, hr *http.Request, status int) bool {
	if hr.ProtoMajor != 1 || status < 200 {
		return false
	}
	return w.Header()["Content-Length"] != nil || hr.Method == http.MethodHead ||
		status == http.StatusNoContent || status == http.StatusNotModified
}

// recycle gives the working memory back.
func (c *core) recycle(x *exchange) {
	x.End()
	c.pool.Put(x)
}

// ServeHTTP makes the app an http.Handler for servers other than its own, which then set timeouts
// and limits of connections. An app that has not been started is started by its first request; if
// that fails, the reason is logged and requests get 503.
func (a *App) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	c := a.core.Load()
	if c == nil {
		if c = a.startImplicitly(); c == nil {
			refuse(w, http.StatusServiceUnavailable)
			return
		}
	}
	server, _ := hr.Context().Value(http.ServerContextKey).(*http.Server)
	c.serve(w, hr, conditions{direct: server != nil && server.Handler == http.Handler(a)})
}

// refuse answers what no handler is asked for.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Connection", "close")
	http.Error(w, fmt.Sprintf("%d %s", status, http.StatusText(status)), status)
}
