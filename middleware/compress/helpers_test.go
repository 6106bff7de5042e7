package compress_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// long is a text that is compressed.
var long = strings.Repeat("All animals are equal. ", 200)

// newApp returns an app that compresses, and its log.
func newApp(options ...compress.Options) (*soay.App, *requesttest.Log) {
	log := new(requesttest.Log)
	app := soay.New(soay.Options{Logger: log.Logger()})
	app.UseCompression(options...)
	return app, log
}

// returning returns a handler that returns resp.
func returning(resp response.Response) soay.Handler {
	return func(soay.Request) soay.Response { return resp }
}

// with returns headers of a request, as names and values.
func with(fields ...string) requesttest.With {
	h := http.Header{}
	for i := 0; i+1 < len(fields); i += 2 {
		h.Add(fields[i], fields[i+1])
	}
	return requesttest.With{Header: h}
}

var acceptGzip = with("Accept-Encoding", "gzip")

// gunzip returns what was compressed. What it could read comes with the error.
func gunzip(b []byte) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	plain, err := io.ReadAll(z)
	return string(plain), err
}

// checkGzip sees that an answer is a text compressed by gzip, whose length is right or left to chunks.
func checkGzip(t *testing.T, got *requesttest.Response, want string) {
	t.Helper()
	if got.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(strings.ToLower(got.Header.Get("Vary")), "accept-encoding") {
		t.Fatalf("status %d with headers %v and %d bytes, want gzip", got.Status, got.Header, len(got.Body))
	}
	text, err := gunzip(got.Body)
	if err != nil || text != want {
		t.Errorf("%d bytes are %d bytes of text and error %v, want %d bytes: %.80s", len(got.Body), len(text), err, len(want), text)
	}
}

// checkPlain sees that an answer is a text as it is.
func checkPlain(t *testing.T, got *requesttest.Response, want string) {
	t.Helper()
	if got.Header["Content-Encoding"] != nil || string(got.Body) != want {
		t.Errorf("status %d with headers %v and %d bytes, want %d as they are", got.Status, got.Header, len(got.Body), len(want))
	}
}
