package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// as says under which of its names a file was asked for, which decides how long caches keep it.
type as int

const (
	asPlain     as = iota
	asImmutable    // the fingerprint in the name is that of the content
	asStale        // it is another one
	asFallback     // it is the page in place of one that is not there
	asCount
)

// year is for how long browsers keep what never changes.
const year = 365 * 24 * time.Hour

// resource is one version of a file with its compressed forms: responses that were made once for all requests.
type resource struct {
	name      string
	found     found
	steady    bool                   // it never changes, so nobody need look
	young     bool                   // it may have changed again without a sign, so what is in memory does not hold for long
	print     string                 // the fingerprint, "" without one
	integrity atomic.Pointer[string] // made when it is asked for
	bytes     int64                  // of memory

	codings  []string // of the compressed forms, the preferred one first
	answers  []answers
	identity *answers // nil if there are compressed forms alone
}

// answers are the responses of one form by the names that it is asked for by.
type answers [asCount]response.Response

// answer returns the response for a request: the form that the client likes best.
func (r *resource) answer(hr *http.Request, how as) response.Response {
	if len(r.codings) == 0 {
		return r.identity[how]
	}
	coding := header.NegotiateEncoding(http1.Values(hr, "Accept-Encoding"), r.codings...)
	for i, c := range r.codings {
		if c == coding {
			return r.answers[i][how]
		}
	}
	if r.identity == nil {
		return notAcceptable
	}
	return r.identity[how]
}

// notAcceptable is the answer to a client that does not take any form that there is (RFC 9110 section 12.4.1).
var notAcceptable = response.Error(problem.New(http.StatusNotAcceptable, "")).WithHeader("Vary", "Accept-Encoding")

// form is a file or one of its compressed siblings.
type form struct {
	file   string // its name
	coding string // "" for identity
	info   fs.FileInfo
	text   string // its bytes, if it is small and read
	read   bool
	sum    sum

	isChanging bool // it changed while it was read
}

// Files up to these sizes are kept in memory, and read for their tag alone.
const (
	maxKept   = 64 << 10
	maxHashed = 1 << 20
)

// youth is the time within which two changes of a file may have the same time.
const youth = 2 * time.Second

// make reads a file and its siblings and makes the responses.
func (s *Set) make(name string, f found) (*resource, error) {
	r := &resource{name: name, found: f, steady: s.isSteady(f), bytes: 512}
	forms, err := s.forms(name, f)
	if err != nil {
		return nil, err
	}
	isVaried := len(forms) > 1 || forms[0].coding != ""
	for i := range forms {
		form := &forms[i]
		r.young = r.young || form.isChanging || !r.steady && time.Since(form.info.ModTime()) < youth
		if form.read {
			r.bytes += int64(len(form.text))
		}
		if r.print == "" {
			r.print = form.sum.print()
		}
		made := s.answersOf(name, form, isVaried)
		if form.coding == "" {
			r.identity = &made
			continue
		}
		r.codings = append(r.codings, form.coding)
		r.answers = append(r.answers, made)
	}
	return r, nil
}

// isSteady reports whether files have no times, as in an embedded folder, so that nothing would tell of a change.
func (s *Set) isSteady(f found) bool {
	info := f.plain
	for i := 0; info == nil; i++ {
		info = f.siblings[i]
	}
	_, isFS := s.tree.(fsTree)
	return isFS && info.ModTime().IsZero()
}

// forms returns the forms of a file with what is to be known of their bytes, the original first, if there is one.
func (s *Set) forms(name string, f found) ([]form, error) {
	var forms []form
	if f.plain != nil {
		forms = append(forms, form{file: name, info: f.plain})
	}
	for i, sibling := range siblings {
		if f.siblings[i] != nil {
			forms = append(forms, form{file: name + sibling.extension, coding: sibling.coding, info: f.siblings[i]})
		}
	}
	for i := range forms {
		if err := s.readForm(&forms[i]); err != nil {
			return nil, err
		}
	}
	return s.compressed(name, forms)
}

// readForm reads the bytes of a small form, and hashes those of one that is not large.
func (s *Set) readForm(f *form) error {
	size := f.info.Size()
	keep := size <= maxKept && s.options.MemoryBytes >= 0
	if h, ok := s.hashes.Load(f.file); ok && s.tree.same(h.(hashed).info, f.info) {
		f.sum = h.(hashed).sum
		if !keep {
			return nil
		}
	}
	if size > maxHashed {
		return nil
	}
	text, info, err := s.readAll(f.file, f.info)
	switch {
	case errors.Is(err, errChanging):
		f.isChanging = true // it is opened for the answer then
		return nil
	case err != nil:
		return err
	}
	f.info = info
	f.sum = sumOf(text)
	if keep {
		f.text, f.read = string(text), true
	}
	return nil
}

var errChanging = errors.New("it changes while it is read")

// readAll returns the bytes of a file that has not changed since it was looked at.
func (s *Set) readAll(name string, looked fs.FileInfo) ([]byte, fs.FileInfo, error) {
	f, err := s.tree.open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() || !s.tree.same(info, looked) {
		return nil, nil, errChanging
	}
	text, err := io.ReadAll(io.LimitReader(f, info.Size()+1))
	if err == nil && int64(len(text)) != info.Size() {
		err = errChanging
	}
	return text, info, err
}

// answersOf returns the responses of a form.
func (s *Set) answersOf(name string, f *form, isVaried bool) answers {
	contentType := response.ContentTypeOf(name)
	var r response.Response
	if f.read {
		r = response.ServedText(contentType, f.text)
	} else {
		r = response.Served(contentType, func() (response.Opened, error) { return s.open(f) })
	}
	_, isDir := s.tree.(*dirTree)
	if tag := f.tag(); tag.Tag != "" && (f.read || !isDir) { // that of a file which is opened is the file's
		r = r.WithHeader("Etag", tag.String())
	}
	if isDir && f.read {
		r = r.WithLastModified(f.info.ModTime())
	}
	if f.coding != "" {
		r = r.WithHeader("Content-Encoding", f.coding)
	}
	if isVaried {
		r = r.WithHeader("Vary", "Accept-Encoding")
	}
	noCache := response.CacheControl{NoCache: true}
	return answers{
		asPlain:     s.each(name, r.WithCacheControl(s.options.cache())),
		asImmutable: s.each(name, r).WithCacheControl(response.CacheControl{Public: true, MaxAge: year, Immutable: true}),
		asStale:     s.each(name, r).WithCacheControl(response.CacheControl{NoStore: true}),
		asFallback:  s.each(name, r).WithCacheControl(noCache).WithHeadersOf(varyNavigation),
	}
}

// each asks Options.Each for headers.
func (s *Set) each(name string, r response.Response) response.Response {
	if s.options.Each == nil {
		return r
	}
	changed := s.options.Each(name, r)
	if changed.Err() == nil && (changed.Status() != http.StatusOK || !response.StateOf(changed).IsFile()) {
		return response.Error(fmt.Errorf("files: Each has changed the status or the content of %q", name))
	}
	return changed
}

// tag returns the tag of a form: of its content if that is known, else of its time and size.
func (f *form) tag() header.ETag {
	if f.sum.isKnown() {
		return header.ETag{Tag: f.sum.tag()}
	}
	tag := response.FileTag(f.info)
	if tag.Tag != "" && f.coding != "" {
		tag.Tag += "-" + f.coding // another file may have the same time and size
	}
	return tag
}

// open opens a form that is not kept in memory.
func (s *Set) open(f *form) (response.Opened, error) {
	file, err := s.tree.open(f.file)
	if err != nil {
		s.report(f.file, err)
		return response.Opened{}, problem.New(http.StatusNotFound, "").WithCause(err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		file.Close()
		return response.Opened{}, problem.New(http.StatusNotFound, "").WithCause(err)
	}
	now := form{info: info, coding: f.coding}
	if s.tree.same(info, f.info) {
		now.sum = f.sum
	}
	o := response.Opened{Content: file, Size: info.Size(), ETag: now.tag()}
	if _, isDir := s.tree.(*dirTree); isDir {
		o.Modified = info.ModTime()
	}
	return o, nil
}
