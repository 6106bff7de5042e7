package middleware_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

const (
	asText    = "text/plain; charset=utf-8"
	asPage    = "text/html; charset=utf-8"
	asProblem = "application/problem+json"
)

func TestErrorFormat(t *testing.T) {
	tests := []struct {
		name   string
		accept []string
		want   string
	}{
		{"no header", nil, asText},
		{"everything, as curl and fetch send", []string{"*/*"}, asText},
		{"Chrome", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8," +
			"application/signed-exchange;v=b3;q=0.7"}, asPage},
		{"Firefox", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, asPage},
		{"Safari", []string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, asPage},
		{"an image in a page", []string{"image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"}, asText},
		{"a stylesheet", []string{"text/css,*/*;q=0.1"}, asText},
		{"clients for APIs", []string{"application/json, text/plain, */*"}, asProblem},
		{"JSON", []string{"application/json"}, asProblem},
		{"problem details", []string{"application/problem+json"}, asProblem},
		{"both, in several lines", []string{"application/problem+json", "application/json;q=0.9"}, asProblem},
		{"JSON before a page", []string{"text/html;q=0.5, application/json"}, asProblem},
		{"a page before JSON", []string{"text/html, application/json;q=0.5"}, asPage},
		{"any application type", []string{"application/*"}, asProblem},
		{"any text", []string{"text/*"}, asText},
		{"JSON refused", []string{"application/json;q=0, application/problem+json;q=0, */*;q=0.1"}, asPage},
		{"pages refused", []string{"text/html;q=0, */*"}, asText},
		{"text refused", []string{"text/plain;q=0, text/html"}, asPage},
		{"nothing that there is", []string{"image/png"}, asText},
		{"everything refused", []string{"*/*;q=0"}, asText},
		{"no media type", []string{"garbage;;;"}, asText},
		{"empty", []string{""}, asText},
	}
	app := newApp()
	app.Get("/fail", func(soay.Request) soay.Response { return response.BadRequest("no <cats>") })
	bodies := map[string]string{
		asText:    "400 Bad Request: no <cats>\n",
		asProblem: `{"detail":"no \u003ccats\u003e","status":400,"title":"Bad Request"}`,
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var header []string
			for _, line := range tt.accept {
				header = append(header, "Accept", line)
			}
			for _, path := range []string{"/fail", "/nowhere"} {
				w := do(app, "GET", path, header...)
				if got := w.Header().Get("Content-Type"); got != tt.want {
					t.Errorf("%s: Content-Type is %q, want %q", path, got, tt.want)
				}
				if got := w.Header().Get("Vary"); got != "Accept" {
					t.Errorf("%s: Vary is %q, want Accept", path, got)
				}
			}
			got := do(app, "GET", "/fail", header...).Body.String()
			if want, ok := bodies[tt.want]; ok && got != want {
				t.Errorf("body is %q, want %q", got, want)
			}
			if tt.want == asPage && (!strings.Contains(got, "<h1>400 Bad Request</h1>\n<p>no &lt;cats&gt;</p>") ||
				strings.Contains(got, "<cats>")) {
				t.Errorf("page is %q", got)
			}
		})
	}
}

var (
	forPages    = []string{"Accept", "text/html"}
	forPrograms = []string{"Accept", "application/json"}
)

// What an app says about itself stays in its log, whatever form the client asks for.
func TestNoInternalsInProduction(t *testing.T) {
	secret := errors.New("SECRET: password of the database")
	tests := []struct {
		name       string
		handler    soay.Handler
		wantStatus int
	}{
		{"an error", func(soay.Request) soay.Response { return response.Error(secret) }, 500},
		{"a wrapped error", func(soay.Request) soay.Response { return response.Error(fmt.Errorf("SECRET: %w", secret)) }, 500},
		{"an error with a status",
			func(soay.Request) soay.Response { return response.Error(statusError{503, "SECRET"}) }, 503},
		{"a client's error with a status",
			func(soay.Request) soay.Response { return response.Error(statusError{404, "SECRET"}) }, 404},
		{"a problem around it", func(soay.Request) soay.Response {
			return response.Error(fmt.Errorf("SECRET: %w", problem.New(409, "taken").WithCause(secret)))
		}, 409},
		{"a panic", func(soay.Request) soay.Response { panic("SECRET") }, 500},
		{"a panic with an error", func(soay.Request) soay.Response { panic(secret) }, 500},
		{"a panic of the runtime", func(soay.Request) soay.Response {
			var cats []string
			cats[len("SECRET")] = "SECRET"
			return response.NoContent()
		}, 500},
		{"a value that cannot be encoded",
			func(soay.Request) soay.Response { return response.JSON(map[string]any{"SECRET": func() {}}) }, 500},
		{"a header that cannot be sent",
			func(soay.Request) soay.Response { return response.Text("SECRET").WithHeader("X-A", "SECRET\n") }, 500},
		{"a status that is none", func(soay.Request) soay.Response { return response.Text("SECRET").WithStatus(42) }, 500},
		{"a body that fails", func(soay.Request) soay.Response {
			return response.Response{}.WithBody("text/plain", failingBody{secret})
		}, 500},
		{"another status than that of the error",
			func(soay.Request) soay.Response { return response.Error(secret).WithStatus(502) }, 502},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			app, log := newLoggedApp()
			app.Get("/", tt.handler)
			for _, header := range [][]string{nil, forPages, forPrograms} {
				w := do(app, "GET", "/", header...)
				if w.Code != tt.wantStatus || strings.Contains(w.Body.String()+fmt.Sprint(w.Header()), "SECRET") {
					t.Errorf("accepting %v: got %d %v %q, want %d and no secret", header, w.Code, w.Header(), w.Body, tt.wantStatus)
				}
				if !strings.Contains(w.Body.String(), http.StatusText(tt.wantStatus)) {
					t.Errorf("accepting %v: got %q, want the text of the status", header, w.Body)
				}
			}
			if logged := len(log.Records("request failed")) == 3; logged != (tt.wantStatus >= 500) {
				t.Errorf("status %d, the log says:\n%s", tt.wantStatus, log)
			}
		})
	}
}

// statusError is an error with a status and a text that is not for clients.
type statusError struct {
	status int
	text   string
}

func (e statusError) Error() string   { return e.text }
func (e statusError) StatusCode() int { return e.status }

func TestProblemDetails(t *testing.T) {
	app := newApp()
	app.Get("/{kind}", func(req soay.Request) soay.Response {
		switch req.Param("kind") {
		case "full":
			p := problem.New(422, "two faults").With("faults", []string{"name", "age"})
			p.Type, p.Title, p.Instance = "https://example.com/faults", "Faulty", "/orders/7"
			return response.Error(p)
		case "unencodable":
			return response.Error(problem.New(422, "two faults").With("faults", func() {}))
		}
		return response.NotFound()
	})
	tests := []struct {
		path string
		want map[string]any
	}{
		{"/full", map[string]any{"type": "https://example.com/faults", "title": "Faulty", "status": 422.,
			"detail":   "two faults",
			"instance": "/orders/7", "faults": []any{"name", "age"}}},
		{"/unencodable", map[string]any{"title": "Unprocessable Entity", "status": 422., "detail": "two faults"}},
		{"/none", map[string]any{"title": "Not Found", "status": 404.}},
	}
	for _, tt := range tests {
		w := do(app, "GET", tt.path, forPrograms...)
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", tt.path, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || w.Header().Get("Content-Type") != asProblem {
			t.Errorf("%s: as %s (-want +got):\n%s", tt.path, w.Header().Get("Content-Type"), diff)
		}
	}
}

// The headers a handler gave its error response stay with it.
func TestErrorKeepsHeaders(t *testing.T) {
	app := newApp()
	app.Get("/", func(soay.Request) soay.Response {
		return response.Unauthorized().WithHeader("WWW-Authenticate", "Basic").WithHeader("Vary", "Authorization").
			WithCookie(response.NewCookie("a", "1"))
	})
	for _, header := range [][]string{nil, forPages, forPrograms} {
		h := do(app, "GET", "/", header...).Header()
		if h.Get("WWW-Authenticate") != "Basic" || h.Get("Vary") != "Authorization, Accept" || len(h["Set-Cookie"]) != 1 {
			t.Errorf("accepting %v: headers %v", header, h)
		}
	}
}

func TestErrorToHEAD(t *testing.T) {
	app := newApp()
	get, head := do(app, "GET", "/none", forPages...), do(app, "HEAD", "/none", forPages...)
	get.Header().Del("Date")
	if diff := cmp.Diff(get.Header(), head.Header()); diff != "" || head.Body.Len() != 0 || head.Code != 404 {
		t.Errorf("HEAD got %d %q, headers (-GET +HEAD):\n%s", head.Code, head.Body, diff)
	}
}
