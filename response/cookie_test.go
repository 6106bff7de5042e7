package response_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func TestWithCookie(t *testing.T) {
	type cookie = http.Cookie
	for _, tt := range []struct {
		description string
		cookie      *cookie
		want        string
	}{
		{"new", response.NewCookie("a", "1"), "a=1; Path=/; HttpOnly; SameSite=Lax"},
		{"bare", &cookie{Name: "a", Value: "1"}, "a=1"},
		{"empty value", &cookie{Name: "a"}, "a="},
		{"spaces and commas", &cookie{Name: "a", Value: "x, y"}, `a="x, y"`},
		{"every attribute", &cookie{
			Name: "a", Value: "1", Path: "/p", Domain: "cats.example",
			Expires: time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC), MaxAge: 7,
			Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode, Partitioned: true,
		}, "a=1; Path=/p; Domain=cats.example; Expires=Mon, 03 Feb 2031 04:05:06 GMT; Max-Age=7; HttpOnly; Secure; " +
			"SameSite=Strict; Partitioned"},
		{"SameSite=None", &cookie{Name: "a", Secure: true, SameSite: http.SameSiteNoneMode}, "a=; Secure; SameSite=None"},
		{"deletion", &cookie{Name: "a", MaxAge: -1}, "a=; Max-Age=0"},
		{"__Host-", &cookie{Name: "__Host-a", Path: "/", Secure: true}, "__Host-a=; Path=/; Secure"},
		{"__Secure-", &cookie{Name: "__Secure-a", Domain: "cats.example", Secure: true},
			"__Secure-a=; Domain=cats.example; Secure"},
		{"as large as browsers keep", &cookie{Name: "a", Value: strings.Repeat("x", 4095)},
			"a=" + strings.Repeat("x", 4095)},
	} {
		t.Run(tt.description, func(t *testing.T) {
			resp := response.NoContent().WithCookie(tt.cookie)
			if diff := cmp.Diff([]string{tt.want}, send(resp).Header()["Set-Cookie"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			tt.cookie.Value = "changed afterwards"
			if diff := cmp.Diff([]string{tt.want}, send(resp).Header()["Set-Cookie"]); diff != "" {
				t.Errorf("after a change of the argument (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a cookie is, it is sent as package net/http would send it, or refused.
func FuzzWithCookie(f *testing.F) {
	f.Add("a", "1", "/", "", 0, int64(0), uint8(7))
	f.Add("__Host-session", "Zm9v-_=", "/", "", 9, int64(1), uint8(3))
	f.Add("a", "x, y", "/p q", "cats.example", -1, int64(1<<33), uint8(255))
	f.Fuzz(func(t *testing.T, name, value, path, domain string, maxAge int, expires int64, flags uint8) {
		c := &http.Cookie{
			Name: name, Value: value, Path: path, Domain: domain, MaxAge: maxAge, SameSite: http.SameSite(flags >> 5),
			HttpOnly: flags&1 > 0, Secure: flags&2 > 0, Partitioned: flags&4 > 0, Quoted: flags&8 > 0,
		}
		if expires != 0 {
			c.Expires = time.Unix(expires%(1<<36), 0)
		}
		resp := response.NoContent().WithCookie(c)
		if resp.Err() != nil {
			return
		}
		if diff := cmp.Diff([]string{c.String()}, send(resp).Header()["Set-Cookie"]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestCookiesThatBrowsersRefuse(t *testing.T) {
	type cookie = http.Cookie
	for _, tt := range []struct {
		description string
		cookie      cookie
	}{
		{"no name", cookie{Value: "1"}},
		{"name is no token", cookie{Name: "a b"}},
		{"semicolon in the name", cookie{Name: "a;b"}},
		{"equal sign in the name", cookie{Name: "a=b"}},
		{"beyond ASCII in the name", cookie{Name: "ä"}},
		{"semicolon in the value", cookie{Name: "a", Value: "1;Domain=evil.example"}},
		{"quote in the value", cookie{Name: "a", Value: `1"2`}},
		{"backslash in the value", cookie{Name: "a", Value: `1\2`}},
		{"beyond ASCII in the value", cookie{Name: "a", Value: "ä"}},
		{"semicolon in the path", cookie{Name: "a", Path: "/p;Secure"}},
		{"semicolon in the domain", cookie{Name: "a", Domain: "cats.example;Secure"}},
		{"space in the domain", cookie{Name: "a", Domain: "cats example"}},
		{"year before 1601", cookie{Name: "a", Expires: time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC)}},
		{"one byte too large", cookie{Name: "a", Value: strings.Repeat("x", 4096)}},
		{"SameSite=None without Secure", cookie{Name: "a", SameSite: http.SameSiteNoneMode}},
		{"Partitioned without Secure", cookie{Name: "a", Partitioned: true}},
		{"__Secure- without Secure", cookie{Name: "__Secure-a"}},
		{"__secure- without Secure", cookie{Name: "__secure-a"}},
		{"__Host- without Secure", cookie{Name: "__Host-a", Path: "/"}},
		{"__Host- with a domain", cookie{Name: "__Host-a", Path: "/", Domain: "cats.example", Secure: true}},
		{"__Host- with a path", cookie{Name: "__Host-a", Path: "/p", Secure: true}},
		{"__Host- without a path", cookie{Name: "__HOST-a", Secure: true}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := send(response.Text("x").WithCookie(response.NewCookie("before", "1")).WithCookie(&tt.cookie))
			if w.Code != 500 || w.Header()["Set-Cookie"] != nil {
				t.Errorf("sent %d with %q", w.Code, w.Header()["Set-Cookie"])
			}
		})
	}
}

func TestCookieReplaced(t *testing.T) {
	at := func(name, value, domain, path string) *http.Cookie {
		return &http.Cookie{Name: name, Value: value, Domain: domain, Path: path}
	}
	for _, tt := range []struct {
		description string
		cookies     []*http.Cookie
		want        []string
	}{
		{"another value", []*http.Cookie{at("a", "1", "", "/"), at("a", "2", "", "/")}, []string{"a=2; Path=/"}},
		{"three times, others between",
			[]*http.Cookie{at("a", "1", "", "/"), at("b", "1", "", "/"), at("a", "2", "", "/"), at("a", "3", "", "/")},
			[]string{"b=1; Path=/", "a=3; Path=/"}},
		{"another path", []*http.Cookie{at("a", "1", "", "/"), at("a", "2", "", "/p"), at("a", "3", "", "/p")},
			[]string{"a=1; Path=/", "a=3; Path=/p"}},
		{"another domain",
			[]*http.Cookie{at("a", "1", "", "/"), at("a", "2", "cats.example", "/"), at("a", "3", "cats.example", "/")},
			[]string{"a=1; Path=/", "a=3; Path=/; Domain=cats.example"}},
		{"no path", []*http.Cookie{at("a", "1", "", "/"), at("a", "2", "", "")}, []string{"a=1; Path=/", "a=2"}},
		{"another name", []*http.Cookie{at("a", "1", "", "/"), at("A", "2", "", "/")},
			[]string{"a=1; Path=/", "A=2; Path=/"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			resp := response.NoContent()
			for _, c := range tt.cookies {
				resp = resp.WithCookie(c)
			}
			if diff := cmp.Diff(tt.want, send(resp).Header()["Set-Cookie"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	deleted := response.NoContent().WithCookie(at("a", "1", "", "/")).WithoutCookie("a")
	if got := send(deleted).Header()["Set-Cookie"]; len(got) != 1 || !strings.HasPrefix(got[0], "a=; ") {
		t.Errorf("set and deleted: %q, want the deletion", got)
	}
}

// A deletion reaches the cookie it is meant for, and no other, as a browser sees it.
func TestWithoutCookie(t *testing.T) {
	for _, tt := range []struct {
		description string
		like        []*http.Cookie
		name        string
		path, page  string
	}{
		{"of the whole site", nil, "a", "/", "/"},
		{"__Host-", nil, "__Host-a", "/", "/"},
		{"__Secure-", nil, "__Secure-a", "/", "/"},
		{"of a path", []*http.Cookie{{Path: "/deep"}}, "a", "/deep", "/deep/er"},
		{"of a domain", []*http.Cookie{{Path: "/", Domain: "cats.example"}}, "a", "/", "/"},
		{"like the one that was set", []*http.Cookie{{
			Name: "a", Value: "1", Path: "/p", Secure: true, HttpOnly: true, MaxAge: 60, SameSite: http.SameSiteNoneMode,
		}}, "a", "/p", "/p"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app := newApp()
			app.Get("/set", func(soay.Request) soay.Response {
				c := response.NewCookie(tt.name, "1")
				c.Path, c.Secure = tt.path, true
				if tt.like != nil {
					c.Domain = tt.like[0].Domain
				}
				return response.NoContent().WithCookie(c).WithCookie(response.NewCookie("other", "1"))
			})
			app.Get("/unset", func(soay.Request) soay.Response {
				return response.NoContent().WithoutCookie(tt.name, tt.like...)
			})
			c := requesttest.New(t, app, requesttest.Options{HTTPS: true, Host: "www.cats.example"})
			c.Get("/set")
			if n := len(c.Cookies(tt.page)); n != 2 {
				t.Fatalf("%d cookies before the deletion, want 2", n)
			}
			deletion := c.Get("/unset").Cookies[0]
			if left := c.Cookies(tt.page); len(left) != 1 || left[0].Name != "other" {
				t.Errorf("%s left %v", deletion, left)
			}
			if deletion.Value != "" || deletion.MaxAge != -1 || !deletion.Expires.Before(time.Now()) {
				t.Errorf("deletion %s, want Max-Age=0, a past Expires and no value", deletion)
			}
		})
	}
}
