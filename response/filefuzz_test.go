package response_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/soay-go/soay/response"
)

// Whatever ranges and conditions a client sends, what comes is what Content-Range says of the file, and is as
// long as was announced.
func FuzzFile(f *testing.F) {
	const content = "0123456789abcdefghijklmnopqrstuvwxyz"
	path := filepath.Join(f.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		f.Fatal(err)
	}
	app, _ := answers(response.File(path))
	for _, seed := range []string{"bytes=0-3", "bytes=-5", "bytes=30-", "bytes=-0", "bytes=0-1,5-5,-2", "bytes=0-,0-", "bytes=99-", "lines=1"} {
		f.Add(seed, "If-Range", `"x"`)
		f.Add(seed, "If-Match", "*")
		f.Add(seed, "If-Modified-Since", "Wed, 03 Feb 2021 04:05:06 GMT")
	}
	f.Fuzz(func(t *testing.T, ranges, name, value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Range", ranges)
		r.Header.Set(name, value)
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		body, h := w.Body.String(), w.Header()
		if length := h.Get("Content-Length"); w.Code != 304 && length != strconv.Itoa(len(body)) {
			t.Errorf("%d with %d bytes and Content-Length %q", w.Code, len(body), length)
		}
		switch w.Code {
		case http.StatusOK:
			if body != content || h["Content-Range"] != nil {
				t.Errorf("the whole is %q", body)
			}
		case http.StatusPartialContent:
			checkParts(t, content, body, h)
		case http.StatusRequestedRangeNotSatisfiable:
			if h.Get("Content-Range") != "bytes */36" {
				t.Errorf("Content-Range %q", h.Get("Content-Range"))
			}
		case http.StatusNotModified, http.StatusPreconditionFailed:
		default:
			t.Errorf("status %d", w.Code)
		}
	})
}

// checkParts compares one part or several with their headers.
func checkParts(t *testing.T, content, body string, h http.Header) {
	t.Helper()
	check := func(contentRange, part string) {
		var first, last, size int
		if _, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &first, &last, &size); err != nil || size != len(content) {
			t.Fatalf("Content-Range %q: %v", contentRange, err)
		}
		if part != content[first:last+1] {
			t.Errorf("%s is %q", contentRange, part)
		}
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "multipart/byteranges" {
		check(h.Get("Content-Range"), body)
		return
	}
	parts := 0
	for r := multipart.NewReader(strings.NewReader(body), params["boundary"]); ; parts++ {
		part, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		check(part.Header.Get("Content-Range"), string(b))
	}
	if parts < 2 {
		t.Errorf("a multipart of %d parts", parts)
	}
}
