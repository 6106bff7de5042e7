package header_test

import (
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestOrigin(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"https://a.test", "https://A.test", true},
		{"https://a.test", "https://a.test:443", true},
		{"http://a.test:80", "http://a.test", true},
		{"http://[::1]", "http://[0:0:0:0:0:0:0:1]:80", true},
		{"app://a.test:1", "app://a.test:1", true},
		{"https://a.test", "http://a.test", false},
		{"https://a.test", "https://a.test.", false},
		{"https://a.test", "https://a.test:444", false},
		{"http://[::1]", "http://[::2]", false},
		{"http://a.test:443", "https://a.test:443", false},
	} {
		a, ok := header.ParseOrigin(tt.a)
		b, ok2 := header.ParseOrigin(tt.b)
		if !ok || !ok2 || a.Is(b) != tt.want || b.Is(a) != tt.want {
			t.Errorf("%s and %s: parsed %t and %t, and the same %t, %t", tt.a, tt.b, ok, ok2, a.Is(b), b.Is(a))
		}
	}
	for _, s := range []string{
		"", "null", "a.test", "https://", "HTTPS://a.test", "https://a.test/", "https://a.test:", "https://a.test:080", "https://a.test:65536",
		"https://a.test https://b.test", "https://u@a.test", "https://[::1", "https://[::1%25x]", "https://[127.0.0.1]", "https://ä.test", "://a.test",
	} {
		if o, ok := header.ParseOrigin(s); ok {
			t.Errorf("%q is parsed as %v", s, o)
		}
	}
}
