package files

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
)

// find returns the answer for a name that is not known, or not any more.
func (s *Set) find(req request.Request, hr *http.Request, name string) response.Response {
	clean, isFolder := strings.CutSuffix(name, "/")
	if name == "" {
		clean, isFolder = ".", true
	}
	if !isServable(clean, s.options.WellKnown) {
		return response.NotFound()
	}
	if isFolder {
		return s.findFolder(req, hr, name, clean)
	}
	found, err := s.lookServed(clean)
	switch {
	case err == nil && s.options.HTMLExtension && strings.HasSuffix(name, ".html"):
		return redirect(hr, s.withoutHTML(hr, clean))
	case err == nil:
		return s.known(hr, name, clean, found, asPlain)
	case errors.Is(err, errFolder):
		if s.options.HTMLExtension && !s.isFile(path.Join(clean, s.options.index())) {
			if found, err := s.lookServed(clean + ".html"); err == nil {
				return s.known(hr, name, clean+".html", found, asPlain)
			}
		}
		return redirect(hr, lastSegment(hr)+"/")
	}
	if plain, print, ok := cutFingerprint(clean); ok {
		if found, err := s.lookServed(plain); err == nil {
			return s.printed(hr, name, plain, found, print)
		}
	}
	if s.options.HTMLExtension {
		if found, err := s.lookServed(clean + ".html"); err == nil {
			return s.known(hr, name, clean+".html", found, asPlain)
		}
	}
	return s.missing(hr, clean)
}

// findFolder returns the answer for a folder with its slash.
func (s *Set) findFolder(req request.Request, hr *http.Request, name, clean string) response.Response {
	info, err := s.tree.stat(clean)
	if err == nil && !info.IsDir() {
		return response.NotFound() // a file has no slash behind it
	}
	if err != nil {
		s.report(clean, err)
		return s.missing(hr, strings.TrimSuffix(name, "/")+"/")
	}
	index := path.Join(clean, s.options.index())
	if found, err := s.lookServed(index); err == nil {
		return s.known(hr, name, index, found, asPlain)
	}
	if s.options.Listing {
		return s.list(req, clean)
	}
	return s.missing(hr, name)
}

// missing returns the answer where nothing was found: Fallback for navigations, else 404.
func (s *Set) missing(hr *http.Request, name string) response.Response {
	if s.options.Fallback == "" || s.isExcepted(name) {
		return response.NotFound()
	}
	resp := response.NotFound()
	if isNavigation(hr, name) {
		if found, err := s.look(s.options.Fallback); err == nil {
			resp = s.known(hr, "", s.options.Fallback, found, asFallback)
		}
	}
	return resp.WithHeadersOf(varyNavigation)
}

// varyNavigation tells caches what the answer depends on (RFC 9110 section 12.5.5).
var varyNavigation = response.Response{}.WithHeader("Vary", "Sec-Fetch-Mode, Accept")

// isExcepted reports whether a path is one of Except or below it.
func (s *Set) isExcepted(name string) bool {
	full := s.setup.Prefix + "/" + name
	for _, prefix := range s.options.Except {
		prefix = strings.TrimSuffix(prefix, "/")
		if rest, ok := strings.CutPrefix(full, prefix); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// isNavigation reports whether a browser wants to show the answer as a page. Fetch Metadata say so; without them the
// client must name HTML, and the path must not look like that of a file.
func isNavigation(hr *http.Request, name string) bool {
	if mode := http1.Value(hr, "Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	if http1.Value(hr, "Sec-Fetch-Site") != "" || http1.Value(hr, "Sec-Fetch-Dest") != "" {
		return false
	}
	accept := http1.Values(hr, "Accept")
	named := strings.Contains(strings.ToLower(strings.Join(accept, ",")), "text/html")
	return named && header.NegotiateMediaType(accept, "text/html") != "" && !strings.Contains(path.Base(name), ".")
}

// isFile reports whether a file that may be served has this name.
func (s *Set) isFile(name string) bool {
	_, err := s.lookServed(name)
	return err == nil
}

// withoutHTML returns the name of a page at which HTMLExtension has it.
func (s *Set) withoutHTML(hr *http.Request, name string) string {
	if path.Base(name) == s.options.index() {
		return "./"
	}
	return strings.TrimSuffix(lastSegment(hr), ".html")
}

// lastSegment returns what stands behind the last slash of the path of a request, as a relative reference (RFC 3986 section
// 4.2), which never names a host.
func lastSegment(hr *http.Request) string {
	segment := path.Base(hr.URL.Path)
	if segment == "/" {
		return "."
	}
	segment = url.PathEscape(segment)
	if strings.Contains(segment, ":") {
		return "./" + segment // or it would begin with a scheme
	}
	return segment
}

// redirect leads to a relative reference, with the query of the request.
func redirect(hr *http.Request, location string) response.Response {
	if hr.URL.RawQuery != "" {
		location += "?" + hr.URL.RawQuery
	}
	return response.Status(http.StatusMovedPermanently).WithLocation(location).WithHeader("Cache-Control", "no-cache")
}

var (
	errFolder     = errors.New("it is a folder")
	errNotRegular = errors.New("it is no regular file")
)

// report logs an error of the disk that is more than that there is no such file.
func (s *Set) report(name string, err error) {
	for _, ordinary := range []error{fs.ErrNotExist, fs.ErrInvalid, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.EILSEQ} {
		if errors.Is(err, ordinary) {
			return
		}
	}
	s.tell(name, err)
}

// lookServed is look for a name that a client chose.
func (s *Set) lookServed(name string) (found, error) {
	if isSibling(name) {
		return found{}, fs.ErrNotExist
	}
	if !s.isServed(name) {
		if info, err := s.tree.stat(name); err == nil && info.IsDir() { // folders have no extension of a file
			return found{}, errFolder
		}
		return found{}, fs.ErrNotExist
	}
	f, err := s.look(name)
	if err != nil && !errors.Is(err, errFolder) {
		s.report(name, err)
	}
	return f, err
}

// found is what is there under a name: the file and its compressed siblings, nil for those that are not.
type found struct {
	plain    fs.FileInfo
	siblings [len(siblings)]fs.FileInfo
}

// look asks the file system. The error is errFolder for a folder.
func (s *Set) look(name string) (found, error) {
	var f found
	info, err := s.tree.stat(name)
	switch {
	case err == nil && info.IsDir():
		return f, errFolder
	case err == nil && !info.Mode().IsRegular():
		return f, errNotRegular
	case err == nil:
		f.plain = info
	}
	if !isCompressible(name) {
		return f, err
	}
	for i, sibling := range siblings {
		info, statErr := s.tree.stat(name + sibling.extension)
		switch {
		case statErr != nil || !info.Mode().IsRegular():
		case f.plain != nil && info.ModTime().Before(f.plain.ModTime()):
			s.tell(name+sibling.extension, errOlder)
		default:
			f.siblings[i], err = info, nil
		}
	}
	return f, err
}

var errOlder = errors.New("it is older than its original")

// isSame reports whether two looks have found the same versions.
func (s *Set) isSame(a, b found) bool {
	if !s.isSameInfo(a.plain, b.plain) {
		return false
	}
	for i := range a.siblings {
		if !s.isSameInfo(a.siblings[i], b.siblings[i]) {
			return false
		}
	}
	return true
}

func (s *Set) isSameInfo(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return s.tree.same(a, b)
}
