package router_test

import (
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// at returns the value of a result with a status.
func at[T any](status int, v T) router.Result[T] { return router.Result[T]{Value: v, Status: status} }

// adorned returns a result with a header and a cookie.
func adorned[T any](status int, v T) router.Result[T] {
	return router.Result[T]{Value: v, Status: status, Header: http.Header{"Link": {"</a>", "</b>"}},
		Cookies: []*http.Cookie{response.NewCookie("seen", "1")}}
}

// with returns a result with one header.
func with(name string, values ...string) router.Result[sheep] {
	return router.Result[sheep]{Value: sheep{Name: "Minka"}, Header: http.Header{name: values}}
}

func TestResults(t *testing.T) {
	const minka = `{"name":"Minka"}`
	tests := []struct {
		description string
		register    func(router.Routes)
		wantStatus  int
		wantType    string
		want        string
	}{
		{"no status", gives(at(0, sheep{"Minka", 0})), 200, asJSON, minka},
		{"a status", gives(at(201, sheep{"Minka", 0})), 201, asJSON, minka},
		{"a redirect with a value", gives(at(303, sheep{"Minka", 0})), 303, asJSON, minka},
		{"an error with a value", gives(at(409, sheep{"Minka", 0})), 409, asJSON, minka},
		{"a string", gives(at(202, "later")), 202, asText, "later"},
		{"a named string", gives(at(0, breed("Soay"))), 200, asJSON, `"Soay"`},
		{"a number", gives(at(0, 0)), 200, asJSON, "0"},
		{"a nil slice", gives(at(0, herd(nil))), 200, asJSON, "[]"},
		{"a nil slice inside", gives(at(0, struct{ A []int }{})), 200, asJSON, `{"A":[]}`},
		{"a nil slice behind a pointer", gives(at(0, &struct{ A []int }{})), 200, asJSON, `{"A":[]}`},
		{"a nil map", gives(at(0, pasture(nil))), 200, asJSON, "{}"},
		{"a pointer", gives(at(201, &sheep{Name: "Minka"})), 201, asJSON, minka},
		{"a nil pointer", gives(at[*sheep](0, nil)), 404, asProblem, missing},
		{"a nil pointer with a good status", gives(at[*sheep](201, nil)), 404, asProblem, missing},
		{"a nil pointer with an error", gives(at[*sheep](410, nil)), 410, asProblem, `{"status":410,"title":"Gone"}`},
		{"nothing inside an interface", gives(at[any](0, nil)), 200, asJSON, "null"},
		{"a value inside an interface", gives(at[any](201, sheep{Name: "Minka"})), 201, asJSON, minka},
		{"an output inside an interface", gives(at[any](0, router.Created[int]{Value: 7})), 201, asJSON, "7"},
		{"a response inside an interface", gives(at[any](203, response.Text("hi"))), 203, asText, "hi"},
		{"a result inside an interface", gives[any](at(203, 7)), 203, asJSON, "7"},
		{"no content", gives(at(204, sheep{})), 204, "", ""},
		{"no content, by a pointer", gives(at[*sheep](204, nil)), 204, "", ""},
		{"no news", gives(at(304, herd(nil))), 304, "", ""},
		{"reset content", gives(at(205, "")), 205, "", ""},
		{"a value without content", gives(at(204, sheep{Name: "SECRET"})), 500, asProblem, broken},
		{"an empty list without content", gives(at(304, herd{})), 500, asProblem, broken},
		{"a pointer without content", gives(at(205, &sheep{})), 500, asProblem, broken},
		{"a status below all", gives(at(199, 7)), 500, asProblem, broken},
		{"a status above all", gives(at(600, 7)), 500, asProblem, broken},
		{"a negative status", gives(at(-1, 7)), 500, asProblem, broken},
		{"an upgrade", gives(at(101, 7)), 500, asProblem, broken},
		{"a status below all, and a nil pointer", gives(at[*sheep](99, nil)), 500, asProblem, broken},
		{"what cannot be written", gives(adorned(201, math.NaN())), 500, asProblem, broken},
		{"a header's name that is none", gives(with("a b", "SECRET")), 500, asProblem, broken},
		{"a header's value that is none", gives(with("A", "SECRET\r\nSet-Cookie: a=b")), 500, asProblem, broken},
		{"a second value that is none", gives(with("A", "b", "\x00")), 500, asProblem, broken},
		{"a header that is the server's", gives(with("Transfer-Encoding", "chunked")), 500, asProblem, broken},
		{"a cookie that is none", gives(router.Result[int]{Cookies: []*http.Cookie{{Name: "a b"}}}), 500, asProblem, broken},
		{"no cookie at all", gives(router.Result[int]{Cookies: []*http.Cookie{nil}}), 500, asProblem, broken},
		{"another content type", gives(with("content-type", "application/sheep+json")), 200, "application/sheep+json", minka},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			w := answerOf(t, tt.register)
			if got := w.Body.String(); w.Code != tt.wantStatus || got != tt.want {
				t.Errorf("got %d %s\nwant %d %s", w.Code, got, tt.wantStatus, tt.want)
			}
			if got := w.Header().Get("Content-Type"); got != tt.wantType {
				t.Errorf("content type %q, want %q", got, tt.wantType)
			}
			if w.Header()["Set-Cookie"] != nil || strings.Contains(fmt.Sprint(w.Header(), w.Body), "SECRET") {
				t.Errorf("the client gets too much: %v %s", w.Header(), w.Body)
			}
		})
	}
}

func TestHeadersOfResults(t *testing.T) {
	tests := []struct {
		description string
		register    func(router.Routes)
		wantStatus  int
		wantLink    []string
		wantCookie  []string
	}{
		{"a value", gives(adorned(0, 7)), 200, []string{"</a>", "</b>"}, []string{"seen=1; Path=/; HttpOnly; SameSite=Lax"}},
		{"nothing found", gives(adorned[*sheep](0, nil)), 404, []string{"</a>", "</b>"}, []string{"seen=1; Path=/; HttpOnly; SameSite=Lax"}},
		{"no content", gives(adorned(204, 0)), 204, []string{"</a>", "</b>"}, []string{"seen=1; Path=/; HttpOnly; SameSite=Lax"}},
		{"inside an interface", gives[any](adorned(203, 0)), 203, []string{"</a>", "</b>"}, []string{"seen=1; Path=/; HttpOnly; SameSite=Lax"}},
		{"a name in lower case", gives(with("link", "</c>")), 200, []string{"</c>"}, nil},
		{"a mistake", gives(adorned(999, 0)), 500, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			w := answerOf(t, tt.register)
			if w.Code != tt.wantStatus {
				t.Errorf("status %d, want %d", w.Code, tt.wantStatus)
			}
			if diff := cmp.Diff(tt.wantLink, w.Header()["Link"]); diff != "" {
				t.Errorf("Link (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantCookie, w.Header()["Set-Cookie"]); diff != "" {
				t.Errorf("Set-Cookie (-want +got):\n%s", diff)
			}
		})
	}
}

// A result with a validator obeys the conditions of clients that read.
func TestConditionsOfResults(t *testing.T) {
	const (
		day     = "Tue, 03 Feb 2026 00:00:00 GMT"
		earlier = "Mon, 02 Feb 2026 00:00:00 GMT"
	)
	tagged := func(status int) func(router.Routes) {
		return func(to router.Routes) {
			for _, method := range []string{"GET", "PUT"} {
				router.HandleTyped(to, method, "/", func(request.Request, struct{}) (router.Result[sheep], error) {
					return router.Result[sheep]{Value: sheep{Name: "Minka"}, Status: status,
						Header:  http.Header{"ETag": {`"v7"`}, "Last-Modified": {day}, "Cache-Control": {"max-age=60"}},
						Cookies: []*http.Cookie{response.NewCookie("seen", "1")}}, nil
				})
			}
		}
	}
	tests := []struct {
		description string
		method      string
		register    func(router.Routes)
		condition   []string // a header and its value
		wantStatus  int
	}{
		{"none", "GET", tagged(0), nil, 200},
		{"the client has it", "GET", tagged(0), []string{"If-None-Match", `"v6", W/"v7"`}, 304},
		{"the client has it, HEAD", "HEAD", tagged(0), []string{"If-None-Match", `"v7"`}, 304},
		{"the client has another", "GET", tagged(0), []string{"If-None-Match", `"v6"`}, 200},
		{"the client has any", "GET", tagged(0), []string{"If-None-Match", "*"}, 304},
		{"malformed", "GET", tagged(0), []string{"If-None-Match", "v7"}, 200},
		{"as old as that", "GET", tagged(0), []string{"If-Modified-Since", day}, 304},
		{"older", "GET", tagged(0), []string{"If-Modified-Since", earlier}, 200},
		{"this version alone", "GET", tagged(0), []string{"If-Match", `"v7"`}, 200},
		{"another version alone", "GET", tagged(0), []string{"If-Match", `"v6"`}, 412},
		{"unchanged since", "GET", tagged(0), []string{"If-Unmodified-Since", earlier}, 412},
		{"a status of 200 that is said", "GET", tagged(200), []string{"If-None-Match", `"v7"`}, 304},
		{"another status", "GET", tagged(203), []string{"If-None-Match", `"v7"`}, 203},
		{"the handler has acted", "PUT", tagged(0), []string{"If-Match", `"v6"`}, 200},
		{"the handler has acted, and the client has it", "PUT", tagged(0), []string{"If-None-Match", `"v7"`}, 200},
		{"no validator", "GET", gives(with("Link", "</a>")), []string{"If-None-Match", "*"}, 200},
		{"a malformed validator", "GET", gives(with("Etag", "v7")), []string{"If-None-Match", `"v7"`}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
			tt.register(app)
			r := httptest.NewRequest(tt.method, "/", nil)
			if tt.condition != nil {
				r.Header.Set(tt.condition[0], tt.condition[1])
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			if w.Code != tt.wantStatus {
				t.Errorf("status %d, want %d", w.Code, tt.wantStatus)
			}
			if hasContent := strings.Contains(w.Body.String(), "Minka"); hasContent != (w.Code/100 == 2 && tt.method != "HEAD") {
				t.Errorf("%d with %s", w.Code, w.Body)
			}
			h := w.Header()
			if w.Code == 304 && (h.Get("Etag") != `"v7"` || h.Get("Cache-Control") != "max-age=60" || h.Get("Set-Cookie") == "" ||
				h.Get("Content-Type") != "" || h.Get("Content-Length") != "") {
				t.Errorf("headers of a 304: %v", h)
			}
			if w.Code == 412 && (h.Get("Etag") != "" || h.Get("Cache-Control") != "") {
				t.Errorf("headers of a 412: %v", h)
			}
		})
	}
}
