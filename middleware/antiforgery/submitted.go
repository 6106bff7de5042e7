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
	"github.com/soay-go/soay/response/problem"
)

// submitted returns the token that a request brings, "" for none: that of the header, or else of the
// form.
func (g *Guard) submitted(req request.Request) (string, error) {
	hr := req.HTTP()
	lines, types := hr.Header[g.options.HeaderName], hr.Header["Content-Type"]
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
		return g.inFirstPart(hr)
	}
	return "", nil
}

// inForm looks into the fields of a form, which the request keeps for the handler.
func (g *Guard) inForm(req request.Request) (string, error) {
	form, err := req.Form()
	if err != nil {
		return "", err
	}
	return form.Get(g.options.FieldName), nil
}

// maxPeek is how much of a multipart body is looked at, in bytes: some headers and a token.
const maxPeek = 4 << 10

// inFirstPart looks into the first part of a multipart body and gives back what it has read. The
// token must be there, so that nothing need be kept of the files behind it.
func (g *Guard) inFirstPart(hr *http.Request) (string, error) {
	media, err := header.ParseMediaType(hr.Header["Content-Type"][0])
	boundary, _ := media.Param("boundary")
	if err != nil || boundary == "" || hr.Body == nil {
		return "", malformed(err)
	}
	var seen bytes.Buffer
	source := hr.Body
	defer func() { hr.Body = replayed{io.MultiReader(&seen, source), source} }()

	peek := &io.LimitedReader{R: io.TeeReader(source, &seen), N: maxPeek}
	token, err := g.readPart(multipart.NewReader(peek, boundary))
	switch {
	case err == nil, err == io.EOF: // a form without any part
		return token, nil
	case peek.N <= 0:
		return "", nil // it is a large one, and so no token
	}
	return "", malformed(err)
}

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

// malformed is the error of a body that is no form, or that could not be read.
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

// replayed is a body of which a part has been read already. It has no further methods, through which
// the bytes behind it could be reached.
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
