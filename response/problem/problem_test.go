package problem_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

func TestNew(t *testing.T) {
	for status, want := range map[int]int{
		400: 400, 404: 404, 418: 418, 499: 499, 500: 500, 503: 503, 599: 599,
		-1: 500, 0: 500, 100: 500, 200: 500, 302: 500, 399: 500, 600: 500, 1000: 500,
	} {
		p := problem.New(status, "why")
		if p.Status != want || p.StatusCode() != want || p.Detail != "why" {
			t.Errorf("New(%d) has the status %d and the detail %q; want %d", status, p.StatusCode(), p.Detail, want)
		}
	}
}

func TestError(t *testing.T) {
	cause := errors.New("no disk")
	for _, tt := range []struct {
		description string
		problem     *problem.Problem
		want        string
	}{
		{"status", problem.New(404, ""), "404 Not Found"},
		{"detail", problem.New(404, "no cat"), "404 Not Found: no cat"},
		{"title", &problem.Problem{Status: 403, Title: "Out of credit", Detail: "30 left"}, "403 Out of credit: 30 left"},
		{"cause", problem.New(503, "").WithCause(cause), "503 Service Unavailable: no disk"},
		{"detail and cause", problem.New(503, "later").WithCause(cause), "503 Service Unavailable: later: no disk"},
		{"status without a text", problem.New(499, ""), "499 Error"},
	} {
		if got := tt.problem.Error(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "error", tt.problem)
		if !strings.Contains(log.String(), `"error":"`+tt.want+`"`) {
			t.Errorf("%s: logged as %s", tt.description, log.String())
		}
	}
	if p := problem.New(503, "").WithCause(cause); !errors.Is(p, cause) || problem.New(503, "").Unwrap() != nil {
		t.Errorf("the cause of %v is %v", p, p.Unwrap())
	}
}

func TestJSONForm(t *testing.T) {
	for _, tt := range []struct {
		description string
		problem     *problem.Problem
		want        string
	}{
		{"status", problem.New(404, ""), `{"status":404,"title":"Not Found"}`},
		{"detail", problem.New(404, "no cat"), `{"detail":"no cat","status":404,"title":"Not Found"}`},
		{"status without a text", problem.New(499, ""), `{"status":499,"title":"Error"}`},
		{"all members", &problem.Problem{
			Type: "https://e.example/credit", Title: "No credit", Status: 403, Detail: "30 left", Instance: "/account/7",
		}, `{"detail":"30 left","instance":"/account/7","status":403,"title":"No credit","type":"https://e.example/credit"}`},
		{"extensions", problem.New(400, "").With("balance", 30).With("accounts", []string{"/7"}),
			`{"accounts":["/7"],"balance":30,"status":400,"title":"Bad Request"}`},
		{"extension twice", problem.New(400, "").With("a", 1).With("a", 2), `{"a":2,"status":400,"title":"Bad Request"}`},
		{"extensions that pose as standard members", problem.New(404, "").
			With("status", 200).With("title", "OK").With("type", "x").With("detail", "y").With("instance", "z"),
			`{"status":404,"title":"Not Found"}`},
		{"cause", problem.New(500, "sorry").WithCause(errors.New("secret")),
			`{"detail":"sorry","status":500,"title":"Internal Server Error"}`},
		{"text that ends a script", problem.New(400, "</script>"),
			`{"detail":"\u003c/script\u003e","status":400,"title":"Bad Request"}`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got, err := json.Marshal(tt.problem)
			if string(got) != tt.want || err != nil {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
	p := problem.New(404, "").With("status", 200)
	if _, err := json.Marshal(p); err != nil || p.Extensions["status"] != 200 {
		t.Errorf("encoding changed the extensions to %v", p.Extensions)
	}
	if _, err := json.Marshal(problem.New(400, "").With("f", func() {})); err == nil {
		t.Error("an extension that is no JSON was encoded")
	}
}

func TestTextAndHTML(t *testing.T) {
	const evil = `<script>alert("1")</script>&'`
	p := &problem.Problem{Status: 400, Title: evil, Detail: evil, Type: evil, Instance: evil}
	p = p.With("extension", evil).WithCause(errors.New("secret"))
	page := p.HTML()
	if strings.Contains(page, "<script") || strings.Contains(page, `"1"`) || strings.Contains(page, "secret") {
		t.Errorf("page\n%s", page)
	}
	if n := strings.Count(page, "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;&amp;&#39;"); n != 3 {
		t.Errorf("the page has the escaped text %d times, want 3: title, heading and detail\n%s", n, page)
	}
	if got, want := p.Text(), "400 "+evil+": "+evil+"\n"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
	plain := problem.New(404, "")
	if strings.Contains(plain.HTML(), "<p>") || plain.Text() != "404 Not Found\n" {
		t.Errorf("without a detail: %q and\n%s", plain.Text(), plain.HTML())
	}
}

// notFound is shared by all requests.
var notFound = problem.New(404, "no cat").With("shared", true)

func TestCopies(t *testing.T) {
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			mine := notFound.With("n", i).With("shared", false).WithCause(errors.New("mine"))
			if mine.Extensions["n"] != i || mine.Extensions["shared"] != false || mine.Unwrap() == nil {
				t.Errorf("extensions %v, cause %v", mine.Extensions, mine.Unwrap())
			}
			if _, err := json.Marshal(notFound); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff(map[string]any{"shared": true}, notFound.Extensions); diff != "" || notFound.Unwrap() != nil {
		t.Errorf("the shared one changed; cause %v (-want +got):\n%s", notFound.Unwrap(), diff)
	}
}

// coder is an error with a status; a zero one has none that could be sent.
type coder int

func (c coder) Error() string   { return fmt.Sprint("coder ", int(c)) }
func (c coder) StatusCode() int { return int(c) }

func TestStatusOfAndFrom(t *testing.T) {
	cat := problem.New(404, "no cat")
	plain := errors.New("secret")
	for _, tt := range []struct {
		description string
		err         error
		wantStatus  int
		want        *problem.Problem
	}{
		{"nothing", nil, 500, problem.New(500, "")},
		{"plain", plain, 500, problem.New(500, "")},
		{"problem", cat, 404, cat},
		{"wrapped", fmt.Errorf("read: %w", cat), 404, cat},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", cat)), 404, cat},
		{"joined", errors.Join(plain, cat), 404, cat},
		{"the first of two", errors.Join(cat, problem.New(409, "")), 404, cat},
		{"cause of another", problem.New(502, "up").WithCause(cat), 502, problem.New(502, "up").WithCause(cat)},
		{"coder", coder(409), 409, problem.New(409, "")},
		{"wrapped coder", fmt.Errorf("read: %w", coder(503)), 503, problem.New(503, "")},
		{"lowest", coder(400), 400, problem.New(400, "")},
		{"highest", coder(599), 599, problem.New(599, "")},
		{"no status", coder(0), 500, problem.New(500, "")},
		{"success", coder(200), 500, problem.New(500, "")},
		{"redirect", coder(302), 500, problem.New(500, "")},
		{"below", coder(399), 500, problem.New(500, "")},
		{"above", coder(600), 500, problem.New(500, "")},
		{"negative", coder(-404), 500, problem.New(500, "")},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if got := problem.StatusOf(tt.err); got != tt.wantStatus {
				t.Errorf("StatusOf is %d, want %d", got, tt.wantStatus)
			}
			got := problem.From(tt.err)
			if got.Error() != tt.want.Error() || got.Status != tt.want.Status {
				t.Errorf("From is %v, want %v", got, tt.want)
			}
		})
	}
}

func TestTitle(t *testing.T) {
	for status, want := range map[int]string{404: "Not Found", 418: "I'm a teapot", 499: "Error", 0: "Error"} {
		if got := problem.Title(status); got != want {
			t.Errorf("Title(%d) is %q, want %q", status, got, want)
		}
	}
}

// What clients get is the problem in the form they accept, with the status that was sent, and never its cause.
func TestInApp(t *testing.T) {
	cause := errors.New("secret")
	for _, tt := range []struct {
		description string
		err         error
		wantStatus  int
		wantJSON    string
		wantText    string
	}{
		{"problem", problem.New(404, "no <cat>").With("id", 7).WithCause(cause), 404,
			`{"detail":"no \u003ccat\u003e","id":7,"status":404,"title":"Not Found"}`, "404 Not Found: no <cat>\n"},
		{"wrapped", fmt.Errorf("%w: %w", cause, problem.New(409, "")), 409, `{"status":409,"title":"Conflict"}`,
			"409 Conflict\n"},
		{"status that is no error", &problem.Problem{Status: 200, Detail: "odd"}, 500,
			`{"detail":"odd","status":500,"title":"Internal Server Error"}`, "500 Internal Server Error: odd\n"},
		{"extension that is no JSON", problem.New(400, "odd").With("f", func() {}), 400,
			`{"detail":"odd","status":400,"title":"Bad Request"}`, "400 Bad Request: odd\n"},
		{"plain error", cause, 500, `{"status":500,"title":"Internal Server Error"}`, "500 Internal Server Error\n"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
			app.Get("/", func(soay.Request) soay.Response { return response.Error(tt.err) })
			for accept, want := range map[string]struct{ contentType, body string }{
				"application/json":   {problem.ContentType, tt.wantJSON},
				problem.ContentType:  {problem.ContentType, tt.wantJSON},
				"text/plain":         {"text/plain; charset=utf-8", tt.wantText},
				"text/html, */*;q=0": {"text/html; charset=utf-8", page(tt.err)},
			} {
				hr, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
				hr.Header.Set("Accept", accept)
				app.ServeHTTP(w, hr)
				if w.Code != tt.wantStatus || w.Header().Get("Content-Type") != want.contentType {
					t.Errorf("%s: %d as %s, want %d", accept, w.Code, w.Header().Get("Content-Type"), tt.wantStatus)
				}
				if got := w.Body.String(); strings.Contains(got, "secret") || got != want.body {
					t.Errorf("%s: sent\n%s, want\n%s", accept, got, want.body)
				}
			}
		})
	}
}

// page is what browsers get for an error.
func page(err error) string {
	p := *problem.From(err)
	p.Status = problem.StatusOf(err)
	return p.HTML()
}
