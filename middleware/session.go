package middleware

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// NewSession returns middleware that fills the Session of requests and commits it with the
// response. A nil m is an error.
//
// A response with status 500 or more, or after a panic, commits nothing but a Destroy, because nobody
// knows how far its handler came. All others do, error pages included. A session that cannot be saved
// makes the response a 500.
//
// A stream may look at the session while it is sent. So it is private to caches as if it had, unless the
// handler has chosen a Cache-Control itself; where that lets shared caches keep it, a session which
// nobody has looked at before is shut. It is for the framework.
func NewSession(m *sessions.Manager) (router.Middleware, error) {
	if m == nil {
		return nil, errors.New("the manager of sessions is nil")
	}
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			req.Session = sessions.StateOf(m.Open(req.Session, req.Scheme() == "https")).FixScheme()
			returned := false
			defer func() {
				if !returned { // by a panic that cuts the connection
					discard(m, req)
				}
			}()
			resp := request.StateOf(req).Complete(next(req)) // with a page that may look at the session
			returned = true
			switch {
			case sessions.StateOf(req.Session).IsLoaded():
				return commit(m, req, resp)
			case response.StateOf(resp).Streams():
				return guardStream(req, resp)
			}
			return resp
		}
	}, nil
}

func commit(m *sessions.Manager, req request.Request, resp response.Response) response.Response {
	var cookie *http.Cookie
	var err error
	if failed(resp) {
		var dropped bool
		if cookie, dropped, err = m.Discard(req.Session, req.Host()); dropped {
			req.Logger().LogAttrs(req.HTTP().Context(), slog.LevelWarn,
				"session changes dropped, because the response is an error",
				slog.String("path", req.Path()), slog.Int("status", resp.Status()))
		}
	} else {
		cookie, err = m.Commit(req.Session, req.Host())
	}
	if err != nil {
		resp = request.StateOf(req).Complete(response.Error(err))
	}
	deletions := sessions.StateOf(req.Session).DuplicateDeletions(req.Host())
	if cookie != nil || deletions != nil || sessions.StateOf(req.Session).IsModified() {
		return withCookies(resp, cookie, deletions)
	}
	return personally(resp)
}

// withCookies returns a response as one that no cache keeps, with the cookie of the session, nil for none, and
// the deletions of others of its name.
func withCookies(resp response.Response, cookie *http.Cookie, deletions []*http.Cookie) response.Response {
	resp = resp.WithHeadersOf(unstored)
	for _, c := range deletions {
		resp = resp.WithCookie(c)
	}
	if cookie != nil {
		resp = resp.WithCookie(cookie)
	}
	return resp
}

// discard ends a session whose handler destroyed it before the connection was cut. There is no response
// that could tell of an error.
func discard(m *sessions.Manager, req request.Request) {
	if _, _, err := m.Discard(req.Session, req.Host()); err != nil {
		req.Logger().LogAttrs(req.HTTP().Context(), slog.LevelError, "session not ended", slog.Any("error", err))
	}
}

// instead returns a page that takes the place of a response whose session was committed already. It may
// look at the session, and has its cookie; if anything has looked, no cache may keep it.
func instead(req request.Request, page router.Handler) response.Response {
	req.Session = sessions.StateOf(req.Session).ForReplacement(req.Scheme() == "https")
	resp := page(req)
	if !sessions.StateOf(req.Session).IsLoaded() {
		return resp
	}
	s := sessions.StateOf(req.Session)
	return withCookies(resp, s.CommittedCookie(req.Host()), s.DuplicateDeletions(req.Host()))
}

// guardStream keeps shared caches from what a stream may say of a session that nobody has looked at yet:
// the stream itself is kept from them, or from the session.
func guardStream(req request.Request, resp response.Response) response.Response {
	directives := strings.Join(resp.HeaderValues("Cache-Control"), ",")
	if directives != "" && isShared(directives) {
		sessions.StateOf(req.Session).PreventLoad()
		return resp
	}
	return personally(resp)
}

// personally returns a response that depends on a session as one that no shared cache keeps.
func personally(resp response.Response) response.Response {
	if directives := resp.HeaderValues("Cache-Control"); len(directives) > 0 {
		return resp.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", private(strings.Join(directives, ",")))
	}
	return resp.WithHeadersOf(personal)
}

// What a response says that depends on the session: unstored where it has a cookie or the session was changed,
// and personal else.
var (
	unstored = response.Response{}.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", "no-store")
	personal = response.Response{}.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", "private")
)

// failed reports whether the handler may have stopped half-way: after a panic also where an error
// handler has chosen a lower status.
func failed(resp response.Response) bool {
	_, panicked := errors.AsType[*panics.Error](resp.Err())
	return panicked || resp.Status() >= http.StatusInternalServerError
}

// isShared reports whether directives of Cache-Control are those of a response that is meant to be stored,
// by shared caches too (RFC 9111 section 3).
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

// private returns the directives of Cache-Control without those that let shared caches keep the
// response (RFC 9111 section 5.2.2).
func private(directives string) string {
	kept := []string{"private"}
	for d := range strings.SplitSeq(directives, ",") {
		d = strings.TrimSpace(d)
		name, _, _ := strings.Cut(strings.ToLower(d), "=")
		switch name {
		case "", "public", "s-maxage", "private":
		case "no-store":
			return "no-store"
		default:
			kept = append(kept, d)
		}
	}
	return strings.Join(kept, ", ")
}
