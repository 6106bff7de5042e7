package upload_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/upload"
)

// counting counts what is read.
type counting struct {
	r io.Reader
	n int
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += n
	return n, err
}

// A form that is read at once, byte by byte and by package multipart is the same one; a form that is refused is refused
// in both ways.
func FuzzForm(f *testing.F) {
	for _, body := range []string{
		form("name=a|1", "name=b; filename=b|2"), "--x--", "--x\r\n\r\n--x--", "pre\r\n" + form("name=a|1\r\n--x-"),
		strings.ReplaceAll(form("name=a|1"), "\r", ""), form("name=a; filename*=utf-8''%ff|1"),
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 4<<10 {
			return // heads that are too large may be found sooner or later
		}
		got := both(t, string(body), formType, limits(t, upload.Limits{}))
		if len(got) == 3 && got[0] == '4' {
			return
		}
		values, files := 0, 0
		r := multipart.NewReader(bytes.NewReader(body), "x")
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("package multipart: %v; here %s", err, got)
			}
			b, err := io.ReadAll(p)
			if err != nil {
				t.Fatalf("package multipart: %v; here %s", err, got)
			}
			if p.FormName() == "" && !strings.Contains(got, "=") && !strings.Contains(got, ":") {
				t.Fatalf("a part without a name; here %s", got)
			}
			if strings.Contains(strings.ToLower(p.Header.Get("Content-Disposition")), "filename") {
				files += len(b)
			} else {
				values += len(b)
			}
		}
		f, err := read(t, bytes.NewReader(body), formType, limits(t, upload.Limits{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range f.Values {
			for _, v := range list {
				values -= len(v)
			}
		}
		for _, list := range f.Files {
			for _, file := range list {
				files -= int(file.Size())
			}
		}
		if values+files != 0 {
			t.Errorf("package multipart has %d bytes more of values and %d of files; here %s", values, files, got)
		}
	})
}
