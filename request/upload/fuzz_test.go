package upload_test

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// A form that is read at once, byte by byte and by package multipart has the same values and files; one that is refused is
// refused at once and byte by byte.
func FuzzForm(f *testing.F) {
	for _, body := range []string{
		form("name=a|1", "name=b; filename=b|2"), "--x--", "--x\r\n\r\n--x--", "pre\r\n" + form("name=a|1\r\n--x-"),
		strings.ReplaceAll(form("name=a|1"), "\r", ""), form("name=a; filename*=utf-8''%ff|1"),
	} {
		f.Add([]byte(body))
	}
	for _, body := range []string{
		form(`name=a; filename=""|`, `name=a; filename=""|1`, "name=a; filename=x|"), form("name=a|1--x2\r\n--xy", "name=a|\r\n"),
		"--x \t\r\nContent-Disposition: form-data; name=a\r\n\r\n--x--", form("name*0=a; name*1=b|1"), form("name=a|" + strings.Repeat("a", 4<<10-60)),
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
		values, files := url.Values{}, url.Values{}
		r := multipart.NewReader(bytes.NewReader(body), "x")
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("package multipart: %v; here %s", err, got)
			}
			content, err := io.ReadAll(p)
			if err != nil {
				t.Fatalf("package multipart: %v; here %s", err, got)
			}
			_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
			fileName, isFile := params["filename"]
			switch {
			case !isFile:
				values.Add(p.FormName(), string(content))
			case fileName != "" || len(content) > 0: // somebody has chosen a file
				files.Add(p.FormName(), string(content))
			}
		}
		f, err := read(t, bytes.NewReader(body), formType, limits(t, upload.Limits{}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(values, f.Values); diff != "" {
			t.Errorf("values (-package multipart +here):\n%s", diff)
		}
		own := url.Values{}
		for name, list := range f.Files {
			for _, file := range list {
				content, err := file.Bytes()
				if err != nil {
					t.Fatal(err)
				}
				own.Add(name, string(content))
			}
		}
		if diff := cmp.Diff(files, own); diff != "" {
			t.Errorf("files (-package multipart +here):\n%s", diff)
		}
	})
}
