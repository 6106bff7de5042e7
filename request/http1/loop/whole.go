package loop

import (
	"time"
	"unsafe"
)

// Begin begins a response whose bytes are known, and returns its time. Before, it reads the rest of the request's body,
// which decides what [Writer.Closes] returns.
func (w *Writer) Begin() time.Time {
	w.decideEnd()
	w.conn.now = time.Now()
	return w.conn.now
}

// Buffer returns the buffer that the head is to be appended to.
func (w *Writer) Buffer() []byte { return w.ready() }

// Closes reports whether the connection is closed after the response, which its head must say.
func (w *Writer) Closes() bool { return w.closing }

// CloseAfter makes the connection one that is closed after the response.
func (w *Writer) CloseAfter() { w.closing = true }

// HasHeader reports whether there are fields in the header map, which Send knows nothing of.
func (w *Writer) HasHeader() bool { return len(w.header) > 0 }

// IsWhole reports whether Send has taken the response.
func (w *Writer) IsWhole() bool { return w.whole }

// Send takes a response: a head that was appended to the Buffer, and the text that follows. The client gets
// timeout for each piece of it, 0 for the time that was set before. It returns how many bytes of the text the
// connection took. A short text leaves when the handler returns, or at a flush.
func (w *Writer) Send(head []byte, text string, timeout time.Duration) (int64, error) {
	if w.head.status != 0 || w.hijacked || w.whole {
		return 0, errBegun
	}
	w.out, w.whole = head, true
	if timeout > 0 {
		_ = w.SetWriteDeadline(w.conn.now.Add(timeout))
	}
	short := text[:min(len(text), max(maxOut-len(head), 0))]
	w.out = append(w.out, short...)
	if len(short) == len(text) {
		return int64(len(text)), nil
	}
	if err := w.send(); err != nil {
		return 0, err
	}
	n, err := w.sendLong(text[len(short):], timeout)
	return int64(len(short)) + n, err
}

// pieceSize is the number of bytes that the client must take within one timeout.
const pieceSize = 1 << 20

// sendLong sends the part of a text that is not worth copying.
func (w *Writer) sendLong(text string, timeout time.Duration) (sent int64, err error) {
	for err == nil && text != "" {
		if timeout > 0 {
			_ = w.SetWriteDeadline(time.Now().Add(timeout))
		}
		piece := text[:min(len(text), pieceSize)]
		text = text[len(piece):]
		// A Writer must not change the bytes that it gets, so the text need not be copied.
		n, failed := w.conn.net.Write(unsafe.Slice(unsafe.StringData(piece), len(piece)))
		if sent += int64(n); failed != nil {
			err = w.fail(failed)
		}
	}
	w.conn.now = time.Now() // for the client's time to send its next request
	return sent, err
}
