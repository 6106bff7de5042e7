package compress

import (
	"bufio"
	"context"
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// Pool keeps the encoders of a coder, to use them again. An encoder that has failed is dropped. It is safe for concurrent
// use. It is for the framework.
type Pool struct {
	coder Coder
	free  sync.Pool // of *job
}

// NewPool returns a pool of encoders of a coder without mistakes, see [Check]. It is for the framework.
func NewPool(c Coder) *Pool { return &Pool{coder: c} }

// Name returns the name of the coding. It is for the framework.
func (p *Pool) Name() string { return p.coder.Name }

// job is an encoder and where it writes to.
type job struct {
	Encoder
	sink sink          // of known bytes
	out  *bufio.Writer // of a stream, nil before the first
}

// get returns an encoder that is not used elsewhere.
func (p *Pool) get() *job {
	if j, ok := p.free.Get().(*job); ok {
		return j
	}
	return &job{Encoder: p.coder.New()}
}

// put gives back an encoder that has ended well, and writes to what belongs to its job. It is reset before its next use alone,
// for that may be expensive.
func (p *Pool) put(j *job) {
	if cap(j.sink.b) > maxScratch {
		j.sink.b = nil
	}
	p.free.Put(j)
}

// maxScratch is the size of memory for results that an encoder keeps. Most results are smaller.
const maxScratch = 256 << 10

// encodings lets as many known bytes be compressed at once as there are processors. More would be no faster, and
// encoders take a lot of memory.
var encodings = sync.OnceValue(func() chan struct{} { return make(chan struct{}, runtime.GOMAXPROCS(0)) })

// begin waits until content may be compressed. It asks for the end of ctx only if it must wait, for then the server watches
// the client.
func begin(ctx context.Context) error {
	select {
	case encodings() <- struct{}{}:
		return nil
	default:
	}
	select {
	case encodings() <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Encode returns content compressed, in memory of its own, and nil if it would not become smaller. It waits while as many
// others compress as there are processors, until ctx ends, whose cause it returns then. It is for the framework.
func (p *Pool) Encode(ctx context.Context, content string) ([]byte, error) {
	if err := begin(ctx); err != nil {
		return nil, fmt.Errorf("soay: wait to compress %d bytes: %w", len(content), err)
	}
	defer func() { <-encodings() }()
	j := p.get()
	j.sink = sink{b: j.sink.b[:0], limit: len(content)}
	j.Reset(&j.sink)
	err := j.writeText(content)
	if err == nil {
		err = j.Close()
	}
	if err != nil { // the encoder is dropped
		return nil, fmt.Errorf("soay: compress %d bytes with %q: %w", len(content), p.coder.Name, err)
	}
	var result []byte
	if !j.sink.full {
		result = append(make([]byte, 0, len(j.sink.b)), j.sink.b...)
	}
	p.put(j)
	return result, nil
}

// writeText writes a text in pieces that stay in the cache of the processor: encoders read them more than once.
func (j *job) writeText(text string) error {
	for text != "" {
		piece := text[:min(len(text), 64<<10)]
		text = text[len(piece):]
		// A Writer must not change the bytes that it gets, so the text need not be copied.
		if _, err := j.Write(unsafe.Slice(unsafe.StringData(piece), len(piece))); err != nil {
			return err
		}
	}
	return nil
}

// sink takes the bytes of a result, as long as they are less than limit.
type sink struct {
	b     []byte
	limit int
	full  bool // the result was too long, and dropped
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	if s.full || len(s.b)+len(p) >= s.limit {
		s.full = true
		return len(p), nil
	}
	s.b = append(s.b, p...)
	return len(p), nil
}
