package view_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/view"
)

func TestFragment(t *testing.T) {
	app := quiet("production")
	app.UseViews(files(map[string]string{
		"layouts/base.html":   `<title>{{block "title" .}}Cats{{end}}</title>{{template "content" .}}`,
		"pages/cats.html":     `<ul>{{range .}}{{template "row" .}}{{end}}</ul>{{template "partials/foot"}}{{define "row"}}<li>{{.}}</li>{{end}}{{define "lonely"}}{{template "row" .}}!{{end}}{{define "class"}}<p class="a{{end}}`,
		"partials/foot.html":  `<footer>{{.}}</footer>`,
		"partials/other.html": `other`,
	}))
	app.Get("/*", func(req soay.Request) soay.Response {
		return view.Fragment(req, "cats", req.Param("tail"), "<Tom>").WithStatus(201)
	})
	c := requesttest.New(t, app)
	for block, want := range map[string]string{
		"row": "<li>&lt;Tom&gt;</li>", "lonely": "<li>&lt;Tom&gt;</li>!", "partials/foot": "<footer>&lt;Tom&gt;</footer>", "title": "Cats",
		"partials/other": "", "nothing": "", "pages/cats": "", "class": "",
	} {
		for range 2 {
			switch resp := c.Get("/" + block); {
			case want == "" && resp.Status != 500:
				t.Errorf("%s: %d %s", block, resp.Status, resp.Text())
			case want != "" && (resp.Status != 201 || resp.Text() != want):
				t.Errorf("%s: %d %s, want %s", block, resp.Status, resp.Text(), want)
			}
		}
	}
}

// A part of a page has what it needs, whether the page was rendered before or not.
func TestFragmentAndPageInAnyOrder(t *testing.T) {
	texts := map[string]string{"pages/a.html": `<p title="{{template "x" .}}">{{template "x" .}}</p>{{define "x"}}{{.}}{{end}}`}
	for _, first := range []string{"page", "fragment"} {
		app := quiet("production")
		app.UseViews(files(texts))
		app.Get("/page", func(req soay.Request) soay.Response { return view.Render(req, "a", `"<`) })
		app.Get("/fragment", func(req soay.Request) soay.Response { return view.Fragment(req, "a", "x", `"<`) })
		c := requesttest.New(t, app)
		c.Get("/" + first)
		for range 2 {
			if got := c.Get("/fragment").Text(); got != "&#34;&lt;" {
				t.Errorf("the fragment is %s", got)
			}
			if got := c.Get("/page").Text(); got != `<p title="&#34;&lt;">&#34;&lt;</p>` {
				t.Errorf("the page is %s", got)
			}
		}
	}
}

// The head of a stream is there before the data is.
func TestStreamSendsItsHeadAtOnce(t *testing.T) {
	rows := make(chan int)
	app := quiet("production")
	app.UseViews(files(map[string]string{"pages/a.html": "{{range .}}<p>{{.}}{{end}}"}))
	app.Get("/", func(req soay.Request) soay.Response { return view.Stream(req, "a", rows) })
	client := browsers(t, app)()
	resp, err := client.Get("http://localhost/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	go func() {
		defer close(rows)
		for i := range 2000 {
			rows <- i
		}
	}()
	body := bufio.NewReader(resp.Body)
	if got, err := body.ReadString('>'); got != "<p>" || err != nil {
		t.Errorf("%q %v", got, err)
	}
	rest, err := io.ReadAll(body)
	if want := "1998<p>1999"; err != nil || !strings.HasSuffix(string(rest), want) {
		t.Errorf("the end is %.20q, %v", rest[max(0, len(rest)-20):], err)
	}
}

// A stream that fails is cut, so that nobody takes a part for the whole.
func TestStreamThatFails(t *testing.T) {
	for _, standard := range []bool{false, true} {
		for _, https := range []bool{false, true} {
			var log requesttest.Log
			app := soay.New(soay.Options{Env: "production", Logger: log.Logger(), StandardServer: standard})
			app.UseViews(files(map[string]string{"pages/a.html": "{{range .}}<p>0123456789\n{{end}}\n{{.Nothing}}"}))
			app.Get("/", func(req soay.Request) soay.Response { return view.Stream(req, "a", 10000) })
			if resp, err := requesttest.New(t, app, requesttest.Options{HTTPS: https}).Try("GET", "/"); err == nil {
				t.Errorf("standard server %t, https %t: %d with %d bytes", standard, https, resp.Status, len(resp.Body))
			}
			if !strings.Contains(log.String(), `view: stream \"a\": pages/a.html:3`) {
				t.Errorf("the log has %s", log.String())
			}
		}
	}
}

// A method of the data may cut the connection as a handler may.
func TestTemplateThatCutsTheConnection(t *testing.T) {
	app := quiet("production")
	app.UseViews(files(map[string]string{"pages/a.html": "{{call .}}"}))
	app.Get("/", func(req soay.Request) soay.Response {
		return view.Render(req, "a", func() string { panic(http.ErrAbortHandler) })
	})
	if resp, err := requesttest.New(t, app).Try("GET", "/"); err == nil {
		t.Errorf("%d %s", resp.Status, resp.Text())
	}
}

// A page that renders another one, as a function of the app may.
func TestPageInAPage(t *testing.T) {
	app := quiet("production")
	app.UseViews(files(map[string]string{"pages/a.html": "a{{url .Route}}{{.Inner}}{{url .Route}}"}))
	app.Get("/", func(req soay.Request) soay.Response {
		return view.Render(req, "a", data{"index", func() string {
			inner := view.Render(req, "a", data{"other", nil})
			return text(inner)
		}})
	}).Name("index")
	app.Get("/other", func(soay.Request) soay.Response { return response.NoContent() }).Name("other")
	if got := requesttest.New(t, app).Get("/").Text(); got != "a/a/other/other/" {
		t.Errorf("%q", got)
	}
}

type data struct {
	Route string
	inner func() string
}

func (d data) Inner() string {
	if d.inner == nil {
		return ""
	}
	return d.inner()
}

var errLost = errors.New("lost")

// Sixty-four visitors at once see their own tokens, messages and paths, also while others have errors, and none of anybody else.
func TestNothingOfOthers(t *testing.T) {
	const page = `{{define "content"}}<b>{{.Name}}</b><i>{{flash "note"}}</i><u>{{who}}</u><form>{{antiForgeryField}}</form>{{.Fail}}{{end}}`
	app := quiet("production")
	app.UseSessions(soay.NewKey())
	app.UseViews(files(map[string]string{"layouts/base.html": `{{template "content" .}}<s>{{who}}</s>`, "pages/a.html": page}),
		view.Options{ForRequest: forRequest("who")})
	app.Get("/{name}/{n}", func(req soay.Request) soay.Response {
		return view.Render(req, "a", visitor{req.Param("name"), req.Param("n") == "3"})
	})
	app.Post("/{name}", func(req soay.Request) soay.Response {
		req.Session.Flash("note", "sent by "+req.Param("name"))
		req.Session.Set("name", req.Param("name"))
		return response.NoContent()
	})
	newBrowser := browsers(t, app)
	tokens := make([]map[string]bool, 64)
	var visitors sync.WaitGroup
	for i := range tokens {
		tokens[i] = map[string]bool{}
		visitors.Go(func() {
			browser, name := newBrowser(), fmt.Sprint("visitor", i)
			for n := range 12 {
				visit(t, browser, name, n, tokens[i])
			}
		})
	}
	visitors.Wait()
	owner := map[string]int{}
	for i := range tokens {
		for token := range tokens[i] {
			if other, ok := owner[token]; ok {
				t.Errorf("visitors %d and %d have the same token", i, other)
			}
			owner[token] = i
		}
	}
}

// browsers returns a function that returns clients of an app behind a server of package net/http, each with its own cookies.
func browsers(t *testing.T, app *soay.App) func() *http.Client {
	listener := requesttest.NewListener()
	server := &http.Server{Handler: app}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return func() *http.Client {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{DialContext: listener.DialContext}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport, Jar: jar}
	}
}

var ownParts = regexp.MustCompile(`^<b>(.*)</b><i>(.*)</i><u>(.*)</u><form><input type="hidden" name=".*" value="(.*)"></form><s>(.*)</s>$`)

// visit sends the form of a page, which needs the token, and looks at the page.
func visit(t *testing.T, browser *http.Client, name string, n int, tokens map[string]bool) {
	path := fmt.Sprintf("http://localhost/%s/%d", name, n)
	resp, err := browser.Get(path)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if n == 3 {
		if resp.StatusCode != 500 || strings.Contains(string(page), name) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, page)
		}
		return
	}
	note := "sent by " + name
	if n == 0 {
		note = ""
	}
	m := ownParts.FindStringSubmatch(string(page))
	if err != nil || m == nil || m[1] != name || m[2] != note || "http://localhost"+m[3] != path || m[5] != m[3] {
		t.Errorf("%s has\n%s", path, page)
		return
	}
	tokens[m[4]] = true
	form := url.Values{antiforgery.DefaultFieldName: {m[4]}}
	sent, err := browser.PostForm("http://localhost/"+name, form)
	if err != nil {
		t.Error(err)
		return
	}
	sent.Body.Close()
	if sent.StatusCode != 204 {
		t.Errorf("the form of %s is answered with %d", name, sent.StatusCode)
	}
}

type visitor struct {
	Name string
	fail bool
}

func (v visitor) Fail() (string, error) {
	if v.fail {
		return "", errLost
	}
	return "", nil
}
