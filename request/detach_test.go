package request_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// A detached copy keeps everything while the app answers others.
func TestDetach(t *testing.T) {
	app := newMarkedApp()
	var detached soay.Request
	app.Post("/cats/{mark}", func(req soay.Request) soay.Response {
		mark := req.Param("mark")
		req = req.WithContext(context.WithValue(req.Context(), markOfContext{}, mark))
		fill(req, mark)
		if _, err := req.Bytes(); err != nil {
			t.Error(err)
		}
		if mark == markNumber(0) {
			detached = req.Detach()
		}
		req.Session.Set("mark", "changed after Detach")
		return response.Text(mark)
	})
	for i := range 3 {
		serve(app, newMarked(markNumber(i)))
	}
	checkOwn(t, detached, markNumber(0))
	checkOwn(t, detached.Detach(), markNumber(0))
	if got := detached.Header("X-Mark"); got != markNumber(0) {
		t.Errorf("header %q", got)
	}
	if got := patternOf(detached.Route()); got != "/cats/{mark}" {
		t.Errorf("route %q", got)
	}
	var body struct {
		Mark string `json:"mark"`
	}
	if err := detached.JSON(&body); err != nil || body.Mark != markNumber(0) {
		t.Errorf("JSON %+v, %v", body, err)
	}
	if err := detached.Context().Err(); err != nil {
		t.Errorf("the context ended: %v", err)
	}
}

// What is done to a copy does not reach the original, and the other way round.
func TestDetachIsApart(t *testing.T) {
	state := request.NewExchange(&request.Settings{Strict: true})
	req := state.Begin(newMarked("m"))
	markKey.Set(req, "before")
	d := req.Detach()
	markKey.Set(req, "original")
	req.SetOrigin("https", "192.0.2.1")
	if v, _ := markKey.Get(d); v != "before" || d.Scheme() != "http" {
		t.Errorf("the copy sees %q and %s", v, d.Scheme())
	}
	markKey.Set(d, "copy")
	if v, _ := markKey.Get(req); v != "original" {
		t.Errorf("the original sees %q", v)
	}
}

func TestDetachContext(t *testing.T) {
	parent, leave := context.WithCancel(context.WithValue(t.Context(), markOfContext{}, "kept"))
	req := begin(newMarked("m").WithContext(parent))
	d := req.Detach()
	leave()
	<-req.Context().Done()
	for description, ctx := range map[string]context.Context{"Context": d.Context(), "HTTP": d.HTTP().Context()} {
		if ctx.Err() != nil || ctx.Value(markOfContext{}) != "kept" {
			t.Errorf("%s: error %v, value %v", description, ctx.Err(), ctx.Value(markOfContext{}))
		}
	}
}

func TestDetachSession(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	var detached []soay.Request
	app.Get("/", func(req soay.Request) soay.Response {
		detached = append(detached, req.Detach())
		n := sessions.GetOr(req.Session, "n", 0) + 1
		req.Session.Set("n", n)
		detached = append(detached, req.Detach())
		return response.NoContent()
	})
	first := serve(app, httptest.NewRequest("GET", "/", nil))
	hr := httptest.NewRequest("GET", "/", nil)
	hr.Header.Set("Cookie", first.Result().Cookies()[0].String())
	serve(app, hr)
	var got []int
	for _, d := range detached {
		got = append(got, sessions.GetOr(d.Session, "n", 0))
		if text := panicOf(func() { d.Session.Set("n", 7) }); !strings.Contains(text, "detached") {
			t.Errorf("a change panicked with %q, want one that says what it is", text)
		}
	}
	if diff := cmp.Diff([]int{0, 1, 1, 2}, got); diff != "" {
		t.Errorf("values when detached (-want +got):\n%s", diff)
	}
}

func TestDetachBody(t *testing.T) {
	for _, tt := range []struct {
		description string
		hr          func() *http.Request
		before      func(request.Request)
		want        string
		wantErr     bool
	}{
		{"read before", func() *http.Request { return postText("", "hello") },
			func(r request.Request) { r.Text() }, "hello", false},
		{"read before, empty", func() *http.Request { return postText("", "") },
			func(r request.Request) { r.Bytes() }, "", false},
		{"not read", func() *http.Request { return postText("", "hello") },
			func(request.Request) {}, "", true},
		{"not read, but something else used", func() *http.Request { return postText("", "hello") },
			func(r request.Request) { markKey.Set(r, "x") }, "", true},
		{"not read, of unknown length", func() *http.Request { return post("", strings.NewReader("hello"), -1) },
			func(request.Request) {}, "", true},
		{"taken as a stream", func() *http.Request { return postText("", "hello") },
			func(r request.Request) { io.ReadAll(r.Body()) }, "", true},
		{"failed", func() *http.Request { return post("", strings.NewReader("hell"), 5) },
			func(r request.Request) { r.Bytes() }, "", true},
	} {
		t.Run(tt.description, func(t *testing.T) {
			req := begin(tt.hr())
			tt.before(req)
			d := req.Detach()
			got, err := d.Text()
			if got != tt.want || (err != nil) != tt.wantErr {
				t.Errorf("Text: %q, %v; want %q, error %v", got, err, tt.want, tt.wantErr)
			}
			b, err := io.ReadAll(d.Body())
			if !tt.wantErr && string(b) != tt.want || (err != nil) != tt.wantErr {
				t.Errorf("Body: %q, %v; want %q, error %v", b, err, tt.want, tt.wantErr)
			}
		})
	}
}

// Detaching too late gives a request as dead as it was, also where that must not panic.
func TestDetachLate(t *testing.T) {
	var log requesttest.Log
	state := request.NewExchange(&request.Settings{Logger: log.Logger()})
	req := state.Begin(newMarked("m"))
	state.End()
	d := req.Detach()
	other := state.Begin(newMarked("n"))
	for _, a := range accessors {
		if saw := a.use(d, "m"); saw != "" {
			t.Errorf("%s saw %q", a.name, saw)
		}
	}
	if got := other.Header("X-Mark"); got != "n" || !strings.Contains(log.String(), "Detach") {
		t.Errorf("the next request sees %q; log %q", got, log.String())
	}
}
