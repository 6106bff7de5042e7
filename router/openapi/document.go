package openapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
)

// Document describes an API. It never changes, and all its methods are safe for concurrent use.
// It is for the framework.
type Document struct {
	json, yaml served
	notes      []string
}

// newDocument writes the document in both of its forms.
func newDocument(content *root, notes []string) (*Document, error) {
	asJSON := pretty(content)
	asYAML, err := toYAML(asJSON)
	if err != nil {
		return nil, fmt.Errorf("openapi: write YAML: %w", err)
	}
	return &Document{
		json: newServed("application/json", asJSON), yaml: newServed("application/yaml", asYAML), notes: notes,
	}, nil
}

// JSON returns the document as JSON, indented by two spaces and with a line break at its end. It is
// the same text for the same routes, to the byte.
func (d *Document) JSON() []byte { return slices.Clone(d.json.text) }

// YAML returns the document as YAML, with the same content as JSON in the same order.
func (d *Document) YAML() []byte { return slices.Clone(d.yaml.text) }

// Notes are remarks for the developer, one line each: the operations that were left out because another one
// has their method and path, with the files and lines of both.
func (d *Document) Notes() []string { return slices.Clone(d.notes) }

// ServeJSON is a handler that answers with the document as application/json. Clients may keep it, but have
// to ask each time whether it is still the same; the answer is then a short 304.
func (d *Document) ServeJSON(req request.Request) response.Response { return d.json.serve(req) }

// ServeYAML is a handler like ServeJSON for application/yaml (RFC 9512).
func (d *Document) ServeYAML(req request.Request) response.Response { return d.yaml.serve(req) }

// served is a text with its two responses.
type served struct {
	text      []byte
	tag       header.ETag
	full      response.Response
	unchanged response.Response
}

func newServed(contentType string, text []byte) served {
	sum := sha256.Sum256(text)
	tag := header.ETag{Tag: base64.RawURLEncoding.EncodeToString(sum[:16])}
	with := func(r response.Response) response.Response {
		return r.WithHeader("ETag", tag.String()).WithHeader("Cache-Control", "no-cache")
	}
	return served{
		text: text, tag: tag, full: with(response.Bytes(contentType, text)),
		unchanged: with(response.Status(http.StatusNotModified)),
	}
}

// serve answers with the text, or with 304 if the client has it already (RFC 9110 section 13.1.2). A
// malformed If-None-Match counts as none.
func (s *served) serve(req request.Request) response.Response {
	tags, whatever, err := header.ParseETags(http1.Values(request.StateOf(req).Source(), "If-None-Match"))
	if err == nil && (whatever || slices.ContainsFunc(tags, s.tag.WeakMatch)) {
		return s.unchanged
	}
	return s.full
}
