package middleware_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

// A page of the app's own that cannot learn whose the session is leaves the error as it is: only the page is another.
func TestPagesThatAskForASessionThatIsAway(t *testing.T) {
	tests := []struct {
		name string
		page soay.Handler
		want int
		text string
	}{
		{"it asks for nothing", func(soay.Request) soay.Response { return response.Text("own page") }, 409, "own page"},
		{"the session is away", func(soay.Request) soay.Response { panic(&sessions.UnavailableError{Err: errors.New("away")}) },
			409, "409 Conflict"},
		{"it is wrong", func(soay.Request) soay.Response { panic("wrong") }, 500, "500 Internal Server Error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newLoggedApp()
			app.HandleStatus(409, tt.page)
			app.Get("/", func(soay.Request) soay.Response { return response.Conflict().WithHeader("X-Handler", "1") })
			w := do(app, "GET", "/")
			if w.Code != tt.want || strings.TrimSpace(w.Body.String()) != tt.text {
				t.Errorf("got %d %q, want %d %q", w.Code, w.Body, tt.want, tt.text)
			}
			if told := strings.Contains(log.String(), "request failed"); told != (tt.text != "own page") {
				t.Errorf("the log has a line: %v\n%s", told, log)
			}
		})
	}
}

// The session that is away is 503, also where a handler of net/http asks for it in its own goroutine.
func TestPanicOfTheSessionBehindNetHTTP(t *testing.T) {
	app, log := newLoggedApp()
	app.Get("/", soay.FromHTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(&sessions.UnavailableError{Err: errors.New("away")})
	})))
	if w := do(app, "GET", "/"); w.Code != 503 || w.Header().Get("Retry-After") != "1" {
		t.Errorf("got %d with Retry-After %q, want 503 with 1\n%s", w.Code, w.Header().Get("Retry-After"), log)
	}
}

// The headers of a problem stand on whatever page has its status.
func TestHeadersOfProblemsOnOwnPages(t *testing.T) {
	busy := problem.New(503, "").WithHeader("Retry-After", "7").WithHeader("X-Why", "busy")
	tests := []struct {
		name       string
		page       soay.Response
		after, why string
	}{
		{"a page", response.Text("busy"), "7", "busy"},
		{"a page with a header of its own", response.Text("busy").WithHeader("Retry-After", "9"), "9", "busy"},
		{"a page with another status", response.Text("nothing").WithStatus(404), "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.HandleStatus(503, func(soay.Request) soay.Response { return tt.page })
			app.Get("/", func(soay.Request) soay.Response { return response.Error(busy) })
			h := do(app, "GET", "/").Header()
			if h.Get("Retry-After") != tt.after || h.Get("X-Why") != tt.why || len(h["Retry-After"]) > 1 {
				t.Errorf("got %v, want Retry-After %q and X-Why %q", h, tt.after, tt.why)
			}
		})
	}
}
