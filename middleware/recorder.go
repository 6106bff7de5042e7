package middleware

import (
	"bufio"
	"errors"
	"iter"
	"net"
	"net/http"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// recordLimit is how many bytes of content a recorder holds back. Answers that fit become known bytes, the others a body.
const recordLimit = 16 << 10

// recorder is the ResponseWriter of a net/http handler whose answer becomes a Response.
//
// The handler runs as a coroutine. It is held when it has said more than can be kept, flushes or takes the connection, that is, when its status
// and headers are final but its content is not. The Response is made then, passes the rest of the middleware and, when
// it is written at last, lets the handler go on, now with the real writer.
type recorder struct {
	header http.Header
	sent   http.Header // header as it was when the status was set
	status int
	buf    []byte
	hold   func(struct{}) bool // returns whether to go on
	w      http.ResponseWriter // nil until the response is written
	over   bool                // the response will never be written
}

// record runs h until its answer is known, and returns it.
func record(req request.Request, hr *http.Request, h http.Handler) response.Response {
	rec := &recorder{header: http.Header{}}
	resume, stop := iter.Pull(func(hold func(struct{}) bool) {
		rec.hold = hold
		h.ServeHTTP(rec, hr)
	})
	if _, held := resume(); !held {
		stop()
		return rec.whole()
	}
	req.AfterResponse(func(request.Outcome) {
		rec.over = true
		stop()
	})
	resp := withHeaders(response.Response{}.WithBody("", heldBody{rec, resume}), rec.sent)
	if rec.status == 0 || resp.Pending() != nil {
		return resp
	}
	return resp.WithStatus(rec.status)
}

// whole returns the response of a handler that has returned.
func (rec *recorder) whole() response.Response {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	var resp response.Response
	if len(rec.buf) > 0 {
		contentType := rec.sent.Get("Content-Type")
		if contentType == "" {
			contentType = http.DetectContentType(rec.buf)
		}
		resp = response.Bytes(contentType, rec.buf)
	}
	return withHeaders(resp.WithStatus(rec.status), rec.sent)
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

// heldBody is the content of an answer whose handler is held.
type heldBody struct {
	rec    *recorder
	resume func() (struct{}, bool)
}

// WriteBody implements [response.Body].
func (b heldBody) WriteBody(w http.ResponseWriter, _ *http.Request, status int) error {
	rec := b.rec
	rec.w = w
	if rec.status != 0 {
		w.WriteHeader(status)
	}
	if len(rec.buf) > 0 {
		if _, err := w.Write(rec.buf); err != nil {
			return err
		}
	}
	b.resume()
	return nil
}

// Header implements http.ResponseWriter.
func (rec *recorder) Header() http.Header { return rec.header }

// WriteHeader implements http.ResponseWriter. Informational answers but 101 are not passed on.
func (rec *recorder) WriteHeader(status int) {
	if rec.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	rec.status, rec.sent = status, rec.header.Clone()
	if status == http.StatusSwitchingProtocols {
		_ = rec.commit()
	}
}

// Write implements io.Writer.
func (rec *recorder) Write(b []byte) (int, error) {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	if rec.w == nil {
		if len(rec.buf)+len(b) <= recordLimit {
			rec.buf = append(rec.buf, b...)
			return len(b), nil
		}
		if err := rec.commit(); err != nil {
			return 0, err
		}
	}
	return rec.w.Write(b)
}

// Flush implements http.Flusher.
func (rec *recorder) Flush() {
	if rec.status == 0 {
		rec.WriteHeader(http.StatusOK)
	}
	if rec.commit() == nil {
		_ = http.NewResponseController(rec.w).Flush()
	}
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
	if rec.over {
		return errNotWritten
	}
	if rec.w == nil && !rec.hold(struct{}{}) {
		rec.over = true
	}
	if rec.over {
		return errNotWritten
	}
	return nil
}
