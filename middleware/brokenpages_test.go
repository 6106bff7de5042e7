package middleware_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// The log has why the app's own page for an error could not be made, besides the error that it was for.
func TestOwnPagesThatFailAreLogged(t *testing.T) {
	errPage := errors.New("the page fails")
	tests := []struct {
		description string
		page        func(soay.Request) soay.Response
		want        int
		logged      bool
	}{
		{"a page that cannot be made", func(soay.Request) soay.Response { return response.Mistake(errPage) }, 500, true},
		{"a page that passes the error on", func(req soay.Request) soay.Response { return response.Error(soay.ErrorOf(req)) }, 409, false},
		{"a page that is refused", func(soay.Request) soay.Response { return response.NotFound() }, 404, false},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			app, log := newLoggedApp()
			app.HandleStatus(409, test.page)
			app.Get("/", func(soay.Request) soay.Response { return response.Conflict() })
			w := do(app, "GET", "/")
			if w.Code != test.want || strings.Contains(w.Body.String(), errPage.Error()) {
				t.Errorf("%d %s, want %d", w.Code, w.Body, test.want)
			}
			if got := strings.Contains(log.String(), errPage.Error()); got != test.logged {
				t.Errorf("the log has it: %t\n%s", got, log)
			}
		})
	}
}

// placed is an error with a place in a file that is no Go source.
type placed struct {
	file, text string
	line       int
}

func (p *placed) Error() string                { return "wrong" }
func (p *placed) Place() (string, int, string) { return p.file, p.line, p.text }

func TestDetailsOfAPlace(t *testing.T) {
	app := newScriptApp(soay.Options{Env: "development"})
	var err error
	app.Get("/placed", func(soay.Request) soay.Response { return response.Error(err) })
	for _, test := range []struct {
		err  error
		want string
	}{
		{&placed{"a<b>.html", "one\n<p>\nthree", 2}, "<h2>a&lt;b&gt;.html:2</h2>\n<pre>    1  one\n<b>    2  &lt;p&gt;</b>\n    3  three\n</pre>"},
		{&placed{"a.html", "one", 7}, "<h2>a.html:7</h2>\n<pre></pre>"},
		{&placed{}, "<p><b>wrong</b></p>"},
	} {
		err = test.err
		body := doFrom(app, "127.0.0.1:1", "/placed", "Accept", "text/html").Body.String()
		if !strings.Contains(body, test.want) || strings.Contains(body, "<h2>:") {
			t.Errorf("%v:\n%s\nwant %s", test.err, body, test.want)
		}
		if body := doFrom(app, "203.0.113.9:1", "/placed", "Accept", "text/html").Body.String(); strings.Contains(body, "wrong") {
			t.Errorf("a stranger sees %s", body)
		}
	}
}
