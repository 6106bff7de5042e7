package middleware_test

import (
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// unit is a service that notes what becomes of it.
type unit struct{ events []string }

func (u *unit) note(event string) { u.events = append(u.events, event) }

// What the handler uses ends when it has returned, and learns what the client got.
func TestTimeoutEndsServicesAfterTheHandler(t *testing.T) {
	tests := []struct {
		description string
		takes       time.Duration
		want        []string
	}{
		{"in time", time.Second / 2, []string{"returned", "finished with 200", "after the response: 200", "closed"}},
		{"too late", time.Minute, []string{"returned", "finished with 503", "after the response: 503", "closed"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
				u := new(unit)
				soay.AddScoped[*unit](app, func() *unit { return u }, soay.ServiceOptions[*unit]{
					Finish: func(u *unit, resp soay.Response) error {
						u.note("finished with " + strconv.Itoa(resp.Status()))
						return nil
					},
					Close: func(u *unit) error { u.note("closed"); return nil },
				})
				app.Get("/", func(req soay.Request) soay.Response {
					u, err := soay.Resolve[*unit](req)
					if err != nil {
						return response.Error(err)
					}
					req.AfterResponse(func(o request.Outcome) { u.note("after the response: " + strconv.Itoa(o.Status)) })
					time.Sleep(tt.takes)
					u.note("returned")
					return response.Text("done")
				})
				do(app, "GET", "/")
				awaitAll()
				if diff := cmp.Diff(tt.want, u.events); diff != "" {
					t.Errorf("events (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Once a service is told of a response, the client gets that response.
func TestTimeoutDoesNotEndAFinish(t *testing.T) {
	inBubble(t, func(t *testing.T, app *soay.App, _ *requesttest.Log) {
		soay.AddScoped[*unit](app, func() *unit { return new(unit) }, soay.ServiceOptions[*unit]{
			Finish: func(*unit, soay.Response) error { time.Sleep(time.Minute); return nil },
		})
		app.Get("/", func(req soay.Request) soay.Response {
			_, _ = soay.Resolve[*unit](req)
			return response.Text("committed")
		})
		if w := do(app, "GET", "/"); w.Code != 200 || w.Body.String() != "committed" {
			t.Errorf("%d %q, want 200 committed", w.Code, w.Body)
		}
	})
}

// A service that fails to finish when its handler is abandoned has nobody to tell but the log, and is closed all the same.
func TestTimeoutLogsAFinishThatFails(t *testing.T) {
	inBubble(t, func(t *testing.T, app *soay.App, log *requesttest.Log) {
		u := new(unit)
		soay.AddScoped[*unit](app, func() *unit { return u }, soay.ServiceOptions[*unit]{
			Finish: func(*unit, soay.Response) error { return errors.New("no connection") },
			Close:  func(u *unit) error { u.note("closed"); return nil },
		})
		app.Get("/", func(req soay.Request) soay.Response {
			_, _ = soay.Resolve[*unit](req)
			time.Sleep(time.Minute)
			return response.Text("late")
		})
		if w := do(app, "GET", "/"); w.Code != 503 {
			t.Errorf("%d %q, want 503", w.Code, w.Body)
		}
		awaitAll()
		if diff := cmp.Diff([]string{"closed"}, u.events); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if lines := strings.Join(log.Lines(slog.LevelError), "\n"); !strings.Contains(lines, "no connection") {
			t.Errorf("the log says %q", lines)
		}
	})
}
