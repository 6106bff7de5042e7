package header_test

import (
	"net/url"
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestParseHost(t *testing.T) {
	tests := []struct {
		description, host, wantName, wantPort string // "" for no host
	}{
		{"name", "api.test", "api.test", ""},
		{"name with a port", "api.test:8080", "api.test", "8080"},
		{"empty port", "api.test:", "api.test", ""},
		{"case", "API.Test", "api.test", ""},
		{"dot at the end", "api.test.:80", "api.test", "80"},
		{"one label", "localhost", "localhost", ""},
		{"underscore", "a_b.test", "a_b.test", ""},
		{"IPv4 address", "192.0.2.1:80", "192.0.2.1", "80"},
		{"IPv6 address", "[::1]", "[::1]", ""},
		{"IPv6 address with a port", "[::1]:80", "[::1]", "80"},
		{"IPv6 address in another spelling", "[0:0::0:1]:80", "[::1]", "80"},
		{"nothing", "", "", ""},
		{"port alone", ":80", "", ""},
		{"colon alone", ":", "", ""},
		{"dot alone", ".", "", ""},
		{"dots", "...", "", ""},
		{"dot at the start", ".api.test", "", ""},
		{"empty label", "api..test", "", ""},
		{"port that is no number", "api.test:evil", "", ""},
		{"port that is too large", "api.test:65536", "", ""},
		{"port that is too long", "api.test:000080", "", ""},
		{"user", "user@api.test", "", ""},
		{"path", "api.test/", "", ""},
		{"address without brackets", "::1", "", ""},
		{"brackets around nothing", "[]", "", ""},
		{"brackets around a name", "[api.test]", "", ""},
		{"brackets around an IPv4 address", "[192.0.2.1]", "", ""},
		{"bracket not closed", "[::1", "", ""},
		{"text behind brackets", "[::1]a", "", ""},
		{"zone", "[fe80::1%eth0]", "", ""},
		{"outside ASCII", "gr\u00f6\u00dfe.test", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			name, port, ok := header.ParseHost(tt.host)
			if name != tt.wantName || port != tt.wantPort || ok != (tt.wantName != "") {
				t.Errorf("ParseHost(%q) = %q, %q, %t; want %q, %q", tt.host, name, port, ok, tt.wantName, tt.wantPort)
			}
		})
	}
}

// FuzzParseHost states that what ParseHost returns is the same host in its one spelling.
func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"Api.Test.:80", "[0::1]:443", "api.test:", "a..b", "[::1%25a]", "user@a:1", "[::ffff:192.0.2.1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, port, ok := header.ParseHost(s)
		if !ok {
			if name+port != "" {
				t.Errorf("ParseHost(%q) is false with %q, %q", s, name, port)
			}
			return
		}
		again := name
		if port != "" {
			again += ":" + port
		}
		if name2, port2, ok := header.ParseHost(again); name2 != name || port2 != port || !ok {
			t.Errorf("ParseHost(%q) = %q, %q, and of %q it is %q, %q, %t", s, name, port, again, name2, port2, ok)
		}
		if u, err := url.Parse("http://" + again + "/"); err != nil || u.Host != again || u.User != nil || u.Path != "/" {
			t.Errorf("ParseHost(%q): %q is no host of a URL: %v", s, again, err)
		}
	})
}
