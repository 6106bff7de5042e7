package files

import (
	"crypto/sha512"
	"encoding/base64"
	"io"
	"net/url"
)

// URL returns the URL of a file by its name, relative to the folder: one with the fingerprint of the content, such as
// css/app.0123456789ab.css for css/app.css. Under it browsers keep the file for a year, and a changed file has another
// one. The name stays plain in development, for a file above 1 MiB in a [Dir], and where there is no such file, which is
// logged once.
func (s *Set) URL(name string) string {
	u, ok := s.Lookup(name)
	if !ok && s.told.first("URL of "+name) {
		s.logger().Warn("soay: the URL of a static file that is not there", "file", name)
	}
	return u
}

// Lookup is URL, and reports whether there is such a file. It is for the framework.
func (s *Set) Lookup(name string) (u string, ok bool) {
	r := s.resourceFor(name)
	if r != nil && r.print != "" && !s.setup.Development {
		name = withFingerprint(name, r.print)
	}
	return (&url.URL{Path: name}).EscapedPath(), r != nil
}

// resourceFor returns a file by its own name, nil for none.
func (s *Set) resourceFor(name string) *resource {
	if i := s.cache.get(name); i != nil && !i.isOther && s.isCurrent(i) {
		return i.resource
	}
	found, err := s.lookServed(name)
	if err != nil {
		return nil
	}
	r, err := s.resourceOf(name, found)
	if err != nil {
		s.report(name, err)
		return nil
	}
	return r
}

// Integrity returns the SHA-384 of a file for the attribute integrity, such as sha384-oqVu…, with which browsers refuse
// other bytes, and "" where there is no such file. Use it for a file with a URL of its fingerprint: under a plain name another
// version may be served while a new one is rolled out.
func (s *Set) Integrity(name string) string {
	r := s.resourceFor(name)
	if r == nil || r.found.plain == nil {
		return ""
	}
	if known := r.integrity.Load(); known != nil {
		return *known
	}
	f, err := s.tree.open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	h := sha512.New384()
	if _, err := io.Copy(h, f); err != nil {
		s.report(name, err)
		return ""
	}
	made := "sha384-" + base64.StdEncoding.EncodeToString(h.Sum(nil))
	if s.tree.same(info, r.found.plain) && !r.young {
		r.integrity.Store(&made)
	}
	return made
}
