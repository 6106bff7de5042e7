package antiforgery_test

import (
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/middleware/antiforgery"
)

func TestOptions(t *testing.T) {
	trust := func(origins ...string) antiforgery.Options {
		return antiforgery.Options{TrustedOrigins: origins}
	}
	tests := []struct {
		description string
		options     antiforgery.Options
		want        string // part of the error, "" for none
	}{
		{"nothing set", antiforgery.Options{}, ""},
		{"trusted origins", trust("https://a.example", "http://b.example:8080", "https://[2001:DB8::1]", "app://x"), ""},
		{"trusted null", trust("null"), "null"},
		{"trusted pattern", trust("https://*.example"), "https://*.example"},
		{"trusted star", trust("*"), "*"},
		{"trusted host without a scheme", trust("a.example"), "a.example"},
		{"trusted with a slash", trust("https://a.example/"), "a.example/"},
		{"trusted with a query", trust("https://a.example?x"), "?x"},
		{"trusted with a user", trust("https://u@a.example"), "u@"},
		{"trusted with a bad port", trust("https://a.example:99999"), "99999"},
		{"trusted with an empty port", trust("https://a.example:"), "a.example:"},
		{"trusted with a scheme in capitals", trust("HTTPS://a.example"), "HTTPS"},
		{"trusted beyond ASCII", trust("https://ä.example"), "TrustedOrigins"},
		{"trusted empty", trust(""), "TrustedOrigins"},
		{"all mistakes are named", trust("x", "https://a.example", "y"), `"y"`},
		{"cookie", antiforgery.Options{Cookies: []string{"a b"}}, "Cookies"},
		{"key header", antiforgery.Options{KeyHeaders: []string{"X-Api-Key"}}, ""},
		{"key header that browsers send", antiforgery.Options{KeyHeaders: []string{"cookie"}}, "KeyHeaders"},
		{"key header that forms can set", antiforgery.Options{KeyHeaders: []string{"content-type"}}, "KeyHeaders"},
		{"key header of fetch", antiforgery.Options{KeyHeaders: []string{"sec-fetch-mode"}}, "KeyHeaders"},
		{"key scheme", antiforgery.Options{KeySchemes: []string{"Cats"}}, ""},
		{"key scheme of browsers", antiforgery.Options{KeySchemes: []string{"BASIC"}}, "KeySchemes"},
		{"key scheme that is none", antiforgery.Options{KeySchemes: []string{"a b"}}, "KeySchemes"},
		{"key header that is none", antiforgery.Options{KeyHeaders: []string{"a:b"}}, "KeyHeaders"},
		{"field", antiforgery.Options{FieldName: `a"b`}, "FieldName"},
		{"header", antiforgery.Options{HeaderName: "a b"}, "HeaderName"},
		{"header that browsers send", antiforgery.Options{HeaderName: "Referer"}, "HeaderName"},
		{"negative age", antiforgery.Options{MaxAge: -time.Second}, "MaxAge"},
		{"sealer without sessions", antiforgery.Options{Sealer: newSealer("x")}, "belong together"},
		{"sessions without a sealer", antiforgery.Options{SessionCookie: sessionCookie}, "belong together"},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			g, err := antiforgery.New(tt.options)
			if tt.want == "" && (err != nil || g == nil) {
				t.Fatalf("New = %v, %v; want a guard", g, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("New: error %v, want one about %q", err, tt.want)
			}
		})
	}
}
