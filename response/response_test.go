package response_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// cat is what these tests send.
type cat struct {
	Name string `json:"name"`
}

func TestConstructors(t *testing.T) {
	const plain, data = "text/plain; charset=utf-8", "application/json"
	for _, tt := range []struct {
		description  string
		response     response.Response
		wantStatus   int
		wantType     string
		wantLocation string
		want         string
	}{
		{"zero", response.Response{}, 200, "", "", ""},
		{"Text", response.Text("hi <é>"), 200, plain, "", "hi <é>"},
		{"Text of nothing", response.Text(""), 200, plain, "", ""},
		{"HTML", response.HTML("<p>hi"), 200, "text/html; charset=utf-8", "", "<p>hi"},
		{"JSON", response.JSON(cat{"Tom & Ann"}), 200, data, "", `{"name":"Tom \u0026 Ann"}`},
		{"JSON of nil", response.JSON(nil), 200, data, "", "null"},
		{"JSON of zero values", response.JSON([]any{0, "", false, nil, map[string]int{}}), 200, data, "",
			`[0,"",false,null,{}]`},
		{"PrettyJSON", response.PrettyJSON(map[string]any{"a": []int{1}}), 200, data, "",
			"{\n    \"a\": [\n        1\n    ]\n}"},
		{"Bytes", response.Bytes("image/x-none", []byte{0, 255}), 200, "image/x-none", "", "\x00\xff"},
		{"Bytes of nothing", response.Bytes("image/x-none", nil), 200, "image/x-none", "", ""},
		{"Status", response.Status(418), 418, "", "", ""},
		{"NoContent", response.NoContent(), 204, "", "", ""},
		{"Created", response.Created("/cats/7", cat{"Tom"}), 201, data, "/cats/7", `{"name":"Tom"}`},
		{"Created elsewhere", response.Created("https://cats.example/7", nil), 201, "", "https://cats.example/7", ""},
		{"Created beyond ASCII", response.Created("/cats/é", nil), 201, "", "/cats/%C3%A9", ""},
		{"Created somewhere", response.Created("", cat{"Tom"}), 201, data, "", `{"name":"Tom"}`},
		{"Created, nothing said", response.Created("", nil), 201, "", "", ""},
		{"Accepted", response.Accepted(cat{"Tom"}), 202, data, "", `{"name":"Tom"}`},
		{"Accepted, nothing said", response.Accepted(nil), 202, "", "", ""},
		{"Redirect", response.Redirect("/a?b#c"), 302, "", "/a?b#c", ""},
		{"MovedPermanently", response.MovedPermanently("/a"), 301, "", "/a", ""},
		{"SeeOther", response.SeeOther("/a"), 303, "", "/a", ""},
		{"TemporaryRedirect", response.TemporaryRedirect("/a"), 307, "", "/a", ""},
		{"PermanentRedirect", response.PermanentRedirect("/a"), 308, "", "/a", ""},
		{"ExternalRedirect", response.ExternalRedirect("https://e.example/a"), 302, "", "https://e.example/a", ""},
		{"ExternalRedirect for ever", response.ExternalRedirect("http://e.example").WithStatus(308), 308, "",
			"http://e.example", ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if tt.response.Status() != tt.wantStatus || tt.response.Err() != nil || response.StateOf(tt.response).NeedsPage() {
				t.Errorf("status %d, error %v; want %d", tt.response.Status(), tt.response.Err(), tt.wantStatus)
			}
			if got := tt.response.Header("content-type"); got != tt.wantType {
				t.Errorf("content type %q before it is sent, want %q", got, tt.wantType)
			}
			w := send(tt.response)
			if w.Code != tt.wantStatus || w.Body.String() != tt.want {
				t.Errorf("sent %d %q, want %d %q", w.Code, w.Body, tt.wantStatus, tt.want)
			}
			sentType, location := w.Header().Get("Content-Type"), w.Header().Get("Location")
			if sentType != tt.wantType || location != tt.wantLocation {
				t.Errorf("sent as %q to %q, want %q to %q", sentType, location, tt.wantType, tt.wantLocation)
			}
		})
	}
}

// asked is an error with a status of its own.
type asked int

func (a asked) Error() string   { return fmt.Sprintf("secret of %d", int(a)) }
func (a asked) StatusCode() int { return int(a) }

func TestErrors(t *testing.T) {
	plain := errors.New("secret")
	for _, tt := range []struct {
		description string
		response    response.Response
		wantStatus  int
		want        string
	}{
		{"any error", response.Error(plain), 500, "500 Internal Server Error\n"},
		{"no error", response.Error(nil), 500, "500 Internal Server Error\n"},
		{"problem", response.Error(problem.New(404, "no cat 7")), 404, "404 Not Found: no cat 7\n"},
		{"wrapped problem", response.Error(fmt.Errorf("secret: %w", problem.New(404, "no cat"))), 404,
			"404 Not Found: no cat\n"},
		{"error with a status", response.Error(asked(409)), 409, "409 Conflict\n"},
		{"error with an odd status", response.Error(asked(200)), 500, "500 Internal Server Error\n"},
		{"another status", response.Error(plain).WithStatus(503), 503, "503 Service Unavailable\n"},
		{"BadRequest", response.BadRequest("no name"), 400, "400 Bad Request: no name\n"},
		{"BadRequest, nothing said", response.BadRequest(), 400, "400 Bad Request\n"},
		{"Unauthorized", response.Unauthorized("who?"), 401, "401 Unauthorized: who?\n"},
		{"Forbidden", response.Forbidden(), 403, "403 Forbidden\n"},
		{"NotFound", response.NotFound("no cat 7"), 404, "404 Not Found: no cat 7\n"},
		{"Conflict", response.Conflict("seven lives already"), 409, "409 Conflict: seven lives already\n"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if tt.response.Status() != tt.wantStatus || tt.response.Err() == nil || !response.StateOf(tt.response).NeedsPage() {
				t.Errorf("status %d, error %v, needs a page: %v", tt.response.Status(), tt.response.Err(), response.StateOf(tt.response).NeedsPage())
			}
			if w := send(tt.response); w.Code != tt.wantStatus || w.Body.String() != tt.want {
				t.Errorf("sent %d %q, want %d %q", w.Code, w.Body, tt.wantStatus, tt.want)
			}
		})
	}
	if err := response.Error(fmt.Errorf("read: %w", plain)).Err(); !errors.Is(err, plain) {
		t.Errorf("Err is %v, want the error that was given", err)
	}
}

func TestStatusOutOfRange(t *testing.T) {
	for _, code := range []int{-1, 0, 1, 99, 100, 101, 103, 199, 600, 999, 1000, 65736, 1 << 40} {
		for description, resp := range map[string]response.Response{
			"Status": response.Status(code), "WithStatus": response.Text("x").WithStatus(code),
		} {
			if w := send(resp); resp.Err() == nil || w.Code != 500 || w.Body.String() != "500 Internal Server Error\n" {
				t.Errorf("%s(%d): error %v, sent %d %q", description, code, resp.Err(), w.Code, w.Body)
			}
		}
	}
	for _, code := range []int{200, 299, 300, 418, 499, 599} {
		if w := send(response.Text("x").WithStatus(code)); w.Code != code || w.Body.String() != "x" {
			t.Errorf("WithStatus(%d): sent %d %q", code, w.Code, w.Body)
		}
	}
}

// Nothing turns a failure into a success, for its answer would be an error page that says 200 OK.
func TestErrorKeepsItsStatus(t *testing.T) {
	evil := response.Redirect("//evil.example")
	for _, tt := range []struct {
		description string
		response    response.Response
		want        int
	}{
		{"value that is no JSON, created", response.JSON(func() {}).WithStatus(201), 500},
		{"value that is no JSON, not found", response.JSON(func() {}).WithStatus(404), 500},
		{"bad header, created", response.Text("x").WithHeader("X", "a\nb").WithStatus(201), 500},
		{"bad cookie, created", response.Text("x").WithCookie(&http.Cookie{Name: ";"}).WithStatus(201), 500},
		{"bad status, then a good one", response.Status(99).WithStatus(200), 500},
		{"bad redirect with another status", evil.WithStatus(303), 400},
		{"missing file, created", response.File("/no/such/file").WithStatus(201), 404},
		{"error, ok", response.Error(errors.New("x")).WithStatus(200), 500},
		{"error, another error", response.Error(errors.New("x")).WithStatus(503), 503},
		{"not found, gone", response.NotFound().WithStatus(410), 410},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := send(tt.response)
			if w.Code != tt.want || !strings.HasPrefix(w.Body.String(), fmt.Sprint(tt.want, " ")) {
				t.Errorf("sent %d %q, want %d", w.Code, w.Body, tt.want)
			}
		})
	}
}

// shared is what many goroutines return, changed or not.
var shared = response.JSON([]int{1}).WithHeader("X-A", "1").AddHeader("Link", "</1>").WithHeader("Vary", "Accept").
	WithCookie(response.NewCookie("a", "1"))

func TestImmutable(t *testing.T) {
	before := headerText(send(shared).Header())
	app, _ := answers(shared)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			n := fmt.Sprint(i)
			mine := shared.WithStatus(402+i).AddHeader("Link", "</"+n+">").WithHeader("X-A", n).WithHeader("Vary", "X-"+n).
				WithCookie(response.NewCookie("a", n)).WithCookie(response.NewCookie("b", n))
			mine.WithHeader("X-A", "of somebody else").WithStatus(500)
			w := httptest.NewRecorder()
			if _, err := response.StateOf(mine).Write(w, httptest.NewRequest("GET", "/", nil), 0); err != nil {
				t.Error(err)
			}
			want := http.Header{
				"Content-Length": {"3"}, "Content-Type": {"application/json"}, "Link": {"</1>", "</" + n + ">"},
				"Vary": {"Accept, X-" + n}, "X-A": {n}, "X-Content-Type-Options": {"nosniff"},
				"Set-Cookie": {"a=" + n + "; Path=/; HttpOnly; SameSite=Lax", "b=" + n + "; Path=/; HttpOnly; SameSite=Lax"},
			}
			if diff := cmp.Diff(want, w.Header()); diff != "" || w.Code != 402+i {
				t.Errorf("status %d (-want +got):\n%s", w.Code, diff)
			}
			w = httptest.NewRecorder()
			app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if got := headerText(w.Header()); got != before || w.Code != 200 {
				t.Errorf("the shared one sends\n%s", got)
			}
			w.Header().Add("Link", "</of a server>") // must not reach the others either
			w.Header().Add("X-Content-Type-Options", "none")
		})
	}
	all.Wait()
	if got := headerText(send(shared).Header()); got != before {
		t.Errorf("at the end the shared one sends\n%s", got)
	}
}

// The page of an error handler is the body of the error response, which keeps its other headers and cookies.
func TestWithPage(t *testing.T) {
	failure := errors.New("no disk")
	failed := response.Error(failure).WithHeader("X-A", "1").WithHeader("X-B", "1").
		WithHeader("Content-Type", "text/csv").WithCookie(response.NewCookie("a", "1"))
	page := response.HTML("<p>sorry").WithHeader("X-B", "2")
	got := response.StateOf(failed).WithPage(page)
	if response.StateOf(got).NeedsPage() || got.Err() != failure || got.Status() != 500 {
		t.Errorf("needs a page: %v, error %v, status %d", response.StateOf(got).NeedsPage(), got.Err(), got.Status())
	}
	for name, want := range map[string]string{"X-A": "1", "X-B": "2", "Content-Type": "text/html; charset=utf-8"} {
		if got := got.Header(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	w := send(got)
	sent := headerText(w.Header())
	if w.Body.String() != "<p>sorry" || !strings.Contains(sent, "Content-Type: text/html; charset=utf-8\r\n") ||
		strings.Contains(sent, "text/csv") || !strings.Contains(sent, "Set-Cookie: a=1") {
		t.Errorf("sent %q with\n%s", w.Body, headerText(w.Header()))
	}
	if got := response.StateOf(failed).WithPage(page.WithStatus(503)).Status(); got != 503 {
		t.Errorf("status %d, want that of the page", got)
	}
	if !response.StateOf(failed).NeedsPage() {
		t.Error("the original needs no page any more")
	}
}
