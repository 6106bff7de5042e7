package request_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/bind"
	"github.com/soay-go/soay/request/http1"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

// browserHead is the head of a request as browsers send it, and a field that comes twice.
const browserHead = "GET /cats/tom?page=7 HTTP/1.1\r\nHost: app.example\r\nConnection: keep-alive\r\n" +
	"sec-ch-ua-mobile: ?0\r\nUser-Agent: Mozilla/5.0\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Encoding: gzip\r\n" +
	"Accept-Language: en\r\nSec-Fetch-Site: same-origin\r\nX-Twice: a\r\nX-Twice: b\r\nCookie: theme=dark\r\n\r\n"

// received returns the request of a head, as the server's own loop makes it.
func received(t testing.TB, head string, by *peer) *http.Request {
	t.Helper()
	var h http1.Head
	if v := h.Scan([]byte(head)); v != http1.Ours {
		t.Fatalf("verdict %d of %q", v, head)
	}
	hr := h.Message([]byte(head), context.Background(), by, "192.0.2.1:1234").Request()
	if h.Length > 0 {
		hr.Body = io.NopCloser(strings.NewReader(head[h.Size:]))
	}
	return hr
}

// headersOf returns the header map that package net/http makes of a head.
func headersOf(t testing.TB, head string) http.Header {
	t.Helper()
	hr, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
	if err != nil {
		t.Fatal(err)
	}
	return hr.Header
}

// peer is the connection of received requests.
type peer struct{ watches atomic.Int32 }

func (*peer) LocalAddr() net.Addr          { return nil }
func (p *peer) Watch(_ context.CancelFunc) { p.watches.Add(1) }

// waysOfRequest are the methods of a Request, and of what it has, by which handlers get hold of an *http.Request or
// its headers.
var waysOfRequest = map[string]func(request.Request) http.Header{
	"Request.HTTP":    func(r request.Request) http.Header { return r.HTTP().Header },
	"Request.Headers": func(r request.Request) http.Header { return r.Headers() },
	"Request.Detach":  func(r request.Request) http.Header { return r.Detach().Headers() },
	"Request.WithContext": func(r request.Request) http.Header {
		return r.WithContext(context.WithValue(r.Context(), contextKey{}, 1)).HTTP().Header
	},
	"State.Limit": func(r request.Request) http.Header { return request.StateOf(r).Limit().HTTP().Header },
	"Request.WithHTTP": func(r request.Request) http.Header {
		return r.WithHTTP(r.HTTP().WithContext(context.Background())).HTTP().Header
	},
}

// TestEachWayToTheHeaderMap takes each way by which code of an app gets hold of an *http.Request or its headers.
func TestEachWayToTheHeaderMap(t *testing.T) {
	want := headersOf(t, browserHead)
	for name, way := range waysOfRequest {
		req := begin(received(t, browserHead, new(peer)))
		if diff := cmp.Diff(want, way(req)); diff != "" {
			t.Errorf("%s: want(-), got(+):\n%s", name, diff)
		}
	}
	for name, handler := range map[string]func(see func(*http.Request)) soay.Handler{
		"a Body": func(see func(*http.Request)) soay.Handler {
			return func(soay.Request) soay.Response { return response.Response{}.WithBody("text/plain", seeing(see)) }
		},
		"FromHTTP": func(see func(*http.Request)) soay.Handler {
			return soay.FromHTTP(http.HandlerFunc(func(_ http.ResponseWriter, hr *http.Request) { see(hr) }))
		},
		"WrapHTTP": func(see func(*http.Request)) soay.Handler {
			return soay.WrapHTTP(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) { see(hr); next.ServeHTTP(w, hr) })
			})(noContent)
		},
		"a Body behind WrapHTTP": func(see func(*http.Request)) soay.Handler {
			return soay.WrapHTTP(func(next http.Handler) http.Handler { return next })(func(soay.Request) soay.Response {
				return response.Response{}.WithBody("text/plain", seeing(see))
			})
		},
	} {
		for _, head := range []string{browserHead, formHead} {
			app, seen := newApp(), 0
			h := handler(func(hr *http.Request) {
				seen++
				if diff := cmp.Diff(headersOf(t, head), hr.Header); diff != "" {
					t.Errorf("%s: want(-), got(+):\n%s", name, diff)
				}
			})
			app.Get("/cats/{name}", h)
			app.Post("/cats/{name}", h)
			by := new(peer)
			if serve(app, received(t, head, by)); seen != 1 || by.watches.Load() != 0 {
				t.Errorf("%s was used %d times, and the client watched %d times", name, seen, by.watches.Load())
			}
		}
	}
}

// formHead is a request with a body, whose *http.Request the app copies.
const formHead = "POST /cats/tom HTTP/1.1\r\nHost: app.example\r\nContent-Length: 8\r\n" +
	"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=tom"

func noContent(soay.Request) soay.Response { return response.NoContent() }

// seeing is a Body that shows its request.
type seeing func(*http.Request)

func (s seeing) WriteBody(w http.ResponseWriter, hr *http.Request, status int) error {
	s(hr)
	w.WriteHeader(status)
	return nil
}

// Each method that returns an *http.Request, headers or another Request is in the test.
func TestWaysAreComplete(t *testing.T) {
	known := []string{
		"State.Source",   // says so; it is not for handlers
		"State.HTTPBody", // has no headers
	}
	ends := []reflect.Type{reflect.TypeFor[*http.Request](), reflect.TypeFor[http.Header](), reflect.TypeFor[request.Request]()}
	for prefix, typ := range map[string]reflect.Type{
		"Request.": reflect.TypeFor[request.Request](), "State.": reflect.TypeFor[request.State](),
		"Session.": reflect.TypeFor[sessions.Session](), "sessions.State.": reflect.TypeFor[sessions.State](),
		"Key.": reflect.TypeFor[request.Key[int]](),
	} {
		for method := range typ.Methods() {
			name := prefix + method.Name
			for out := range method.Type.Outs() {
				if slices.Contains(ends, out) && waysOfRequest[name] == nil && !slices.Contains(known, name) &&
					name != "sessions.State.Source" {
					t.Errorf("no test has %s", name)
				}
			}
		}
	}
}

// unfilled are uses of a request that need no header map and no watch of the client.
var unfilled = []struct {
	name string
	head string
	use  func(request.Request) any
	want any
}{
	{"Header", browserHead, func(r request.Request) any { return r.Header("Accept-Language") }, "en"},
	{"Header in another spelling", browserHead, func(r request.Request) any { return r.Header("x-twice") }, "a"},
	{"Header that is not there", browserHead, func(r request.Request) any { return r.Header("Origin") + r.Header("origin") }, ""},
	{"Host", browserHead, func(r request.Request) any { return r.Host() + r.Header("Host") }, "app.example"},
	{"Cookie", browserHead, func(r request.Request) any { v, _ := r.Cookie("theme"); return v }, "dark"},
	{"Cookies", browserHead, func(r request.Request) any {
		for name, value := range r.Cookies() {
			return name + value
		}
		return nil
	}, "themedark"},
	{"Accepts", browserHead, func(r request.Request) any { return r.Accepts("application/json", "text/html") }, "text/html"},
	{"Query", browserHead, func(r request.Request) any { return r.Query("page") }, "7"},
	{"ClientIP", browserHead, func(r request.Request) any { return r.ClientIP() + r.Scheme() + r.Method() }, "192.0.2.1httpGET"},
	{"Form", formHead, func(r request.Request) any { f, _ := r.Form(); return f.Get("name") }, "tom"},
	{"Text", formHead, func(r request.Request) any { s, _ := r.Text(); return s }, "name=tom"},
	{"Context that is only passed on", browserHead, func(r request.Request) any {
		return context.WithValue(r.Context(), contextKey{}, "v").Value(contextKey{})
	}, "v"},
	{"bound input", formHead, func(r request.Request) any { return bound(r) }, "tom application/x-www-form-urlencoded"},
}

// bound returns what an input is filled with.
func bound(r request.Request) string {
	type input struct {
		Name string `form:"name"`
		Type string `header:"Content-Type"`
		Lang string `cookie:"lang"`
	}
	in, err := bind.From[input](r)
	if err != nil {
		return err.Error()
	}
	return in.Name + " " + in.Type
}

func TestUsesWithoutTheHeaderMap(t *testing.T) {
	for _, tt := range unfilled {
		by := new(peer)
		hr := received(t, tt.head, by)
		if got := tt.use(begin(hr)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if hr.Header != nil || by.watches.Load() != 0 {
			t.Errorf("%s: header map %v, %d watches", tt.name, hr.Header, by.watches.Load())
		}
	}
}

// TestAppWithoutTheHeaderMap has requests that an app answers without the header map.
func TestAppWithoutTheHeaderMap(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.UseAccessLog()
	app.UseRequestID()
	app.UseAntiForgery()
	app.Get("/cats/{name}", func(req soay.Request) soay.Response { return response.Text(req.Param("name")) })
	app.Get("/json", func(soay.Request) soay.Response { return response.JSON(map[string]int{"a": 1}) })
	type paged struct {
		Page int `query:"page"`
	}
	soay.Get(app, "/typed", func(_ soay.Request, in paged) (paged, error) { return in, nil })
	app.Get("/session", func(req soay.Request) soay.Response {
		name, _ := req.Session.Get("name").(string)
		return response.Text("name " + name)
	})
	app.Post("/empty", noContent)
	for _, tt := range []struct {
		requestLine string
		want        int
	}{
		{"GET /cats/tom", 200}, {"GET /json", 200}, {"GET /typed?page=7", 200}, {"GET /session", 200},
		{"GET /none", 404}, {"DELETE /json", 405}, {"POST /empty", 204}, {"GET /typed?page=x", 400}, {"OPTIONS /json", 204},
	} {
		by := new(peer)
		_, lines, _ := strings.Cut(browserHead, " HTTP/1.1\r\n")
		hr := received(t, tt.requestLine+" HTTP/1.1\r\n"+lines, by)
		if w := serve(app, hr); w.Code != tt.want {
			t.Errorf("%s: status %d, want %d: %s", tt.requestLine, w.Code, tt.want, w.Body)
		}
		if hr.Header != nil || by.watches.Load() != 0 {
			t.Errorf("%s: header map %v, %d watches", tt.requestLine, hr.Header, by.watches.Load())
		}
	}
}

// TestHeadersAtOnce reads headers while other goroutines of the request make the map.
func TestHeadersAtOnce(t *testing.T) {
	for range 200 {
		req := begin(received(t, browserHead, new(peer)))
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				switch i % 3 {
				case 0:
					if req.Headers().Get("X-Twice") != "a" {
						t.Error("the map lacks a header")
					}
				case 1:
					if req.HTTP().Header.Get("Cookie") != "theme=dark" {
						t.Error("the map lacks the cookie")
					}
				}
				if v, _ := req.Cookie("theme"); v != "dark" || req.Header("X-Twice") != "a" || req.Accepts("text/html") == "" {
					t.Error("a field is missing")
				}
			})
		}
		all.Wait()
	}
}

// A file is served with ranges and conditions, and without the header map.
func TestFileWithoutTheHeaderMap(t *testing.T) {
	resp := response.File("headermap_test.go")
	if !response.StateOf(resp).IsFile() || response.StateOf(response.Text("a")).IsFile() {
		t.Fatal("IsFile is wrong")
	}
	for _, tt := range []struct {
		line string
		want int
	}{
		{"X: y", 200}, {"Range: bytes=0-9", 206}, {"If-Match: \"x\"", 412}, {"If-None-Match: *", 304},
		{"If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT", 304}, {"If-Range: \"x\"\r\nRange: bytes=0-9", 200},
	} {
		hr := received(t, "GET / HTTP/1.1\r\nHost: a\r\n"+tt.line+"\r\n\r\n", new(peer))
		w := httptest.NewRecorder()
		_, err := response.StateOf(resp).Write(w, hr, 0)
		status := w.Code
		if err != nil {
			status = problem.StatusOf(err)
		}
		if status != tt.want || hr.Header != nil {
			t.Errorf("%s: status %d, want %d, header map %v", tt.line, status, tt.want, hr.Header)
		}
	}
}
