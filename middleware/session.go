package middleware

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
	"github.com/soay-go/soay/sessions"
)

// NewSession returns middleware that fills the Session of requests and commits it with the
// response.
//
// A response with status 500 or more, or after a panic, commits nothing, because nobody knows how
// far its handler came. All others do, error pages included. A session that cannot be saved makes
// the response a 500.
func NewSession(m *sessions.Manager) router.Middleware {
	return func(next router.Handler) router.Handler {
		return func(req request.Request) response.Response {
			req.Session = sessions.Settle(m.Open(req.Session, req.Scheme() == "https"))
			resp := next(req)
			if resp.Pending() != nil {
				resp = complete(req, resp) // with a page that may look at the session
			}
			if !sessions.Used(req.Session) {
				return resp
			}
			return commit(m, req, resp)
		}
	}
}

func commit(m *sessions.Manager, req request.Request, resp response.Response) response.Response {
	var cookie *http.Cookie
	if failed(resp) {
		if m.Discard(req.Session) {
			req.Logger().LogAttrs(req.HTTP().Context(), slog.LevelWarn,
				"session changes dropped, because the response is an error",
				slog.String("path", req.Path()), slog.Int("status", resp.Status()))
		}
	} else {
		var err error
		if cookie, err = m.Commit(req.Session, req.Host()); err != nil {
			resp = complete(req, response.Error(err))
		}
	}
	if cookie != nil {
		return resp.WithHeadersOf(unstored).WithCookie(cookie)
	}
	if directives := resp.HeaderValues("Cache-Control"); len(directives) > 0 {
		return resp.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", private(strings.Join(directives, ",")))
	}
	return resp.WithHeadersOf(personal)
}

// What a response says that depends on the session: unstored with a cookie, and personal without.
var (
	unstored = response.Response{}.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", "no-store")
	personal = response.Response{}.WithHeader("Vary", "Cookie").WithHeader("Cache-Control", "private")
)

// failed reports whether the handler may have stopped half-way: after a panic also where an error
// handler has chosen a lower status.
func failed(resp response.Response) bool {
	_, panicked := errors.AsType[*PanicError](resp.Err())
	return panicked || resp.Status() >= http.StatusInternalServerError
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
