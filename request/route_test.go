package request_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
	"github.com/soay-go/soay/sessions"
)

func TestParams(t *testing.T) {
	for _, tt := range []struct {
		description, pattern, target string
		want                         []string // names and values in the order of the path
	}{
		{"none", "/cats", "/cats", nil},
		{"one", "/cats/{id}", "/cats/7", []string{"id", "7"}},
		{"several in order", "/{b}/x/{a}/{c}", "/1/x/2/3", []string{"b", "1", "a", "2", "c", "3"}},
		{"decoded", "/cats/{id}", "/cats/caf%C3%A9%20+", []string{"id", "café +"}},
		{"decoded once", "/cats/{id}", "/cats/%2541", []string{"id", "%41"}},
		{"encoded slash is part of the value", "/cats/{id}/{x}", "/cats/a%2Fb%2f/c", []string{"id", "a/b/", "x", "c"}},
		{"encoded slash before the parameter", "/{a}/{b}", "/1%2F2/3", []string{"a", "1/2", "b", "3"}},
		{"value pattern", "/cats/{int:id}", "/cats/07", []string{"id", "07"}},
		{"rest of the path", "/files/{path:rest}", "/files/a/b%2Fc/d", []string{"rest", "a/b/c/d"}},
		{"catch-all", "/files/*", "/files/a/b", []string{"tail", "a/b"}},
		{"slash at the end", "/cats/{id}", "/cats/7/", []string{"id", "7"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			req := requesttest.Request("GET", tt.target, requesttest.With{Pattern: tt.pattern})
			var got []string
			for name, value := range req.Params() {
				got = append(got, name, value)
				if v := req.Param(name); v != value {
					t.Errorf("Param(%q) = %q, Params has %q", name, v, value)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if v := req.Param("none"); v != "" {
				t.Errorf("a parameter that the pattern does not have is %q", v)
			}
			for range req.Params() {
				break // must stop
			}
		})
	}
}

func TestNoRoute(t *testing.T) {
	req := requesttest.Request("GET", "/cats/7")
	if req.Route() != nil || req.Param("id") != "" || all(req.Params()) != "" {
		t.Errorf("route %v, id %q without a route", req.Route(), req.Param("id"))
	}
	var fallback *request.Route
	app := newApp()
	app.Get("/cats/{id}", func(soay.Request) soay.Response { return response.NoContent() })
	app.Fallback(func(req soay.Request) soay.Response {
		fallback = req.Route()
		return response.NotFound()
	})
	serve(app, httptest.NewRequest("GET", "/cats/7", nil)) // leaves its route in the recycled state
	if w := serve(app, httptest.NewRequest("GET", "/none", nil)); w.Code != http.StatusNotFound || fallback != nil {
		t.Errorf("the fallback saw the route %v, status %d", fallback, w.Code)
	}
}

func TestRoute(t *testing.T) {
	app := newApp()
	var got request.Route
	var limit int64
	app.Get("/cats/{id}", func(req soay.Request) soay.Response {
		got, limit = *req.Route(), req.BodyLimit()
		return response.NoContent()
	}).Name("cat").MaxBody(7)
	serve(app, httptest.NewRequest("GET", "/cats/7", nil))
	if got.Pattern != "/cats/{id}" || got.Name != "cat" || limit != 7 {
		t.Errorf("route %+v, want /cats/{id} called cat with 7 bytes", got)
	}
}

// A session is read from the request that its first user sees, and then it is the same for all.
func TestWithHTTPAndTheSession(t *testing.T) {
	m, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := m.Open(new(sessions.Slot).Begin(new(http.Request)), false)
	s.Set("user", "ada")
	cookie, err := m.Commit(s, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		description string
		look        func(request.Request)
		want        string
	}{
		{"looked at behind the change", func(request.Request) {}, "ada"},
		{"looked at before", func(req request.Request) { req.Session.Len() }, ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			req := begin(httptest.NewRequest("GET", "/", nil))
			req.Session = m.Open(req.Session, false)
			tt.look(req)
			changed := req.HTTP().Clone(req.Context())
			changed.AddCookie(cookie)
			behind := req.WithHTTP(changed)
			for _, r := range []request.Request{behind, req} {
				if got := sessions.GetOr(r.Session, "user", ""); got != tt.want {
					t.Errorf("user = %q, want %q", got, tt.want)
				}
			}
		})
	}
}

// The parameters are those of the path that was routed, whatever middleware for net/http makes of it.
func TestWithHTTPKeepsParams(t *testing.T) {
	req := requesttest.Request("GET", "/api/a%2Fb/c", requesttest.With{Pattern: "/api/{x}/{y}"})
	stripped := req.HTTP().Clone(req.Context())
	stripped.URL = &url.URL{Path: "/c"}
	stripped.Method = "POST"
	changed := req.WithHTTP(stripped)
	again := changed.WithHTTP(httptest.NewRequest("PUT", "/other", nil))
	for _, tt := range []struct {
		description          string
		req                  request.Request
		wantMethod, wantPath string
	}{
		{"original", req, "GET", "/api/a/b/c"},
		{"changed", changed, "POST", "/c"},
		{"changed twice", again, "PUT", "/other"},
		{"with another context too", again.WithContext(t.Context()), "PUT", "/other"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if tt.req.Method() != tt.wantMethod || tt.req.Path() != tt.wantPath {
				t.Errorf("%s %s, want %s %s", tt.req.Method(), tt.req.Path(), tt.wantMethod, tt.wantPath)
			}
			if x, y := tt.req.Param("x"), tt.req.Param("y"); x != "a/b" || y != "c" {
				t.Errorf("parameters %q and %q, want those of the original path", x, y)
			}
		})
	}
}

func TestWrapHTTPKeepsParams(t *testing.T) {
	app := newApp()
	app.Use(soay.WrapHTTP(func(next http.Handler) http.Handler { return http.StripPrefix("/cats", next) }))
	app.Get("/cats/{id}", func(req soay.Request) soay.Response {
		return response.Text(req.Path() + " " + req.Param("id"))
	})
	if got := serve(app, httptest.NewRequest("GET", "/cats/7", nil)).Body.String(); got != "/7 7" {
		t.Errorf("got %q, want the new path and the old parameter", got)
	}
}

func TestRoutingPath(t *testing.T) {
	for _, tt := range []struct {
		description string
		url         url.URL
		want        string
		wantStatus  int
	}{
		{"empty", url.URL{}, "/", 0},
		{"plain", url.URL{Path: "/a/b"}, "/a/b", 0},
		{"decoded", url.URL{Path: "/é", RawPath: "/%C3%A9"}, "/é", 0},
		{"encoded slash", url.URL{Path: "/a/b", RawPath: "/a%2Fb"}, "/a\x00b", 0},
		{"encoded slash in lower case", url.URL{Path: "/a/b", RawPath: "/a%2fb"}, "/a\x00b", 0},
		{"doubly encoded slash", url.URL{Path: "/a%2Fb", RawPath: "/a%252Fb"}, "/a%2Fb", 0},
		{"RawPath of another path", url.URL{Path: "/a/b", RawPath: "/x%2Fy"}, "/a/b", 0},
		{"malformed RawPath", url.URL{Path: "/a", RawPath: "/%zz"}, "/a", 0},
		{"NUL", url.URL{Path: "/a\x00b"}, "", 400},
		{"NUL beside a slash", url.URL{Path: "/a\x00/b", RawPath: "/a%00%2Fb"}, "", 400},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got, err := request.RoutingPath(&tt.url)
			status := 0
			if err != nil {
				status = problem.StatusOf(err)
			}
			if got != tt.want || status != tt.wantStatus {
				t.Errorf("got %q, %v; want %q, status %d", got, err, tt.want, tt.wantStatus)
			}
		})
	}
}

// FuzzRoutingPath states that the path that is routed differs from the decoded one only by a NUL in place of each encoded slash,
// and that one which is encoded in another way is no less.
func FuzzRoutingPath(f *testing.F) {
	for _, raw := range []string{
		"/a%2Fb", "/a%2fb/%C3%A9", "/%", "/%2", "/%2F", "/%zz", "/a%252Fb", "/%00", "/é%2F", "/%+1", "/%G0%0G", "/%2f%2F/",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		path, err := url.PathUnescape(raw)
		if err != nil {
			path = raw
		}
		got, refused := request.RoutingPath(&url.URL{Path: path, RawPath: raw})
		want := path
		if marked, err := url.PathUnescape(strings.NewReplacer("%2F", "%00", "%2f", "%00").Replace(raw)); err == nil {
			want = marked
		}
		switch {
		case path == "":
			want = "/"
		case strings.Contains(path, "\x00"):
			want = ""
		}
		if got != want || (refused != nil) != strings.Contains(path, "\x00") {
			t.Errorf("RoutingPath of %q is %q, %v; want %q", raw, got, refused, want)
		}
		if other, _ := request.RoutingPath(&url.URL{Path: path, RawPath: raw + "x"}); refused == nil && path != "" && other != path {
			t.Errorf("with the RawPath of another path RoutingPath of %q is %q, want it unchanged", path, other)
		}
	})
}
