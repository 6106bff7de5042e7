package header_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/header"
)

func TestCheckCookie(t *testing.T) {
	for _, tt := range []struct {
		description string
		cookie      http.Cookie
		want        string // "" for a cookie that browsers take
	}{
		{"a plain one", http.Cookie{Name: "a", Value: "1"}, ""},
		{"as long as browsers allow", http.Cookie{Name: "a", Value: strings.Repeat("x", 4095)}, ""},
		{"one byte too long", http.Cookie{Name: "a", Value: strings.Repeat("x", 4096)}, "4097 bytes"},
		{"an invalid name", http.Cookie{Name: "a;b"}, "invalid"},
		{"SameSite=None with Secure", http.Cookie{Name: "a", SameSite: http.SameSiteNoneMode, Secure: true}, ""},
		{"SameSite=None without Secure", http.Cookie{Name: "a", SameSite: http.SameSiteNoneMode}, "SameSite=None needs"},
		{"__Secure- with Secure", http.Cookie{Name: "__Secure-a", Secure: true, Path: "/p"}, ""},
		{"__Secure- without Secure", http.Cookie{Name: "__secure-a"}, "the prefix __Secure- needs"},
		{"__Host- as it must be", http.Cookie{Name: "__Host-a", Secure: true, Path: "/"}, ""},
		{"__Host- without Secure", http.Cookie{Name: "__host-a", Path: "/"}, "the prefix __Host- needs"},
		{"__Host- with a path", http.Cookie{Name: "__Host-a", Secure: true, Path: "/p"}, "the prefix __Host- needs"},
		{"__Host- with a domain", http.Cookie{Name: "__Host-a", Secure: true, Path: "/", Domain: "cats.example"},
			"the prefix __Host- needs"},
	} {
		err := header.CheckCookie(&tt.cookie)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.description, err, tt.want)
		}
	}
}

func TestCookiePrefixes(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		wantHost, wantSecure bool
	}{
		{"session", false, false},
		{"__Host-session", true, true},
		{"__HOST-session", true, true},
		{"__Secure-session", false, true},
		{"__secure-session", false, true},
		{"__Host", false, false},
		{"x__Host-session", false, false},
		{"", false, false},
	} {
		if host, secure := header.IsHostCookie(tt.name), header.IsSecureCookie(tt.name); host != tt.wantHost || secure != tt.wantSecure {
			t.Errorf("%q: host %v, secure %v; want %v, %v", tt.name, host, secure, tt.wantHost, tt.wantSecure)
		}
	}
}

func TestExpireCookie(t *testing.T) {
	got := &http.Cookie{Name: "a", Value: "1", Path: "/p", Domain: "cats.example", MaxAge: 60, Secure: true}
	header.ExpireCookie(got)
	want := &http.Cookie{Name: "a", Path: "/p", Domain: "cats.example", MaxAge: -1, Expires: time.Unix(1, 0), Secure: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHasCookie(t *testing.T) {
	for _, tt := range []struct {
		description string
		lines       []string
		want        bool
	}{
		{"none", nil, false},
		{"another", []string{"b=1"}, false},
		{"there", []string{"b=1; a=2"}, true},
		{"without a value", []string{"a"}, true},
		{"with a malformed value", []string{"a=ä"}, true},
		{"on the second line", []string{"b=1", "\ta =2"}, true},
		{"beyond what is read", []string{strings.Repeat("b=1;", 2*header.MaxCookies) + "a=1"}, true},
		{"as a value", []string{"b=a"}, false},
		{"other case", []string{"A=1"}, false},
	} {
		if got := header.HasCookie(tt.lines, "a"); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.description, got, tt.want)
		}
	}
}
