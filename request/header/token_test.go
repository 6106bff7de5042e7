package header_test

import (
	"testing"

	"github.com/soay-go/soay/request/header"
)

func TestIsToken(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want bool
	}{
		{"empty", "", false},
		{"letters and digits", "aZ09", true},
		{"every special character", "!#$%&'*+-.^_`|~", true},
		{"space", "a b", false},
		{"each separator", "a/b", false},
		{"quote", `a"`, false},
		{"control character", "a\n", false},
		{"DEL", "a\x7f", false},
		{"non-ASCII letter", "naïve", false},
		{"byte above ASCII", "a\xff", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.IsToken(tt.in); got != tt.want {
				t.Errorf("IsToken(%q) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
	for _, c := range []byte(`"(),/:;<=>?@[\]{} `) {
		if header.IsToken(string(c)) {
			t.Errorf("IsToken(%q) = true for a delimiter", c)
		}
	}
}

func TestValidValue(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want bool
	}{
		{"empty", "", true},
		{"text, tab and UTF-8", "a b\tç", true},
		{"invalid UTF-8", "\x80\xff", true},
		{"CR", "a\rb", false},
		{"LF", "a\nb", false},
		{"NUL", "a\x00b", false},
		{"escape character", "\x1b[2J", false},
		{"DEL", "\x7f", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.ValidValue(tt.in); got != tt.want {
				t.Errorf("ValidValue(%q) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func TestQuote(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want string
	}{
		{"empty", "", `""`},
		{"text", "a b", `"a b"`},
		{"quote and backslash", `a"b\c`, `"a\"b\\c"`},
		{"UTF-8", "ç", `"ç"`},
		{"response splitting", "a\r\nX: y\x00", `"a  X: y "`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.Quote(tt.in); got != tt.want {
				t.Errorf("Quote(%q) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

// What Quote writes, ParseMediaType reads.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", `"`, `\`, `\"\\`, "a;b=c, d", "\t ", "\xff", "\r\n", "ç"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := header.Quote(s)
		m, err := header.ParseMediaType("a/b;c=" + quoted)
		if err != nil {
			t.Fatalf("Quote(%q) = %s is malformed: %v", s, quoted, err)
		}
		if got, _ := m.Param("c"); header.ValidValue(s) && got != s {
			t.Errorf("Quote(%q) reads as %q", s, got)
		}
	})
}
