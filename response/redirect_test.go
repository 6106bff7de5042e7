package response_test

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay/response"
)

// hostile are locations that lead away from the site in some browser, or are no locations at all.
var hostile = []string{
	"", " ", "//evil.example", "//evil.example/path", "///evil.example", "////evil.example", "//", "///",
	"//\tevil.example",
	`/\evil.example`, `\/evil.example`, `\\evil.example`, `\evil.example`, `/\/evil.example`, `/a\..\\evil.example`,
	"/\t/evil.example", "\t//evil.example", "/\n/evil.example", "\n//evil.example", "/\r/evil.example",
	"/\r\n/evil.example",
	" //evil.example", "//evil.example ", "\x00//evil.example", "\x01//evil.example", "\x1f//evil.example",
	"/\x7f/evil.example",
	"\v//evil.example", "\f//evil.example", "/a b",
	"http://evil.example", "https://evil.example", "HTTP://evil.example", "http:evil.example", "https:evil.example",
	"http:/evil.example", "https:///evil.example", "http:\\\\evil.example", "https://site.example@evil.example",
	"http:", "https://", "ht\ttp://evil.example", "h\nttp:evil.example",
	"javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)",
	"\x01javascript:alert(1)",
	"javascript://evil.example/%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
	"file:///etc/passwd",
	"ftp://evil.example", "mailto:a@evil.example", "blob:https://evil.example/x", "view-source:x", "about:blank",
	"intent:x#Intent;end",
	"evil.example:80", "evil.example:", "x:y", ":80", "://evil.example", "//user@evil.example", "//[::1]/",
	"//evil.example:80/",
	"//evil%2eexample", "/\r\nSet-Cookie: a=1", "/%zz", "/\x00", "//%09/evil.example", "//?x", "//#x",
}

func TestRedirectRefuses(t *testing.T) {
	redirects := map[string]func(string) response.Response{
		"Redirect": response.Redirect, "MovedPermanently": response.MovedPermanently, "SeeOther": response.SeeOther,
		"TemporaryRedirect": response.TemporaryRedirect, "PermanentRedirect": response.PermanentRedirect,
	}
	for _, location := range hostile {
		for name, redirect := range redirects {
			w := send(redirect(location))
			if w.Code != 400 || w.Header()["Location"] != nil || strings.Contains(w.Body.String(), "evil") {
				t.Errorf("%s(%q): sent %d to %q: %s", name, location, w.Code, w.Header()["Location"], w.Body)
			}
		}
	}
}

func TestRedirectStaysLocal(t *testing.T) {
	for _, tt := range []struct{ description, location, want string }{
		{"root", "/", "/"},
		{"path", "/a/b", "/a/b"},
		{"query and fragment", "/a?b=c&d=/e#f", "/a?b=c&d=/e#f"},
		{"query alone", "?page=2", "?page=2"},
		{"fragment alone", "#top", "#top"},
		{"relative", "next", "next"},
		{"parent", "../next/", "../next/"},
		{"dots", "./", "./"},
		{"encoded backslash", "/%5cevil.example", "/%5cevil.example"},
		{"encoded slashes", "/%2f%2fevil.example", "/%2f%2fevil.example"},
		{"encoded line break", "/%0d%0aSet-Cookie:a=1", "/%0d%0aSet-Cookie:a=1"},
		{"encoded tab", "/%09/evil.example", "/%09/evil.example"},
		{"slashes inside", "/a//evil.example", "/a//evil.example"},
		{"at sign", "/@evil.example", "/@evil.example"},
		{"colon in a later segment", "/a:b/c:d", "/a:b/c:d"},
		{"URL in the query", "/login?next=https://evil.example", "/login?next=https://evil.example"},
		{"dot and slashes", "/.//evil.example", "/.//evil.example"},
		{"beyond ASCII", "/café?ü#ß", "/caf%C3%A9?%C3%BC#%C3%9F"},
		{"space beyond ASCII", "\u00a0//evil.example", "%C2%A0//evil.example"},
		{"slash beyond ASCII", "/\uff0fevil.example", "/%EF%BC%8Fevil.example"},
		{"invalid UTF-8", "/\xff", "/%FF"},
	} {
		w := send(response.Redirect(tt.location))
		if got := w.Header().Get("Location"); w.Code != 302 || got != tt.want {
			t.Errorf("%s: sent %d to %q, want %q", tt.description, w.Code, got, tt.want)
		}
	}
}

// A target that a client chose never keeps it from getting on.
func TestRedirectOr(t *testing.T) {
	redirects := map[string]struct {
		redirect   func(target, fallback string) response.Response
		wantStatus int
	}{
		"RedirectOr": {response.RedirectOr, 302}, "SeeOtherOr": {response.SeeOtherOr, 303},
	}
	for name, r := range redirects {
		for _, target := range hostile {
			w := send(r.redirect(target, "/home?from=login"))
			if got := w.Header().Get("Location"); w.Code != r.wantStatus || got != "/home?from=login" {
				t.Errorf("%s(%q): sent %d to %q, want %d to the fallback", name, target, w.Code, got, r.wantStatus)
			}
		}
		for target, want := range map[string]string{"/cart?a=b#c": "/cart?a=b#c", "cart": "cart", "/é": "/%C3%A9"} {
			w := send(r.redirect(target, "/home"))
			if got := w.Header().Get("Location"); w.Code != r.wantStatus || got != want {
				t.Errorf("%s(%q): sent %d to %q, want %d to %q", name, target, w.Code, got, r.wantStatus, want)
			}
		}
		for _, fallback := range hostile { // a mistake of the app, which shows at once
			w := send(r.redirect("/cart", fallback))
			if w.Code != 500 || w.Header()["Location"] != nil {
				t.Errorf("%s with the fallback %q: sent %d to %q, want 500", name, fallback, w.Code, w.Header()["Location"])
			}
		}
	}
}

func TestExternalRedirect(t *testing.T) {
	for _, tt := range []struct{ description, location, want string }{
		{"https", "https://e.example/a?b#c", "https://e.example/a?b#c"},
		{"http with a port", "http://e.example:8080", "http://e.example:8080"},
		{"scheme in another case", "HTTPS://e.example/", "https://e.example/"},
		{"address", "http://[::1]:80/", "http://[::1]:80/"},
		{"beyond ASCII", "https://e.example/é", "https://e.example/%C3%A9"},
		{"local", "/a", ""},
		{"no scheme", "//e.example", ""},
		{"no host", "https:///a", ""},
		{"host is opaque", "https:e.example", ""},
		{"another scheme", "javascript:alert(1)", ""},
		{"yet another", "ftp://e.example/", ""},
		{"user", "https://user@e.example/", ""},
		{"user who looks like a host", "https://bank.example@e.example/", ""},
		{"backslash in the host", `https://e.example\@evil.example/`, ""},
		{"line break", "https://e.example/\r\nX: 1", ""},
		{"nothing", "", ""},
	} {
		w := send(response.ExternalRedirect(tt.location))
		wantStatus := 302
		if tt.want == "" {
			wantStatus = 500
		}
		if got := w.Header().Get("Location"); w.Code != wantStatus || got != tt.want {
			t.Errorf("%s: sent %d to %q, want %d to %q", tt.description, w.Code, got, wantStatus, tt.want)
		}
	}
}

var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)

// leaves reports whether a browser that follows a location leaves the site, by the rules of the URL standard (section
// 4.4): it strips control characters and spaces around, drops tabs and line breaks, and takes a backslash for a slash.
func leaves(location string) bool {
	location = strings.TrimFunc(location, func(c rune) bool { return c <= ' ' })
	location = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(location)
	return scheme.MatchString(location) || strings.HasPrefix(location, "//")
}

// What Redirect accepts stays on the site: in a browser, and for package url. And nothing that it sends can end the
// header.
func FuzzRedirect(f *testing.F) {
	for _, location := range hostile {
		f.Add(location)
	}
	f.Add("/a/b?c#d")
	site, _ := url.Parse("https://site.example/a/b")
	f.Fuzz(func(t *testing.T, location string) {
		resp := response.Redirect(location)
		if resp.Err() != nil {
			if resp.Status() != 400 || resp.Header("Location") != "" {
				t.Errorf("refused with status %d to %q", resp.Status(), resp.Header("Location"))
			}
			return
		}
		w := httptest.NewRecorder()
		if _, err := response.StateOf(resp).Write(w, httptest.NewRequest("GET", "/", nil), 0); err != nil {
			t.Fatal(err)
		}
		sent := w.Header().Get("Location")
		if leaves(location) || leaves(sent) {
			t.Errorf("%q is sent as %q, which leaves the site", location, sent)
		}
		for _, c := range []byte(sent) {
			if c <= ' ' || c >= 0x7f {
				t.Errorf("%q is sent as %q, with the byte %#x", location, sent, c)
			}
		}
		u, err := url.Parse(sent)
		if err != nil {
			t.Fatal(err)
		}
		if target := site.ResolveReference(u); target.Scheme != site.Scheme || target.Host != site.Host {
			t.Errorf("%q leads to %s", location, target)
		}
	})
}
