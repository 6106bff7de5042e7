package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// Every 401 has a challenge (RFC 9110 section 15.5.2), whoever makes it.
func TestChallenges(t *testing.T) {
	const session = `Session realm="app"`
	type none struct{}
	refuse := func(header, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set("WWW-Authenticate", header)
			}
			w.WriteHeader(401)
			io.WriteString(w, body)
			if f, ok := w.(http.Flusher); ok && body == "flushed" {
				f.Flush()
			}
		})
	}
	before := soay.WrapHTTP(func(http.Handler) http.Handler { return refuse("", "no") })
	behind := soay.WrapHTTP(func(next http.Handler) http.Handler { return next })
	const inPanic = "in a panic with an error that has a status"
	of := func(resp soay.Response) soay.Handler { return func(soay.Request) soay.Response { return resp } }
	for _, tt := range []struct {
		description string
		handler     soay.Handler
		middleware  []soay.Middleware
		want        []string
		wantStatus  int
	}{
		{"Unauthorized", of(response.Unauthorized("who are you?")), nil, []string{session}, 401},
		{"a problem", of(response.Error(problem.New(401, ""))), nil, []string{session}, 401},
		{"a wrapped problem", of(response.Error(fmt.Errorf("x: %w", problem.New(401, "")))), nil, []string{session}, 401},
		{"an error with a status", of(response.Error(statusError{401, "no"})), nil, []string{session}, 401},
		{"an error that is given the status", of(response.Error(errors.New("x")).WithStatus(401)), nil, []string{session}, 401},
		{"Status", of(response.Status(401)), nil, []string{session}, 401},
		{"a page", of(response.HTML("<p>no").WithStatus(401)), nil, []string{session}, 401},
		{"a stream", of(response.Stream("text/plain", func(w io.Writer) error { return nil }).WithStatus(401)), nil, []string{session}, 401},
		{"a typed handler", nil, nil, []string{session}, 401},
		{"a handler of net/http", soay.FromHTTP(refuse("", "no")), nil, []string{session}, 401},
		{"one that flushes", soay.FromHTTP(refuse("", "flushed")), nil, []string{session}, 401},
		{"one with a challenge", soay.FromHTTP(refuse("Basic", "no")), nil, []string{"Basic"}, 401},
		{"middleware of net/http that refuses", of(response.Text("yes")), []soay.Middleware{before}, []string{session}, 401},
		{"middleware of net/http around it", of(response.Unauthorized()), []soay.Middleware{behind}, []string{session}, 401},
		{"another challenge", of(response.Unauthorized().WithHeader("WWW-Authenticate", `Bearer realm="cats"`)), nil,
			[]string{`Bearer realm="cats"`}, 401},
		{"two challenges", of(response.Unauthorized().AddHeader("WWW-Authenticate", "Basic").AddHeader("WWW-Authenticate", "Bearer")), nil,
			[]string{"Basic", "Bearer"}, 401},
		{"a challenge without a 401", of(response.Text("hi").WithHeader("WWW-Authenticate", "Basic")), nil, []string{"Basic"}, 200},
		{"Forbidden", of(response.Forbidden()), nil, nil, 403},
		{inPanic, func(soay.Request) soay.Response { panic(statusError{401, "no"}) }, nil, nil, 500},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
			app.Use(tt.middleware...)
			if tt.handler == nil {
				soay.Get(app, "/", func(soay.Request, none) (string, error) { return "", problem.New(401, "") })
			} else {
				app.Get("/", tt.handler)
			}
			got := requesttest.New(t, app).Get("/")
			if diff := cmp.Diff(tt.want, got.Header["Www-Authenticate"]); diff != "" || got.Status != tt.wantStatus {
				t.Errorf("%d, challenges (-want +got):\n%s", got.Status, diff)
			}
		})
	}
}

// The page that an app has for a 401 changes nothing about it, and may bring a challenge itself.
func TestChallengesOfOwnPages(t *testing.T) {
	for want, page := range map[string]soay.Response{
		`Session realm="app"`: response.HTML("<p>mine"),
		"Own":                 response.HTML("<p>mine").WithHeader("WWW-Authenticate", "Own"),
	} {
		app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
		app.HandleStatus(401, func(soay.Request) soay.Response { return page })
		app.Get("/", func(soay.Request) soay.Response { return response.Unauthorized() })
		got := requesttest.New(t, app).Get("/")
		if got.Status != 401 || got.Text() != "<p>mine" || got.Header.Get("WWW-Authenticate") != want {
			t.Errorf("%d %q with %q, want %q", got.Status, got.Text(), got.Header["Www-Authenticate"], want)
		}
	}
}
