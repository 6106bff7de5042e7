package response

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response/problem"
)

// Opened is content that can be sent, as it is at this moment: a file, an object of a store. It is for the framework.
type Opened struct {
	// Content is read once, from its beginning or from where it was sought, and closed. One that is no [io.Seeker]
	// is sent as a whole. An *os.File does not pass the memory of the program.
	Content io.ReadCloser
	// Size is the length of the content in bytes. Where fewer come, the connection is cut; more are not read.
	Size int64
	// ETag is the tag of the content, for responses that do not set one. Without a Tag there is none.
	ETag header.ETag
	// Modified is when the content has changed, for responses that do not set Last-Modified. Zero means unknown.
	Modified time.Time
}

// Served returns the content that open gives when the response is written: with its length, in parts where a client
// asks for some, and under the conditions of the client (RFC 9110 sections 13 and 14). These hold for GET and HEAD with
// status 200. Content is opened and closed once for each response, also in answer to HEAD, and open may be called by
// several goroutines at once. Its error becomes an error response, as one of [Error] does.
//
// A tag and a time that are known before should be set by [Response.WithETag] and [Response.WithLastModified], for then
// the app answers conditions without opening the content. A coding of the content is to be set as Content-Encoding: the
// ranges are those of the bytes that are sent. Open must not look at a session, since no cache is kept from what it
// gives. It is for the framework.
func Served(contentType string, open func() (Opened, error)) Response {
	return Response{}.WithBody(contentType, served{open}).given()
}

// ServedText is [Served] for content in memory: the app answers conditions and ranges from its headers, so give it a tag
// or a time. A response in a variable serves any number of requests. It is for the framework.
func ServedText(contentType, content string) Response {
	r := withContentType(contentType, Response{text: content})
	if r.isMistake() {
		return r
	}
	r.content = r.content.as(knownContent)
	return r.with(part{kind: setHeader, name: acceptRangesKey, value: [1]string{"bytes"}})
}

// given returns a response to whose content the app adds no policy, for it comes from elsewhere.
func (r Response) given() Response {
	r.content = r.content.as(givenContent)
	return r
}

// served is a Body: content that is opened when it is sent. It is one pointer, so that a Body of it is no allocation.
type served struct{ open func() (Opened, error) }

// Ready promises that the content does not depend on a session.
func (served) Ready() {}

// reader is served content that may look at a session.
type reader served

// WriteBody implements [Body].
func (r reader) WriteBody(w http.ResponseWriter, hr *http.Request, status int) error {
	return served(r).WriteBody(w, hr, status)
}

// WriteBody implements [Body].
func (s served) WriteBody(w http.ResponseWriter, hr *http.Request, status int) error {
	o, err := s.open()
	if err != nil {
		return err
	}
	defer o.Content.Close()
	return o.serve(w, hr, status)
}

// serve sends the whole content, parts of it, or word that the client has it or wants another.
func (o *Opened) serve(w http.ResponseWriter, hr *http.Request, status int) error {
	whole := []header.ByteRange{{Length: o.Size}}
	if status != http.StatusOK { // a page for an error, for example: neither ranges nor conditions apply
		return o.send(w, hr, status, whole)
	}
	v := o.describe(w.Header())
	if hr.Method != http.MethodGet && hr.Method != http.MethodHead { // the handler has carried out other methods already
		return o.send(w, hr, status, whole)
	}
	switch v.check(hr) {
	case http.StatusPreconditionFailed:
		return problem.New(http.StatusPreconditionFailed, "")
	case http.StatusNotModified:
		writeNotModified(w)
		return nil
	}
	if _, ok := o.Content.(io.Seeker); !ok {
		return o.send(w, hr, status, whole)
	}
	ranges, err := rangesOf(hr, v, o.Size)
	switch {
	case err != nil:
		return err
	case len(ranges) == 0:
		return o.send(w, hr, status, whole)
	}
	return o.send(w, hr, http.StatusPartialContent, ranges)
}

// describe sets the headers by which a client recognises the content, and returns them as validators.
func (o *Opened) describe(h http.Header) validators {
	if h[etagKey] == nil && o.ETag.Tag != "" {
		h[etagKey] = []string{o.ETag.String()}
	}
	if modified := lastModified(o.Modified); h[lastModifiedKey] == nil && !modified.IsZero() {
		h[lastModifiedKey] = []string{modified.Format(http.TimeFormat)}
	}
	if _, ok := o.Content.(io.Seeker); ok {
		h[acceptRangesKey] = []string{"bytes"}
	}
	return validatorsOf(first(h[etagKey]), first(h[lastModifiedKey]))
}

// lastModified returns the time to be sent, to the second, and zero for none. A time in the future must not be sent
// (RFC 9110 section 8.8.2.1), and the beginning of Unix time means that the time is unknown.
func lastModified(t time.Time) time.Time {
	if t = t.Truncate(time.Second); t.Unix() > 0 && !t.After(time.Now()) {
		return t.UTC()
	}
	return time.Time{}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// writeNotModified sends a 304. It leaves out headers about content, for none is sent (RFC 9110 section
// 15.4.5).
func writeNotModified(w http.ResponseWriter) {
	h := w.Header()
	tagged := len(h[etagKey]) > 0
	for name := range h {
		if !staysNotModified(name, tagged) {
			delete(h, name)
		}
	}
	w.WriteHeader(http.StatusNotModified)
}

// staysNotModified reports whether a 304 has a header of the 200. What describes the content only costs bytes there, and
// a tag makes a time needless (RFC 9110 section 15.4.5).
func staysNotModified(name string, tagged bool) bool {
	switch name {
	case contentTypeKey, contentLengthKey, "Content-Encoding", "Content-Language", "Content-Range", "Content-Disposition",
		acceptRangesKey:
		return false
	case lastModifiedKey:
		return !tagged
	}
	return true
}

// rangesOf returns the parts that a request wants, none for the whole. Only GET has ranges (RFC 9110
// section 14.2). A malformed or excessive Range is ignored, and so is a Range for an empty file, since
// some clients send one with every request.
func rangesOf(r *http.Request, v validators, size int64) ([]header.ByteRange, error) {
	lines := http1.Values(r, "Range")
	if len(lines) != 1 || r.Method != http.MethodGet || size == 0 || !v.checkIfRange(r) {
		return nil, nil
	}
	ranges, err := header.ParseRange(lines[0], size)
	switch {
	case errors.Is(err, header.ErrRangeNotSatisfiable):
		return nil, &unsatisfiableError{problem.New(http.StatusRequestedRangeNotSatisfiable, ""), size}
	case err != nil:
		return nil, nil
	}
	var total int64
	for _, part := range ranges {
		total += part.Length
	}
	if total > size { // the same bytes twice
		return nil, nil
	}
	return ranges, nil
}

// unsatisfiableError is the error of a request for a range beyond the end.
type unsatisfiableError struct {
	*problem.Problem
	size int64
}

// Unwrap returns the problem that the client gets.
func (e *unsatisfiableError) Unwrap() error { return e.Problem }

// contentRange tells the client how long the content is (RFC 9110 section 14.4).
func (e *unsatisfiableError) contentRange() string { return "bytes */" + strconv.FormatInt(e.size, 10) }

// partHeads returns the texts before each of several parts and behind the last one, and the type of it all: a
// multipart/byteranges (RFC 9110 section 14.6).
func partHeads(contentType string, parts []header.ByteRange, size int64) (heads []string, tail, multipart string) {
	boundary := rand.Text()
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("--" + boundary + "\r\n")
		if contentType != "" {
			b.WriteString("Content-Type: " + contentType + "\r\n")
		}
		b.WriteString("Content-Range: " + part.ContentRange(size) + "\r\n\r\n")
		heads = append(heads, b.String())
		b.Reset()
	}
	return heads, "\r\n--" + boundary + "--\r\n", "multipart/byteranges; boundary=" + boundary
}

// send sends parts of the content, of which several are a multipart.
func (o *Opened) send(w http.ResponseWriter, r *http.Request, status int, parts []header.ByteRange) error {
	h := w.Header()
	var heads []string
	var tail string
	length := parts[0].Length
	switch {
	case len(parts) > 1:
		var multipart string
		heads, tail, multipart = partHeads(h.Get(contentTypeKey), parts, o.Size)
		h[contentTypeKey] = []string{multipart}
		length = int64(len(tail))
		for i, part := range parts {
			length += int64(len(heads[i])) + part.Length
		}
	case status == http.StatusPartialContent:
		h["Content-Range"] = []string{parts[0].ContentRange(o.Size)}
	}
	h[contentLengthKey] = []string{strconv.FormatInt(length, 10)}
	w.WriteHeader(status)
	if !HasContent(r.Method, status) {
		return nil
	}
	for i, part := range parts {
		if heads != nil {
			if _, err := io.WriteString(w, heads[i]); err != nil {
				return err
			}
		}
		if err := o.sendPart(w, part, heads != nil); err != nil {
			return err
		}
	}
	if tail == "" {
		return nil
	}
	_, err := io.WriteString(w, tail)
	return err
}

// sendPart copies by io.CopyN without a buffer of its own, so that a writer with ReadFrom can let the
// system send a file. seek says that the content may have been read already.
func (o *Opened) sendPart(w io.Writer, part header.ByteRange, seek bool) error {
	if part.Start > 0 || seek {
		if _, err := o.Content.(io.Seeker).Seek(part.Start, io.SeekStart); err != nil {
			return fmt.Errorf("response: %w", err)
		}
	}
	n, err := io.CopyN(w, o.Content, part.Length)
	if err == io.EOF {
		return fmt.Errorf("response: %s ended %d bytes early while it was sent: %w", o.name(), part.Length-n, io.ErrUnexpectedEOF)
	}
	return err
}

// name returns what the content is called in the log.
func (o *Opened) name() string {
	if f, ok := o.Content.(interface{ Name() string }); ok {
		return f.Name()
	}
	return "the content"
}
