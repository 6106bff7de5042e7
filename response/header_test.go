package response_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/response"
)

func TestHeaders(t *testing.T) {
	for _, tt := range []struct {
		description string
		response    response.Response
		name        string
		want        []string
		wantFirst   string
	}{
		{"none", response.Text("x"), "X-A", nil, ""},
		{"set", response.Text("x").WithHeader("X-A", "1"), "X-A", []string{"1"}, "1"},
		{"name in another case", response.Text("x").WithHeader("x-a", "1"), "X-A", []string{"1"}, "1"},
		{"set twice", response.Text("x").WithHeader("X-A", "1").WithHeader("x-A", "2"), "X-A", []string{"2"}, "2"},
		{"set to nothing", response.Text("x").WithHeader("X-A", "1").WithHeader("X-A", ""), "X-A", []string{""}, ""},
		{"added", response.Text("x").AddHeader("X-A", "1").AddHeader("X-A", "2"), "X-A", []string{"1", "2"}, "1"},
		{"set and added", response.Text("x").WithHeader("X-A", "1").AddHeader("X-A", "2"), "X-A", []string{"1", "2"},
			"1"},
		{"added and set", response.Text("x").AddHeader("X-A", "1").WithHeader("X-A", "2"), "X-A", []string{"2"}, "2"},
		{"set, added, set, added", response.Text("x").WithHeader("X-A", "1").AddHeader("X-A", "2").WithHeader("X-A", "3").
			AddHeader("X-A", "4"), "X-A", []string{"3", "4"}, "3"},
		{"content type", response.Text("x").WithHeader("Content-Type", "text/csv"), "Content-Type",
			[]string{"text/csv"}, "text/csv"},
		{"content type of bytes", response.Bytes("text/x", nil).WithHeader("Content-Type", "text/csv"), "Content-Type",
			[]string{"text/csv"}, "text/csv"},
		{"length that is wrong", response.Text("xyz").WithHeader("Content-Length", "7"), "Content-Length",
			[]string{"3"}, "7"},
		{"length of nothing", response.Text("").WithHeader("Content-Length", "7"), "Content-Length", []string{"0"}, "7"},
		{"bytes beyond ASCII", response.Text("x").WithHeader("X-A", "é\t\xff"), "X-A", []string{"é\t\xff"}, "é\t\xff"},
		{"cookie as a header", response.Text("x").WithHeader("Set-Cookie", "a=1"), "Set-Cookie", []string{"a=1"}, "a=1"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, send(tt.response).Header()[tt.name]); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if got := tt.response.Header(strings.ToLower(tt.name)); got != tt.wantFirst {
				t.Errorf("Header is %q, want %q", got, tt.wantFirst)
			}
		})
	}
}

func TestVary(t *testing.T) {
	for _, tt := range []struct {
		description string
		response    response.Response
		want        []string
	}{
		{"one", response.Text("").WithHeader("Vary", "Accept"), []string{"Accept"}},
		{"two", response.Text("").WithHeader("Vary", "Accept").WithHeader("vary", "Cookie"), []string{"Accept, Cookie"}},
		{"added", response.Text("").AddHeader("Vary", "Accept").AddHeader("Vary", "Cookie"), []string{"Accept, Cookie"}},
		{"the same again", response.Text("").WithHeader("Vary", "Accept, Origin").WithHeader("Vary", "origin , ACCEPT"),
			[]string{"Accept, Origin"}},
		{"a list", response.Text("").WithHeader("Vary", "Accept").WithHeader("Vary", "Origin,Accept,  Cookie"),
			[]string{"Accept, Origin, Cookie"}},
		{"part of a name", response.Text("").WithHeader("Vary", "Accept-Encoding").WithHeader("Vary", "Accept"),
			[]string{"Accept-Encoding, Accept"}},
		{"nothing more", response.Text("").WithHeader("Vary", "Accept").WithHeader("Vary", ""), []string{"Accept"}},
		{"more than everything", response.Text("").WithHeader("Vary", "*").WithHeader("Vary", "Accept"), []string{"*"}},
		{"of an error page", response.NotFound().WithHeader("Vary", "Cookie"), []string{"Cookie, Accept"}},
	} {
		if diff := cmp.Diff(tt.want, send(tt.response).Header()["Vary"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.description, diff)
		}
	}
	everything := response.Text("").WithHeader("Vary", "Accept").WithHeader("Vary", "*")
	if got := send(everything).Header().Get("Vary"); !strings.Contains(got, "*") {
		t.Errorf("Vary %q has lost its *", got)
	}
	w := httptest.NewRecorder()
	w.Header().Set("Vary", "Origin") // by a handler around the app
	resp := response.Text("").WithHeader("Vary", "Accept")
	if _, err := response.StateOf(resp).Write(w, httptest.NewRequest("GET", "/", nil), 0); err != nil {
		t.Fatal(err)
	}
	if got := w.Header()["Vary"]; !slices.Equal(got, []string{"Origin, Accept"}) {
		t.Errorf("Vary %q, want what was there before, too", got)
	}
}

// What would split or smuggle is a mistake of the program: a clean 500, and a log that says what it was.
func TestHeaderInjection(t *testing.T) {
	text := response.Text("body")
	attacks := []string{
		"a\r\nInjected: 1", "a\nInjected: 1", "a\rInjected: 1", "a\x00b", "\r\n\r\n<script>", "a\x7f", "\x1b[2J",
	}
	for _, evil := range attacks {
		cookie := func(change func(*http.Cookie)) response.Response {
			c := response.NewCookie("a", "1")
			change(c)
			return text.WithCookie(c)
		}
		for description, resp := range map[string]response.Response{
			"header name":         text.WithHeader(evil, "1"),
			"header value":        text.WithHeader("X-A", evil),
			"added name":          text.AddHeader(evil, "1"),
			"added value":         text.AddHeader("X-A", evil),
			"Vary":                text.WithHeader("Vary", evil),
			"content type":        response.Bytes(evil, nil),
			"set content type":    text.WithHeader("Content-Type", evil),
			"stream's type":       response.Stream(evil, func(io.Writer) error { return nil }),
			"body's type":         text.WithBody(evil, nil),
			"location":            text.WithHeader("Location", evil),
			"created at":          response.Created(evil, 1),
			"external redirect":   response.ExternalRedirect("https://e.example/" + evil),
			"cookie name":         cookie(func(c *http.Cookie) { c.Name = evil }),
			"cookie value":        cookie(func(c *http.Cookie) { c.Value = evil }),
			"cookie path":         cookie(func(c *http.Cookie) { c.Path = "/" + evil }),
			"cookie domain":       cookie(func(c *http.Cookie) { c.Domain = evil }),
			"deleted cookie":      text.WithoutCookie(evil),
			"deleted cookie path": text.WithoutCookie("a", &http.Cookie{Path: evil}),
		} {
			app, log := answers(resp)
			w := httptest.NewRecorder()
			app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			if w.Code != 500 || w.Body.String() != "500 Internal Server Error\n" {
				t.Errorf("%s %q: sent %d %q", description, evil, w.Code, w.Body)
			}
			if sent := headerText(w.Header()); strings.Contains(sent, "Injected") || strings.Contains(sent, "script") {
				t.Errorf("%s %q: sent\n%s", description, evil, sent)
			}
			if !strings.Contains(log.String(), "response: ") {
				t.Errorf("%s %q: log %q", description, evil, log)
			}
		}
		// Locations come from clients.
		if w := send(response.Redirect("/" + evil)); w.Code != 400 || w.Header()["Location"] != nil {
			t.Errorf("redirect to %q: sent %d to %q", evil, w.Code, w.Header()["Location"])
		}
	}
}

func TestBadHeaderNames(t *testing.T) {
	for _, name := range []string{
		"", " ", "X A", "X:", "X-Ä", "X(", "a,b", "a/b", "Transfer-Encoding", "transfer-encoding",
	} {
		for description, resp := range map[string]response.Response{
			"WithHeader": response.Text("x").WithHeader(name, "1"), "AddHeader": response.Text("x").AddHeader(name, "1"),
		} {
			if resp.Status() != 500 || resp.Err() == nil {
				t.Errorf("%s(%q): status %d, error %v", description, name, resp.Status(), resp.Err())
			}
		}
	}
}

// After a mistake the headers that were set before and afterwards do not count.
func TestMistakeIsClean(t *testing.T) {
	w := send(response.JSON(1).WithHeader("X-Before", "1").WithCookie(response.NewCookie("before", "1")).
		WithHeader("bad name", "x").
		WithHeader("X-After", "1").WithHeader("Cache-Control", "public").WithCookie(response.NewCookie("after", "1")).
		WithStatus(404).WithBody("text/plain", nil).AsAttachment("x.txt"))
	sent := headerText(w.Header())
	if w.Code != 500 || strings.Contains(strings.ToLower(sent), "after") || strings.Contains(sent, "efore") ||
		strings.Contains(sent, "public") || strings.Contains(sent, "attachment") {
		t.Errorf("sent %d with\n%s", w.Code, sent)
	}
}

func TestDefaultHeaders(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte("<p>hi"), 0o600); err != nil {
		t.Fatal(err)
	}
	write := func(w io.Writer) error { return nil }
	const csp = "base-uri 'self'; frame-ancestors 'self'; object-src 'none'"
	for _, tt := range []struct {
		description string
		response    response.Response
		page        bool
	}{
		{"zero", response.Response{}, false},
		{"text", response.Text("x"), false},
		{"JSON", response.JSON(1).WithHeader("X-A", "1"), false},
		{"no content", response.NoContent(), false},
		{"not modified", response.Status(304), false},
		{"redirect", response.Redirect("/"), false},
		{"error", response.NotFound(), false},
		{"stream", response.Stream("text/event-stream", write), false},
		{"page", response.HTML("x"), true},
		{"page with a header", response.HTML("x").WithHeader("X-A", "1"), true},
		{"page by its header", response.Text("x").WithHeader("Content-Type", "Text/HTML"), true},
		{"page of bytes", response.Bytes("text/html", nil), true},
		{"XHTML", response.Bytes("application/xhtml+xml; charset=utf-8", nil), true},
		{"stream of a page", response.Stream("text/html", write), true},
		{"file of a page", response.File(file), false},
		{"page of code for net/http", response.Recorded(200, http.Header{"Content-Type": {"text/html"}}, []byte("x")), false},
		{"error page that is a file", response.StateOf(response.NotFound()).WithPage(response.File(file)), false},
		{"error page", response.StateOf(response.NotFound()).WithPage(response.HTML("x")), true},
		{"text that was a page", response.HTML("x").WithHeader("Content-Type", "text/plain"), false},
	} {
		t.Run(tt.description, func(t *testing.T) {
			h := send(tt.response).Header()
			if got := h["X-Content-Type-Options"]; !slices.Equal(got, []string{"nosniff"}) {
				t.Errorf("X-Content-Type-Options is %q", got)
			}
			for name, want := range map[string]string{
				"Content-Security-Policy": csp, "Cross-Origin-Opener-Policy": "same-origin",
				"Referrer-Policy": "strict-origin-when-cross-origin",
			} {
				if !tt.page {
					want = ""
				}
				if got := h.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
	own := response.HTML("x").WithHeader("X-Content-Type-Options", "").
		WithHeader("Content-Security-Policy", "default-src 'self'").
		WithHeader("Cross-Origin-Opener-Policy", "unsafe-none").AddHeader("Referrer-Policy", "no-referrer")
	want := http.Header{
		"Content-Length": {"1"}, "Content-Type": {"text/html; charset=utf-8"}, "X-Content-Type-Options": {""},
		"Content-Security-Policy": {"default-src 'self'"}, "Cross-Origin-Opener-Policy": {"unsafe-none"},
		"Referrer-Policy": {"no-referrer"},
	}
	if diff := cmp.Diff(want, send(own).Header()); diff != "" {
		t.Errorf("headers of its own (-want +got):\n%s", diff)
	}
}

func TestErrorPageOfBrowserIsAPage(t *testing.T) {
	got := exchange(t, "GET", response.NotFound("<b>no cat"), "Accept", "text/html")
	if got.Header.Get("Content-Security-Policy") == "" || !strings.Contains(got.Text(), "&lt;b&gt;no cat") {
		t.Errorf("sent %q with\n%s", got.Text(), headerText(got.Header))
	}
}

func TestHeaderValues(t *testing.T) {
	r := response.Text("x").AddHeader("Link", "<a>").WithHeader("link", "<b>").AddHeader("LINK", "<c>")
	for _, tt := range []struct {
		name string
		want []string
	}{
		{"Link", []string{"<b>", "<c>"}},
		{"content-type", []string{"text/plain; charset=utf-8"}},
		{"X-None", nil},
	} {
		if got := r.HeaderValues(tt.name); !slices.Equal(got, tt.want) {
			t.Errorf("HeaderValues(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	r.HeaderValues("Content-Type")[0] = "changed"
	if got := response.Text("y").Header("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("a caller could change Content-Type for all: %q", got)
	}
}

func TestWithHeadersOf(t *testing.T) {
	from := response.Text("theirs").WithStatus(201).WithHeader("Vary", "Cookie").AddHeader("Link", "</b>").
		WithHeader("Cache-Control", "private").WithCookie(response.NewCookie("a", "2"))
	failed := response.Error(errors.New("theirs")).WithHeader("Cache-Control", "private")
	for _, tt := range []struct {
		description string
		resp        response.Response
		want        http.Header
	}{
		{"onto none", response.Text("x").WithHeadersOf(from), http.Header{
			"Vary": {"Cookie"}, "Link": {"</b>"}, "Cache-Control": {"private"}, "Set-Cookie": {"a=2; Path=/; HttpOnly; SameSite=Lax"},
		}},
		{"onto others", response.Text("x").WithHeader("Vary", "Accept").AddHeader("Link", "</a>").
			WithHeader("Cache-Control", "no-store").WithCookie(response.NewCookie("a", "1")).WithHeadersOf(from), http.Header{
			"Vary": {"Accept, Cookie"}, "Link": {"</a>", "</b>"}, "Cache-Control": {"private"},
			"Set-Cookie": {"a=2; Path=/; HttpOnly; SameSite=Lax"},
		}},
		{"below others", response.Text("x").WithHeadersOf(from).WithHeader("Cache-Control", "no-store"), http.Header{
			"Vary": {"Cookie"}, "Link": {"</b>"}, "Cache-Control": {"no-store"}, "Set-Cookie": {"a=2; Path=/; HttpOnly; SameSite=Lax"},
		}},
		{"of a response with neither", response.Text("x").WithHeadersOf(response.Text("theirs")), http.Header{}},
		{"of a failed one", response.Text("x").WithHeadersOf(failed), http.Header{"Cache-Control": {"private"}}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := send(tt.resp)
			got := http.Header{}
			for _, name := range []string{"Vary", "Link", "Cache-Control", "Set-Cookie"} {
				if values := w.Header()[name]; values != nil {
					got[name] = values
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || w.Code != 200 || w.Body.String() != "x" {
				t.Errorf("answer %d %q (-want +got):\n%s", w.Code, w.Body, diff)
			}
		})
	}
	if resp := response.Text("x").WithHeader("a b", "").WithHeadersOf(from); resp.Header("Link") != "" || resp.Status() != 500 {
		t.Errorf("a response that was made wrongly has status %d and Link %q", resp.Status(), resp.Header("Link"))
	}
}
