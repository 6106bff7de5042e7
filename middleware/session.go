package middleware

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/inject"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// NewSession returns middleware that fills the Session of requests and commits it with the
// response. A nil m is an error.
//
// A response with status 500 or more, or after a panic, commits nothing but a Destroy, because its handler
// may have stopped half-way. All other responses commit, error pages included. A session that cannot be
// saved makes the response a 500.
//
// A stream may look at the session while it is sent. So it is private to caches, unless the handler has set
// a Cache-Control that lets shared caches keep it. Then a session that was not looked at before cannot be
// used any more. It is for the framework.
func NewSession(m *sessions.Manager) (router.Middleware, error) {
	if m == nil {
		return nil, errors.New("the manager of sessions is nil")
	}
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response { return serveWithSession(m, req, next) }
	}, nil
}

// serveWithSession opens the session, and commits it with the response of next.
func serveWithSession(m *sessions.Manager, req request.Request, next router.Handler) response.Response {
	req.Session = sessions.StateOf(m.Open(req.Session, req.Scheme() == "https")).FixScheme()
	// Guards inside make responses of panics, but not of http.ErrAbortHandler.
	returned := false
	defer func() {
		if !returned { // by a panic that cuts the connection
			discard(m, req)
		}
	}()
	resp := next(req)
	if response.StateOf(resp).NeedsPage() {
		resp = request.StateOf(req).Complete(resp) // with a page that may look at the session
	}
	returned = true
	switch {
	case sessions.StateOf(req.Session).IsLoaded():
		return commit(m, req, resp)
	case response.StateOf(resp).Streams():
		return protectStream(req, resp)
	}
	return resp
}

// commit saves the session and returns the response with its cookie, and with the headers that a response
// needs which depends on a session.
func commit(m *sessions.Manager, req request.Request, resp response.Response) response.Response {
	var cookie *http.Cookie
	var err error
	if hasFailed(resp) { // a Destroy is carried out all the same: a logout must be final
		var dropped bool
		if cookie, dropped, err = m.Discard(req.Session, req.Host()); dropped {
			req.Logger().LogAttrs(request.StateOf(req).Context(), slog.LevelWarn,
				"session changes dropped, because the response is an error",
				slog.String("path", req.Path()), slog.Int("status", resp.Status()))
		}
	} else {
		if s := sessions.StateOf(req.Session); s.HasReadFlash() && couldShow(req, resp) {
			s.EndFlash()
		}
		cookie, err = m.Commit(req.Session, req.Host())
	}
	if err != nil {
		resp = request.StateOf(req).Complete(response.Error(err))
	}
	deletions := sessions.StateOf(req.Session).DuplicateDeletions(req.Host())
	if cookie != nil || deletions != nil || sessions.StateOf(req.Session).IsModified() {
		return withCookies(resp, cookie, deletions)
	}
	return AsPrivate(resp, private)
}

// withCookies returns a response that no cache keeps, with the cookie of the session, nil for none, and the
// deletions of other cookies of its name.
func withCookies(resp response.Response, cookie *http.Cookie, deletions []*http.Cookie) response.Response {
	resp = resp.WithHeadersOf(noStore)
	for _, c := range deletions {
		resp = resp.WithCookie(c)
	}
	if cookie != nil {
		resp = resp.WithCookie(cookie)
	}
	return resp
}

// discard ends a session whose handler destroyed it before the connection was cut. An error can only be
// logged, for there is no response.
func discard(m *sessions.Manager, req request.Request) {
	if _, _, err := m.Discard(req.Session, req.Host()); err != nil {
		req.Logger().LogAttrs(request.StateOf(req).Context(), slog.LevelError, "session not ended", slog.Any("error", err))
	}
}

// instead returns a page in place of a response whose session was committed already. The page may look at
// the session, and has its cookie. If the session was looked at, no cache may keep the page.
func instead(req request.Request, page router.Handler) response.Response {
	req.Session = sessions.StateOf(req.Session).ForReplacement(req.Scheme() == "https")
	resp := page(req)
	if !sessions.StateOf(req.Session).IsLoaded() {
		return resp
	}
	s := sessions.StateOf(req.Session)
	return withCookies(resp, s.CommittedCookie(req.Host()), s.DuplicateDeletions(req.Host()))
}

// protectStream makes sure that no shared cache keeps the data of a session that a stream looks at while it
// is sent: either caches may not keep the stream, or the stream cannot use the session.
func protectStream(req request.Request, resp response.Response) response.Response {
	directives := strings.Join(resp.HeaderValues("Cache-Control"), ",")
	if directives != "" && isShared(directives) {
		sessions.StateOf(req.Session).PreventLoad()
		return resp
	}
	return AsPrivate(resp, private)
}

// AsPrivate returns a response that depends on who the client is, such that no shared cache keeps it. private has the
// headers that it gets then: Vary, and Cache-Control, where the stricter one counts. It is for the framework.
func AsPrivate(resp, private response.Response) response.Response {
	if directives := resp.HeaderValues("Cache-Control"); len(directives) > 0 && private.Header("Cache-Control") != "no-store" {
		return resp.WithHeadersOf(private).WithHeader("Cache-Control", privateDirectives(strings.Join(directives, ",")))
	}
	return resp.WithHeadersOf(private)
}

// These are the headers of responses that depend on a session: noStore for a response with its cookie or with
// a changed session, private for all others.
var (
	noStore = response.Response{}.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", "no-store")
	private = response.Response{}.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", "private")
)

// hasFailed reports whether the handler may have stopped half-way, or goes on without its request: with status 500 or more,
// and after a panic, a service that could not finish its work and a timeout also with a lower status, which an error
// handler has chosen.
func hasFailed(resp response.Response) bool {
	_, panicked := errors.AsType[*panics.Error](resp.Err())
	_, unfinished := errors.AsType[*inject.FinishError](resp.Err())
	_, late := errors.AsType[*TimeoutError](resp.Err())
	return panicked || unfinished || late || resp.Status() >= http.StatusInternalServerError
}

// couldShow reports whether a visitor may see in a response what its handler has read: it is a success with
// content.
func couldShow(req request.Request, resp response.Response) bool {
	status := resp.Status()
	return status >= 200 && status < 300 && response.HasContent(req.Method(), status)
}

// isShared reports whether directives of Cache-Control let shared caches store a response (RFC 9111 section
// 3).
func isShared(directives string) bool {
	shared := false
	for d := range strings.SplitSeq(strings.ToLower(directives), ",") {
		switch name, _, _ := strings.Cut(strings.TrimSpace(d), "="); name {
		case "private", "no-store":
			return false
		case "public", "max-age", "s-maxage":
			shared = true
		}
	}
	return shared
}

// privateDirectives returns directives of Cache-Control without the ones that let shared caches keep the
// response (RFC 9111 section 5.2.2).
func privateDirectives(directives string) string {
	result := []string{"private"}
	for d := range strings.SplitSeq(directives, ",") {
		d = strings.TrimSpace(d)
		name, _, _ := strings.Cut(strings.ToLower(d), "=")
		switch name {
		case "", "public", "s-maxage", "private":
		case "no-store":
			return "no-store"
		default:
			result = append(result, d)
		}
	}
	return strings.Join(result, ", ")
}
