package middleware_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// A mounted app has no sessions of the app around it. The log and the page say which app lacks
// sessions.
func TestMountedAppWithoutSessions(t *testing.T) {
	log := new(requesttest.Log)
	logger := log.Logger()
	looks := func(req soay.Request) soay.Response { return response.Text("user " + req.Session.User()) }
	inner := soay.New(soay.Options{Env: "development", Logger: logger, ShowErrorDetails: true})
	inner.Get("/inner", looks)
	outer := soay.New(soay.Options{Env: "development", Logger: logger})
	outer.UseSessions(soay.NewKey())
	outer.Get("/inner", soay.FromHTTP(inner))
	outer.Get("/outer", looks)
	for path, want := range map[string]int{"/inner": 500, "/outer": 200} {
		w := httptest.NewRecorder()
		outer.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want {
			t.Errorf("GET %s: %d, want %d", path, w.Code, want)
		}
		for name, text := range map[string]string{"page": w.Body.String(), "log": log.String()} {
			if path == "/outer" {
				break
			}
			for _, says := range []string{"call app.UseSessions on this very app", "mounted", "the app made at ", "session_test.go:"} {
				if !strings.Contains(text, says) {
					t.Errorf("the %s lacks %q: %s", name, says, text)
				}
			}
		}
	}
}
