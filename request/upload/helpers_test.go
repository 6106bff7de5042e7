package upload_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/response/problem"
)

const formType = "multipart/form-data; boundary=x"

// form returns a form with the boundary x. Each part is a head, a bar and a content; a bare head is a name.
func form(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		head, content, _ := strings.Cut(p, "|")
		if !strings.Contains(strings.ToLower(head), "content-") {
			head = "Content-Disposition: form-data; " + head
		}
		fmt.Fprintf(&b, "--x\r\n%s\r\n\r\n%s\r\n", head, content)
	}
	return b.String() + "--x--\r\n"
}

// small are limits that tests can exceed.
func limits(t testing.TB, l upload.Limits) upload.Limits {
	return l.WithDefaults(upload.Limits{TempDir: t.TempDir()})
}

// read reads a form whole, in one piece or byte by byte.
func read(t testing.TB, body io.Reader, contentType string, l upload.Limits) (*upload.Form, error) {
	t.Helper()
	r, err := upload.NewReader(body, contentType, l, nil)
	if err != nil {
		return nil, err
	}
	store := upload.NewStore(l, func(err error) { t.Errorf("misuse: %v", err) })
	t.Cleanup(func() { _ = store.Close() })
	return r.ReadForm(store, nil)
}

// show says what is in a form, or what is wrong with it.
func show(f *upload.Form, err error) string {
	if err != nil {
		return fmt.Sprint(problem.StatusOf(err))
	}
	var b strings.Builder
	for name, values := range sorted(f.Values) {
		fmt.Fprintf(&b, "%s=%q ", name, values)
	}
	for name, files := range sorted(f.Files) {
		for _, file := range files {
			content, err := file.Bytes()
			if err != nil {
				return err.Error()
			}
			text := fmt.Sprintf("%q", content)
			if len(content) > 100 {
				text = fmt.Sprint(len(content))
			}
			fmt.Fprintf(&b, "%s:%q(%s)%s ", name, file.Name(), file.ContentType(), text)
		}
	}
	return strings.TrimSpace(b.String())
}

// both reads a form at once and byte by byte, which must be the same.
func both(t testing.TB, body, contentType string, l upload.Limits) string {
	t.Helper()
	whole := show(read(t, strings.NewReader(body), contentType, l))
	if slowly := show(read(t, iotest.OneByteReader(strings.NewReader(body)), contentType, l)); slowly != whole {
		t.Errorf("byte by byte %s, at once %s", slowly, whole)
	}
	return whole
}

// noFiles reports files that are left in a folder.
func noFiles(t testing.TB, folder string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s is left in the folder", e.Name())
	}
}
