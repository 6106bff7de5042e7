package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

type teapotError struct{}

func (teapotError) Error() string   { return "secret teapot" }
func (teapotError) StatusCode() int { return 418 }

// If a handler inside WrapHTTP fails, the middleware sees a complete response, and middleware outside of it sees the error.
func TestWrapHTTPErrors(t *testing.T) {
	failing := func(err error) soay.Middleware {
		return func(soay.Handler) soay.Handler {
			return func(soay.Request) soay.Response { return response.Error(err) }
		}
	}
	cause := problem.New(409, "taken")
	tests := []struct {
		name       string
		setUp      func(*soay.App)
		wantStatus int
		wantBody   string
		wantErr    error
	}{
		{"in the handler", func(app *soay.App) {
			app.Get("/", func(soay.Request) soay.Response { return response.Error(cause) })
		}, 409, "409 Conflict: taken\n", cause},
		{"in middleware of the app", func(app *soay.App) {
			app.Use(failing(cause))
			app.Get("/", hello)
		}, 409, "409 Conflict: taken\n", cause},
		{"in middleware of a route", func(app *soay.App) {
			app.Get("/", hello).Use(failing(cause))
		}, 409, "409 Conflict: taken\n", cause},
		{"no route", func(*soay.App) {}, 404, "404 Not Found\n", nil},
		{"behind the app's own page", func(app *soay.App) {
			soay.HandleError(app, func(_ soay.Request,
				err teapotError) soay.Response {
				return response.Text("short and stout")
			})
			app.Use(failing(teapotError{}))
			app.Get("/", hello)
		}, 418, "short and stout", teapotError{}},
		{"a file that cannot be opened", func(app *soay.App) {
			app.Get("/", func(soay.Request) soay.Response {
				return response.Response{}.WithBody("text/plain", failingBody{cause})
			})
		}, 409, "409 Conflict: taken\n", cause},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			var got error
			var inside int
			app.Use(func(next soay.Handler) soay.Handler {
				return func(req soay.Request) soay.Response {
					resp := next(req)
					got = resp.Err()
					return resp
				}
			})
			app.Use(middleware.WrapHTTP(func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					rec := httptest.NewRecorder()
					h.ServeHTTP(rec, r)
					inside = rec.Code
					w.WriteHeader(rec.Code)
					rec.Body.WriteTo(w)
				})
			}))
			tt.setUp(app)
			w := do(app, "GET", "/")
			if w.Code != tt.wantStatus || w.Body.String() != tt.wantBody || inside != tt.wantStatus {
				t.Errorf("got %d %q, %d inside; want %d %q", w.Code, w.Body, inside, tt.wantStatus, tt.wantBody)
			}
			if tt.wantErr != nil && !errors.Is(got, tt.wantErr) {
				t.Errorf("outside of it Err() = %v, want %v", got, tt.wantErr)
			}
			if got == nil {
				t.Error("outside of it Err() is nil")
			}
		})
	}
}

type failingBody struct{ err error }

func (b failingBody) WriteBody(http.ResponseWriter, *http.Request, int) error { return b.err }

func TestWrapHTTPPanics(t *testing.T) {
	tests := []struct {
		name string
		wrap func(http.Handler) http.Handler
		h    soay.Handler
	}{
		{"in the middleware", func(http.Handler) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret") })
		}, hello},
		{"in the handler", through, func(soay.Request) soay.Response { panic("secret") }},
		{"with another context", func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(w, r.WithContext(context.Background()))
			})
		}, hello},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newLoggedApp()
			app.Use(middleware.WrapHTTP(tt.wrap))
			app.Get("/", tt.h)
			if w := do(app, "GET", "/"); w.Code != 500 || w.Body.String() != "500 Internal Server Error\n" {
				t.Errorf("got %d %q", w.Code, w.Body)
			}
			lines := log.Records("request failed")
			if len(lines) != 1 {
				t.Fatalf("log: %s", log)
			}
			// The stack is that of the code that panicked, not of who passed the panic on.
			if stack := lines[0]["stack"].(string); !strings.Contains(stack, "middleware_test.TestWrapHTTPPanics.func") &&
				!strings.Contains(stack, "middleware.WrapHTTP.") {
				t.Errorf("the stack does not show the panic:\n%s", stack)
			}
		})
	}
}
