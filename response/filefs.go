package response

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"sync"

	"github.com/soay-go/soay/request/header"
)

// FileFS is [File] for a file in a file system, such as an [embed.FS], or that of an [os.Root]. A name that is not
// [fs.ValidPath] is a 404. Files that cannot seek, such as those in a zip archive, have no ranges.
//
// A file system without times, such as an embed.FS, has tags made of the content. Those of an embed.FS are made once;
// elsewhere they are made for each answer, and files above 1 MiB have none.
//
// FileFS is for names that the program knows. A client may choose among all files of the file system otherwise, hidden
// ones included.
func FileFS(fsys fs.FS, name string) Response {
	if !fs.ValidPath(name) {
		return NotFound()
	}
	if resp, ok := missing(fs.Stat(fsys, name)); ok {
		return resp
	}
	return Served(ContentTypeOf(name), func() (Opened, error) { return openFS(fsys, name) })
}

// openFS returns the file as it is now.
func openFS(fsys fs.FS, name string) (Opened, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return Opened{}, notFound(err)
	}
	o, err := openedFile(f, name)
	if err == nil && o.Modified.IsZero() {
		o.ETag, err = tagInFS(fsys, name, f, o.Size)
	}
	if err != nil {
		f.Close()
		return Opened{}, err
	}
	return o, nil
}

// embedded names a file that is part of the program, and never changes.
type embedded struct {
	fsys embed.FS
	name string
}

// embeddedTags are the tags of embedded files, by their embedded. There are no more of them than files.
var embeddedTags sync.Map

// maxTagged is the size of what is read for its tag alone.
const maxTagged = 1 << 20

// tagInFS returns a tag for an open file by its content, zero for none. The file is at its beginning afterwards.
func tagInFS(fsys fs.FS, name string, f fs.File, size int64) (header.ETag, error) {
	seeker, ok := f.(io.Seeker)
	own, isEmbedded := fsys.(embed.FS)
	if !ok || size > maxTagged && !isEmbedded {
		return header.ETag{}, nil
	}
	key := embedded{own, name}
	if isEmbedded {
		if tag, ok := embeddedTags.Load(key); ok {
			return header.ETag{Tag: tag.(string)}, nil
		}
	}
	h := sha256.New()
	_, err := io.Copy(h, f)
	_, seeking := seeker.Seek(0, io.SeekStart)
	if err := errors.Join(err, seeking); err != nil {
		return header.ETag{}, notFound(err)
	}
	tag := tagOfSum([sha256.Size]byte(h.Sum(nil)))
	if isEmbedded {
		embeddedTags.Store(key, tag)
	}
	return header.ETag{Tag: tag}, nil
}

// tagOfSum returns the text of a tag: 128 bits of a hash.
func tagOfSum(sum [sha256.Size]byte) string { return base64.RawURLEncoding.EncodeToString(sum[:16]) }

// Reader returns size bytes of what open gives when the response is written, which is closed then: an object of a store,
// say, or a column of a database. The length is known, so it is sent as Content-Length. Where the reader ends early the
// connection is cut, and what it has beyond size is not read. If it is an [io.Seeker], clients may ask for ranges, as of
// a [File]; give them a tag or a time by [Response.WithETag] or [Response.WithLastModified], which they need to go on
// later. With these, a client that has the content already gets a 304, and open is not called.
//
// Open is called once for each response, also in answer to HEAD, and its error makes an error response as that of
// [Error] does. It should end with the context of the request: take that before the handler returns. A negative size is
// an error response. Caches treat the response like one of [Stream].
func Reader(contentType string, size int64, open func() (io.ReadCloser, error)) Response {
	switch {
	case size < 0:
		return invalid("a Reader of %d bytes", size)
	case open == nil:
		return invalid("a Reader without a function to open it")
	}
	return Response{}.WithBody(contentType, reader{func() (Opened, error) {
		content, err := open()
		if err == nil && content == nil {
			err = errors.New("response: the function of Reader returned neither a reader nor an error")
		}
		return Opened{Content: content, Size: size}, err
	}}).given()
}
