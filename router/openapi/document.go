package openapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/soay-go/soay/request"
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
func (d *Document) ServeJSON(request.Request) response.Response { return d.json.full }

// ServeYAML is a handler like ServeJSON for application/yaml (RFC 9512).
func (d *Document) ServeYAML(request.Request) response.Response { return d.yaml.full }

// served is a text with its response.
type served struct {
	text []byte
	full response.Response
}

func newServed(contentType string, text []byte) served {
	sum := sha256.Sum256(text)
	return served{text, response.Bytes(contentType, text).
		WithETag(base64.RawURLEncoding.EncodeToString(sum[:16])).WithCacheControl(response.CacheControl{NoCache: true})}
}
