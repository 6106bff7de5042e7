package middleware

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// ErrorPages turns errors and panics into complete responses: by the app's own handlers first, else
// problem details (RFC 9457) for clients that accept them, a small page for browsers and text for
// all others. Without Details nothing of an error but a [problem.Problem] reaches the client.
// Errors with a status of 500 and more are logged.
type ErrorPages struct {
	// Details adds the error, and for a panic its stack and source lines, to answers with status
	// 500 and more.
	Details DetailsMode
	// ByType are tried in order; the first that returns true has answered.
	ByType []func(request.Request, error) (response.Response, bool)
	// ByStatus are asked for errors with a status that ByType left. A response without a status of
	// its own keeps it.
	ByStatus map[int]router.Handler

	bare sync.Map // the default pages of problems without details, by bareKey
}

// DetailsMode says who sees the details of errors.
type DetailsMode int

const (
	// DetailsNever hides them.
	DetailsNever DetailsMode = iota
	// DetailsLocal shows them to clients on this machine.
	DetailsLocal
	// DetailsAlways shows them to everybody.
	DetailsAlways
)

// Guard is the middleware that does it: whatever next returns or panics with, a complete response
// comes out.
func (p *ErrorPages) Guard(next router.Handler) router.Handler {
	return p.guard(next, func(req request.Request, page router.Handler) response.Response { return page(req) })
}

// Outermost is the Guard around all middleware. When middleware panics there, the session has been
// committed, and the page has its cookie.
func (p *ErrorPages) Outermost(next router.Handler) router.Handler { return p.guard(next, instead) }

// Instead returns the error page in place of a response that could not be sent.
func (p *ErrorPages) Instead(req request.Request, err error) response.Response {
	return instead(req, func(req request.Request) response.Response { return p.Complete(req, response.Error(err)) })
}

// guard is the one place that turns a panic into a response, which recovered gives.
func (p *ErrorPages) guard(
	next router.Handler, recovered func(request.Request, router.Handler) response.Response,
) router.Handler {
	return func(req request.Request) (resp response.Response) {
		defer func() {
			if v := recover(); v != nil {
				resp = recovered(req, func(req request.Request) response.Response { return p.ofPanic(req, v) })
			}
		}()
		if resp = next(req); resp.Pending() != nil {
			resp = p.Complete(req, resp)
		}
		return resp
	}
}

// ofPanic returns the response for a panic that was recovered. It panics again with
// http.ErrAbortHandler, which asks for the connection to be cut.
func (p *ErrorPages) ofPanic(req request.Request, v any) response.Response {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	if e, ok := v.(*sessions.UnavailableError); ok {
		return p.Complete(req, response.Error(e)) // no mistake of the handler, which only asked
	}
	return p.Complete(req, response.Error(newPanicError(v)))
}

// Complete returns a response that has a body: resp itself unless it is an error response without
// one.
func (p *ErrorPages) Complete(req request.Request, resp response.Response) response.Response {
	err := resp.Pending()
	if err == nil {
		return resp
	}
	if _, ok := errors.AsType[*sessions.UnavailableError](err); ok && resp.Header("Retry-After") == "" {
		resp = resp.WithHeader("Retry-After", "1") // what is unavailable may be there in a second
	}
	done := p.answer(req, resp, err)
	// An error that the app's own handlers make a client's fault of, such as a missing record, is
	// no failure of the server. A panic is one whatever the client is told.
	if _, panicked := errors.AsType[*PanicError](err); panicked || done.Status() >= http.StatusInternalServerError {
		logError(req, done.Status(), err)
	}
	return done
}

// answer gives resp a body. If one of the app's own handlers panics over it, the answer is a 500.
func (p *ErrorPages) answer(req request.Request, resp response.Response, err error) (done response.Response) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			failed := newPanicError(v)
			logError(req, http.StatusInternalServerError, failed)
			done = p.standard(req, response.Error(failed))
		}
	}()
	if page, ok := p.own(req, resp.Status(), err); ok {
		if page.Pending() != nil {
			page = p.standard(req, page)
		}
		return resp.Render(page)
	}
	return p.standard(req, resp)
}

// own asks the app's handlers.
func (p *ErrorPages) own(req request.Request, status int, err error) (response.Response, bool) {
	for _, h := range p.ByType {
		if page, ok := h(req, err); ok {
			return page, true
		}
	}
	if h := p.ByStatus[status]; h != nil {
		return h(req), true
	}
	return response.Response{}, false
}

func logError(req request.Request, status int, err error) {
	level := slog.LevelError
	if ctx := req.HTTP().Context(); ctx.Err() != nil && errors.Is(err, context.Canceled) {
		level = slog.LevelDebug // the client has gone, and what was done for it ended as it should
	}
	attrs := []slog.Attr{
		slog.String("method", req.Method()),
		slog.String("path", req.Path()),
		slog.Int("status", status),
		slog.Any("error", err),
	}
	req.Logger().LogAttrs(req.HTTP().Context(), level, "request failed", append(attrs, stackOf(err)...)...)
}

// LogCut logs why the response to hr was cut off, unless the client has gone or the handler has
// asked for it by http.ErrAbortHandler.
func LogCut(req request.Request, hr *http.Request, err error) {
	if err == http.ErrAbortHandler || hr.Context().Err() != nil {
		return
	}
	attrs := []slog.Attr{slog.String("method", hr.Method), slog.String("path", hr.URL.Path), slog.Any("error", err)}
	req.Logger().LogAttrs(hr.Context(), slog.LevelError, "response cut off", append(attrs, stackOf(err)...)...)
}

// stackOf returns the stack of a panic, of a handler or of a body, as an attribute.
func stackOf(err error) []slog.Attr {
	if e, ok := errors.AsType[*PanicError](err); ok {
		return []slog.Attr{slog.String("stack", string(e.Stack))}
	}
	if e, ok := errors.AsType[*response.PanicError](err); ok {
		return []slog.Attr{slog.String("stack", string(e.Stack))}
	}
	return nil
}

// Answer returns a handler that always gives an error response. What can be made beforehand is.
func (p *ErrorPages) Answer(resp response.Response) router.Handler {
	status := resp.Status()
	if len(p.ByType) > 0 || p.ByStatus[status] != nil || status >= http.StatusInternalServerError {
		return func(request.Request) response.Response { return resp }
	}
	var pages [formats]response.Response
	for f := range pages {
		pages[f] = resp.Render(render(problem.From(resp.Err()), format(f)))
	}
	return func(req request.Request) response.Response { return pages[formatFor(req)] }
}

// standard returns resp with the default body.
func (p *ErrorPages) standard(req request.Request, resp response.Response) response.Response {
	err, status := resp.Err(), resp.Status()
	if status >= http.StatusInternalServerError && p.showsDetails(req) {
		return resp.Render(detailed(req, err, status))
	}
	told := problem.From(err)
	if told.Status != status {
		c := *told
		c.Status = status
		told = &c
	}
	return resp.Render(p.page(told, formatFor(req)))
}

type bareKey struct {
	status int
	format format
}

// page renders a problem, once for all where it says nothing but its status.
func (p *ErrorPages) page(told *problem.Problem, f format) response.Response {
	if told.Detail != "" || told.Type != "" || told.Title != "" || told.Instance != "" ||
		len(told.Violations) > 0 || len(told.Extensions) > 0 || len(told.Header) > 0 {
		return render(told, f)
	}
	key := bareKey{told.Status, f}
	if page, ok := p.bare.Load(key); ok {
		return page.(response.Response)
	}
	page := render(told, f)
	p.bare.Store(key, page)
	return page
}

// format is a form of error bodies.
type format int

const (
	asText format = iota
	asProblem
	asPage
	formats
)

// formatFor chooses what the client accepts. Clients that accept everything or nothing of it get
// text, and problem details from routes whose handlers are typed.
func formatFor(req request.Request) format {
	accept := req.Headers()["Accept"]
	if len(accept) == 0 || len(accept) == 1 && accept[0] == "*/*" { // what most programs send
		if router.IsTyped(req) {
			return asProblem
		}
		return asText
	}
	offers := [...]string{"text/plain", "text/html", problem.ContentType, "application/json"}
	if slices.ContainsFunc(accept, func(line string) bool { return strings.Contains(line, "json") }) {
		// The common clients for APIs name JSON beside everything else: application/json,
		// text/plain, */*.
		offers = [...]string{problem.ContentType, "application/json", "text/html", "text/plain"}
	}
	switch header.NegotiateMediaType(accept, offers[:]...) {
	case "text/html":
		return asPage
	case problem.ContentType, "application/json":
		return asProblem
	}
	return asText
}

func render(told *problem.Problem, f format) response.Response {
	var page response.Response
	switch f {
	case asPage:
		page = response.HTML(told.HTML())
	case asProblem:
		b, err := told.MarshalJSON()
		if err != nil { // an extension that cannot be encoded
			b, _ = (&problem.Problem{Status: told.Status, Detail: told.Detail, Violations: told.Violations}).MarshalJSON()
		}
		page = response.Bytes(problem.ContentType, b)
	default:
		page = response.Text(told.Text())
	}
	if told.Language != "" {
		page = page.WithHeader("Content-Language", told.Language)
	}
	for name, values := range told.Header {
		for _, value := range values {
			page = page.AddHeader(name, value)
		}
	}
	return page.WithHeader("Vary", "Accept")
}

func (p *ErrorPages) showsDetails(req request.Request) bool {
	switch p.Details {
	case DetailsAlways:
		return true
	case DetailsLocal:
		ip, err := netip.ParseAddr(req.ClientIP())
		return err == nil && ip.Unmap().IsLoopback()
	}
	return false
}
