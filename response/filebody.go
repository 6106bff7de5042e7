package response

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response/problem"
)

// open returns the file as it is now.
func open(path string) (Opened, error) {
	f, err := openFile(path)
	if err != nil {
		return Opened{}, notFound(err)
	}
	o, err := openedFile(f, path)
	if err != nil {
		f.Close()
	}
	return o, err
}

// openedFile returns an open file as content, if it is a regular one.
func openedFile(f fs.File, name string) (Opened, error) {
	info, err := f.Stat()
	if err != nil {
		return Opened{}, notFound(err)
	}
	if !info.Mode().IsRegular() {
		return Opened{}, problem.New(http.StatusNotFound, "").WithCause(fmt.Errorf("response: %s is no regular file", name))
	}
	return Opened{Content: f, Size: info.Size(), ETag: FileTag(info), Modified: info.ModTime()}, nil
}

// notFound returns the error of a file that could not be opened: a 404 if there is none.
func notFound(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return problem.New(http.StatusNotFound, "").WithCause(err)
	}
	return fmt.Errorf("response: %w", err)
}

// youth is the time for which a file may be changed once more without a sign of it: its time need not tell two changes
// apart that follow each other closely.
const youth = 2 * time.Second

// FileTag returns a tag for the present version of a file, of its time and its size. It is weak while the time is so
// young that another change may have the same (RFC 9110 section 8.8.1), and zero without a time. It is for
// the framework.
func FileTag(info fs.FileInfo) header.ETag {
	t := info.ModTime()
	if t.IsZero() {
		return header.ETag{}
	}
	var b [40]byte
	tag := append(strconv.AppendInt(b[:0], t.UnixNano(), 16), '-')
	tag = strconv.AppendInt(tag, info.Size(), 16)
	return header.ETag{Tag: string(tag), Weak: time.Since(t) < youth}
}
