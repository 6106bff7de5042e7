package response

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response/problem"
)

// file is a Body: the path of a file to be sent.
type file string

// Ready promises that the content does not depend on a session.
func (file) Ready() {}

// WriteBody implements [Body].
func (path file) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	f, info, err := path.open()
	if err != nil {
		return err
	}
	defer f.Close()
	whole := []header.ByteRange{{Length: info.Size()}}
	if status != http.StatusOK { // a page for an error, for example: neither ranges nor conditions apply
		return path.send(w, r, status, f, whole, info.Size())
	}
	v := describe(w.Header(), info)
	if r.Method != http.MethodGet && r.Method != http.MethodHead { // the handler has carried out other methods already
		return path.send(w, r, status, f, whole, info.Size())
	}
	switch v.check(r) {
	case http.StatusPreconditionFailed:
		return problem.New(http.StatusPreconditionFailed, "")
	case http.StatusNotModified:
		writeNotModified(w)
		return nil
	}
	ranges, err := rangesOf(r, v, info.Size())
	if err != nil {
		return err
	}
	if len(ranges) == 0 {
		return path.send(w, r, status, f, whole, info.Size())
	}
	return path.send(w, r, http.StatusPartialContent, f, ranges, info.Size())
}

// open returns the file as it is now.
func (path file) open() (*os.File, fs.FileInfo, error) {
	f, err := openFile(string(path))
	switch {
	case errors.Is(err, fs.ErrNotExist): // it was removed since File looked
		return nil, nil, problem.New(http.StatusNotFound, "").WithCause(err)
	case err != nil:
		return nil, nil, fmt.Errorf("response: %w", err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
		err = fmt.Errorf("response: %w", err)
	case !info.Mode().IsRegular():
		err = problem.New(http.StatusNotFound, "").WithCause(fmt.Errorf("response: %s is no regular file", path))
	default:
		return f, info, nil
	}
	f.Close()
	return nil, nil, err
}

// describe sets the headers by which a client recognises the content, and returns them as validators.
func describe(h http.Header, info fs.FileInfo) validators {
	if h["Etag"] == nil {
		h["Etag"] = []string{fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size())}
	}
	var v validators
	v.tag, v.err = header.ParseETag(h["Etag"][0])
	// A time in the future must not be sent (RFC 9110 section 8.8.2.1), and the beginning of Unix time
	// means that the time is unknown.
	if t := info.ModTime().Truncate(time.Second); t.Unix() > 0 && !t.After(time.Now()) {
		v.modified = t
		h["Last-Modified"] = []string{t.UTC().Format(http.TimeFormat)}
	}
	h["Accept-Ranges"] = []string{"bytes"}
	return v
}

// writeNotModified sends a 304. It leaves out headers about content, for none is sent (RFC 9110 section
// 15.4.5).
func writeNotModified(w http.ResponseWriter) {
	h := w.Header()
	for _, name := range []string{contentTypeKey, contentLengthKey, "Content-Encoding", "Last-Modified"} {
		delete(h, name)
	}
	w.WriteHeader(http.StatusNotModified)
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

// send sends parts of a file, several as a multipart/byteranges (RFC 9110 section 14.6).
func (path file) send(
	w http.ResponseWriter, r *http.Request, status int, f *os.File, parts []header.ByteRange, size int64,
) error {
	h := w.Header()
	heads, tail := make([]string, len(parts)), ""
	switch {
	case len(parts) > 1:
		boundary := rand.Text()
		for i, part := range parts {
			heads[i] = "\r\n--" + boundary + "\r\nContent-Type: " + h.Get(contentTypeKey) +
				"\r\nContent-Range: " + part.ContentRange(size) + "\r\n\r\n"
		}
		heads[0] = heads[0][len("\r\n"):]
		tail = "\r\n--" + boundary + "--\r\n"
		h[contentTypeKey] = []string{"multipart/byteranges; boundary=" + boundary}
	case status == http.StatusPartialContent:
		h["Content-Range"] = []string{parts[0].ContentRange(size)}
	}
	length := int64(len(tail))
	for i, part := range parts {
		length += int64(len(heads[i])) + part.Length
	}
	h[contentLengthKey] = []string{strconv.FormatInt(length, 10)}
	w.WriteHeader(status)
	if !HasContent(r.Method, status) {
		return nil
	}
	for i, part := range parts {
		if err := path.sendPart(w, heads[i], f, part); err != nil {
			return err
		}
	}
	return writeBetween(w, tail)
}

// writeBetween writes the text before, between or after parts, if there is any.
func writeBetween(w io.Writer, text string) error {
	if text == "" {
		return nil
	}
	_, err := io.WriteString(w, text)
	return err
}

// sendPart copies by io.CopyN without a buffer of its own, so that a writer with ReadFrom can let the
// system send the file.
func (path file) sendPart(w io.Writer, head string, f *os.File, part header.ByteRange) error {
	if err := writeBetween(w, head); err != nil {
		return err
	}
	if part.Start > 0 || head != "" {
		if _, err := f.Seek(part.Start, io.SeekStart); err != nil {
			return fmt.Errorf("response: %w", err)
		}
	}
	_, err := io.CopyN(w, f, part.Length)
	if err == io.EOF {
		return fmt.Errorf("response: %s has become shorter while it was sent: %w", path, io.ErrUnexpectedEOF)
	}
	return err
}
