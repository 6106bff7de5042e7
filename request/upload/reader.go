package upload

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response/problem"
)

// A Reader reads the parts of a form one by one, within its limits. Each error has the status that the client should get. It
// is not safe for concurrent use. It is for the framework.
type Reader struct {
	source *source
	parts  *multipart.Reader
	limits Limits
	live   func() error

	part   *Part // the current one
	count  int   // of parts
	files  int
	fields int64  // bytes of values
	buffer []byte // for files, made for the first one
	err    error
}

// NewReader returns a reader of a body with a content type, which must be multipart/form-data with a boundary. The body
// keeps to MaxBytes itself; the other limits have no defaults here. live returns an error once the request has ended; nil
// means that it never does. It is for the framework.
func NewReader(body io.Reader, contentType string, limits Limits, live func() error) (*Reader, error) {
	m, err := header.ParseMediaType(contentType)
	switch {
	case err != nil && !strings.HasPrefix(strings.ToLower(contentType), mediaType):
		return nil, errMediaType
	case err != nil:
		return nil, malformed("The content type is malformed.").WithCause(err)
	case m.Type+"/"+m.Subtype != mediaType:
		return nil, errMediaType
	}
	boundary, _ := m.Param("boundary")
	if !isBoundary(boundary) {
		return nil, malformed("The boundary of the content type is missing or malformed.")
	}
	if live == nil {
		live = func() error { return nil }
	}
	s := &source{body: body}
	return &Reader{source: s, parts: multipart.NewReader(s, boundary), limits: limits, live: live}, nil
}

const mediaType = "multipart/form-data"

var errMediaType = problem.New(http.StatusUnsupportedMediaType, "The content type must be "+mediaType+".")

// isBoundary reports whether a text is a boundary by RFC 2046 section 5.1.1: 1 to 70 characters, not ending with a space.
func isBoundary(s string) bool {
	if len(s) < 1 || len(s) > 70 || s[len(s)-1] == ' ' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		isAlphanumeric := '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !isAlphanumeric && !strings.ContainsRune("'()+_,-./:=? ", rune(c)) {
			return false
		}
	}
	return true
}

// Next returns the next part, and io.EOF behind the last one, when all of the body was read. It is for the framework.
func (r *Reader) Next() (*Part, error) {
	if r.err != nil {
		return nil, r.err
	}
	p, err := r.next()
	r.part, r.err = p, err
	return p, err
}

func (r *Reader) next() (*Part, error) {
	if err := r.live(); err != nil {
		return nil, err
	}
	if r.part != nil {
		if _, err := io.Copy(io.Discard, r.part.raw); err != nil {
			return nil, r.readError(err)
		}
	}
	r.source.begin(r.limits.MaxPartHeaderBytes)
	raw, err := r.parts.NextRawPart()
	r.source.end()
	switch {
	case err == io.EOF: // what follows the last boundary counts, but has no meaning (RFC 2046 section 5.1.1)
		return nil, r.source.drain()
	case err != nil:
		return nil, r.readError(err)
	case sizeOf(raw.Header) > r.limits.MaxPartHeaderBytes:
		return nil, errHead
	}
	if r.count++; r.count > r.limits.MaxParts {
		return nil, tooMany("values and files", r.limits.MaxParts)
	}
	p, err := newPart(r, raw)
	if err == nil && p.isFile && p.about.rawName != "" {
		err = r.countFile()
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// countFile counts one more file. A field in which nobody has chosen one has an empty name and no bytes, and is none.
func (r *Reader) countFile() error {
	if r.files++; r.files > r.limits.MaxFiles {
		return tooMany("files", r.limits.MaxFiles)
	}
	return nil
}

func tooMany(what string, limit int) error {
	return problem.New(http.StatusRequestEntityTooLarge, fmt.Sprintf("The form may have at most %d %s.", limit, what))
}

// check returns an error if the part cannot be read any more.
func (r *Reader) check(p *Part) error {
	if r.part != p {
		return errPassed
	}
	return r.live()
}

// readError returns the error for the client in place of one of package multipart: that of the body, if there is one.
func (r *Reader) readError(err error) error {
	if err == nil || err == io.EOF { // as nearly always, without room for known
		return err
	}
	var known interface{ StatusCode() int }
	switch {
	case r.source.err != nil && !r.source.ended:
		return r.source.err
	case errors.As(err, &known):
		return err
	case r.source.ended:
		return malformed("The form ends before its last boundary.").WithCause(err)
	}
	return malformed("The form is malformed.").WithCause(err)
}

// sizeOf returns the size of a head in bytes, as it is usually written.
func sizeOf(h textproto.MIMEHeader) (n int) {
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// A source is a body. Package multipart keeps the head of a part in memory, and has no limit below 10 MiB for it; so the
// source ends while a head is read that is too large. What comes before the first part counts as its head.
//
// To package multipart an io.EOF in a head is the end of the form. So the source never ends like that: behind the body there
// is the end of a line, which the last boundary may lack, and then another error.
type source struct {
	body  io.Reader
	head  bool
	left  int // for the head
	err   error
	ended bool // the body has ended
}

// drain reads what is left of the body, and returns io.EOF.
func (s *source) drain() error {
	if s.ended {
		return io.EOF
	}
	if _, err := io.Copy(io.Discard, s.body); err != nil {
		return err
	}
	return io.EOF
}

// readAhead is how many bytes package multipart reads beyond those that it needs.
const readAhead = 4 << 10

var errHead = malformed("The head of a part is too large.")

func (s *source) begin(limit int) { s.head, s.left = true, limit+readAhead }

func (s *source) end() { s.head = false }

// Read implements io.Reader.
func (s *source) Read(b []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.head {
		if s.left <= 0 {
			s.err = errHead
			return 0, s.err
		}
		b = b[:min(len(b), s.left)]
	}
	if s.ended {
		s.err = io.ErrUnexpectedEOF
		return copy(b, "\r\n"), s.err
	}
	n, err := s.body.Read(b)
	s.left -= n
	if err == io.EOF {
		s.ended, err = true, nil
	}
	s.err = err
	return n, err
}
