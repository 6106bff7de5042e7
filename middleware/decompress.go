package middleware

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
)

// DecompressionOptions sets up the decompression of bodies.
type DecompressionOptions struct {
	// MaxRatio is how many times larger than it came a body may become. A body of up to 64 KiB may have any ratio. The
	// default is 100.
	MaxRatio int
}

const (
	defaultMaxRatio = 100
	freeOfRatio     = 64 << 10 // bytes that may have any ratio
)

var (
	errCoding = problem.New(http.StatusUnsupportedMediaType, "The body must have no Content-Encoding but gzip or deflate, and only one.").
			WithHeader("Accept-Encoding", "gzip, deflate")
	errCompressed = problem.New(http.StatusBadRequest, "The body is not properly compressed.")
	errInflated   = problem.New(http.StatusRequestEntityTooLarge, "The body becomes too large when it is decompressed.")
)

// NewDecompression returns middleware that decompresses bodies with a Content-Encoding of gzip or deflate. Any other one is 415.
// A negative MaxRatio is an error. It is for the framework.
func NewDecompression(o DecompressionOptions) (router.Middleware, error) {
	if o.MaxRatio < 0 {
		return nil, fmt.Errorf("MaxRatio is %d; 0 means %d", o.MaxRatio, defaultMaxRatio)
	}
	ratio := int64(cmp.Or(o.MaxRatio, defaultMaxRatio))
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			coding, ok := codingOf(http1.Values(request.StateOf(req).Source(), "Content-Encoding"))
			switch {
			case !ok:
				return response.Error(errCoding)
			case coding == "":
				return next(req)
			}
			return next(decompressed(req, coding, ratio))
		}
	}, nil
}

// codingOf returns the coding of a body, "" for identity. It is false for one that is unknown, and for several.
func codingOf(lines []string) (coding string, ok bool) {
	for _, line := range lines {
		for c := range strings.SplitSeq(line, ",") {
			c = strings.ToLower(strings.Trim(c, " \t"))
			switch {
			case c == "" || c == "identity":
			case coding != "":
				return "", false
			case c == "gzip" || c == "x-gzip": // RFC 9110 section 8.4.1.3 makes them equal
				coding = "gzip"
			case c == "deflate":
				coding = c
			default:
				return "", false
			}
		}
	}
	return coding, true
}

// decompressed returns the request with a body that is decompressed while it is read. Its length is unknown.
func decompressed(req request.Request, coding string, ratio int64) request.Request {
	old := req.HTTP()
	hr := old.WithContext(old.Context())
	hr.Header = old.Header.Clone()
	hr.Header.Del("Content-Encoding")
	if old.ContentLength != 0 && old.Body != nil && old.Body != http.NoBody {
		hr.Header.Del("Content-Length")
		hr.ContentLength = -1
		limit := req.BodyLimit()
		source := &counted{source: old.Body, limit: limit, tooMuch: old.ContentLength > limit}
		hr.Body = &inflater{coding: coding, source: source, ratio: ratio}
		req.AfterResponse(func(request.Outcome) { removeForm(hr, old.MultipartForm) })
	}
	return req.WithHTTP(hr)
}

// counted reads the bytes that come, and no more than the limit of the body.
type counted struct {
	source  io.ReadCloser
	n       int64
	limit   int64
	tooMuch bool
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	if c.tooMuch {
		return 0, &http.MaxBytesError{Limit: c.limit}
	}
	n, err := c.source.Read(p)
	c.n += int64(n)
	if c.n > c.limit {
		c.tooMuch = true
		return 0, &http.MaxBytesError{Limit: c.limit}
	}
	return n, err
}

// inflater is a body that is decompressed.
type inflater struct {
	coding string
	source *counted
	ratio  int64

	mu     sync.Mutex // held while it is read
	buffer *bufio.Reader
	reader io.Reader // nil until the first Read, and after the last one
	out    int64
	err    error
}

// Decompressors take some 40 KiB each, so they are used again.
var (
	sources = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}
	gzips   = sync.Pool{New: func() any { return new(gzip.Reader) }}
	zlibs   sync.Pool // there is no reader without a beginning
)

// Read implements io.Reader.
func (f *inflater) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil && f.reader == nil {
		f.fail(f.open())
	}
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.reader.Read(p)
	f.out += int64(n)
	if f.out > freeOfRatio && f.out > f.ratio*f.source.n {
		n, err = 0, errInflated
	}
	if err == io.EOF {
		if _, more := f.buffer.ReadByte(); more == nil {
			err = errCompressed // data behind the end, or another member
		} else if more != io.EOF {
			err = more
		}
	}
	f.fail(err)
	return n, f.err
}

// open reads the header of the compressed data.
func (f *inflater) open() (err error) {
	f.buffer = sources.Get().(*bufio.Reader)
	f.buffer.Reset(f.source)
	if f.coding == "gzip" {
		z := gzips.Get().(*gzip.Reader)
		f.reader = z
		if err = z.Reset(f.buffer); err == nil {
			z.Multistream(false)
		}
	} else if z, ok := zlibs.Get().(zlib.Resetter); ok {
		f.reader = z.(io.Reader)
		err = z.Reset(f.buffer, nil)
	} else {
		f.reader, err = zlib.NewReader(f.buffer)
	}
	if err == io.EOF { // not even a header
		err = io.ErrUnexpectedEOF
	}
	return err
}

// fail ends the body with an error, io.EOF included, and gives the memory back. nil does nothing.
func (f *inflater) fail(err error) {
	if err == nil {
		return
	}
	var broken net.Error
	_, tooMuch := errors.AsType[*http.MaxBytesError](err)
	switch {
	case err == io.EOF || tooMuch || errors.As(err, &broken): // the end, and errors of the connection
	case problem.StatusOf(err) != http.StatusInternalServerError:
	default:
		err = errCompressed.WithCause(err)
	}
	f.err = err
	f.buffer.Reset(nil)
	sources.Put(f.buffer)
	switch z := f.reader.(type) {
	case *gzip.Reader:
		gzips.Put(z)
	case io.Reader:
		zlibs.Put(z)
	}
	f.buffer, f.reader = nil, nil
}

// Close implements io.Closer.
func (f *inflater) Close() error { return f.source.source.Close() }
