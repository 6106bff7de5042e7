package sessions_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// A client that leaves has its changes saved, and above all its logout done.
func TestClientThatLeaves(t *testing.T) {
	store := newShelf()
	app := newStoreApp(store)
	var leave context.CancelFunc
	leaving := func(f func(sessions.Session)) soay.Handler {
		return func(req soay.Request) soay.Response {
			f(req.Session)
			leave()
			return response.NoContent()
		}
	}
	app.Post("/set", leaving(func(s sessions.Session) { s.Set("a", 1) }))
	app.Post("/renew", leaving(sessions.Session.Renew))
	app.Post("/logout", leaving(sessions.Session.Destroy))

	cookie := ""
	for _, step := range []struct {
		path string
		want int // records afterwards
	}{{"/set", 1}, {"/renew", 1}, {"/set", 1}, {"/logout", 0}} {
		ctx, cancel := context.WithCancel(t.Context())
		leave = cancel
		r, w := httptest.NewRequestWithContext(ctx, "POST", step.path, nil), httptest.NewRecorder()
		r.Header.Set("Cookie", cookie)
		app.ServeHTTP(w, r)
		if w.Code != 204 || store.len() != step.want {
			t.Errorf("%s: %d with %d records, want 204 with %d", step.path, w.Code, store.len(), step.want)
		}
		if set := w.Header().Get("Set-Cookie"); set != "" {
			cookie, _, _ = strings.Cut(set, ";")
		}
	}
}
