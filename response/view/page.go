package view

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/soay-go/soay/request"
)

// page is a page with its layout and the partials that they use.
type page struct {
	set   *Set
	views *views
	name  string
	file  string
	err   error // why it cannot be rendered

	entry  string          // the template that is executed
	trees  definitions     // all of its templates, as they were parsed
	calls  map[string]bool // the functions that it calls
	master *template.Template
	copies sync.Pool // of *copied
	types  sync.Map  // of what check has said, an error or nil, by reflect.Type
}

// missingKey makes a missing key of a map an error.
const missingKey = "missingkey=error"

// compile makes the master, and a first copy of it, which is escaped, so that mistakes are found now.
func (p *page) compile() error {
	p.master = template.New("").Funcs(p.set.names).Option(missingKey)
	for _, name := range slices.Sorted(maps.Keys(p.trees)) {
		if _, err := p.master.AddParseTree(name, p.trees[name]); err != nil {
			return p.views.failed(err)
		}
	}
	c, err := p.copy()
	if err != nil {
		return err
	}
	p.copies.Put(c)
	return nil
}

// copied is a copy of the master. It is lent to one request at a time, and its functions look at that request. The master is
// never executed, for html/template changes what it executes, and cannot copy it any more.
type copied struct {
	page  *page
	set   *template.Template
	entry *template.Template
	lent  loan
}

// loan is what the functions of a copy know of the request that it is lent to.
type loan struct {
	req request.Request
	own template.FuncMap // of Options.ForRequest, nil if the page uses none of them

	streamed bool // the token was made before the head
	field    template.HTML
	token    string
}

// copy makes a copy and escapes it.
func (p *page) copy() (*copied, error) {
	set, err := p.master.Clone()
	if err != nil {
		return nil, p.views.failed(err)
	}
	c := &copied{page: p, set: set}
	set.Funcs(c.funcs()).Option(missingKey)
	// html/template escapes when it executes. This executes nothing.
	const check = `{{if false}}{{template %q}}{{end}}`
	checked, err := set.New("the page " + p.name).Parse(fmt.Sprintf(check, p.entry))
	if err != nil {
		return nil, p.views.failed(err)
	}
	if err := checked.Execute(io.Discard, nil); err != nil {
		f := p.views.failed(err)
		if e, ok := errors.AsType[*template.Error](err); ok && e.ErrorCode == template.ErrBranchEnd && f.file == "" {
			// It is about the branch of the check.
			f = p.views.at(p.file, 1, "the page or its layout ends inside of a tag, an attribute, a script, a style or a comment")
		}
		return nil, f
	}
	c.entry = set.Lookup(p.entry)
	return c, nil
}

// borrow returns a copy for a request, to be given back.
func (p *page) borrow(l loan) (*copied, error) {
	c, _ := p.copies.Get().(*copied)
	if c == nil {
		var err error
		if c, err = p.copy(); err != nil {
			return nil, err
		}
	}
	if l.own != nil {
		c.set.Funcs(l.own)
	}
	c.lent = l
	return c, nil
}

// giveBack ends a loan.
func (c *copied) giveBack() {
	c.lent = loan{}
	c.page.copies.Put(c)
}

// ownOf returns the functions of Options.ForRequest for a request, nil if the page uses none of them.
func (p *page) ownOf(req request.Request) (template.FuncMap, error) {
	var own template.FuncMap
	for name, f := range p.set.perRequest {
		if !p.calls[name] {
			continue
		}
		if own == nil {
			own = maps.Clone(p.set.options.ForRequest(req))
		}
		if got, want := reflect.TypeOf(own[name]), reflect.TypeOf(f); got != want {
			return nil, fmt.Errorf("Options.ForRequest returns %v for %s, and %v at the start", got, name, want)
		}
	}
	return own, nil
}
