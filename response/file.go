package response

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response/problem"
)

// File returns the content of a file. Ranges and conditional requests work (RFC 9110 sections 13
// and 14); the content type follows from the name, and is application/octet-stream where that says
// nothing. A file that is missing or no regular one is a 404.
//
// The path is used as it is: never build it from what a client sent.
func File(path string) Response {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular():
		return NotFound()
	case err != nil:
		return Error(fmt.Errorf("response: %w", err))
	}
	return Response{}.WithBody(contentTypeOf(path), file(path))
}

// Attachment is [File] for downloading: browsers save it, under the file's own name or the given
// one (RFC 6266). Folders in the name are dropped.
func Attachment(path string, name ...string) Response {
	return File(path).AsAttachment(append(name, path)[0])
}

// AsAttachment returns a copy that browsers save under name instead of showing it (RFC 6266).
// Folders in the name are dropped. An error response stays one to be shown.
func (r Response) AsAttachment(name string) Response {
	if r.Pending() != nil {
		return r
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, "_"))
	return r.WithHeader("Content-Disposition", disposition(name))
}

// disposition returns the header with a plain name for old clients and the exact one (RFC 8187)
// where the two differ.
func disposition(name string) string {
	if name == "" || name == "." || name == ".." {
		return "attachment"
	}
	plain := strings.Map(func(c rune) rune {
		if c >= 0x7f || c == '%' || c == '"' || c == '\\' {
			return '_'
		}
		return c
	}, name)
	value := "attachment; filename=" + header.Quote(plain)
	if plain != name {
		value += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return value
}

// contentTypeOf never guesses from the content, for a guess of text/html would run scripts of
// whoever uploaded the file.
func contentTypeOf(path string) string {
	if t := mime.TypeByExtension(filepath.Ext(path)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// withRangeInBytes returns r as http.ServeContent understands it: a range in another unit than
// bytes is to be ignored, and the unit may be spelled in any case (RFC 9110 sections 14.1 and
// 14.2).
func withRangeInBytes(r *http.Request) *http.Request {
	const unit = "bytes="
	ranges := r.Header.Get("Range")
	if ranges == "" || strings.HasPrefix(ranges, unit) {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	if hasPrefixFold(ranges, unit) {
		r.Header.Set("Range", unit+ranges[len(unit):])
	}
	return r
}

type file string

// Ready tells that a file is the same for everybody.
func (file) Ready() {}

// WriteBody implements [Body].
func (path file) WriteBody(w http.ResponseWriter, r *http.Request, status int) error {
	f, err := os.Open(string(path))
	switch {
	case errors.Is(err, fs.ErrNotExist): // it has gone since
		return problem.New(http.StatusNotFound, "").WithCause(err)
	case err != nil:
		return fmt.Errorf("response: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("response: %w", err)
	}
	h := w.Header()
	if status == http.StatusOK {
		if h["Etag"] == nil {
			h.Set("Etag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
		}
		http.ServeContent(w, withRangeInBytes(r), "", info.ModTime(), f)
		return nil
	}
	// A page for an error, for example: neither ranges nor conditions apply.
	h[contentLengthKey] = lengthValue(int(info.Size()))
	w.WriteHeader(status)
	if !hasContent(r.Method, status) {
		return nil
	}
	_, err = io.CopyN(w, f, info.Size())
	return err
}
