package response

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"unicode"

	"github.com/soay-go/soay/request/header"
)

// File returns the content of a file. Ranges and conditional requests work (RFC 9110 sections 13
// and 14). The content type is that of [ContentTypeOf]. A path without a file, or with anything but a regular file, is a 404.
//
// File looks whether the file exists. It is opened when the response is written, so a Response in a
// variable follows the changes of the file, and length and tag are those of the file that was opened. A
// condition that fails is a 412 then, and a range beyond the end a 416, with the app's pages for errors.
// A file that becomes shorter while it is sent cuts the connection. A page in a file gets no policy for its
// content, as [HTML] does; WithHeader sets one.
//
// The path is used as it is: never build it from what a client sent.
func File(path string) Response {
	if resp, ok := missing(os.Stat(path)); ok {
		return resp
	}
	return Served(ContentTypeOf(path), func() (Opened, error) { return open(path) })
}

// missing returns the answer in place of a file that cannot be served, and false for one that can.
func missing(info fs.FileInfo, err error) (Response, bool) {
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular():
		return NotFound(), true
	case err != nil:
		return Error(fmt.Errorf("response: %w", err)), true
	}
	return Response{}, false
}

// Attachment is [File] for downloading: browsers save it, under the file's own name or the given
// one (RFC 6266). Folders in the name are dropped.
func Attachment(path string, name ...string) Response {
	return File(path).AsAttachment(append(name, path)[0])
}

// AsAttachment returns a copy that browsers save under name instead of showing it (RFC 6266).
// Folders in the name are dropped, and so are invisible characters: control characters, and characters
// that turn the direction of text around, with which cod.exe can look like exe.doc. An error response is
// still shown.
func (r Response) AsAttachment(name string) Response {
	if r.needsPage() {
		return r
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(c rune) rune {
		if isInvisible(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, "_"))
	return r.WithHeader("Content-Disposition", disposition(name))
}

// isInvisible reports whether a character is not shown itself, but may change how others are. Characters
// that join letters do not count: languages and emoji are written with them.
func isInvisible(c rune) bool {
	switch {
	case c < 0x80:
		return c < ' ' || c == 0x7f
	case unicode.In(c, unicode.Cc, unicode.Zl, unicode.Zp):
		return true
	case unicode.In(c, unicode.Join_Control, unicode.Prepended_Concatenation_Mark): // the second can be seen
		return false
	}
	return unicode.In(c, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
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
