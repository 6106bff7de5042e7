package ui

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
)

// asset is a file of a page. Its text and digest are made once, when they are needed.
type asset struct {
	name   string
	gzip   string                 // its content compressed, "" for files too small to be worth it
	text   func() (string, error) // its content
	digest func() string          // of its content, in short
}

func plain(name, text string) *asset {
	return &asset{
		name:   name,
		text:   func() (string, error) { return text, nil },
		digest: sync.OnceValue(func() string { return digest(text) }),
	}
}

// zipped returns a file that is embedded compressed. Its digest is that of the compressed content, which
// identifies the other.
func zipped(name, compressed string) *asset {
	return &asset{
		name:   name,
		gzip:   compressed,
		text:   sync.OnceValues(func() (string, error) { return gunzip(name, compressed) }),
		digest: sync.OnceValue(func() string { return digest(compressed) }),
	}
}

// digest returns the part of a hash that tells versions of a file apart.
func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:8])
}

func gunzip(name, compressed string) (string, error) {
	r, err := gzip.NewReader(strings.NewReader(compressed))
	if err != nil {
		return "", fmt.Errorf("ui: decompress %s: %w", name, err)
	}
	var text strings.Builder
	if _, err := io.Copy(&text, r); err != nil {
		return "", fmt.Errorf("ui: decompress %s: %w", name, err)
	}
	return text.String(), nil
}

func (a *asset) extension() string { return path.Ext(a.name) }

// versioned returns the name in URLs. It changes with the content, so caches may keep the file.
func (a *asset) versioned() string {
	ext := a.extension()
	return strings.TrimSuffix(a.name, ext) + "." + a.digest() + ext
}

func (a *asset) contentType() string {
	switch a.extension() {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8" // RFC 9239 section 6
	}
	return "text/plain; charset=utf-8"
}

// Asset is the handler for the files of the page, by the parameter asset. They are sent compressed to
// clients that accept gzip. Caches may keep them for a year; unknown names are a 404.
func (d *Documentation) Asset(req request.Request) response.Response {
	name := req.Param("asset")
	for _, a := range d.assets {
		if a.versioned() == name {
			return a.answer(request.StateOf(req).Source())
		}
	}
	return response.NotFound()
}

// answer chooses the encoding. A client that
// accepts neither encoding gets the file uncompressed (RFC 9110 section 12.5.3 leaves that open).
func (a *asset) answer(hr *http.Request) response.Response {
	zip := a.gzip != "" && header.NegotiateEncoding(http1.ListOf(hr, "Accept-Encoding"), "gzip") == "gzip"
	tag := a.digest()
	if zip {
		tag += "-gzip" // the tag of other bytes, RFC 9110 section 8.8.3.3
	}
	if zip {
		return a.described(response.Text(a.gzip), tag).WithHeader("Content-Encoding", "gzip")
	}
	text, err := a.text()
	if err != nil {
		return response.Error(err)
	}
	return a.described(response.Text(text), tag)
}

func (a *asset) described(r response.Response, tag string) response.Response {
	if a.gzip != "" {
		r = r.WithHeader("Vary", "Accept-Encoding")
	}
	return r.WithHeader("Content-Type", a.contentType()).
		WithETag(tag).
		WithHeader("Cache-Control", "max-age=31536000, immutable")
}
