package response_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

var modified = time.Date(2021, 2, 3, 4, 5, 6, 0, time.UTC)

// newFile writes a file with a known time and returns its path.
func newFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	app, _ := answers(response.File(newFile(t, "digits.txt", "0123456789")))
	c := requesttest.New(t, app)
	whole := c.Get("/")
	tag := whole.Header.Get("Etag")
	if !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) || len(tag) < 4 {
		t.Fatalf("ETag %s", tag)
	}
	before, after := modified.Add(-time.Hour).Format(http.TimeFormat), modified.Add(time.Hour).Format(http.TimeFormat)
	for _, tt := range []struct {
		description, method string
		header              []string
		wantStatus          int
		wantLength          string
		want, wantRange     string
	}{
		{"whole", "GET", nil, 200, "10", "0123456789", ""},
		{"HEAD", "HEAD", nil, 200, "10", "", ""},
		{"start", "GET", []string{"Range", "bytes=0-3"}, 206, "4", "0123", "bytes 0-3/10"},
		{"end", "GET", []string{"Range", "bytes=-3"}, 206, "3", "789", "bytes 7-9/10"},
		{"from the middle", "GET", []string{"Range", "bytes=8-"}, 206, "2", "89", "bytes 8-9/10"},
		{"beyond the end is cut", "GET", []string{"Range", "bytes=8-99"}, 206, "2", "89", "bytes 8-9/10"},
		{"longer than all", "GET", []string{"Range", "bytes=-99"}, 206, "10", "0123456789", "bytes 0-9/10"},
		{"HEAD with a range", "HEAD", []string{"Range", "bytes=0-3"}, 200, "10", "", ""},
		{"POST with a range", "POST", []string{"Range", "bytes=0-3"}, 200, "10", "0123456789", ""},
		{"POST with a condition", "POST", []string{"If-None-Match", "*"}, 200, "10", "0123456789", ""},
		{"no byte of the end", "GET", []string{"Range", "bytes=-0"}, 416, "", "", "bytes */10"},
		{"no byte of the end, HEAD", "HEAD", []string{"Range", "bytes=-0"}, 200, "10", "", ""},
		{"beyond the end", "GET", []string{"Range", "bytes=10-"}, 416, "", "", "bytes */10"},
		{"ends before it starts", "GET", []string{"Range", "bytes=3-1"}, 200, "10", "0123456789", ""},
		{"malformed", "GET", []string{"Range", "bytes=a-b"}, 200, "10", "0123456789", ""},
		{"malformed among good ones", "GET", []string{"Range", "bytes=0-1,x"}, 200, "10", "0123456789", ""},
		{"too many", "GET", []string{"Range", "bytes=" + strings.Repeat("0-0,", 17)}, 200, "10", "0123456789", ""},
		{"twice the same", "GET", []string{"Range", "bytes=0-,0-"}, 200, "10", "0123456789", ""},
		{"one of several is there", "GET", []string{"Range", "bytes=20-,2-3"}, 206, "2", "23", "bytes 2-3/10"},
		{"unit in another case", "GET", []string{"Range", "Bytes=0-3"}, 206, "4", "0123", "bytes 0-3/10"},
		{"another unit", "GET", []string{"Range", "lines=1-2"}, 200, "10", "0123456789", ""},
		{"no unit", "GET", []string{"Range", "0-3"}, 200, "10", "0123456789", ""},
		{"known by its tag", "GET", []string{"If-None-Match", tag}, 304, "", "", ""},
		{"known by a list", "GET", []string{"If-None-Match", `"x", W/` + tag}, 304, "", "", ""},
		{"whatever it is", "GET", []string{"If-None-Match", "*"}, 304, "", "", ""},
		{"known, HEAD", "HEAD", []string{"If-None-Match", tag}, 304, "", "", ""},
		{"another tag", "GET", []string{"If-None-Match", `"x"`}, 200, "10", "0123456789", ""},
		{"known by its time", "GET", []string{"If-Modified-Since", after}, 304, "", "", ""},
		{"newer", "GET", []string{"If-Modified-Since", before}, 200, "10", "0123456789", ""},
		{"tag counts more than time", "GET", []string{"If-None-Match", `"x"`, "If-Modified-Since", after}, 200, "10",
			"0123456789", ""},
		{"wanted otherwise", "GET", []string{"If-Match", `"x"`}, 412, "", "", ""},
		{"range of this one", "GET", []string{"Range", "bytes=0-3", "If-Range", tag}, 206, "4", "0123", "bytes 0-3/10"},
		{"range of another", "GET", []string{"Range", "bytes=0-3", "If-Range", `"x"`}, 200, "10", "0123456789", ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got := c.Do(tt.method, "/", requesttest.With{Header: headerOf(tt.header)})
			if got.Status != tt.wantStatus || got.Header.Get("Content-Range") != tt.wantRange {
				t.Errorf("status %d, range %q", got.Status, got.Header.Get("Content-Range"))
			}
			length := got.Header.Get("Content-Length")
			if got.Status < 400 && got.Text() != tt.want || tt.wantLength != "" && length != tt.wantLength {
				t.Errorf("%q with length %q", got.Text(), length)
			}
			if got.Status < 400 && got.Header.Get("Etag") != tag {
				t.Errorf("ETag %s, want %s", got.Header.Get("Etag"), tag)
			}
		})
	}
	if got := whole.Header.Get("Last-Modified"); got != modified.Format(http.TimeFormat) {
		t.Errorf("Last-Modified %q", got)
	}
}

func TestFileType(t *testing.T) {
	for _, tt := range []struct{ description, name, text, want string }{
		{"page", "a.html", "x", "text/html; charset=utf-8"},
		{"extension in another case", "a.HTML", "x", "text/html; charset=utf-8"},
		{"style", "a.css", "x", "text/css; charset=utf-8"},
		{"image", "a.png", "<script>", "image/png"},
		{"unknown extension", "a.soay-unknown", "<html><script>alert(1)</script>", "application/octet-stream"},
		{"no extension", "README", "<!DOCTYPE html>", "application/octet-stream"},
		{"nothing but an extension", ".soay-unknown", "x", "application/octet-stream"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := send(response.File(newFile(t, tt.name, tt.text)))
			if got := w.Header().Get("Content-Type"); got != tt.want || w.Body.String() != tt.text {
				t.Errorf("content type %q, want %q; content %q", got, tt.want, w.Body)
			}
		})
	}
	own := response.File(newFile(t, "a.png", "x")).WithHeader("Content-Type", "image/own").WithHeader("Etag", `"own"`)
	if h := send(own).Header(); h.Get("Content-Type") != "image/own" || h.Get("Etag") != `"own"` {
		t.Errorf("headers of its own became %q and %q", h.Get("Content-Type"), h.Get("Etag"))
	}
}

func TestFileMissing(t *testing.T) {
	dir := t.TempDir()
	gone := newFile(t, "gone.txt", "x")
	deleted, deletedPage := response.File(gone), response.File(gone).WithStatus(403)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	const notFound = "404 Not Found\n"
	for _, tt := range []struct {
		description string
		response    response.Response
		wantStatus  int
		want        string
	}{
		{"missing", response.File(filepath.Join(dir, "none.txt")), 404, notFound},
		{"missing folder", response.File(filepath.Join(dir, "none", "none.txt")), 404, notFound},
		{"folder", response.File(dir), 404, notFound},
		{"device", response.File(os.DevNull), 404, notFound},
		{"empty path", response.File(""), 404, notFound},
		{"bad path", response.File("a\x00b"), 500, "500 Internal Server Error\n"},
		{"deleted since", deleted, 404, notFound},
		{"deleted since, with a status", deletedPage, 404, notFound},
		{"missing, as an attachment", response.Attachment(filepath.Join(dir, "none.txt")), 404, notFound},
		{"missing, made an attachment", response.File(filepath.Join(dir, "none.txt")).AsAttachment("x.txt"), 404,
			notFound},
		{"missing, with a type",
			response.File(filepath.Join(dir, "none.png")).WithHeader("Content-Type", "image/png"), 404, notFound},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := send(tt.response)
			if w.Code != tt.wantStatus || w.Body.String() != tt.want {
				t.Errorf("sent %d %q, want %d", w.Code, w.Body, tt.wantStatus)
			}
			h := w.Header()
			if h.Get("Content-Type") != "text/plain; charset=utf-8" || h["Etag"] != nil || h["Content-Disposition"] != nil {
				t.Errorf("the error page has headers of the file:\n%s", headerText(h))
			}
		})
	}
}

// A file can be the page of an error. Then it is sent whole.
func TestFileWithStatus(t *testing.T) {
	page := response.File(newFile(t, "404.html", "<p>sorry")).WithStatus(404)
	app, _ := answers(page)
	c := requesttest.New(t, app)
	for header, value := range map[string]string{
		"X-A": "1", "Range": "bytes=0-1", "If-None-Match": "*",
		"If-Modified-Since": modified.Add(time.Hour).Format(http.TimeFormat),
	} {
		got := c.Get("/", requesttest.With{Header: http.Header{header: {value}}})
		if got.Status != 404 || got.Text() != "<p>sorry" || got.Header.Get("Content-Length") != "8" {
			t.Errorf("with %q: %d %q, length %s", header, got.Status, got.Text(), got.Header.Get("Content-Length"))
		}
	}
	if got := c.Head("/"); got.Status != 404 || len(got.Body) != 0 || got.Header.Get("Content-Length") != "8" {
		t.Errorf("HEAD: %d %q, length %s", got.Status, got.Body, got.Header.Get("Content-Length"))
	}
}

// A File reads the file when it is sent, so a Response in a variable does not grow stale.
func TestFileChanges(t *testing.T) {
	path := newFile(t, "a.txt", "old")
	resp := response.File(path)
	first := send(resp)
	if err := os.WriteFile(path, []byte("newer"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := send(resp)
	before, after := first.Header().Get("Etag"), second.Header().Get("Etag")
	if first.Body.String() != "old" || second.Body.String() != "newer" || before == after {
		t.Errorf("%q %s, then %q %s", first.Body, before, second.Body, after)
	}
}

func TestLargeFile(t *testing.T) {
	text := strings.Repeat("0123456789", 100_000)
	for _, status := range []int{200, 404} {
		got := exchange(t, "GET", response.File(newFile(t, "a.txt", text)).WithStatus(status))
		if got.Status != status || got.Text() != text || got.Header.Get("Content-Length") != "1000000" {
			t.Errorf("%d with %d bytes, length %s", got.Status, len(got.Body), got.Header.Get("Content-Length"))
		}
	}
}
