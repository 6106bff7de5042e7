package header_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestOriginPattern(t *testing.T) {
	tests := []struct {
		pattern, origin string
		want            bool
	}{
		{"https://a.test", "https://a.test", true},
		{"https://a.test", "https://a.test:8443", false},
		{"https://a.test:8443", "https://a.test:8443", true},
		{"https://a.test", "https://b.a.test", false},
		{"https://*.a.test", "https://b.a.test", true},
		{"https://*.a.test", "https://c.b.a.test", true},
		{"https://*.a.test", "https://a.test", false},
		{"https://*.a.test", "https://evila.test", false},
		{"https://*.a.test", "https://b.A.test", false},
		{"https://*.a.test", "https://" + strings.Repeat("a", 63) + ".a.test", true},
		{"https://*.a.test", "https://" + strings.Repeat("a", 64) + ".a.test", false},
		{"https://*.a.test", "https://" + strings.Repeat("a.", 200) + "a.test", false},
		{"http://a.test:*", "http://a.test", true},
		{"http://a.test:*", "http://a.test:1", true},
		{"http://a.test:*", "http://a.test:0", false},
		{"http://a.test:*", "https://a.test", false},
		{"http://[::1]:*", "http://[::1]:1", true},
		{"http://[::1]:*", "http://::1", false},
		{"app+x://a.test", "app+x://a.test", true},
		{"https://a.test", "", false},
		{"https://a.test", "https://", false},
		{"https://a.test", "https:", false},
	}
	for _, tt := range tests {
		p, err := header.ParseOriginPattern(tt.pattern)
		if err != nil || p.String() != tt.pattern {
			t.Errorf("%q is parsed as %v, %v", tt.pattern, p, err)
		}
		if got := p.Matches(tt.origin); got != tt.want {
			t.Errorf("%q stands for %q: %t", tt.pattern, tt.origin, got)
		}
		if n := testing.AllocsPerRun(1, func() { p.Matches(tt.origin) }); n > 0 {
			t.Errorf("%q and %q: %v allocations", tt.pattern, tt.origin, n)
		}
	}
}

func TestOriginPatternKinds(t *testing.T) {
	for pattern, want := range map[string][2]bool{ // exact, secure
		"https://a.test":     {true, true},
		"http://a.test":      {true, false},
		"https://*.a.test":   {false, true},
		"http://localhost:*": {false, true},
		"http://127.0.0.1":   {true, true},
		"http://[::1]:1":     {true, true},
		"app://a.test":       {true, true},
	} {
		p, err := header.ParseOriginPattern(pattern)
		if got := [2]bool{p.IsExact(), p.IsSecure()}; err != nil || got != want {
			t.Errorf("%q: exact and secure are %v, %v; want %v", pattern, got, err, want)
		}
	}
}

// FuzzOriginPattern states that a pattern without * stands for itself alone, and that what a pattern stands for has its scheme, its host
// or one below it, and nothing else.
func FuzzOriginPattern(f *testing.F) {
	for _, s := range []string{"https://a.test", "https://*.a.test:*", "http://[::1]:80", "http://localhost:*", "https://a.b.test:1"} {
		f.Add(s, strings.NewReplacer("*.", "b.", ":*", ":1").Replace(s))
	}
	f.Fuzz(func(t *testing.T, pattern, origin string) {
		p, err := header.ParseOriginPattern(pattern)
		if err != nil {
			return
		}
		if p.String() != pattern {
			t.Fatalf("%q is parsed as %q", pattern, p.String())
		}
		if p.IsExact() && p.Matches(origin) != (origin == pattern) {
			t.Errorf("%q stands for %q: %t", pattern, origin, p.Matches(origin))
		}
		if !p.Matches(origin) {
			return
		}
		u, err := url.Parse(origin)
		if err != nil || u.User != nil || u.Path+u.RawQuery+u.Fragment != "" || u.Scheme+"://"+u.Host != origin {
			t.Fatalf("%q stands for %q: %v, %v", pattern, origin, u, err)
		}
		scheme, host, _ := strings.Cut(strings.TrimSuffix(pattern, ":*"), "://")
		name, below := strings.CutPrefix(host, "*.")
		got := u.Host
		if strings.HasSuffix(pattern, ":*") {
			got = strings.TrimSuffix(got, ":"+u.Port())
		}
		if u.Scheme != scheme || got != name && !(below && strings.HasSuffix(got, "."+name)) || below && got == name {
			t.Errorf("%q stands for %q", pattern, origin)
		}
	})
}
