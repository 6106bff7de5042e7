package middleware

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
)

// Header implements http.ResponseWriter. The handler has one map all the time: when the content is
// being sent it takes trailers. When the handler has returned the map is nobody's.
func (rec *recorder) Header() http.Header {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if rec.ended() != nil {
		return http.Header{}
	}
	rec.trailers = rec.w != nil
	return rec.header
}

// WriteHeader implements http.ResponseWriter. It panics as that of a server does.
func (rec *recorder) WriteHeader(status int) {
	if rec.enter() != nil {
		return
	}
	defer rec.leave()
	switch {
	case rec.status != 0:
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %d", status))
	case status < 200 && status != http.StatusSwitchingProtocols:
		rec.inform(status, rec.header)
	default:
		rec.setStatus(status)
	}
}

func (rec *recorder) setStatus(status int) {
	rec.status = status
	if rec.w != nil { // it has asked for the connection in vain
		maps.Copy(rec.w.Header(), rec.header)
		rec.w.WriteHeader(status)
		return
	}
	rec.sent = rec.header.Clone()
	if status == http.StatusSwitchingProtocols {
		_, _ = rec.commit()
	}
}

// inform sends an informational response past the middleware, while nothing else has been sent.
func (rec *recorder) inform(status int, header http.Header) {
	switch {
	case rec.progress != recordRuns:
	case rec.outer != nil:
		rec.outer.mu.Lock()
		defer rec.outer.mu.Unlock()
		if rec.outer.ended() == nil {
			rec.outer.inform(status, header)
		}
	default:
		timeout := request.StateOf(rec.req).WriteTimeout()
		_ = request.StateOf(rec.req).OnWriter(func(w http.ResponseWriter) error {
			response.Inform(w, rec.hr, status, header, timeout)
			return nil
		})
	}
}

// Write implements io.Writer.
func (rec *recorder) Write(b []byte) (int, error) {
	if err := rec.enter(); err != nil {
		return 0, err
	}
	defer rec.leave()
	if rec.status == 0 {
		rec.setStatus(http.StatusOK)
	}
	if rec.progress == recordRuns {
		if len(rec.buf)+len(b) <= recordLimit {
			rec.buf = append(rec.buf, b...)
			return len(b), nil
		}
		rec.sniff(b)
	}
	w, err := rec.commit()
	if err != nil {
		return 0, err
	}
	rec.mu.Unlock() // for who sets a deadline meanwhile
	defer rec.mu.Lock()
	return w.Write(b)
}

// ReadFrom implements io.ReaderFrom: what does not fit is the real writer's to read.
func (rec *recorder) ReadFrom(src io.Reader) (n int64, err error) {
	size := int64(32 << 10)
	if l, ok := src.(*io.LimitedReader); ok {
		size = max(1, min(l.N, size))
	}
	for b := make([]byte, size); ; {
		w, err := rec.real()
		if err != nil {
			return n, err
		}
		if w, ok := w.(io.ReaderFrom); ok {
			m, err := w.ReadFrom(src)
			return n + m, err
		}
		m, err := src.Read(b)
		if m > 0 {
			written, err := rec.Write(b[:m])
			n += int64(written)
			if err != nil {
				return n, err
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// real returns the real writer, nil as long as there is none.
func (rec *recorder) real() (http.ResponseWriter, error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.w, rec.ended()
}

// sniff sets the content type that package net/http would find. It is needed before anything is
// sent, for pages get headers that others do not.
func (rec *recorder) sniff(next []byte) {
	if _, ok := rec.sent["Content-Type"]; ok || rec.sent.Get("Content-Encoding") != "" || !rec.hasContent() {
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
	if err := rec.enter(); err != nil {
		return err
	}
	defer rec.leave()
	if rec.status == 0 {
		rec.setStatus(http.StatusOK)
	}
	if rec.progress == recordRuns {
		rec.sniff(nil)
	}
	w, err := rec.commit()
	if err != nil {
		return err
	}
	rec.mu.Unlock()
	defer rec.mu.Lock()
	return http.NewResponseController(w).Flush()
}

// Hijack implements http.Hijacker.
func (rec *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := rec.enter(); err != nil {
		return nil, nil, err
	}
	defer rec.leave()
	w, err := rec.commit()
	if err != nil {
		return nil, nil, err
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err == nil {
		maps.Copy(rec.header, w.Header())
	}
	return conn, rw, err
}

// SetReadDeadline is for an http.ResponseController, as are the next two. They work at once, past the
// middleware, and while another goroutine writes.
func (rec *recorder) SetReadDeadline(deadline time.Time) error {
	return rec.reach(func(c *http.ResponseController) error { return c.SetReadDeadline(deadline) },
		func(s request.State) error { return s.SetReadDeadline(deadline) })
}

// SetWriteDeadline is for an http.ResponseController.
func (rec *recorder) SetWriteDeadline(deadline time.Time) error {
	return rec.reach(func(c *http.ResponseController) error { return c.SetWriteDeadline(deadline) },
		func(s request.State) error { return s.SetWriteDeadline(deadline) })
}

// EnableFullDuplex is for an http.ResponseController.
func (rec *recorder) EnableFullDuplex() error {
	return rec.reach((*http.ResponseController).EnableFullDuplex, request.State.EnableFullDuplex)
}

// reach reaches the connection by the real writer or, as long as there is none, by the request.
func (rec *recorder) reach(
	byWriter func(*http.ResponseController) error, byRequest func(request.State) error,
) error {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	switch err := rec.ended(); {
	case err != nil:
		return err
	case rec.control != nil:
		return byWriter(http.NewResponseController(rec.control))
	case rec.progress == recordTaken:
		return errNotWritten
	case rec.outer != nil:
		return rec.outer.reach(byWriter, byRequest)
	}
	return byRequest(request.StateOf(rec.req))
}
