package middleware

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/header"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// ErrorPages turns errors and panics into complete responses, for the framework: by the handlers
// of the app and its groups first, else as problem details (RFC 9457) for clients that accept them, a small page for
// browsers and text for all other clients. Without Details a client gets nothing of an error but a
// [problem.Problem]. Errors with a status of 500 and more are logged. The package documentation tells
// where an app does it.
//
// The fields are set before the app starts. The methods may be called by several goroutines.
type ErrorPages struct {
	// Details reports whether the client of a request gets the error, and for a panic its stack and
	// source lines, in responses with status 500 and more. nil means that no client does.
	Details func(request.Request) bool
	// Outer adds what the app's middleware adds to its answers to those pages that are made outside of it. nil adds nothing.
	Outer func(request.Request, response.Response) response.Response
	// App has the app's own handlers, for requests whose route has not been found. Those of all others are
	// settings of their routes.
	App *router.ErrorHandlers
	// Nearest returns routes that a request without a route may have meant, at most limit, and the number of
	// all routes. The page for 404 lists them to browsers that get details. nil, outside of development, means
	// that it does not.
	Nearest func(req request.Request, limit int) (nearest []router.Near, all int)

	// bare has the default pages of problems without details, by bareKey. There are few of them, and a
	// flood of 404s should not render one each time.
	bare sync.Map
}

// Guard is middleware inside of which errors may be returned and panics happen: its own response is
// always complete.
func (p *ErrorPages) Guard(next router.Handler) router.Handler {
	return func(req request.Request) (resp response.Response) {
		defer p.Recover(req, &resp, false)
		if resp = next(req); response.StateOf(resp).NeedsPage() && !request.StateOf(req).IsAbandoned() {
			resp = p.Complete(req, resp)
		}
		return resp
	}
}

// Recover is the one place that turns a panic into a response. It is deferred by a function that returns
// resp. committed says that the session may be committed already; the page then has its cookie.
func (p *ErrorPages) Recover(req request.Request, resp *response.Response, committed bool) {
	v := recover()
	if v == nil {
		return
	}
	if request.StateOf(req).IsAbandoned() { // nobody gets a page
		panic(panics.Recovered(v))
	}
	page := func(req request.Request) response.Response { return p.ofPanic(req, v) }
	if committed {
		*resp = p.instead(req, page)
	} else {
		*resp = page(req)
	}
}

// Instead returns the error page for a response that could not be sent.
func (p *ErrorPages) Instead(req request.Request, err error) response.Response {
	return p.instead(req, func(req request.Request) response.Response { return p.Complete(req, response.Error(err)) })
}

func (p *ErrorPages) instead(req request.Request, page router.Handler) response.Response {
	resp := instead(req, page)
	if p.Outer == nil {
		return resp
	}
	return p.Outer(req, resp)
}

// ofPanic returns the response for a panic that was recovered. It panics again with
// http.ErrAbortHandler, which asks for the connection to be cut.
func (p *ErrorPages) ofPanic(req request.Request, v any) response.Response {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	if e, ok := v.(panics.Answer); ok { // the handler only looked at the session, say, and is not wrong
		return p.Complete(req, response.Error(e))
	}
	return p.Complete(req, response.Error(panics.Recovered(v)))
}

// Complete returns an error response without a body with its page, and every other response unchanged.
func (p *ErrorPages) Complete(req request.Request, resp response.Response) response.Response {
	if !response.StateOf(resp).NeedsPage() {
		return resp
	}
	err := resp.Err()
	if _, ok := errors.AsType[*sessions.UnavailableError](err); ok && resp.Header("Retry-After") == "" {
		resp = resp.WithHeader("Retry-After", "1") // the store may be back in a second
	}
	done := p.withPage(req, resp, err)
	// The app's own handlers may answer an error with a status below 500, for a missing record say. Then the
	// server has not failed, except after a panic.
	if _, panicked := errors.AsType[*panics.Error](err); panicked || done.Status() >= http.StatusInternalServerError {
		logError(req, done.Status(), err)
	}
	return done
}

// withPage gives resp a body. If one of the app's own handlers panics over it, the response is a 500; if it only cannot
// learn who the client is, say, resp has the page that it has without that handler.
func (p *ErrorPages) withPage(req request.Request, resp response.Response, err error) (done response.Response) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler {
			panic(v)
		}
		if e, ok := v.(panics.Answer); ok {
			logError(req, resp.Status(), e)
			done = p.standard(req, resp)
			return
		}
		failed := panics.Recovered(v)
		logError(req, http.StatusInternalServerError, failed)
		done = p.standard(req, response.Error(failed))
	}()
	h := cmp.Or(router.ErrorHandlersOf(req), p.App).For(resp.Status(), err)
	if h == nil {
		return p.standard(req, resp)
	}
	page := h(req.WithContext(context.WithValue(req.Context(), behind{}, err)))
	if response.StateOf(page).NeedsPage() {
		if failed := page.Err(); page.Status() >= http.StatusInternalServerError && !errors.Is(failed, err) {
			logError(req, page.Status(), failed) // of the page itself, such as a template that fails
		}
		page = p.standard(req, page)
	}
	done = response.StateOf(resp).WithPage(page)
	if done.Status() == resp.Status() { // else the page hides the error
		done = withHeadersOfProblem(done, err)
	}
	return p.forClient(req, done, resp)
}

// withHeadersOfProblem returns a response with the headers of the problem behind it, such as Retry-After, which its
// default page has: they are of the status, whoever makes the page.
func withHeadersOfProblem(resp response.Response, err error) response.Response {
	prob, ok := errors.AsType[*problem.Problem](err)
	if !ok {
		return resp
	}
	for name, values := range prob.Header {
		if resp.Header(name) != "" {
			continue
		}
		for _, value := range values {
			resp = resp.AddHeader(name, value)
		}
	}
	return resp
}

// behind is the key of a context for the error behind a page.
type behind struct{}

// ErrorOf returns the error behind an error page to the handler that makes the page. Elsewhere it is nil.
func ErrorOf(req request.Request) error {
	err, _ := request.StateOf(req).Context().Value(behind{}).(error)
	return err
}

// forClient returns the page that a handler of the app has made for a failed response. A page in HTML is for
// clients that accept one: those that get problem details by default still get these. Where the client accepts
// everything, the route decides by what it sends otherwise.
func (p *ErrorPages) forClient(req request.Request, page, failed response.Response) response.Response {
	status := page.Status()
	if status < http.StatusBadRequest || !response.StateOf(page).IsHTML() {
		return page
	}
	if formatFor(req) != asProblem || acceptsAll(req) && !router.SendsData(req) {
		return page.WithHeader("Vary", "Accept")
	}
	if status != failed.Status() { // the page hides the error, so its text stays hidden too
		failed = response.Error(problem.New(status, ""))
	}
	return response.StateOf(page).WithContentOf(p.usual(req, failed))
}

// logError logs an error whose page was made, with the stack if it is a panic.
func logError(req request.Request, status int, err error) {
	if isLogged(err) {
		return
	}
	level := slog.LevelError
	if errors.Is(err, context.Canceled) && request.StateOf(req).Context().Err() != nil {
		level = slog.LevelDebug // the client has gone, and the work for it ended as it should
	}
	attrs := []slog.Attr{
		slog.String("method", req.Method()),
		slog.String("path", req.Path()),
		slog.Int("status", status),
		slog.Any("error", err),
	}
	req.Logger().LogAttrs(request.StateOf(req).Context(), level, "request failed", append(attrs, stackOf(err)...)...)
}

// isLogged reports whether an error was logged where it happened, which may be for many requests at once. A panic is
// always logged here.
func isLogged(err error) bool {
	if _, panicked := errors.AsType[*panics.Error](err); panicked {
		return false
	}
	e, ok := errors.AsType[interface {
		error
		IsLogged() bool
	}](err)
	return ok && e.IsLogged()
}

// LogCutOff logs why the response to hr was cut off, unless the client has gone or the handler has
// asked for it by http.ErrAbortHandler.
func (p *ErrorPages) LogCutOff(req request.Request, hr *http.Request, err error) {
	logCutOff(req, hr, err)
}

func logCutOff(req request.Request, hr *http.Request, err error) {
	if err == http.ErrAbortHandler || hr.Context().Err() != nil {
		return
	}
	attrs := []slog.Attr{slog.String("method", hr.Method), slog.String("path", hr.URL.Path), slog.Any("error", err)}
	req.Logger().LogAttrs(hr.Context(), slog.LevelError, "response cut off", append(attrs, stackOf(err)...)...)
}

// stackOf returns the stack of a panic as an attribute, nothing for other errors.
func stackOf(err error) []slog.Attr {
	if e, ok := errors.AsType[*panics.Error](err); ok {
		return []slog.Attr{slog.String("stack", string(e.Stack))}
	}
	return nil
}

// Answer returns a handler that always gives the same error response, for routes with these handlers of errors.
// Its pages are made beforehand if no handler of the app makes them.
func (p *ErrorPages) Answer(resp response.Response, own *router.ErrorHandlers) router.Handler {
	status := resp.Status()
	if own.For(status, resp.Err()) != nil || status >= http.StatusInternalServerError || p.Nearest != nil {
		return func(request.Request) response.Response { return resp }
	}
	var pages [formats]response.Response
	for f := range pages {
		pages[f] = response.StateOf(resp).WithPage(render(problem.From(resp.Err()), format(f)))
	}
	return func(req request.Request) response.Response { return pages[formatFor(req)] }
}

// standard returns resp with the default body.
func (p *ErrorPages) standard(req request.Request, resp response.Response) response.Response {
	return response.StateOf(resp).WithPage(p.usual(req, resp))
}

// usual returns the default page for a failed response.
func (p *ErrorPages) usual(req request.Request, resp response.Response) response.Response {
	err, status := resp.Err(), resp.Status()
	if status >= http.StatusInternalServerError && p.Details != nil && p.Details(req) {
		return withHeadersOfProblem(detailed(req, err, status), err)
	}
	prob := problem.From(err)
	if prob.Status != status {
		c := *prob
		c.Status = status
		prob = &c
	}
	if p.listsRoutes(req, status) {
		return p.withRoutes(req, prob)
	}
	return p.page(prob, formatFor(req))
}

// bareKey is the key of a page that says nothing but a status.
type bareKey struct {
	status int
	format format
}

// page renders a problem. A page for a status alone is made once and kept for all requests.
func (p *ErrorPages) page(prob *problem.Problem, f format) response.Response {
	if prob.Detail != "" || prob.Type != "" || prob.Title != "" || prob.Instance != "" ||
		len(prob.Violations) > 0 || len(prob.Extensions) > 0 || len(prob.Header) > 0 {
		return render(prob, f)
	}
	key := bareKey{prob.Status, f}
	if page, ok := p.bare.Load(key); ok {
		return page.(response.Response)
	}
	page := render(prob, f)
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

// formatFor returns the form that the client likes best. Clients that accept every form or none get text,
// or problem details from routes whose handlers are typed.
func formatFor(req request.Request) format {
	if acceptsAll(req) {
		if router.IsTyped(req) {
			return asProblem
		}
		return asText
	}
	accept := http1.ListOf(request.StateOf(req).Source(), "Accept")
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

// acceptsAll reports whether the client accepts everything and prefers nothing, as most programs do.
func acceptsAll(req request.Request) bool {
	accept := http1.Values(request.StateOf(req).Source(), "Accept")
	return len(accept) == 0 || len(accept) == 1 && accept[0] == "*/*"
}

// The responses of problem details, but for their content. English is the language of most refused inputs.
var (
	problemPage = response.Bytes(problem.ContentType, nil).WithHeader("Vary", "Accept")
	englishPage = problemPage.WithHeader("Content-Language", "en")
)

// render returns a problem as the body of a response.
func render(prob *problem.Problem, f format) response.Response {
	var page response.Response
	language := prob.Language
	switch f {
	case asPage:
		page = response.HTML(prob.HTML()).WithHeader("Vary", "Accept")
	case asProblem:
		b, err := prob.MarshalJSON()
		if err != nil { // an extension that cannot be encoded
			b, _ = (&problem.Problem{Status: prob.Status, Detail: prob.Detail, Violations: prob.Violations}).MarshalJSON()
		}
		page = problemPage
		if language == "en" {
			page, language = englishPage, ""
		}
		page = response.StateOf(page).WithBytes(b)
	default:
		page = response.Text(prob.Text()).WithHeader("Vary", "Accept")
	}
	if language != "" {
		page = page.WithHeader("Content-Language", language)
	}
	for name, values := range prob.Header {
		for _, value := range values {
			page = page.AddHeader(name, value)
		}
	}
	return page
}
