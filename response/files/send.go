package files

import (
	"errors"
	"net/http"
	"os"
	"strings"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// Send returns one file whose name a client chose, such as an upload that was saved before. What [Set.Serve] refuses is a
// 404: names that are no clean paths, hidden ones, links out of the root, and all that is no regular file. Ranges and
// conditions work.
//
// The answer says private, no-cache, for such files mostly belong to somebody; [response.Response.WithCacheControl] says
// something else. Scripts in a page or a picture (SVG) do not run: it has the Content-Security-Policy sandbox. With
// AsAttachment browsers save the file.
func Send(root *os.Root, name string) response.Response {
	if root == nil {
		return response.Error(errors.New("files: Send was called without a root"))
	}
	if !isServable(name, false) {
		return response.NotFound()
	}
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return response.Error(gone(err))
	}
	contentType := response.ContentTypeOf(name)
	r := response.Served(contentType, func() (response.Opened, error) { return openSent(root, name) }).
		WithCacheControl(response.CacheControl{Private: true, NoCache: true})
	if isActive(contentType) {
		return r.WithHeader("Content-Security-Policy", "sandbox")
	}
	return r
}

// gone returns the 404 for a file that cannot be sent. The cause is for the log.
func gone(cause error) error {
	if cause == nil {
		cause = errNotRegular
	}
	return problem.New(http.StatusNotFound, "").WithCause(cause)
}

func openSent(root *os.Root, name string) (response.Opened, error) {
	f, err := openIn(root, name)
	if err != nil {
		return response.Opened{}, gone(err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		f.Close()
		return response.Opened{}, gone(err)
	}
	return response.Opened{Content: f, Size: info.Size(), ETag: response.FileTag(info), Modified: info.ModTime()}, nil
}

// isActive reports whether browsers run scripts in content of a type.
func isActive(contentType string) bool {
	return strings.HasPrefix(contentType, "text/html") || strings.Contains(contentType, "xml")
}
