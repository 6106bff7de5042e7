package requesttest_test

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// parts answers with the parts of a form.
func parts(req soay.Request) soay.Response {
	kind, params, err := mime.ParseMediaType(req.Header("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return response.BadRequest(fmt.Sprint(kind, err))
	}
	var b strings.Builder
	r := multipart.NewReader(req.Body(), params["boundary"])
	for {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return response.Text(b.String())
		} else if err != nil {
			return response.Error(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return response.Error(err)
		}
		_, isFile := part.Header["Content-Type"]
		fmt.Fprintf(&b, "%s %q %t %s %q\n", part.FormName(), part.FileName(), isFile, part.Header.Get("Content-Type"), content)
	}
}

func TestFiles(t *testing.T) {
	tests := []struct {
		description string
		with        requesttest.With
		want        string
	}{
		{"values and files", requesttest.With{
			Form: url.Values{"title": {"two\r\ncats"}, "a": {"2", "1"}},
			Files: []requesttest.File{
				{Field: "photo", Name: "cat.png", Type: "image/png", Content: []byte("\x89PNG")},
				{Field: "photo", Name: `a "b" é.bin`, Content: []byte{0, 1}},
			},
		}, `a "" false  "2"` + "\n" + `a "" false  "1"` + "\n" + `title "" false  "two\r\ncats"` + "\n" +
			`photo "cat.png" true image/png "\x89PNG"` + "\n" +
			`photo "a \"b\" é.bin" true application/octet-stream "\x00\x01"` + "\n"},
		{"a file alone", requesttest.With{Files: []requesttest.File{{Field: "f", Name: "x.txt", Type: "text/plain"}}},
			`f "x.txt" true text/plain ""` + "\n"},
		{"no file chosen", requesttest.With{Files: []requesttest.File{{Field: "f"}}},
			`f "" true application/octet-stream ""` + "\n"},
		{"no files", requesttest.With{Form: url.Values{"a": {"1"}}, Files: []requesttest.File{}}, `a "" false  "1"` + "\n"},
	}
	app := newApp()
	app.Post("/", parts)
	c := requesttest.New(t, app)
	for _, tt := range tests {
		for range 2 { // a With can be used again
			if got := c.Post("/", tt.with); got.Status != 200 || got.Text() != tt.want {
				t.Errorf("%s: %d\n%swant\n%s", tt.description, got.Status, got.Text(), tt.want)
			}
		}
		body, err := requesttest.Request("POST", "/", tt.with).Bytes()
		if err != nil || !strings.Contains(string(body), "form-data; name=") {
			t.Errorf("%s: the body of a single request is %q, %v", tt.description, body, err)
		}
	}
	for _, with := range []requesttest.With{
		{JSON: 1, Files: []requesttest.File{{Field: "f"}}},
		{Body: strings.NewReader("b"), Files: []requesttest.File{{Field: "f"}}},
	} {
		if _, err := c.Try("POST", "/", with); err == nil || !strings.Contains(err.Error(), "one of JSON, Form and Body") {
			t.Errorf("files beside another body: %v, want an error", err)
		}
	}
}

func TestWithHeader(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.Get("/", func(req soay.Request) soay.Response {
		h := req.Headers()
		return response.Text(fmt.Sprintf("%q %q %q", h["Accept"], h["Authorization"], h["X-Tenant"]))
	})
	app.Get("/away", func(soay.Request) soay.Response { return response.Redirect("/") })
	c := requesttest.New(t, app)
	asJSON := c.WithHeader("accept", "application/json")
	ada := asJSON.WithToken("ada's")
	tests := []struct {
		description string
		client      *requesttest.Client
		path        string
		with        requesttest.With
		want        string
	}{
		{"the first client", c, "/", requesttest.With{}, `[] [] []`},
		{"a header", asJSON, "/", requesttest.With{}, `["application/json"] [] []`},
		{"a header and a token", ada, "/", requesttest.With{}, `["application/json"] ["Bearer ada's"] []`},
		{"another token", ada.WithToken("eve's"), "/", requesttest.With{}, `["application/json"] ["Bearer eve's"] []`},
		{"after another token", ada, "/", requesttest.With{}, `["application/json"] ["Bearer ada's"] []`},
		{"a header of one request", ada, "/", requesttest.With{Header: http.Header{"X-Tenant": {"7"}}},
			`["application/json"] ["Bearer ada's"] ["7"]`},
		{"another value in one request", ada, "/", requesttest.With{Header: http.Header{"accept": {"a/b"}}},
			`["a/b"] ["Bearer ada's"] []`},
		{"not in one request", ada, "/", requesttest.With{Header: http.Header{"Authorization": nil}}, `["application/json"] [] []`},
		{"after a redirect", ada, "/away", requesttest.With{FollowRedirects: true}, `["application/json"] ["Bearer ada's"] []`},
	}
	for _, tt := range tests {
		if got := tt.client.Get(tt.path, tt.with).Text(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

// Headers that mean more than themselves work as those of one request do.
func TestWithHeaderOfItsOwnKind(t *testing.T) {
	app := newApp()
	app.Post("/", func(req soay.Request) soay.Response {
		one, _ := req.Cookie("one")
		two, _ := req.Cookie("two")
		h := req.Headers()
		return response.Text(fmt.Sprint(req.Host(), " ", one, two, " ", h["Sec-Fetch-Site"], " ", req.Header("Content-Type")))
	})
	c := requesttest.New(t, app)
	c.SetCookie(&http.Cookie{Name: "one", Value: "kept"})
	c.SetCookie(&http.Cookie{Name: "two", Value: "kept"})
	tests := []struct {
		name, value string
		want        string
	}{
		{"Host", "cats.example", "cats.example  [same-origin] application/json"},
		{"Cookie", "one=mine", "localhost minekept [same-origin] application/json"},
		{"Origin", "http://localhost", "localhost keptkept [] application/json"},
		{"Sec-Fetch-Site", "none", "localhost keptkept [none] application/json"},
		{"Content-Type", "text/plain", "localhost keptkept [same-origin] application/json"},
	}
	for _, tt := range tests {
		if got := c.WithHeader(tt.name, tt.value).Post("/", requesttest.With{JSON: 1}).Text(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A client with a header is the same browser: what one gets, the other sends.
func TestWithHeaderSharesCookies(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.Get("/", func(req soay.Request) soay.Response {
		name, _ := req.Session.Get("name").(string)
		req.Session.Set("name", req.Header("X-Name"))
		return response.Text(name)
	})
	ada := requesttest.New(t, app).WithHeader("X-Name", "ada")
	eve := ada.WithHeader("X-Name", "eve")
	for i, got := range []string{ada.Get("/").Text(), eve.Get("/").Text(), ada.Get("/").Text()} {
		if want := []string{"", "ada", "eve"}[i]; got != want {
			t.Errorf("request %d finds %q, want %q", i+1, got, want)
		}
	}
}
