package urlencoded_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/internal/urlencoded"
)

func TestFields(t *testing.T) {
	for _, tt := range []struct {
		description, text string
		want              []string // names and values in turn
	}{
		{"nothing", "", nil},
		{"one field", "a=1", []string{"a", "1"}},
		{"fields in their order", "b=1&a=2&b=3", []string{"b", "1", "a", "2", "b", "3"}},
		{"no equal sign", "a", []string{"a", ""}},
		{"no value", "a=", []string{"a", ""}},
		{"no name", "=1", []string{"", "1"}},
		{"neither", "=", []string{"", ""}},
		{"equal signs in the value", "a=b=c==", []string{"a", "b=c=="}},
		{"empty pieces", "&&a=1&&&b=2&", []string{"a", "1", "b", "2"}},
		{"only separators", "&&&", nil},
		{"semicolons", "a=1;b=2", []string{"a", "1;b=2"}},
		{"encoding stays", "a%3D=%26+", []string{"a%3D", "%26+"}},
		{"bytes", "\xff=\x00", []string{"\xff", "\x00"}},
	} {
		t.Run(tt.description, func(t *testing.T) {
			var got []string
			for name, value := range urlencoded.Fields(tt.text) {
				got = append(got, name, value)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for name := range urlencoded.Fields("a=1&b=2") {
		if name != "a" {
			t.Error("it goes on after the loop has ended")
		}
		break
	}
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct{ description, text, want, wantErr string }{
		{"nothing", "", "", ""},
		{"plain", "abc-_.~é", "abc-_.~é", ""},
		{"plus", "a+b", "a b", ""},
		{"percent", "%41%2b%20%C3%a9%00", "A+ é\x00", ""},
		{"half an encoding", "a%4", "", `invalid URL escape "%4"`},
		{"only the sign", "%", "", `invalid URL escape "%"`},
		{"no digits", "%zz", "", `invalid URL escape "%zz"`},
		{"decoded once", "%2541", "%41", ""},
		{"bytes", "\xff", "", "urlencoded: not valid UTF-8"},
		{"encoded bytes", "%FF", "", "urlencoded: not valid UTF-8"},
		{"a surrogate", "%ED%A0%80", "", "urlencoded: not valid UTF-8"},
		{"an overlong slash", "%C0%AF", "", "urlencoded: not valid UTF-8"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			got, err := urlencoded.Decode(tt.text)
			message := ""
			if err != nil {
				message = err.Error()
			}
			if got != tt.want || message != tt.wantErr {
				t.Errorf("got %q, %q; want %q, %q", got, message, tt.want, tt.wantErr)
			}
		})
	}
}

func TestDecodeDoesNotCopy(t *testing.T) {
	text := strings.Repeat("é", 1000)
	if got := testing.AllocsPerRun(100, func() {
		if s, err := urlencoded.Decode(text); err != nil || len(s) != len(text) {
			t.Fatal(err)
		}
		for range urlencoded.Fields("a=1&b=2&c") {
		}
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

// Fields and Decode together are url.ParseQuery, but for semicolons and for bytes that are no text.
func FuzzFields(f *testing.F) {
	for _, text := range []string{"", "a=1&b=2", "a+b=%20&=", "&&a&a=%zz", "%=1", "a=\xff", "a=b=c", "%61=1&a=2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, ";") {
			return
		}
		got, want := url.Values{}, url.Values{}
		for name, value := range urlencoded.Fields(text) {
			n, err1 := urlencoded.Decode(name)
			v, err2 := urlencoded.Decode(value)
			if err1 == nil && err2 == nil {
				got.Add(n, v)
			}
			if !urlencoded.IsEncoded(name) && err1 == nil && n != name {
				t.Errorf("%q is not encoded, but becomes %q", name, n)
			}
		}
		all, _ := url.ParseQuery(text)
		for name, values := range all {
			for _, v := range values {
				if utf8.ValidString(name) && utf8.ValidString(v) {
					want.Add(name, v)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-net/url +got):\n%s", text, diff)
		}
	})
}
