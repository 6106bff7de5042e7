package middleware

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/response"
)

// bufferLimit is how many bytes of content a recorder buffers. Responses that fit become known bytes, the
// others a body.
const bufferLimit = 16 << 10

// recorder is the ResponseWriter of a net/http handler whose answer becomes a Response.
//
// The handler runs in a goroutine of its own, and the goroutine of the request waits for it:
//
//	the handler returns first           it writes more than fits into the buffer, flushes or
//	                                    takes the connection
//	the Response has known bytes        the handler pauses; the Response has a pausedBody
//	it passes the middleware            it passes the middleware
//	it is written                       it is written: the handler resumes, with the real writer
//	                                    another one is written: the handler resumes with errors
//
// So middleware sees a status and headers that are final, and content of any length needs one buffer. A
// coroutine would not do: a handler may write from another goroutine or lock its thread.
//
// Informational responses and deadlines do not wait for the middleware. They go to the connection through
// the Request, or through the recorder of a WrapHTTP around this one.
//
// The recorder ends when the handler has returned: later operations of its goroutines fail, and the first is
// logged.
type recorder struct {
	req    request.Request
	hr     *http.Request // the handler's
	form   *multipart.Form
	outer  *recorder // that of the WrapHTTP around this one, nil for none
	logger *slog.Logger
	late   atomic.Bool // late use was logged

	stopped chan struct{}            // gets a value when the handler pauses, and when it has returned
	resume  chan http.ResponseWriter // gets the writer with which a paused handler resumes, nil for errors
	running sync.WaitGroup           // the handler

	writing sync.Mutex // held by an operation that writes, also while it pauses

	mu       sync.Mutex // guards the fields below; never held while waiting for the client or the middleware
	state    handlerState
	returned bool
	header   http.Header // the map of the handler
	head     http.Header // a copy of it from when the status was set
	status   int
	buf      []byte
	control  http.ResponseWriter // the real writer, for operations that do not write
	w        http.ResponseWriter // the same, once a paused handler has resumed
	trailers bool                // Header was called after that
	failed   error               // the panic of the handler
}

type handlerState uint8

const (
	handlerRuns handlerState = iota
	handlerPaused
	handlerResumed // or about to be
)

// newRecorder returns a recorder for a handler that is to answer hr, which stands for req.
func newRecorder(req request.Request, hr *http.Request) *recorder {
	rec := &recorder{
		req: req, hr: hr, form: hr.MultipartForm, logger: req.Logger(), header: http.Header{},
		stopped: make(chan struct{}, 2),
	}
	if b, ok := req.Context().Value(bridgeKey{}).(*bridge); ok {
		rec.outer = b.rec
	}
	return rec
}

// record runs h until its answer is known, and returns it.
func (rec *recorder) record(h http.Handler) response.Response {
	rec.running.Go(func() { rec.run(h) })
	<-rec.stopped
	// The status and the headers are final now.
	if rec.hasReturned() {
		_ = rec.abandon() // a goroutine of the handler may have paused, too late
		if rec.failed != nil {
			panic(rec.failed)
		}
		return rec.finished()
	}
	registered := false
	defer func() {
		if !registered { // the request has ended already, inside a timeout
			_ = rec.abandon()
		}
	}()
	registered = request.StateOf(rec.req).AfterResponse(func(request.Outcome) {
		if err := rec.abandon(); err != nil {
			rec.logger.Warn("handler panicked after another response was sent", "path", rec.hr.URL.Path, "error", err)
		}
	})
	return response.RecordedBody(rec.status, rec.head, pausedBody{rec})
}

// run lets the handler answer. A panic is kept for the goroutine of the request, where error pages are made.
func (rec *recorder) run(h http.Handler) {
	returned := false
	defer func() {
		if !returned {
			rec.failed = panicFor(recover())
		}
		rec.end()
	}()
	h.ServeHTTP(rec, rec.hr)
	returned = true
}

// end makes late use fail. It does not wait for operations under way: the real writer does.
func (rec *recorder) end() {
	rec.mu.Lock()
	rec.returned = true
	rec.mu.Unlock()
	if rec.w != nil && (rec.trailers || rec.head["Trailer"] != nil) {
		maps.Copy(rec.w.Header(), rec.header) // the real writer takes the trailers among them
	}
	removeForm(rec.hr, rec.form)
	rec.stopped <- struct{}{}
}

func (rec *recorder) hasReturned() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.returned
}

// removeForm removes the files of a form that was parsed since hr had another one. The server does so
// for its own request only.
func removeForm(hr *http.Request, had *multipart.Form) {
	if f := hr.MultipartForm; f != nil && f != had {
		_ = f.RemoveAll()
	}
}

// panicFor returns the value for a panic in the goroutine of the request, where the stack of the handler is
// lost.
func panicFor(v any) error {
	switch v {
	case nil:
		return errors.New("soay: the handler ended its goroutine")
	case http.ErrAbortHandler:
		return http.ErrAbortHandler
	}
	if e, ok := v.(panics.Answer); ok {
		return e
	}
	return panics.Recovered(v)
}

// decide makes a paused handler resume with w, or with errors if w is nil. It is false if that is decided
// already, or if the handler has not paused.
func (rec *recorder) decide(w http.ResponseWriter) bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.state != handlerPaused {
		return false
	}
	rec.state, rec.control = handlerResumed, w
	return true
}

// abandon ends a handler that is still paused when the request is over, because another response was sent. It
// returns the panic of the handler.
func (rec *recorder) abandon() error {
	if !rec.decide(nil) {
		return nil
	}
	rec.resume <- nil
	rec.running.Wait()
	if rec.failed == http.ErrAbortHandler {
		return nil
	}
	return rec.failed
}

// finished returns the response of a handler that has returned.
func (rec *recorder) finished() response.Response {
	if rec.status == 0 {
		rec.setStatus(http.StatusOK)
	}
	if err := rec.checkLength(); err != nil {
		return response.Error(err)
	}
	rec.sniff(nil)
	if !rec.hasContent() {
		rec.buf = nil
	}
	if !rec.hasTrailers() {
		return response.Recorded(rec.status, rec.head, rec.buf)
	}
	return response.RecordedBody(rec.status, rec.head, bodyWithTrailers{rec.buf, rec.header})
}

// checkLength returns an error if the handler has announced another length than it has written. A server cuts
// the connection then.
func (rec *recorder) checkLength() error {
	announced := rec.head.Get("Content-Length")
	if announced == "" || !response.HasContent(rec.hr.Method, rec.status) {
		return nil
	}
	if n, err := strconv.Atoi(announced); err != nil || n != len(rec.buf) {
		return fmt.Errorf("soay: handler announced a Content-Length of %q and wrote %d bytes", announced, len(rec.buf))
	}
	return nil
}

// hasContent reports whether the response to a GET has content. The response to HEAD has the same
// headers (RFC 9110 section 9.3.2), so the content counts there, too.
func (rec *recorder) hasContent() bool { return response.HasContent(http.MethodGet, rec.status) }

// hasTrailers reports whether header fields follow the content.
func (rec *recorder) hasTrailers() bool {
	if rec.head["Trailer"] != nil {
		return true
	}
	for name := range rec.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// bodyWithTrailers is a Body of known content and the trailers after it.
type bodyWithTrailers struct {
	content []byte
	header  http.Header
}

// Ready promises that no session is looked at: the handler has returned.
func (bodyWithTrailers) Ready() {}

// WriteBody implements [response.Body]. Trailers that were not announced are set before the status, or
// a server would take short content for all there is.
func (b bodyWithTrailers) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	for name, values := range b.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(status)
	if len(b.content) > 0 && r.Method != http.MethodHead {
		if _, err := w.Write(b.content); err != nil {
			return err
		}
	}
	maps.Copy(w.Header(), b.header) // w takes the trailers that were announced
	return nil
}

// pausedBody is the Body of a response whose handler has paused.
type pausedBody struct{ rec *recorder }

// WriteBody implements [response.Body].
func (b pausedBody) WriteBody(w http.ResponseWriter, _ *http.Request, status int) error {
	rec := b.rec
	if !rec.decide(w) {
		return errNotWritten
	}
	for name, values := range rec.head {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			w.Header()[name] = values
		}
	}
	if rec.status != 0 {
		w.WriteHeader(status)
	}
	if len(rec.buf) > 0 {
		if _, err := w.Write(rec.buf); err != nil {
			rec.resume <- nil
			rec.running.Wait()
			return err
		}
	}
	rec.resume <- w
	rec.running.Wait()
	return rec.failed
}

var (
	errNotWritten = errors.New("soay: another response was sent in place of this one")
	errReturned   = errors.New("soay: the http.ResponseWriter was used after its handler had returned")
)

// enter begins an operation that writes, and leave ends it. It locks writing before mu, and pause unlocks mu
// alone: while one operation waits for the middleware, other writes wait for it, but Header and deadlines do
// not.
func (rec *recorder) enter() error {
	rec.writing.Lock()
	rec.mu.Lock()
	if err := rec.ended(); err != nil {
		rec.leave()
		return err
	}
	return nil
}

func (rec *recorder) leave() {
	rec.mu.Unlock()
	rec.writing.Unlock()
}

// ended returns the error of late use, which it logs once.
func (rec *recorder) ended() error {
	if !rec.returned {
		return nil
	}
	if rec.late.CompareAndSwap(false, true) {
		rec.logger.Error(errReturned.Error(), "method", rec.hr.Method, "path", rec.hr.URL.Path)
	}
	return errReturned
}

// pause pauses the handler, within an operation that writes, until its response is written, and returns the
// real writer. Meanwhile only other operations that write are locked out. It returns at once if the handler
// has resumed.
func (rec *recorder) pause() (http.ResponseWriter, error) {
	if rec.state == handlerRuns {
		rec.resume = make(chan http.ResponseWriter, 1)
		rec.state = handlerPaused
		rec.mu.Unlock()
		rec.stopped <- struct{}{}
		w := <-rec.resume
		rec.mu.Lock()
		if err := rec.ended(); err != nil {
			return nil, err
		}
		if rec.w = w; w != nil {
			maps.Copy(rec.header, w.Header()) // what the middleware has added
		}
	}
	if rec.w == nil {
		return nil, errNotWritten
	}
	return rec.w, nil
}
