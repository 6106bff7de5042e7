package middleware

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/soay-go/soay/request"
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
type recorder struct {
	header http.Header
	sent   http.Header // header as it was when the status was set
	status int
	buf    []byte
	w      http.ResponseWriter // nil until the response is written
	over   bool                // the response will never be written

	progress atomic.Int32             // a recordProgress
	stops    chan struct{}            // gets a value when the handler is held, and when it has ended
	turn     chan http.ResponseWriter // gets what a held handler goes on with, nil for nothing
	failed   error                    // what the handler panicked with
}

type recordProgress = int32

const (
	recordRuns recordProgress = iota
	recordHeld
	recordTaken // it is decided how the held handler goes on
)

// record runs h until its answer is known, and returns it.
func record(req request.Request, hr *http.Request, h http.Handler) response.Response {
	rec := &recorder{header: http.Header{}, stops: make(chan struct{}, 1)}
	go rec.run(h, hr)
	<-rec.stops
	if rec.progress.Load() == recordRuns {
		if rec.failed != nil {
			panic(rec.failed)
		}
		return rec.whole(hr.Method)
	}
	parked := false
	defer func() {
		if !parked { // the request has ended meanwhile, behind a http.TimeoutHandler
			_ = rec.drop()
		}
	}()
	req.AfterResponse(func(request.Outcome) {
		if err := rec.drop(); err != nil {
			req.Logger().Warn("handler panicked after another response was sent", "path", req.Path(), "error", err)
		}
	})
	parked = true
	resp := withHeaders(response.Response{}.WithBody("", heldBody{rec}), rec.sent)
	if rec.status == 0 || resp.Pending() != nil {
		return resp
	}
	return resp.WithStatus(rec.status)
}

func (rec *recorder) run(h http.Handler, hr *http.Request) {
	returned := false
	defer func() {
		if !returned {
			rec.failed = caught(recover())
		}
		rec.stops <- struct{}{}
	}()
	h.ServeHTTP(rec, hr)
	returned = true
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
	return newPanicError(v)
}

// drop ends a handler that is still held when the request is over, because another response was
// sent.
func (rec *recorder) drop() error {
	if !rec.progress.CompareAndSwap(recordHeld, recordTaken) {
		return nil
	}
	rec.turn <- nil
	<-rec.stops
	if rec.failed == http.ErrAbortHandler {
		return nil
	}
	return rec.failed
}

// whole returns the response of a handler that has returned.
func (rec *recorder) whole(method string) response.Response {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	if err := rec.checkLength(method); err != nil {
		return response.Error(err)
	}
	rec.sniff(nil)
	var resp response.Response
	switch contentType := rec.sent.Get("Content-Type"); {
	case len(rec.buf) == 0 || !hasContent(rec.status):
	case contentType == "":
		resp = resp.WithBody("", rawBody(rec.buf))
	default:
		resp = response.Bytes(contentType, rec.buf)
	}
	return withHeaders(resp.WithStatus(rec.status), rec.sent)
}

// checkLength refuses content that is not what the handler has announced, as a server does by
// cutting the connection.
func (rec *recorder) checkLength(method string) error {
	announced := rec.sent.Get("Content-Length")
	if announced == "" || method == http.MethodHead || !hasContent(rec.status) {
		return nil
	}
	if n, err := strconv.Atoi(announced); err != nil || n != len(rec.buf) {
		return fmt.Errorf("soay: handler announced a Content-Length of %q and wrote %d bytes", announced, len(rec.buf))
	}
	return nil
}

// hasContent reports whether responses with a status have content (RFC 9110 section 6.4.1).
func hasContent(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

func withHeaders(resp response.Response, header http.Header) response.Response {
	for name, values := range header {
		if name == "Transfer-Encoding" {
			continue // the server decides about it
		}
		for i, v := range values {
			if i == 0 {
				resp = resp.WithHeader(name, v)
			} else {
				resp = resp.AddHeader(name, v)
			}
		}
	}
	return resp
}

// rawBody is known content whose type is not known.
type rawBody []byte

// Ready tells that the handler has said everything.
func (rawBody) Ready() {}

// WriteBody implements [response.Body].
func (b rawBody) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	if r.Method == http.MethodHead || !hasContent(status) {
		return nil
	}
	_, err := w.Write(b)
	return err
}

// heldBody is the content of an answer whose handler is held.
type heldBody struct{ rec *recorder }

// WriteBody implements [response.Body].
func (b heldBody) WriteBody(w http.ResponseWriter, _ *http.Request, status int) error {
	rec := b.rec
	if !rec.progress.CompareAndSwap(recordHeld, recordTaken) {
		return errNotWritten
	}
	if rec.status != 0 {
		w.WriteHeader(status)
	}
	if len(rec.buf) > 0 {
		if _, err := w.Write(rec.buf); err != nil {
			rec.turn <- nil
			<-rec.stops
			return err
		}
	}
	rec.turn <- w
	<-rec.stops
	return rec.failed
}

// Header implements http.ResponseWriter. When the content is being sent it is the real one, which
// takes trailers.
func (rec *recorder) Header() http.Header {
	if rec.w != nil {
		return rec.w.Header()
	}
	return rec.header
}

// WriteHeader implements http.ResponseWriter. Informational answers but 101 are not passed on.
func (rec *recorder) WriteHeader(status int) {
	if rec.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	rec.status = status
	if rec.w != nil { // it has asked for the connection in vain
		rec.w.WriteHeader(status)
		return
	}
	rec.sent = rec.header.Clone()
	if status == http.StatusSwitchingProtocols {
		_ = rec.commit()
	}
}

// Write implements io.Writer.
func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	if rec.w == nil && !rec.over {
		if len(rec.buf)+len(b) <= recordLimit {
			rec.buf = append(rec.buf, b...)
			return len(b), nil
		}
		rec.sniff(b)
	}
	if err := rec.commit(); err != nil {
		return 0, err
	}
	return rec.w.Write(b)
}

// sniff sets the content type that package net/http would find. It is needed before anything is
// sent, for pages get headers that others do not.
func (rec *recorder) sniff(next []byte) {
	if _, ok := rec.sent["Content-Type"]; ok || rec.sent.Get("Content-Encoding") != "" || !hasContent(rec.status) {
		return
	}
	const enough = 512
	start := rec.buf[:min(len(rec.buf), enough)]
	if start = append(slices.Clip(start), next[:min(len(next), enough)]...); len(start) > 0 {
		rec.sent.Set("Content-Type", http.DetectContentType(start))
	}
}

// Flush implements http.Flusher.
func (rec *recorder) Flush() { _ = rec.FlushError() }

// FlushError is the Flush that an http.ResponseController calls.
func (rec *recorder) FlushError() error {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	if rec.w == nil {
		rec.sniff(nil)
	}
	if err := rec.commit(); err != nil {
		return err
	}
	return http.NewResponseController(rec.w).Flush()
}

// Hijack implements http.Hijacker.
func (rec *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := rec.commit(); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(rec.w).Hijack()
}

// Unwrap lets an http.ResponseController set deadlines once there is a connection.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.w }

var errNotWritten = errors.New("soay: another response was sent in place of this one")

// commit holds the handler until its response is written.
func (rec *recorder) commit() error {
	if rec.w == nil && !rec.over {
		rec.turn = make(chan http.ResponseWriter, 1)
		rec.progress.Store(recordHeld)
		rec.stops <- struct{}{}
		rec.w = <-rec.turn
		rec.over = rec.w == nil
	}
	if rec.over {
		return errNotWritten
	}
	return nil
}
