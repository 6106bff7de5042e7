package loop

import (
	"sync"

	"github.com/soay-go/soay/request/http1"
)

// input holds the bytes that were read from a connection and not used yet.
type input struct {
	unused []byte // a part of buffer
	buffer []byte // nil while there is nothing to hold
	small  [768]byte
}

// The buffers for heads that do not fit into input.small, and for what is to be written. An idle connection has none.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

const bufferSize = http1.MaxHead

// space returns where to read to. It moves the unused bytes to the beginning, or to a larger buffer, if there is
// no space behind them. It is empty if a whole head can be in the buffer already.
func (in *input) space() []byte {
	if in.buffer == nil {
		in.buffer = in.small[:]
		in.unused = in.buffer[:0]
	}
	if used := cap(in.buffer) - cap(in.unused); used > 0 {
		n := copy(in.buffer, in.unused)
		in.unused = in.buffer[:n]
	}
	if len(in.unused) == len(in.buffer) && len(in.buffer) < bufferSize {
		larger := buffers.Get().(*[bufferSize]byte)[:]
		in.unused = larger[:copy(larger, in.unused)]
		in.buffer = larger
	}
	return in.buffer[len(in.unused):]
}

// got says that n bytes were read to the space.
func (in *input) got(n int) { in.unused = in.unused[:len(in.unused)+n] }

// take removes n bytes, which stay as they are until the next call.
func (in *input) take(n int) []byte {
	b := in.unused[:n]
	in.unused = in.unused[n:]
	return b
}

// append adds a byte or none behind the others.
func (in *input) append(b []byte) {
	if len(b) == 0 {
		return
	}
	if space := in.space(); len(space) > 0 {
		in.got(copy(space, b))
		return
	}
	in.buffer = append(append([]byte(nil), in.unused...), b...) // a full buffer, which is rare
	in.unused = in.buffer
}

// release gives the buffer back if it holds nothing.
func (in *input) release() {
	if len(in.unused) > 0 || in.buffer == nil {
		return
	}
	if len(in.buffer) == bufferSize {
		buffers.Put((*[bufferSize]byte)(in.buffer))
	}
	in.buffer, in.unused = nil, nil
}

// outputs has the buffers of Writer.out, which grow as far as responses need.
var outputs = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// ready returns the buffer for what is to be sent.
func (w *Writer) ready() []byte {
	if w.pooled == nil {
		w.pooled = outputs.Get().(*[]byte)
		w.out = (*w.pooled)[:0]
	}
	return w.out
}

// beginning returns the buffer for the content that is held back.
func (w *Writer) beginning() []byte {
	if w.first == nil {
		w.first = buffers.Get().(*[bufferSize]byte)[:0]
	}
	return w.first
}

// release gives back what the Writer holds. Much larger buffers than responses usually need are dropped.
func (w *Writer) release() {
	if w.pooled != nil {
		if *w.pooled = w.out; cap(w.out) <= 2*maxOut {
			outputs.Put(w.pooled)
		}
		w.pooled, w.out = nil, nil
	}
	if w.first != nil {
		buffers.Put((*[bufferSize]byte)(w.first[:bufferSize]))
		w.first = nil
	}
	w.header = nil
}
