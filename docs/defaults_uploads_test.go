package docs_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func uploadDefaults() map[string]check {
	part := func(size int) string { return multipartOf(filePart(size)) }
	return map[string]check{
		"Form with files, where a route has `Uploads` or an input has files": formSize,
		"One of its files": uploadLimit(size, part),
		"One of its texts": uploadLimit(size, func(n int) string { return multipartOf(textPart(n)) }),
		"Its texts together": uploadLimit(size, func(n int) string {
			return multipartOf(strings.Repeat(textPart(1<<15), n>>15) + textPart(n&(1<<15-1)))
		}),
		"Its texts and files": uploadLimit(count, func(n int) string { return multipartOf(strings.Repeat(textPart(1), n)) }),
		"Its files":           uploadLimit(count, func(n int) string { return multipartOf(strings.Repeat(filePart(1), n)) }),
		"Head of one of them": uploadLimit(size, headOfSize),
		"Its files in memory": filesInMemory,
	}
}

func count(t *testing.T, cell string) int { return number(t, cell, "") }

func multipartOf(parts string) string { return parts + "--x--\r\n" }

func filePart(n int) string {
	return "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("a", n) + "\r\n"
}

func textPart(n int) string {
	return "--x\r\nContent-Disposition: form-data; name=t\r\n\r\n" + strings.Repeat("a", n) + "\r\n"
}

// headOfSize returns a form whose one part has a head of this size.
func headOfSize(n int) string {
	const head = "Content-Disposition: form-data; name="
	return multipartOf("--x\r\n" + head + strings.Repeat("a", n-len(head)-len("\r\n")) + "\r\n\r\n1\r\n")
}

func postParts(c *requesttest.Client, body string) *requesttest.Response {
	return c.Post("/", requesttest.With{
		Body: strings.NewReader(body), Header: http.Header{"Content-Type": {"multipart/form-data; boundary=x"}},
	})
}

func newUploads(t *testing.T) *requesttest.Client {
	app := quiet()
	app.Post("/", func(req soay.Request) soay.Response {
		if _, err := req.Multipart(); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	}).Uploads(soay.UploadLimits{})
	return requesttest.New(t, app)
}

// uploadLimit compares a form that has as much as the page says, and one with more.
func uploadLimit(read func(*testing.T, string) int, form func(n int) string) check {
	return func(t *testing.T, cell string) {
		limit, c := read(t, cell), newUploads(t)
		for n, want := range map[int]int{limit: 204, limit + 1: status(t, cell)} {
			if got := postParts(c, form(n)); got.Status != want {
				t.Errorf("%d give %d, want %d: %s", n, got.Status, want, got.Text())
			}
		}
	}
}

// formSize compares forms of four files, with and without one more byte behind their end.
func formSize(t *testing.T, cell string) {
	limit, c := size(t, cell), newUploads(t)
	parts := strings.Repeat(filePart(8<<20-1<<10), 4)
	for n, want := range map[int]int{limit: 204, limit + 1: status(t, cell)} {
		body := multipartOf(parts)
		if got := postParts(c, body+strings.Repeat(" ", n-len(body))).Status; got != want {
			t.Errorf("a form of %d bytes gives %d, want %d", n, got, want)
		}
	}
	type photo struct {
		File soay.File `form:"f"`
	}
	app := quiet()
	soay.Post(app, "/", func(req soay.Request, _ photo) (soay.Response, error) {
		if got := req.BodyLimit(); got != int64(limit) {
			t.Errorf("an input with a file may have %d bytes, want %d", got, limit)
		}
		return response.NoContent(), nil
	})
	postParts(requesttest.New(t, app), multipartOf(filePart(1)))
}

// filesInMemory looks for a temporary file, which has no name, by the descriptors of the process.
func filesInMemory(t *testing.T, cell string) {
	if _, err := os.ReadDir("/proc/self/fd"); err != nil {
		t.Skip("no /proc here")
	}
	folder, limit := t.TempDir(), size(t, cell)
	t.Setenv("TMPDIR", folder)
	app := quiet()
	app.Post("/", func(req soay.Request) soay.Response {
		if _, err := req.Multipart(); err != nil {
			return response.Error(err)
		}
		entries, _ := os.ReadDir("/proc/self/fd")
		for _, e := range entries {
			if target, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(target, folder) {
				return response.Text("on the disk")
			}
		}
		return response.Text("in memory")
	})
	c := requesttest.New(t, app)
	for n, want := range map[int]string{limit: "in memory", limit + 1: "on the disk"} {
		if got := postParts(c, multipartOf(filePart(n))).Text(); got != want {
			t.Errorf("a file of %d bytes is %s, want %s", n, got, want)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("%v have names, %v", entries, err)
	}
}
