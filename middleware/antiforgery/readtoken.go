package antiforgery

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"os"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response/problem"
)

// readToken returns the token of a request, "" for none: that in the header, or else that in the form.
func (g *Guard) readToken(req request.Request) (string, error) {
	hr := request.StateOf(req).Source()
	lines, types := http1.Values(hr, g.options.HeaderName), http1.Values(hr, "Content-Type")
	switch {
	case len(lines) > 1:
		return "", errTokenInvalid
	case len(lines) == 1 && lines[0] != "":
		return lines[0], nil
	case len(types) != 1:
		return "", nil
	case header.IsMediaType(types[0], urlencodedType):
		return g.inForm(req)
	case header.IsMediaType(types[0], multipartType):
		if err := req.CheckEncoding(); err != nil {
			return "", err
		}
		return g.inFirstPart(req)
	}
	return "", nil
}

// inForm returns the token in the fields of a form. The handler gets the same form from the request.
func (g *Guard) inForm(req request.Request) (string, error) {
	form, err := req.Form()
	if err != nil {
		return "", err
	}
	return form.Get(g.options.FieldName), nil
}

// maxPeek is how many bytes of a multipart body are read: some headers and a token.
const maxPeek = 4 << 10

// inFirstPart returns the token in the first part of a multipart body, and puts the bytes that it has read
// before the rest of the body. The token must be in the first part, so that no file need be buffered.
func (g *Guard) inFirstPart(req request.Request) (string, error) {
	hr := req.HTTP() // a copy, perhaps, but the accessors of the request read the body of the source
	if limit := req.BodyLimit(); hr.ContentLength > limit {
		return "", malformed(&http.MaxBytesError{Limit: limit}) // before a client that asks is told to send it
	}
	media, err := header.ParseMediaType(hr.Header["Content-Type"][0])
	boundary, _ := media.Param("boundary")
	if err != nil || boundary == "" || hr.Body == nil {
		return "", malformed(err)
	}
	var seen bytes.Buffer
	source := hr.Body
	defer func() { request.StateOf(req).Source().Body = replayed{io.MultiReader(&seen, source), source} }()

	peek := &io.LimitedReader{R: io.TeeReader(source, &seen), N: maxPeek}
	token, err := g.readPart(multipart.NewReader(peek, boundary))
	switch {
	case err == nil, err == io.EOF: // a form without any part
		return token, nil
	case peek.N <= 0:
		return "", nil // the first part is larger than a token
	}
	return "", malformed(err)
}

// readPart returns the token if the first part is its field, "" if it is another one.
func (g *Guard) readPart(r *multipart.Reader) (string, error) {
	part, err := r.NextRawPart()
	if err != nil {
		return "", err
	}
	if part.FormName() != g.options.FieldName || part.FileName() != "" {
		return "", nil
	}
	token, err := io.ReadAll(io.LimitReader(part, maxToken+1))
	if err != nil {
		return "", err
	}
	return string(token), nil
}

// malformed returns the error for a body that is no form, or that could not be read.
func malformed(cause error) error {
	var tooMany *http.MaxBytesError
	switch {
	case errors.Is(cause, os.ErrDeadlineExceeded):
		return problem.New(http.StatusRequestTimeout, "The body took too long.").WithCause(cause)
	case errors.As(cause, &tooMany):
		return problem.New(http.StatusRequestEntityTooLarge, "The body is too large.").WithCause(cause)
	}
	return problem.New(http.StatusBadRequest, "The form is malformed.").WithCause(cause)
}

// replayed is a body whose beginning was read already and is read again. It has no further methods, for these
// would reach the source without that beginning.
type replayed struct {
	io.Reader
	source io.Closer
}

// Close implements io.Closer.
func (r replayed) Close() error {
	if r.source == nil {
		return nil
	}
	return r.source.Close()
}
