package response

import (
	"net/http"
	"strings"
	"time"
)

// State is a Response as the packages of the framework see it: whether it needs an error page, what kind
// of content it has, and how it is written. Handlers and middleware have no use for it, for the app does
// all of this around them. It is for the framework.
type State struct{ resp Response }

// StateOf returns the state of a response. It is for the framework.
func StateOf(resp Response) State { return State{resp} }

// NeedsPage reports whether this is an error response without a body. The app gives it one right around the
// endpoint.
func (s State) NeedsPage() bool { return s.resp.needsPage() }

// WithPage returns an error response with the body of page, and with the status of page if it has one.
// The headers of both are kept; where both have one, that of page wins. The error stays.
func (s State) WithPage(page Response) Response {
	r := s.resp
	inherited := r.content&marks | page.content&(markBody|markDefault|markMatch)
	out := Response{status: r.status, content: page.content.kind() | inherited&^markPage, text: page.text, last: r.last}
	if page.status != 0 {
		out.status = page.status
	}
	if r.content&markError != 0 && r.last.prev == nil && page.content&markError == 0 {
		// There is nothing but the error, as nearly always, so the list of the page can be shared.
		out.last = &part{prev: page.last, kind: setError, err: r.last.err}
		out.last = &part{prev: out.last, kind: setPage}
		return out
	}
	if known := contentTypes[page.content.kind()]; known != nil && out.last.header(contentTypeKey) != nil {
		value := [1]string{known[0]}
		out.last = &part{prev: out.last, kind: setHeader, name: contentTypeKey, value: value}
	}
	out.last = &part{prev: out.last.withPage(page.last), kind: setPage}
	return out
}

// WithBytes returns the response with b as its content, and with the headers that it has. Nothing else may have b.
func (s State) WithBytes(b []byte) Response {
	s.resp.text = textOf(b)
	return s.resp
}

// withPage returns the list p with copies of the parts of q on top, without the errors of q.
func (p *part) withPage(q *part) *part {
	if q == nil {
		return p
	}
	if q.kind == setError || q.kind == setPage {
		return p.withPage(q.prev)
	}
	c := *q
	c.prev = p.withPage(q.prev)
	return &c
}

// IsFile reports whether the content is that of a file, also one in memory. Its body needs no header map of the request, see package http1, and
// neither the context of the request nor its logger.
func (s State) IsFile() bool {
	p := s.resp.last.find(setBody)
	if p == nil {
		return s.resp.content.kind() == knownContent
	}
	_, ok := p.body.(served)
	return ok
}

// IsHTML reports whether browsers show the content as a page.
func (s State) IsHTML() bool { return isPage(s.resp.Header(contentTypeKey)) }

// WithContentOf returns the response with the content of page, and with the headers of both but for those that
// describe the content that it had.
func (s State) WithContentOf(page Response) Response {
	r := s.resp
	r.last = r.last.filter(func(p *part) bool {
		return p.kind != setBody && (p.kind > omitHeader || !describesContent(p.name))
	})
	r.content &^= markBody
	page.status = 0
	return StateOf(r).WithPage(page)
}

// describesContent reports whether a header is about the content (RFC 9110 section 8) or a policy for it.
func describesContent(name string) bool {
	switch name {
	case "Last-Modified", "Etag", "Accept-Ranges":
		return true
	}
	return strings.HasPrefix(name, "Content-")
}

// HasBody reports whether the content is a [Body] rather than known bytes.
func (s State) HasBody() bool { return s.resp.hasBody() }

// WrapBody returns the response with the [Body] that wrap makes of its own, and without a change where it has none.
func (s State) WrapBody(wrap func(Body) Body) Response {
	if !s.resp.hasBody() {
		return s.resp
	}
	body := wrap(s.resp.last.find(setBody).body)
	return s.resp.with(part{kind: setBody, body: body})
}

// SetsCookie reports whether the response has a cookie.
func (s State) SetsCookie() bool {
	return s.resp.last.find(setCookie) != nil || s.resp.last.header("Set-Cookie") != nil
}

// WithoutHeaders returns the response without the headers whose canonical names start with prefix.
func (s State) WithoutHeaders(prefix string) Response {
	r := s.resp
	r.last = r.last.filter(func(p *part) bool { return p.kind > addHeader || !strings.HasPrefix(p.name, prefix) })
	return r
}

// WithoutLength returns the response without a Content-Length, for a HEAD whose GET would have another one.
func (s State) WithoutLength() Response {
	return s.resp.with(part{kind: omitHeader, name: contentLengthKey})
}

// Streams reports whether the content is made while the response is sent, by code that may look at the
// request and its session. That is every [Body] without a method Ready(); that of a file has one.
func (s State) Streams() bool {
	p := s.resp.last.find(setBody)
	if p == nil {
		return false
	}
	_, ready := p.body.(interface{ Ready() })
	return !ready
}

// Written tells how much of a response was sent. It is for the framework.
type Written struct {
	Status int   // the status sent, 0 if none was
	Bytes  int64 // the bytes of content that the connection took
}

// Write sends the response in answer to hr. It is called once. The client gets timeout for each piece of
// content to be taken, 0 for no limit.
//
// After an error with Written.Status 0 another response can be sent in place of this one, unless the
// error is http.ErrAbortHandler: nothing but headers about the exchange is left in the header map of w.
// After every other error the connection must be cut.
func (s State) Write(w http.ResponseWriter, hr *http.Request, timeout time.Duration) (Written, error) {
	v := values.Get().(*valueMemory)
	defer values.Put(v)
	return s.resp.write(w, hr, timeout, v)
}

// WriteDirect is Write for a w whose header map no code but the server's sees: the map gets values that
// all responses share. Everywhere else code for net/http may change values in place.
func (s State) WriteDirect(w http.ResponseWriter, hr *http.Request, timeout time.Duration) (Written, error) {
	if s.resp.hasBody() {
		return s.Write(w, hr, timeout)
	}
	return s.resp.write(w, hr, timeout, nil)
}
