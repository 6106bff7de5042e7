package main

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
)

// newBrowser returns one from before Sec-Fetch-Site, whose forms need tokens.
func newBrowser(t *testing.T, env string) *requesttest.Client {
	app := newApp(soay.Options{Logger: slog.New(slog.DiscardHandler), Env: env})
	app.Get("/fails", func(soay.Request) soay.Response { panic("no room") })
	return requesttest.New(t, app, requesttest.Options{OldBrowser: true}).WithHeader("Accept", "text/html")
}

// send sends the form of the page /book, with its token.
func send(c *requesttest.Client, values ...string) *requesttest.Response {
	_, rest, _ := strings.Cut(c.Get("/book").Text(), `value="`)
	token, _, _ := strings.Cut(rest, `"`)
	form := url.Values{antiforgery.DefaultFieldName: {token}}
	for i := 0; i < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	return c.Post("/book", requesttest.With{Form: form})
}

func TestPages(t *testing.T) {
	c := newBrowser(t, "production")
	for path, want := range map[string]struct {
		status int
		parts  []string
	}{
		"/":        {200, []string{"<title>Our guests</title>", `<a href="/" aria-current="page">Stays</a>`, "Nobody is here yet."}},
		"/book":    {200, []string{"<title>Book a stay</title>", `<a href="/book" aria-current="page">`, `name="name" value="">`}},
		"/nowhere": {404, []string{"<title>This did not work</title>", "There is no such page."}},
		"/fails":   {500, []string{"<title>This did not work</title>", "Something went wrong."}},
	} {
		resp := c.Get(path)
		for _, part := range want.parts {
			if resp.Status != want.status || !strings.Contains(resp.Text(), part) {
				t.Errorf("%s: %d, want %d with %s in\n%s", path, resp.Status, want.status, part, resp.Text())
			}
		}
	}
}

func TestForm(t *testing.T) {
	for _, env := range []string{"production", "development"} {
		c := newBrowser(t, env)
		for _, test := range []struct {
			name   string
			values []string
			want   string
		}{
			{"blank", []string{"name", " ", "nights", "2"}, `value=" "> <b>name must not be blank</b>`},
			{"no number", []string{"name", "Bella", "nights", "a few", "lambs", "on"}, `value="a few"> <b>nights must be an integer</b>`},
			{"what the handler finds", []string{"name", "Dolly", "nights", "2"}, `value="Dolly"> <b>Dolly has a room already</b>`},
			{"markup", []string{"name", `"><script>`}, `value="&#34;&gt;&lt;script&gt;">`},
			{"a checked box", []string{"lambs", "on"}, `type="checkbox" checked>`},
		} {
			if resp := send(c, test.values...); resp.Status != 422 || !strings.Contains(resp.Text(), test.want) {
				t.Errorf("%s: %d, want 422 with %s in\n%s", test.name, resp.Status, test.want, resp.Text())
			}
		}
		if resp := send(c, "name", "Bella", "nights", "1", "lambs", "on"); resp.Status != 303 {
			t.Fatalf("%d %s", resp.Status, resp.Text())
		}
		const row = "<tr><td>Bella<td>one night<td>with lambs</tr>"
		page := c.Get("/").Text()
		if !strings.Contains(page, `<p role="status">The room is yours.</p>`) || !strings.Contains(page, row) {
			t.Errorf("the page is\n%s", page)
		}
		if page = c.Get("/").Text(); strings.Contains(page, "yours") {
			t.Errorf("the next page is\n%s", page)
		}
		if rows := c.WithHeader("HX-Request", "true").Get("/"); rows.Text() != "\n"+row || rows.Header.Get("Vary") == "" {
			t.Errorf("the rows are\n%s", rows.Text())
		}
	}
}

func TestFormWithoutItsToken(t *testing.T) {
	c := newBrowser(t, "production")
	c.Get("/book")
	if got := c.Post("/book", requesttest.With{Form: url.Values{"name": {"Eve"}, "nights": {"1"}}}).Status; got != 403 {
		t.Errorf("a form without a token: %d", got)
	}
}
