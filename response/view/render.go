package view

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/response"
)

// Render returns a page as a response with status 200; WithStatus sets another. name is the path of its file below pages,
// without the extension, and data is what the template has as its dot. The page is rendered now: data may change
// afterwards. An error makes it a 500 with nothing of the page, and With methods have no effect on that.
func Render(req request.Request, name string, data any) response.Response {
	p, err := find(req, name)
	if err != nil {
		return failed(fmt.Sprintf("render %q", name), err)
	}
	return p.render(req, p.entry, data)
}

// Fragment returns a part of a page: a template that the page, its layout or one of their partials defines, such as a row of
// a table for a script that puts it in place. It is otherwise like [Render]. It is escaped as text of a page is, so a
// part of a tag is no fragment.
func Fragment(req request.Request, name, block string, data any) response.Response {
	p, err := find(req, name)
	if err == nil && p.trees[block] == nil {
		err = fmt.Errorf("%s has no template %q, and what it calls has none", p.file, block)
	}
	if err != nil {
		return failed(fmt.Sprintf("render %q of %q", block, name), err)
	}
	return p.render(req, block, data)
}

// render renders one of the templates of a page.
func (p *page) render(req request.Request, template string, data any) response.Response {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	err := p.execute(b, req, template, data)
	isLarge := b.Cap() > maxBuffer
	page := response.HTML("")
	switch {
	case err != nil:
		page = failed(p.doing(template), err)
	case isLarge:
		page = response.StateOf(page).WithBytes(b.Bytes())
	default:
		page = response.HTML(b.String())
	}
	if !isLarge {
		buffers.Put(b)
	}
	return page
}

// buffers are those that pages are rendered into.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxBuffer is how large a buffer may be in bytes to be used again. The page of a larger one is sent from it.
const maxBuffer = 1 << 20

func (p *page) doing(template string) string {
	if template != p.entry {
		return fmt.Sprintf("render %q of %q", template, p.name)
	}
	return fmt.Sprintf("render %q", p.name)
}

// execute writes one of the templates of a page to w.
func (p *page) execute(w io.Writer, req request.Request, template string, data any) error {
	own, err := p.ownOf(req)
	if err != nil {
		return err
	}
	return p.executeWith(w, loan{req: req, own: own}, template, data)
}

// executeWith executes a template with a loan. After a panic nobody uses the copy again.
func (p *page) executeWith(w io.Writer, l loan, template string, data any) error {
	c, err := p.borrow(l)
	if err != nil {
		return err
	}
	if template == p.entry {
		err = c.entry.Execute(w, data)
	} else {
		err = c.set.ExecuteTemplate(w, template, data)
	}
	c.giveBack()
	if err != nil {
		return p.views.failed(err)
	}
	return nil
}

// failed returns the response for an error. One that says itself what the answer is, of a store of sessions that is down, is a
// panic as it would be in the handler. So is the wish to cut the connection.
func failed(what string, err error) response.Response {
	if answer, ok := errors.AsType[panics.Answer](err); ok {
		panic(answer)
	}
	if errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	return response.Mistake(doing(what, err))
}

// Stream returns a page that is sent while it is rendered, for long pages whose beginning people should see early. The status
// and the headers leave at once, and the page in pieces of 4 KiB. An error cuts the connection: so the client does not take
// a part for the whole. data must not change until the response is sent.
//
// A token is made before, and a page that calls flash is an error, because the session has been saved when it is sent.
// Functions of Options.ForRequest can only read the session.
func Stream(req request.Request, name string, data any) response.Response {
	what := fmt.Sprintf("stream %q", name)
	p, err := find(req, name)
	if err != nil {
		return failed(what, err)
	}
	var l loan
	own, err := p.ownOf(req)
	if err == nil {
		l, err = p.streamed(req, own)
	}
	if err != nil {
		return failed(what, err)
	}
	return response.Stream(contentType, func(w io.Writer) error {
		w.(http.Flusher).Flush()
		buffered := bufio.NewWriter(w)
		if err := p.executeWith(buffered, l, p.entry, data); err != nil {
			return doing(what, err)
		}
		return buffered.Flush()
	})
}

const contentType = "text/html; charset=utf-8"
