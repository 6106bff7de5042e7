package soay

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1/loop"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// core serves the requests of a started app. Each start makes a new one, which never changes.
type core struct {
	table    *router.Table
	pages    *middleware.ErrorPages
	settings *request.Settings
	trust    func(Request)      // takes what trusted proxies tell, nil if none are
	stop     context.CancelFunc // ends settings.Stopping
	// conditional answers conditions where no middleware does, nil if one does.
	conditional *middleware.Conditional
	draining    atomic.Bool  // the app has been told to stop and still takes requests
	busy        atomic.Int64 // streams, and goroutines that run after responses; the server does not count them
	pool        sync.Pool    // of *exchange
}

// exchange is the working memory of one request and its response. It is recycled.
type exchange struct {
	request.Exchange
	match router.Matcher
}

func newCore(table *router.Table, pages *middleware.ErrorPages, settings *request.Settings) *core {
	c := &core{table: table, pages: pages, settings: settings}
	settings.Complete = pages.Complete
	settings.Stopping, c.stop = context.WithCancel(context.Background())
	c.pool.New = func() any {
		x := new(exchange)
		x.Init(settings)
		return x
	}
	return c
}

// conditions are the circumstances of a call by a server.
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
	outcome := request.Outcome{Err: http.ErrAbortHandler, Cut: true} // of a panic
	defer func() {
		c.finish(x, w, hr, outcome, sent)
		if streamed {
			c.busy.Add(-1)
		}
	}()
	req := x.Accept(w, hr, under.body, under.write)
	resp := c.handle(x, req)
	if response.StateOf(resp).HasBody() {
		streamed = true
		c.busy.Add(1)
		x.Stream(req)
	}
	under.write = x.BeginResponse(!streamed)
	written, err := c.write(req, resp, w, hr, under)
	outcome = request.Outcome{Status: written.Status, Bytes: written.Bytes, Err: err, Cut: err != nil}
	if err != nil {
		cut(w, hr)
		return
	}
	outcome.Err, sent = resp.Err(), true
}

// handle returns the response of the handlers, which is complete whatever happens in them.
func (c *core) handle(x *exchange, req Request) (resp Response) {
	defer c.pages.Recover(req, &resp, true)
	if c.trust != nil {
		x.SetRoute(nil) // what is logged must not name that of an earlier request
		c.trust(req)
	}
	resp = c.table.Serve(&x.Exchange, &x.match, req)
	if c.conditional != nil && response.StateOf(resp).IsMatched() { // most responses have neither a tag nor a time
		resp = c.conditional.Answer(req, resp)
	}
	if response.StateOf(resp).NeedsPage() {
		resp = c.pages.Complete(req, resp)
	}
	return resp
}

// write sends a response, or an error page in its place if it fails before anything was sent. After an
// error the connection must be cut, so that the client does not take a part for the whole.
func (c *core) write(
	req Request, resp Response, w http.ResponseWriter, hr *http.Request, under conditions,
) (response.Written, error) {
	answered := hr
	if s := response.StateOf(resp); s.HasBody() && !s.IsFile() {
		// Its context ends when the app stops.
		answered = req.HTTP().WithContext(response.LogTo(req.Context(), req.Logger()))
	}
	if c.draining.Load() {
		// The client shall send no more requests by this connection, because one of them could be lost when it
		// is closed (RFC 9112 section 9.6). Over HTTP/2 net/http sends GOAWAY instead.
		closeAfter(w)
	}
	written, err := under.send(resp, w, answered)
	if err == nil || err == http.ErrAbortHandler { // a handler asks for the cut by this error
		return written, err
	}
	if written.Status == 0 {
		return under.send(c.pages.Instead(req, err), w, hr)
	}
	c.pages.LogCutOff(req, hr, err)
	return written, err
}

// closeAfter makes the connection one that is closed after the response.
func closeAfter(w http.ResponseWriter) {
	if own, ok := w.(*loop.Writer); ok {
		own.CloseAfter()
		return
	}
	w.Header().Set("Connection", "close")
}

func (under conditions) send(resp Response, w http.ResponseWriter, hr *http.Request) (response.Written, error) {
	// A body that has failed leaves headers about the exchange in the map, for the page in its place.
	if own, ok := w.(*loop.Writer); ok && !response.StateOf(resp).HasBody() && !own.HasHeader() {
		wire := response.Wire{Head: hr.Method == http.MethodHead, Now: own.Begin()}
		wire.Close = own.Closes()
		if head, text, ok := response.StateOf(resp).AppendTo(own.Buffer(), wire); ok {
			n, err := own.Send(head, text, under.write)
			return response.Written{Status: resp.Status(), Bytes: n}, err
		}
	}
	if under.direct {
		return response.StateOf(resp).WriteDirect(w, hr, under.write)
	}
	return response.StateOf(resp).Write(w, hr, under.write)
}

// cut breaks the connection in a way that the client notices. HTTP/1.0 has no mark for the end of a
// response without a length, so the connection is reset there, over TLS without the closing alert, which would
// look like a regular end.
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
	for {
		outer, ok := conn.(interface{ NetConn() net.Conn }) // one of TLS, or one with cheap deadlines
		if !ok {
			break
		}
		conn = outer.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // unsent data is dropped, and the client gets RST
	}
	conn.Close()
}

// finish ends a request, also after a panic. The functions of AfterResponse and the closing of services must not
// delay the response. If its length is known, a flush sends all of it first. The end of any other response is sent
// when the handler returns, so the functions run in a goroutine then, for which the stop waits.
func (c *core) finish(x *exchange, w http.ResponseWriter, hr *http.Request, o request.Outcome, sent bool) {
	if !x.HasWork() || !isAwaited(hr.Context()) ||
		sent && isWhole(w, hr, o.Status) && http.NewResponseController(w).Flush() == nil {
		x.Finish(o) // does nothing if nothing is to be run
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

// isAwaited reports whether a client waits for the end of the response. That is so if a server of package
// net/http has received the request, but not in tests.
func isAwaited(ctx context.Context) bool {
	return ctx.Value(http.ServerContextKey) != nil && !request.IsForTest(ctx)
}

// isWhole reports whether a flush sends the rest of a response including its end.
func isWhole(w http.ResponseWriter, hr *http.Request, status int) bool {
	if hr.ProtoMajor != 1 || status < 200 {
		return false
	}
	if own, ok := w.(*loop.Writer); ok && own.IsWhole() {
		return true
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

// refuse answers a request that no handler gets.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Connection", "close")
	http.Error(w, fmt.Sprintf("%d %s", status, http.StatusText(status)), status)
}
