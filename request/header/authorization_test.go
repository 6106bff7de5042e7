package header_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestParseAuthorization(t *testing.T) {
	for _, tt := range []struct {
		name            string
		in              string
		wantScheme      string
		wantCredentials string
		wantOK          bool
	}{
		{"basic", "Basic dTpw", "basic", "dTpw", true},
		{"other case", "bEARER abc", "bearer", "abc", true},
		{"several spaces", "Bearer   abc", "bearer", "abc", true},
		{"spaces around", " Bearer abc \t", "bearer", "abc", true},
		{"parameters stay as they are", `Digest username="a b",  realm=x`, "digest", `username="a b",  realm=x`, true},
		{"no credentials", "Negotiate", "negotiate", "", true},
		{"no credentials, but a space", "Negotiate ", "negotiate", "", true},
		{"non-ASCII credentials", "X ä", "x", "ä", true},
		{"empty", "", "", "", false},
		{"only spaces", "  ", "", "", false},
		{"tab instead of a space", "Bearer\tabc", "", "", false},
		{"scheme is no token", "Bear(er abc", "", "", false},
		{"two headers in one", "Basic,Bearer abc", "", "", false},
		{"non-ASCII scheme", "Beärer abc", "", "", false},
		{"control character", "Bearer a\x00b", "", "", false},
		{"line break", "Bearer a\r\nX-Admin: 1", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			scheme, credentials, ok := header.ParseAuthorization(tt.in)
			if scheme != tt.wantScheme || credentials != tt.wantCredentials || ok != tt.wantOK {
				t.Errorf("got %q, %q, %v", scheme, credentials, ok)
			}
		})
	}
	for _, in := range []string{"Basic dTpw", "Bearer abc", "dpop abc"} {
		if n := testing.AllocsPerRun(100, func() { header.ParseAuthorization(in) }); n != 0 {
			t.Errorf("%q: %v allocations", in, n)
		}
	}
}

func TestParseBasic(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, tt := range []struct {
		name         string
		in           string
		wantUser     string
		wantPassword string
		wantOK       bool
	}{
		{"RFC 7617, 2", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame", true},
		{"RFC 7617, 2.1", "dGVzdDoxMjPCow==", "test", "123£", true},
		{"colons in the password", encode("u:p:q"), "u", "p:q", true},
		{"no password", encode("u:"), "u", "", true},
		{"no user", encode(":p"), "", "p", true},
		{"neither", encode(":"), "", "", true},
		{"invalid UTF-8", encode("u:\xff"), "u", "\xff", true},
		{"no colon", encode("user"), "", "", false},
		{"empty", "", "", "", false},
		{"missing padding", "QWxhZGRpbjpvcGVuIHNlc2FtZQ", "", "", false},
		{"half of the padding", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=", "", "", false},
		{"too much padding", "QWxhZGRpbjpvcGVuIHNlc2FtZQ====", "", "", false},
		{"unused bits", "QWxhZGRpbjpvcGVuIHNlc2FtZR==", "", "", false},
		{"line break", "QWxhZGRpbjpv\ncGVuIHNlc2FtZQ==", "", "", false},
		{"carriage return at the end", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r", "", "", false},
		{"space", "QWxhZGRpbjpv cGVuIHNlc2FtZQ==", "", "", false},
		{"URL alphabet", strings.NewReplacer("+", "-", "/", "_").Replace(encode("u:\xfb\xff\xfe")), "", "", false},
		{"NUL in the user", encode("u\x00:p"), "", "", false},
		{"line feed in the password", encode("u:p\n"), "", "", false},
		{"tab", encode("u:\tp"), "", "", false},
		{"DEL", encode("u:\x7f"), "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			user, password, ok := header.ParseBasic(tt.in)
			if user != tt.wantUser || password != tt.wantPassword || ok != tt.wantOK {
				t.Errorf("got %q, %q, %v", user, password, ok)
			}
		})
	}
}

func TestParseBearer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		in     string
		wantOK bool
	}{
		{"every character", "abcXYZ019-._~+/", true},
		{"padding", "abc==", true},
		{"empty", "", false},
		{"only padding", "==", false},
		{"padding within", "a=b", false},
		{"space", "a b", false},
		{"comma", "a,b", false},
		{"quotes", `"abc"`, false},
		{"non-ASCII", "abç", false},
		{"line break", "abc\n", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := ""
			if tt.wantOK {
				want = tt.in
			}
			if got, ok := header.ParseBearer(tt.in); got != want || ok != tt.wantOK {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}

// Every user and password has one spelling that is accepted, and that one is accepted.
func FuzzParseBasic(f *testing.F) {
	for _, s := range []string{"QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Og==", "Oh==", "dTpw\n", "dTpw=", "====", "dTpwCg=="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		user, password, ok := header.ParseBasic(s)
		spelling := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
		if ok && spelling != s {
			t.Errorf("%q is accepted for %q", s, spelling)
		}
		spelling = base64.StdEncoding.EncodeToString([]byte("u:" + s))
		_, password, ok = header.ParseBasic(spelling)
		if want := header.ValidValue(s) && !strings.Contains(s, "\t"); ok != want || ok && password != s {
			t.Errorf("password %q reads as %q, %v", s, password, ok)
		}
	})
}

// The parts, put together again, are split in the same way.
func FuzzParseAuthorization(f *testing.F) {
	for _, s := range []string{"Basic dTpw", "BEARER  a.b.c", "Negotiate", `Digest a="b"`, "Basic\tx", " x y ", "x \t y", "\xff \xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		scheme, credentials, ok := header.ParseAuthorization(s)
		if !ok {
			return
		}
		if !header.IsToken(scheme) || scheme != strings.ToLower(scheme) || !header.ValidValue(credentials) {
			t.Errorf("%q gives %q and %q", s, scheme, credentials)
		}
		scheme2, credentials2, ok := header.ParseAuthorization(scheme + " " + credentials)
		if scheme2 != scheme || credentials2 != credentials || !ok {
			t.Errorf("%q gives %q and %q, then %q and %q", s, scheme, credentials, scheme2, credentials2)
		}
	})
}
