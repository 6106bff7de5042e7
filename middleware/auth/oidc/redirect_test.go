package oidc_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay/middleware/auth/oidc"
)

// hostile are return values that lead elsewhere, in the eyes of some browser.
func hostile() []string {
	list := []string{
		"", "//evil.example", "///evil.example", "https://evil.example", "http:evil.example", "https:/evil.example", `\\evil.example`, `/\evil.example`,
		`\/evil.example`, `/\/evil.example`, "javascript:alert(1)", "data:text/html,x", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example",
		"\t//evil.example", " //evil.example", "/%0d%0aSet-Cookie:x=y", "evil.example", "./evil", "../evil", "?x", "#x", "@evil.example", "//evil.example/..",
		"/..//evil.example", "/.//evil.example", "/%2f/evil.example", "/%5cevil.example", "//%65vil.example", "http://cats.example@evil.example", "//cats.example.evil.example",
		"https://cats.example", "//localhost", "ftp://evil.example", "mailto:a@evil.example", "/\x00/evil.example", "/\u2028/evil", "／／evil.example", "/／evil.example",
		"/sign-in", "/sign-in?return=/x", "/sign-in/callback", "/sign-out", "http://", "//", "///", "////evil.example", "/\\\\evil.example", ":80", "//user:pw@evil.example",
		"https:evil.example", "HTTPS://evil.example", "hTtP://evil.example", "//[::1]", "//1.2.3.4", "blob:https://evil.example", "vbscript:x", "file:///etc/passwd", "view-source:x",
		"/" + strings.Repeat("a", 3000),
	}
	return slices.Clip(list)
}

// TestHostileReturns is T13: a sign-in ends on this site, whatever the link says that it began with.
func TestHostileReturns(t *testing.T) {
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	for _, value := range hostile() {
		got := signIn(t, c, "/sign-in?return="+url.QueryEscape(value))
		to := got.Header.Get("Location")
		u, err := url.Parse(to)
		if got.Status != http.StatusSeeOther || err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
			t.Errorf("return=%q: %d to %q", value, got.Status, to)
		}
		if strings.HasPrefix(to, "/sign-") {
			t.Errorf("return=%q goes round in circles", value)
		}
	}
}

// TestLongReturn: an address that makes the cookie too large leads to the first page, and the sign-in works.
func TestLongReturn(t *testing.T) {
	p := newOP(t)
	c := browser(t, newSite(p, setup{}, oidc.Options{}))
	for path, want := range map[string]string{
		"/" + strings.Repeat("a", 2000): "/" + strings.Repeat("a", 2000), "/?" + strings.Repeat("&", 2000): "/",
	} {
		if got := signIn(t, c, "/sign-in?return="+url.QueryEscape(path)); got.Status != http.StatusSeeOther || got.Header.Get("Location") != want {
			t.Errorf("%.5s: %d to %.9q", path, got.Status, got.Header.Get("Location"))
		}
	}
}

// FuzzReturn: the browser stays on this site, whatever the link says.
func FuzzReturn(f *testing.F) {
	for _, value := range hostile() {
		f.Add(value)
	}
	p := newOP(f)
	c := browser(f, newSite(p, setup{}, oidc.Options{}))
	f.Fuzz(func(t *testing.T, value string) {
		first, err := c.Try(http.MethodGet, "/sign-in?return="+url.QueryEscape(value))
		if err != nil || first.Status != http.StatusFound {
			t.Fatalf("return=%q: %v %v", value, first, err)
		}
		got, err := c.Try(http.MethodGet, visit(t, first.Header.Get("Location")), fromProvider)
		if err != nil {
			t.Fatal(err)
		}
		base, _ := url.Parse(siteURL + "/sign-in/callback")
		to, err := base.Parse(got.Header.Get("Location"))
		if got.Status != http.StatusSeeOther || err != nil || to.Scheme+"://"+to.Host != siteURL {
			t.Errorf("return=%q: %d to %q", value, got.Status, got.Header.Get("Location"))
		}
	})
}

// TestManyTabs is R21 and T14: sign-ins of ten tabs do not mix, and their cookies do not pile up.
func TestManyTabs(t *testing.T) {
	p := newOP(t)
	s := newSite(p, setup{}, oidc.Options{})
	c := browser(t, s)
	var paths []string
	for range 10 {
		paths = append(paths, begin(t, c, "/sign-in?return=/me"))
		if n := countFlows(c.Cookies("/")); n > 5 {
			t.Fatalf("%d cookies of sign-ins", n)
		}
	}
	for i, path := range paths {
		want := http.StatusSeeOther
		if i < 5 {
			want = http.StatusBadRequest // it was the oldest
		}
		if got := c.Get(path, fromProvider); got.Status != want {
			t.Errorf("tab %d: %d, want %d", i, got.Status, want)
		}
	}
	if n := countFlows(c.Cookies("/")); n != 0 {
		t.Errorf("%d cookies are left", n)
	}

	var wg sync.WaitGroup
	for range 10 { // at once
		wg.Go(func() {
			path := begin(t, c, "/sign-in?return=/me")
			got, err := c.Try(http.MethodGet, path, fromProvider)
			if err != nil || got.Status != http.StatusSeeOther && got.Status != http.StatusBadRequest {
				t.Errorf("at once: %v %v", got, err)
			}
		})
	}
	wg.Wait()
	if text := c.Get("/me").Text(); !strings.HasPrefix(text, p.subject) {
		t.Errorf("the user is %s", text)
	}
}

func countFlows(cookies []*http.Cookie) int {
	n := 0
	for _, k := range cookies {
		if strings.HasPrefix(k.Name, "__Host-oidc-") {
			n++
		}
	}
	return n
}
