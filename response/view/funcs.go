package view

import (
	"errors"
	"fmt"
	"html/template"

	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request"
)

// funcs returns the functions of every template for a copy. They look at the request that it is lent to.
func (c *copied) funcs() template.FuncMap {
	return template.FuncMap{
		"url":              func(name string, args ...any) (string, error) { return c.lent.req.URLFor(name, args...) },
		"asset":            c.asset,
		"integrity":        c.integrity,
		"antiForgeryField": c.antiForgeryField,
		"antiForgeryToken": c.antiForgeryToken,
		"flash":            c.flash,
	}
}

func (c *copied) asset(path string) (string, error) {
	files := request.StateOf(c.lent.req).Assets()
	if files == nil {
		return path, nil
	}
	url, ok := files.URL(path)
	switch {
	case ok:
		return url, nil
	case c.page.set.reload:
		return "", fmt.Errorf("there is no static file %q", path)
	}
	return path, nil // the browser asks for it and gets 404, which is less harm than no page
}

func (c *copied) integrity(path string) (string, error) {
	files := request.StateOf(c.lent.req).Assets()
	if files == nil {
		return "", nil
	}
	hash, ok := files.Integrity(path)
	switch {
	case ok:
		return hash, nil
	case c.page.set.reload:
		return "", fmt.Errorf("there is no static file %q", path)
	}
	return "", nil
}

func (c *copied) antiForgeryField() template.HTML {
	if c.lent.streamed {
		return c.lent.field
	}
	return antiforgery.Field(c.lent.req)
}

func (c *copied) antiForgeryToken() string {
	if c.lent.streamed {
		return c.lent.token
	}
	return antiforgery.Token(c.lent.req)
}

// flash returns a value of the session, nil if there is none.
func (c *copied) flash(key string) (any, error) {
	if err := c.lent.req.Session.Load(); err != nil {
		return nil, err
	}
	return c.lent.req.Session.Get(key), nil
}

var errStreamedFlash = errors.New("it calls flash, and a stream is sent when the session has been saved already; use Render")

// streamed returns a loan for a page that is sent while it is rendered: its tokens are made now, for the session cannot be
// changed then.
func (p *page) streamed(req request.Request, own template.FuncMap) (loan, error) {
	l := loan{req: req, own: own, streamed: true}
	if p.calls["flash"] {
		return l, errStreamedFlash
	}
	if p.calls["antiForgeryField"] {
		l.field = antiforgery.Field(req)
	}
	if p.calls["antiForgeryToken"] {
		l.token = antiforgery.Token(req)
	}
	return l, nil
}
