package files

import (
	"errors"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// maxListed is how many entries of a folder are looked at.
const maxListed = 10_000

// listed is a line of a listing, as clients that ask for JSON get it.
type listed struct {
	Name     string     `json:"name"`
	Folder   bool       `json:"folder"`
	Size     int64      `json:"size"`
	Modified *time.Time `json:"modified,omitempty"`
}

// list returns what is in a folder, as a page or as JSON.
func (s *Set) list(req request.Request, name string) response.Response {
	lines, err := s.lines(name)
	if err != nil {
		s.report(name, err)
		return response.NotFound()
	}
	accept := http1.Values(request.StateOf(req).Source(), "Accept")
	var r response.Response
	switch header.NegotiateMediaType(accept, "text/html", "application/json") {
	case "text/html":
		r = response.HTML(listing(lines)).WithHeader("Content-Security-Policy",
			"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'")
	case "application/json":
		r = response.JSON(lines)
	default:
		r = response.Error(problem.New(http.StatusNotAcceptable, ""))
	}
	return r.WithHeader("Vary", "Accept").WithCacheControl(response.CacheControl{NoStore: true})
}

// lines returns the entries that may be served: folders first, sorted by their names.
func (s *Set) lines(name string) ([]listed, error) {
	f, err := s.tree.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	folder, ok := f.(fs.ReadDirFile)
	if !ok {
		return nil, errors.New("the file system does not list folders")
	}
	entries, err := folder.ReadDir(maxListed)
	if err != nil && err != io.EOF {
		return nil, err
	}
	lines := []listed{}
	seen := map[string]bool{}
	for _, entry := range entries {
		if line, ok := s.line(name, entry.Name()); ok && !seen[line.Name] {
			seen[line.Name] = true
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b listed) int {
		if a.Folder != b.Folder {
			if a.Folder {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return lines, nil
}

// line returns an entry as a client may see it, false for one that is not served. A file that is there in a compressed form
// alone has its own name.
func (s *Set) line(folder, name string) (listed, bool) {
	full := path.Join(folder, name)
	if !isServable(full, s.options.WellKnown) {
		return listed{}, false
	}
	if isSibling(full) {
		full = strings.TrimSuffix(full, path.Ext(full))
	}
	found, err := s.lookServed(full)
	if errors.Is(err, errFolder) {
		return listed{Name: path.Base(full), Folder: true}, true
	}
	if err != nil {
		return listed{}, false
	}
	info := found.plain
	for i := 0; info == nil; i++ {
		info = found.siblings[i]
	}
	line := listed{Name: path.Base(full), Size: info.Size()}
	if t := info.ModTime(); !t.IsZero() {
		t = t.UTC().Truncate(time.Second)
		line.Modified = &t
	}
	return line, true
}

// listing returns the page of a folder. It does not say which, for its own path may be another one to the client.
func listing(lines []listed) string {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Files</title></head>\n<body><ul>\n")
	for _, line := range lines {
		name := line.Name
		if line.Folder {
			name += "/"
		}
		// A name never begins with a scheme or a host here: ./ stands before it.
		href := "./" + (&url.URL{Path: name}).EscapedPath()
		b.WriteString(`<li><a href="` + html.EscapeString(href) + `">` + html.EscapeString(name) + "</a></li>\n")
	}
	b.WriteString("</ul></body></html>\n")
	return b.String()
}
