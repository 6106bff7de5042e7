package view

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"sync"
	"sync/atomic"

	"github.com/soay-go/soay/request"
)

// Set has the views of an app. The app has it as a service, which is how [Render] finds it. It is safe for concurrent use.
// It is for the framework.
type Set struct {
	source     fs.FS
	options    Options
	perRequest template.FuncMap // those of Options.ForRequest for the zero Request
	names      template.FuncMap // all functions, to parse with
	reload     bool

	changing sync.Mutex // held while changed files are read
	now      atomic.Pointer[views]
}

// New returns the views in a file system. With reload, they are read from Options.Source if there is one, and files that have
// changed are read again. The error joins all mistakes, each with its file and line. It is for the framework.
func New(fsys fs.FS, o Options, reload bool) (*Set, error) {
	o.Funcs = maps.Clone(o.Funcs)
	perRequest, err := o.check()
	s := &Set{source: fsys, options: o, perRequest: perRequest, reload: reload}
	if reload && o.Source != nil {
		s.source = o.Source
	}
	if s.source == nil {
		err = errors.Join(err, errors.New("the file system is nil"))
	}
	if err != nil {
		return nil, err
	}
	s.names = new(copied).funcs()
	maps.Copy(s.names, o.Funcs)
	maps.Copy(s.names, perRequest)
	tree, err := readTree(s.source, o.extension())
	if err != nil {
		return nil, err
	}
	v := s.build(tree)
	if err := v.mistakes(); err != nil {
		return nil, err
	}
	s.now.Store(v)
	var errs []error
	for _, page := range o.Pages {
		errs = append(errs, page.check(v))
	}
	return s, errors.Join(errs...)
}

// current returns the views as they are. If files have changed, they are read again.
func (s *Set) current() (*views, error) {
	if !s.reload {
		return s.now.Load(), nil
	}
	s.changing.Lock()
	defer s.changing.Unlock()
	tree, err := readTree(s.source, s.options.extension())
	if err != nil {
		return nil, err
	}
	v := s.now.Load()
	if !maps.Equal(v.files, tree.files) {
		v = s.build(tree)
		s.now.Store(v)
	}
	return v, nil
}

// setOf returns the views of the app.
func setOf(req request.Request) (*Set, error) {
	s, err := request.Resolve[*Set](req)
	if err != nil {
		return nil, fmt.Errorf("there are no views; call App.UseViews, and in tests send the request to an app: %w", err)
	}
	return s, nil
}

// find returns a page that can be rendered.
func find(req request.Request, name string) (*page, error) {
	s, err := setOf(req)
	if err != nil {
		return nil, err
	}
	v, err := s.current()
	if err != nil {
		return nil, err
	}
	return v.find(name)
}

// find returns a page that can be rendered. Names are those of the pages that were read; none leads to a file.
func (v *views) find(name string) (*page, error) {
	p := v.pages[name]
	switch {
	case v.err != nil:
		return nil, v.err
	case p == nil:
		return nil, fmt.Errorf("there is no page %q in %s", name, path.Join(v.base, pagesFolder))
	case p.err != nil:
		return nil, p.err
	}
	return p, nil
}
