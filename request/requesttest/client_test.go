package requesttest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

func newApp() *soay.App { return soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)}) }

// echo answers with what it was asked.
func echo(req soay.Request) soay.Response {
	text, err := req.Text()
	if err != nil {
		return response.Error(err)
	}
	line := fmt.Sprintf("%s %s %s", req.Method(), req.HTTP().RequestURI, req.Header("Content-Type"))
	return response.Text(strings.TrimSpace(line) + "\n" + text)
}

func TestRequests(t *testing.T) {
	app := newApp()
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"} {
		app.Handle(method, "/*", echo)
	}
	c := requesttest.New(t, app)
	const form, plain = "application/x-www-form-urlencoded", "text/plain"
	for _, tt := range []struct {
		description string
		got         *requesttest.Response
		want        string
	}{
		{"GET", c.Get("/a"), "GET /a\n"},
		{"POST", c.Post("/a"), "POST /a\n"},
		{"PUT", c.Put("/a"), "PUT /a\n"},
		{"PATCH", c.Patch("/a"), "PATCH /a\n"},
		{"DELETE", c.Delete("/a"), "DELETE /a\n"},
		{"OPTIONS", c.Options("/a"), "OPTIONS /a\n"},
		{"another method", c.Do("PURGE", "/a"), "PURGE /a\n"},
		{"encoding of the path", c.Get("/a%2Fb/%C3%A9"), "GET /a%2Fb/%C3%A9\n"},
		{"query in the path", c.Get("/a?x=1"), "GET /a?x=1\n"},
		{"query", c.Get("/a", requesttest.With{Query: url.Values{"x": {"1", "é&"}}}), "GET /a?x=1&x=%C3%A9%26\n"},
		{"both queries", c.Get("/a?y=2", requesttest.With{Query: url.Values{"x": {"1"}}}), "GET /a?y=2&x=1\n"},
		{"JSON", c.Post("/", requesttest.With{JSON: map[string]int{"n": 1}}), "POST / application/json\n{\"n\":1}"},
		{"JSON false", c.Post("/", requesttest.With{JSON: false}), "POST / application/json\nfalse"},
		{"form", c.Post("/", requesttest.With{Form: url.Values{"n": {"1 2"}}}), "POST / " + form + "\nn=1+2"},
		{"empty form", c.Post("/", requesttest.With{Form: url.Values{}}), "POST / " + form + "\n"},
		{"body", c.Post("/", requesttest.With{Body: strings.NewReader("b")}), "POST /\nb"},
		{"body with a type", c.Post("/", requesttest.With{
			Body: io.MultiReader(strings.NewReader("b")), Header: http.Header{"content-type": {plain}},
		}), "POST / " + plain + "\nb"},
		{"header wins", c.Post("/", requesttest.With{JSON: 1, Header: http.Header{"Content-Type": {plain}}}),
			"POST / " + plain + "\n1"},
	} {
		if got := tt.got.Text(); tt.got.Status != 200 || got != tt.want {
			t.Errorf("%s: %d %q, want %q", tt.description, tt.got.Status, got, tt.want)
		}
	}
	if got := c.Head("/a"); got.Status != 200 || len(got.Body) != 0 || got.Header.Get("Content-Length") != "8" {
		t.Errorf("HEAD: %d %q, length %s", got.Status, got.Body, got.Header.Get("Content-Length"))
	}
}

func TestHostAndScheme(t *testing.T) {
	app := newApp()
	app.Get("/", func(req soay.Request) soay.Response {
		return response.Text(req.Scheme() + "://" + req.Host() + " from " + req.ClientIP())
	})
	for _, tt := range []struct {
		description string
		options     []requesttest.Options
		with        requesttest.With
		want        string
	}{
		{"default", nil, requesttest.With{}, "http://localhost from 127.0.0.1"},
		{"host", []requesttest.Options{{Host: "cats.example:81"}}, requesttest.With{},
			"http://cats.example:81 from 127.0.0.1"},
		{"host of one request", nil, requesttest.With{Header: http.Header{"Host": {"a.example"}}},
			"http://a.example from 127.0.0.1"},
		{"https", []requesttest.Options{{HTTPS: true}}, requesttest.With{}, "https://localhost from 127.0.0.1"},
		{"https and host", []requesttest.Options{{HTTPS: true, Host: "cats.example"}}, requesttest.With{},
			"https://cats.example from 127.0.0.1"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			c := requesttest.New(t, app, tt.options...)
			if got := c.Get("/", tt.with).Text(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// A client is a browser on a page of the app, unless the test says otherwise.
func TestWhereRequestsComeFrom(t *testing.T) {
	app := newApp()
	answer := func(req soay.Request) soay.Response {
		h := req.Headers()
		return response.Text(fmt.Sprintf("%q %q", h["Sec-Fetch-Site"], h["Origin"]))
	}
	app.Get("/", answer)
	app.Post("/", answer)
	app.Get("/away", func(soay.Request) soay.Response { return response.Redirect("/") })
	header := func(name string, values ...string) requesttest.With {
		return requesttest.With{Header: http.Header{name: values}}
	}
	for _, tt := range []struct {
		description string
		options     requesttest.Options
		with        requesttest.With
		want        string
	}{
		{"default", requesttest.Options{}, requesttest.With{}, `["same-origin"] []`},
		{"https and host", requesttest.Options{HTTPS: true, Host: "cats.example"}, requesttest.With{}, `["same-origin"] []`},
		{"another header", requesttest.Options{}, header("X-Site", "cross-site"), `["same-origin"] []`},
		{"another site", requesttest.Options{}, header("Sec-Fetch-Site", "cross-site"), `["cross-site"] []`},
		{"another spelling", requesttest.Options{}, header("sec-fetch-site", "cross-site"), `["cross-site"] []`},
		{"an origin", requesttest.Options{}, header("Origin", "null"), `[] ["null"]`},
		{"nothing", requesttest.Options{}, header("Sec-Fetch-Site"), `[] []`},
		{"old browser", requesttest.Options{OldBrowser: true}, requesttest.With{}, `[] []`},
		{"old browser after all", requesttest.Options{OldBrowser: true}, header("Sec-Fetch-Site", "none"), `["none"] []`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			c := requesttest.New(t, app, tt.options)
			follow := tt.with
			follow.FollowRedirects = true
			for method, got := range map[string]string{
				"GET": c.Get("/", tt.with).Text(), "POST": c.Post("/", tt.with).Text(), "redirect": c.Get("/away", follow).Text(),
			} {
				if got != tt.want {
					t.Errorf("%s: got %s, want %s", method, got, tt.want)
				}
			}
		})
	}
}

func TestCookies(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.Get("/count", func(req soay.Request) soay.Response {
		n := sessions.GetOr(req.Session, "n", 0) + 1
		req.Session.Set("n", n)
		return response.Text(fmt.Sprint(n))
	})
	app.Get("/set", func(soay.Request) soay.Response {
		deep := response.NewCookie("deep", "2")
		deep.Path = "/deep"
		secure := response.NewCookie("secure", "3")
		secure.Secure = true
		return response.NoContent().WithCookie(response.NewCookie("a", "1")).WithCookie(deep).WithCookie(secure)
	})
	app.Get("/unset", func(soay.Request) soay.Response { return response.NoContent().WithoutCookie("a") })
	app.Get("/deep/show", func(req soay.Request) soay.Response { return response.Text(req.Header("Cookie")) })

	c := requesttest.New(t, app)
	for want := 1; want <= 3; want++ {
		if got := c.Get("/count").Text(); got != fmt.Sprint(want) {
			t.Errorf("request %d of a session counts %s", want, got)
		}
	}
	if got := requesttest.New(t, app).Get("/count").Text(); got != "1" {
		t.Errorf("another client counts %s", got)
	}
	c = requesttest.New(t, app, requesttest.Options{Host: "cats.example"}) // on localhost, Secure does not matter
	set := c.Get("/set")
	if a := set.Cookie("a"); a == nil || a.Value != "1" || len(set.Cookies) != 3 || set.Cookie("none") != nil {
		t.Errorf("cookies %v", set.Cookies)
	}
	c.SetCookie(&http.Cookie{Name: "mine", Value: "4", Path: "/"})
	if got := cookieNames(c.Cookies("/")); got != "a mine" {
		t.Errorf("cookies for /: %s", got)
	}
	if got := c.Get("/deep/show").Text(); got != "deep=2; a=1; mine=4" {
		t.Errorf("cookies sent to /deep: %s", got)
	}
	c.Get("/unset")
	if got := cookieNames(c.Cookies("/deep/x")); got != "deep mine" {
		t.Errorf("cookies for /deep/x after the deletion: %s", got)
	}
}

func cookieNames(cookies []*http.Cookie) string {
	var names []string
	for _, c := range cookies {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

func TestSecureCookies(t *testing.T) {
	app := newApp()
	app.Get("/", func(req soay.Request) soay.Response {
		v, _ := req.Cookie("__Host-a")
		c := response.NewCookie("__Host-a", "1")
		c.Secure = true
		return response.Text(v).WithCookie(c)
	})
	c := requesttest.New(t, app, requesttest.Options{HTTPS: true})
	if first, second := c.Get("/").Text(), c.Get("/").Text(); first != "" || second != "1" {
		t.Errorf("the cookie was %q, then %q", first, second)
	}
}

func TestRedirects(t *testing.T) {
	app := newApp()
	var posts atomic.Int32
	app.Post("/form", func(soay.Request) soay.Response {
		posts.Add(1)
		return response.SeeOther("/next").WithCookie(response.NewCookie("a", "1"))
	})
	app.Get("/next", func(soay.Request) soay.Response { return response.Redirect("/end?x=1") })
	app.Get("/end", func(req soay.Request) soay.Response {
		v, _ := req.Cookie("a")
		return response.Text(req.Method() + v)
	})
	app.Get("/loop", func(soay.Request) soay.Response { return response.Redirect("/loop") })

	c := requesttest.New(t, app)
	if got := c.Post("/form"); got.Status != 303 || got.Header.Get("Location") != "/next" || got.URL.Path != "/form" {
		t.Errorf("not asked to follow: %d to %q, URL %s", got.Status, got.Header.Get("Location"), got.URL)
	}
	got := c.Post("/form", requesttest.With{FollowRedirects: true})
	if got.Status != 200 || got.Text() != "GET1" || got.URL.RequestURI() != "/end?x=1" {
		t.Errorf("asked to follow: %d %q, URL %s", got.Status, got.Text(), got.URL)
	}
	if got := c.Get("/next"); got.Status != 302 {
		t.Errorf("status %d after a request that followed", got.Status)
	}
	if _, err := c.Try("GET", "/loop", requesttest.With{FollowRedirects: true}); err == nil {
		t.Error("followed for ever")
	}
	if n := posts.Load(); n != 2 {
		t.Errorf("%d posts, want 2", n)
	}
}

func TestTry(t *testing.T) {
	app := newApp()
	app.Get("/cut", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			io.WriteString(w, "half")
			return errors.New("no more")
		})
	})
	app.Get("/nothing", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(io.Writer) error { return errors.New("nothing at all") })
	})
	app.Get("/whole", func(soay.Request) soay.Response { return response.Text("whole") })

	c := requesttest.New(t, app)
	got, err := c.Try("GET", "/cut")
	if !errors.Is(err, io.ErrUnexpectedEOF) || got == nil || got.Status != 200 || got.Text() != "half" {
		t.Errorf("cut in the middle: %+v, %v", got, err)
	}
	if got, err = c.Try("GET", "/nothing"); !errors.Is(err, io.EOF) || got != nil {
		t.Errorf("cut at once: %+v, %v", got, err)
	}
	if got, err = c.Try("GET", "/whole"); err != nil || got.Text() != "whole" {
		t.Errorf("not cut: %+v, %v", got, err)
	}
}

// Several Withs are one: the last header of a name counts, and a later one can take a header away.
func TestSeveralWiths(t *testing.T) {
	type with = requesttest.With
	app := newApp()
	app.Post("/*", func(req soay.Request) soay.Response {
		text, err := req.Text()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(strings.Join([]string{req.HTTP().URL.RawQuery, req.Header("X-A"), req.Header("X-B"), text}, " "))
	})
	app.Get("/old", func(soay.Request) soay.Response { return response.Redirect("/new") })
	app.Get("/new", hello)
	c := requesttest.New(t, app)
	one := with{Header: http.Header{"X-A": {"1"}}, Query: url.Values{"q": {"1"}}}
	for _, tt := range []struct {
		description string
		with        []with
		want        string
	}{
		{"none", nil, "   "},
		{"empty ones", make([]with, 3), "   "},
		{"headers and a body", []with{one, {JSON: 7}}, "q=1 1  7"},
		{"a body and headers", []with{{JSON: 7}, one}, "q=1 1  7"},
		{"the last header counts", []with{one, {Header: http.Header{"x-a": {"2"}, "X-B": {"3"}}}}, "q=1 2 3 "},
		{"a header is taken away", []with{one, {Header: http.Header{"X-A": nil}}}, "q=1   "},
		{"queries add up", []with{one, {Query: url.Values{"q": {"2"}, "r": {"3"}}}}, "q=1&q=2&r=3 1  "},
	} {
		if got := c.Post("/", tt.with...).Text(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.description, got, tt.want)
		}
	}
	if one.Header.Get("X-B") != "" || len(one.Query["q"]) != 1 {
		t.Errorf("a With was changed: %v", one)
	}
	if got := c.Get("/old", one, with{FollowRedirects: true}).URL.Path; got != "/new" {
		t.Errorf("redirected to %q, want /new", got)
	}
	req := requesttest.Request("GET", "/cats/7", with{Pattern: "/cats/{id}"}, one)
	if req.Param("id") != "7" || req.Header("X-A") != "1" {
		t.Errorf("the id is %q, X-A is %q", req.Param("id"), req.Header("X-A"))
	}
}

func TestMistakesOfTheTest(t *testing.T) {
	c := requesttest.New(t, newApp())
	for _, tt := range []struct {
		description, method, path string
		with                      []requesttest.With
		want                      string
	}{
		{"two bodies", "GET", "/", []requesttest.With{{JSON: 1}, {Form: url.Values{}}}, "one With"},
		{"JSON and form", "POST", "/", []requesttest.With{{JSON: 1, Form: url.Values{}}}, "one of JSON, Form and Body"},
		{"form and body", "POST", "/", []requesttest.With{{Form: url.Values{}, Body: strings.NewReader("")}}, "one of"},
		{"JSON that is none", "POST", "/", []requesttest.With{{JSON: make(chan int)}}, "chan int"},
		{"bad method", "G E T", "/", nil, "method"},
		{"bad path", "GET", "/%zz", nil, "zz"},
		{"path without a slash", "GET", "cats", nil, "slash"},
		{"URL", "GET", "http://localhost/", nil, "slash"},
	} {
		if got, err := c.Try(tt.method, tt.path, tt.with...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v, error %v; want one with %q", tt.description, got, err, tt.want)
		}
	}
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := newApp()
		app.Get("/", func(req soay.Request) soay.Response {
			<-req.Context().Done()
			return response.NoContent()
		})
		for _, tt := range []struct{ option, want time.Duration }{{0, 10 * time.Second}, {time.Minute, time.Minute}} {
			c := requesttest.New(t, app, requesttest.Options{Timeout: tt.option})
			start := time.Now()
			_, err := c.Try("GET", "/")
			if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != tt.want {
				t.Errorf("timeout %v: %v after %v, want %v", tt.option, err, took, tt.want)
			}
		}
	})
}

func TestManyGoroutines(t *testing.T) {
	app := newApp()
	app.Get("/{n}", func(req soay.Request) soay.Response { return response.Text(req.Param("n")) })
	c := requesttest.New(t, app)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			want := fmt.Sprint(i)
			if got, err := c.Try("GET", "/"+want); err != nil || got.Text() != want {
				t.Errorf("answer to %s: %+v, %v", want, got, err)
			}
		})
	}
	all.Wait()
}

func TestJSONOfResponse(t *testing.T) {
	app := newApp()
	app.Get("/", func(soay.Request) soay.Response { return response.JSON(map[string]int{"n": 1}) })
	var got map[string]int
	requesttest.New(t, app).Get("/").JSON(&got)
	if diff := cmp.Diff(map[string]int{"n": 1}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
