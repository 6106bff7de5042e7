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

// recordLimit is how many bytes of content a recorder holds back. Answers that fit become known
// bytes, the others a body.
const recordLimit = 16 << 10

// recorder is the ResponseWriter of a net/http handler whose answer becomes a Response.
//
// The handler runs in a goroutine of its own. It is held when it has said more than can be kept,
// flushes or takes the connection, that is, when its status and headers are final but its content
// is not. The Response is made then, passes the rest of the middleware and, when it is written at
// last, lets the handler go on, now with the real writer. Goroutines and channels rather than a
// coroutine, because a handler may write from another goroutine or lock its thread.
//
// When the handler has returned the recorder has ended: whatever a goroutine does with it later fails,
// and is logged once.
type recorder struct {
	req    request.Request
	hr     *http.Request // the handler's
	form   *multipart.Form
	outer  *recorder // that of the WrapHTTP around this one, nil for none
	logger *slog.Logger
	late   atomic.Bool // late use was logged

	stops   chan struct{}            // gets a value when the handler is held, and when it has returned
	turn    chan http.ResponseWriter // gets what a held handler goes on with, nil for nothing
	running sync.WaitGroup           // the handler

	writing sync.Mutex // held by an operation that writes, also while it is held

	mu       sync.Mutex // guards what follows; nobody waits for the client or the middleware under it
	progress recordProgress
	returned bool
	header   http.Header // what the handler sees
	sent     http.Header // header as it was when the status was set
	status   int
	buf      []byte
	control  http.ResponseWriter // the real writer, for what does not write
	w        http.ResponseWriter // the same, once a held handler goes on
	trailers bool                // the header map was asked for after that
	failed   error               // what the handler panicked with
}

type recordProgress uint8

const (
	recordRuns recordProgress = iota
	recordHeld
	recordTaken // it is decided how the held handler goes on
)

// newRecorder returns a recorder for a handler that is to answer hr, which stands for req.
func newRecorder(req request.Request, hr *http.Request) *recorder {
	rec := &recorder{
		req: req, hr: hr, form: hr.MultipartForm, logger: req.Logger(), header: http.Header{},
		stops: make(chan struct{}, 2),
	}
	if p, ok := req.Context().Value(passage{}).(*passenger); ok {
		rec.outer = p.rec
	}
	return rec
}

// record runs h until its answer is known, and returns it.
func (rec *recorder) record(h http.Handler) response.Response {
	rec.running.Go(func() { rec.run(h) })
	<-rec.stops
	if rec.hasReturned() {
		_ = rec.drop() // what a goroutine of the handler writes comes too late
		if rec.failed != nil {
			panic(rec.failed)
		}
		return rec.whole()
	}
	parked := false
	defer func() {
		if !parked { // the request has ended meanwhile, behind a http.TimeoutHandler
			_ = rec.drop()
		}
	}()
	rec.req.AfterResponse(func(request.Outcome) {
		if err := rec.drop(); err != nil {
			rec.logger.Warn("handler panicked after another response was sent", "path", rec.hr.URL.Path, "error", err)
		}
	})
	parked = true
	return response.Recorded(rec.status, rec.sent, nil).WithBody("", heldBody{rec})
}

func (rec *recorder) run(h http.Handler) {
	returned := false
	defer func() {
		if !returned {
			rec.failed = caught(recover())
		}
		rec.end()
	}()
	h.ServeHTTP(rec, rec.hr)
	returned = true
}

// end makes late use fail. It does not wait for what is under way: the real writer does.
func (rec *recorder) end() {
	rec.mu.Lock()
	rec.returned = true
	rec.mu.Unlock()
	if rec.w != nil && (rec.trailers || rec.sent["Trailer"] != nil) {
		maps.Copy(rec.w.Header(), rec.header) // of which it takes what are trailers
	}
	removeForm(rec.hr, rec.form)
	rec.stops <- struct{}{}
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

// caught returns what to panic with in the goroutine of the request, where the stack of the handler
// is lost.
func caught(v any) error {
	switch v {
	case nil:
		return errors.New("soay: the handler ended its goroutine")
	case http.ErrAbortHandler:
		return http.ErrAbortHandler
	}
	return panics.Recovered(v)
}

// take decides that a held handler goes on with w, or with nothing, unless that is decided.
func (rec *recorder) take(w http.ResponseWriter) bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.progress != recordHeld {
		return false
	}
	rec.progress, rec.control = recordTaken, w
	return true
}

// drop ends a handler that is still held when the request is over, because another response was
// sent.
func (rec *recorder) drop() error {
	if !rec.take(nil) {
		return nil
	}
	rec.turn <- nil
	rec.running.Wait()
	if rec.failed == http.ErrAbortHandler {
		return nil
	}
	return rec.failed
}

// whole returns the response of a handler that has returned.
func (rec *recorder) whole() response.Response {
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
		return response.Recorded(rec.status, rec.sent, rec.buf)
	}
	return response.Recorded(rec.status, rec.sent, nil).WithBody("", trailed{rec.buf, rec.header})
}

// checkLength refuses content that is not what the handler has announced, as a server does by
// cutting the connection.
func (rec *recorder) checkLength() error {
	announced := rec.sent.Get("Content-Length")
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

// hasTrailers reports whether anything of the header follows the content.
func (rec *recorder) hasTrailers() bool {
	if rec.sent["Trailer"] != nil {
		return true
	}
	for name := range rec.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			return true
		}
	}
	return false
}

// trailed is known content that trailers follow.
type trailed struct {
	content []byte
	header  http.Header
}

// Ready tells that the handler has said everything.
func (trailed) Ready() {}

// WriteBody implements [response.Body]. Trailers that were not announced are set before the status, or
// a server would take short content for all there is.
func (b trailed) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
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
	maps.Copy(w.Header(), b.header) // of which w takes what was announced
	return nil
}

// heldBody is the content of an answer whose handler is held.
type heldBody struct{ rec *recorder }

// WriteBody implements [response.Body].
func (b heldBody) WriteBody(w http.ResponseWriter, _ *http.Request, status int) error {
	rec := b.rec
	if !rec.take(w) {
		return errNotWritten
	}
	for name, values := range rec.sent {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			w.Header()[name] = values
		}
	}
	if rec.status != 0 {
		w.WriteHeader(status)
	}
	if len(rec.buf) > 0 {
		if _, err := w.Write(rec.buf); err != nil {
			rec.turn <- nil
			rec.running.Wait()
			return err
		}
	}
	rec.turn <- w
	rec.running.Wait()
	return rec.failed
}

var (
	errNotWritten = errors.New("soay: another response was sent in place of this one")
	errReturned   = errors.New("soay: the http.ResponseWriter was used after its handler had returned")
)

// enter begins an operation that writes. leave ends it.
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

// commit holds the handler until its response is written, within an operation, and returns the real
// writer. Nothing is locked while the handler is held but what other operations that write need.
func (rec *recorder) commit() (http.ResponseWriter, error) {
	if rec.progress == recordRuns {
		rec.turn = make(chan http.ResponseWriter, 1)
		rec.progress = recordHeld
		rec.mu.Unlock()
		rec.stops <- struct{}{}
		w := <-rec.turn
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
