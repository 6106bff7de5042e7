package antiforgery_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/middleware/antiforgery"
)

func TestOrigin(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	tests := []struct {
		target, origin string
		want           bool
	}{
		{"http://site.example/", "http://site.example", true},
		{"http://site.example/", "http://SITE.Example", true},
		{"http://SITE.example/", "http://site.example", true},
		{"http://site.example/", "http://site.example:80", true},
		{"http://site.example:80/", "http://site.example", true},
		{"https://site.example/", "https://site.example:443", true},
		{"https://site.example:443/", "https://site.example", true},
		{"http://site.example:8000/", "http://site.example:8000", true},
		{"http://xn--bcher-kva.example/", "http://xn--bcher-kva.example", true},
		{"http://xn--BCHER-kva.example/", "http://xn--bcher-kva.example", true},
		{"http://127.0.0.1:8000/", "http://127.0.0.1:8000", true},
		{"http://[::1]:8000/", "http://[::1]:8000", true},
		{"http://[0:0:0:0:0:0:0:1]/", "http://[::1]", true},
		{"http://[2001:DB8::A]/", "http://[2001:db8::a]:80", true},
		{"http://site.example./", "http://site.example.", true},
		{"http://a_b.example/", "http://a_b.example", true},

		{"https://site.example/", "http://site.example", false}, // a page that came over http
		{"https://site.example:80/", "http://site.example", false},
		{"https://site.example/", "http://site.example:443", false},
		{"http://site.example/", "https://site.example", false},
		{"http://site.example/", "http://site.example:8080", false},
		{"http://site.example:8080/", "http://site.example", false},
		{"http://site.example:443/", "http://site.example", false},
		{"http://site.example/", "http://www.site.example", false},
		{"http://www.site.example/", "http://site.example", false},
		{"http://site.example/", "http://site.example.evil.example", false},
		{"http://site.example/", "http://evilsite.example", false},
		{"http://site.example/", "http://site.example.", false},
		{"http://site.example./", "http://site.example", false},
		{"http://xn--bcher-kva.example/", "http://bücher.example", false},
		{"http://127.0.0.1/", "http://127.1", false},
		{"http://127.0.0.1/", "http://localhost", false},
		{"http://127.0.0.1/", "http://[::ffff:127.0.0.1]", false},
		{"http://[::1]/", "http://[::2]", false},
		{"http://[::1]/", "http://::1", false},
		{"http://[::1]:8000/", "http://[::1]", false},
		{"http://site.example/", "null", false},
		{"http://site.example/", "NULL", false},
		{"http://null/", "null", false},
		{"http://site.example/", "", false},
		{"http://site.example/", "site.example", false},
		{"http://site.example/", "//site.example", false},
		{"http://site.example/", "://site.example", false},
		{"http://site.example/", "HTTP://site.example", false},
		{"http://site.example/", "ftp://site.example:80", false},
		{"http://site.example/", "http://site.example/", false},
		{"http://site.example/", "http://site.example/x", false},
		{"http://site.example/", "http://site.example?", false},
		{"http://site.example/", "http://site.example#", false},
		{"http://site.example/", "http://site.example:", false},
		{"http://site.example/", "http://site.example:0", false},
		{"http://site.example/", "http://site.example:080", false},
		{"http://site.example/", "http://site.example:+80", false},
		{"http://site.example/", "http://site.example:80:80", false},
		{"http://site.example/", "http://site.example:65616", false}, // 80 in 16 bits
		{"http://site.example/", "http://user@site.example", false},
		{"http://site.example/", "http://site.example@evil.example", false},
		{"http://site.example/", "http://site.example\\@evil.example", false},
		{"http://site.example/", "http://site.example ", false},
		{"http://site.example/", " http://site.example", false},
		{"http://site.example/", "http://site.example http://site.example", false},
		{"http://site.example/", "http://site.example, http://site.example", false},
		{"http://site.example/", "http://site%2eexample", false},
		{"http://site.example/", "http://ſite.example", false}, // folds to s beyond ASCII
		{"http://[::1]/", "http://[::1%25eth0]", false},
		{"http://[::1]/", "http://[::1]x", false},
		{"http://[::1]/", "http://x[::1]", false},
		{"http://[::1]/", "http://[::1", false},
	}
	for _, tt := range tests {
		want := "cross-origin"
		if tt.want {
			want = "passed"
		}
		for _, cookie := range []string{"session=x", "__Host-session=x", "a=b"} {
			w := attempt{target: tt.target, header: []string{"Origin", tt.origin, "Cookie", cookie}}.do(app)
			if got := outcome(w); got != want {
				t.Errorf("Origin %q for %s: %s, want %s", tt.origin, tt.target, got, want)
			}
		}
	}
}

func TestSeveralOrigins(t *testing.T) {
	o := antiforgery.Options{TrustedOrigins: []string{"https://friend.example"}}
	app := newApp(t, o, passed)
	for _, pair := range [][2]string{
		{"http://site.example", "http://site.example"},
		{"http://site.example", "http://evil.example"},
		{"http://evil.example", "http://site.example"},
		{"https://friend.example", "https://friend.example"},
	} {
		for _, site := range []string{"", "cross-site"} {
			a := attempt{header: []string{"Origin", pair[0], "Origin", pair[1]}}
			if site != "" {
				a.header = append(a.header, "Sec-Fetch-Site", site)
			}
			if got := outcome(a.do(app)); got != "cross-origin" {
				t.Errorf("Origins %q, site %q: %s, want cross-origin", pair, site, got)
			}
		}
	}
}

func TestRequestWithoutHost(t *testing.T) {
	app := newApp(t, antiforgery.Options{}, passed)
	for _, host := range []string{"", ":80", "a b", "[::1"} {
		r := attempt{header: []string{"Origin", "http://site.example"}}.request()
		r.Host = host
		r.Header.Set("Accept", "application/json")
		w := attemptOf(app, r)
		if got := outcome(w); got != "cross-origin" {
			t.Errorf("Host %q: %s, want cross-origin", host, got)
		}
	}
}

func TestTrustedOrigins(t *testing.T) {
	o := antiforgery.Options{TrustedOrigins: []string{"https://friend.example", "http://Other.example:8080", "https://[2001:DB8::1]"}}
	app := newApp(t, o, passed)
	tests := []struct {
		origin string
		want   string
	}{
		{"https://friend.example", "passed"},
		{"https://friend.example:443", "passed"},
		{"https://FRIEND.example", "passed"},
		{"http://other.example:8080", "passed"},
		{"https://[2001:db8::1]", "passed"},
		{"http://friend.example", "cross-origin"},
		{"https://friend.example:8443", "cross-origin"},
		{"https://www.friend.example", "cross-origin"},
		{"https://friend.example.evil.example", "cross-origin"},
		{"https://friend.example.", "cross-origin"},
		{"http://other.example", "cross-origin"},
		{"null", "cross-origin"},
	}
	for _, tt := range tests {
		for _, site := range []string{"", "same-site", "cross-site"} {
			every(func(_, _ string, h []string) {
				h = append(h, "Origin", tt.origin)
				if site != "" {
					h = append(h, "Sec-Fetch-Site", site)
				}
				if got := outcome(attempt{header: h}.do(app)); got != tt.want {
					t.Errorf("%q: %s, want %s", h, got, tt.want)
				}
			})
		}
	}
}

func FuzzOwnOrigin(f *testing.F) {
	for _, seed := range []string{
		"http://site.example", "http://SITE.example:80", "null", "https://site.example", "http://site.example:080",
		"http://user@site.example", "http://site.example/", "http://[::1]",
	} {
		f.Add(seed)
	}
	app := newApp(f, antiforgery.Options{}, passed)
	f.Fuzz(func(t *testing.T, origin string) {
		r := attempt{}.request()
		r.Header["Origin"] = []string{origin}
		got := outcome(attemptOf(app, r)) == "passed"
		want := strings.EqualFold(strings.TrimSuffix(origin, ":80"), "http://site.example") &&
			strings.HasPrefix(origin, "http://") && len(strings.TrimSuffix(origin, ":80")) == len("http://site.example")
		if got != want {
			t.Errorf("Origin %q: passed %t, want %t", origin, got, want)
		}
	})
}
