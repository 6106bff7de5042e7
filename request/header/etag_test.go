package header_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/header"
)

func TestParseETags(t *testing.T) {
	type tags = []header.ETag
	for _, tt := range []struct {
		name    string
		values  []string
		want    tags
		wantAny bool
		wantErr string
	}{
		{"no header", nil, nil, false, ""},
		{"empty header", []string{"", " ,, "}, nil, false, ""},
		{"strong", []string{`"xyzzy"`}, tags{{Tag: "xyzzy"}}, false, ""},
		{"weak", []string{`W/"xyzzy"`}, tags{{Tag: "xyzzy", Weak: true}}, false, ""},
		{"empty tag", []string{`""`}, tags{{}}, false, ""},
		{"list over lines", []string{`"a",W/"b" , "c"`, `,"d"`}, tags{{Tag: "a"}, {Tag: "b", Weak: true}, {Tag: "c"}, {Tag: "d"}}, false, ""},
		{"comma in a tag", []string{`"a,b", "c"`}, tags{{Tag: "a,b"}, {Tag: "c"}}, false, ""},
		{"backslash is no escape", []string{`"a\", "b"`}, tags{{Tag: `a\`}, {Tag: "b"}}, false, ""},
		{"non-ASCII", []string{"\"\xff\""}, tags{{Tag: "\xff"}}, false, ""},
		{"any", []string{" *\t"}, nil, true, ""},
		{"any and a tag", []string{`*, "a"`}, nil, false, `header: entity tag "*, \"a\"": malformed`},
		{"a tag and any", []string{`"a"`, "*"}, nil, false, `header: entity tag "*": malformed`},
		{"any twice", []string{"*", "*"}, nil, false, `header: entity tag "*": malformed`},
		{"no quotes", []string{"abc"}, nil, false, `header: entity tag "abc": malformed`},
		{"lower-case weak mark", []string{`w/"a"`}, nil, false, `header: entity tag "w/\"a\"": malformed`},
		{"weak mark alone", []string{"W/"}, nil, false, `header: entity tag "W/": malformed`},
		{"space after the weak mark", []string{`W/ "a"`}, nil, false, `header: entity tag "W/ \"a\"": malformed`},
		{"space in a tag", []string{`"a b"`}, nil, false, `header: entity tag "\"a b\"": malformed`},
		{"unterminated", []string{`"a", "b`}, nil, false, `header: entity tag "\"b": malformed`},
		{"control character", []string{"\"a\x00\""}, nil, false, `header: entity tag "\"a\x00\"": malformed`},
		{"DEL", []string{"\"\x7f\""}, nil, false, `header: entity tag "\"\x7f\"": malformed`},
		{"no comma", []string{`"a" "b"`}, nil, false, `header: entity tag "\"a\" \"b\"": malformed`},
		{"semicolon", []string{`"a";"b"`}, nil, false, `header: entity tag "\"a\";\"b\"": malformed`},
		{"too many", []string{strings.Repeat(`"a",`, maxElements) + `"b"`}, nil, false, `header: entity tag "\"b\"": more than 64 elements`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, anyTag, err := header.ParseETags(tt.values)
			if err != nil && err.Error() != tt.wantErr || err == nil && tt.wantErr != "" {
				t.Errorf("got  %v\nwant %s", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || anyTag != tt.wantAny {
				t.Errorf("any = %v, tags (-want +got):\n%s", anyTag, diff)
			}
		})
	}
}

func TestParseETag(t *testing.T) {
	for _, tt := range []struct {
		name    string
		in      string
		want    header.ETag
		wantErr string
	}{
		{"strong", ` "a" `, header.ETag{Tag: "a"}, ""},
		{"weak", `W/"a"`, header.ETag{Tag: "a", Weak: true}, ""},
		{"two", `"a", "b"`, header.ETag{}, `header: entity tag "\"a\", \"b\"": malformed`},
		{"any", "*", header.ETag{}, `header: entity tag "*": malformed`},
		{"date", "Sat, 29 Oct 1994 19:43:31 GMT", header.ETag{}, `header: entity tag "Sat, 29 Oct 1994 19:43:31 GMT": malformed`},
		{"empty", "", header.ETag{}, `header: entity tag "": malformed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := header.ParseETag(tt.in)
			if err != nil && err.Error() != tt.wantErr || err == nil && tt.wantErr != "" {
				t.Errorf("got  %v\nwant %s", err, tt.wantErr)
			}
			if got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// The table of RFC 9110, 8.8.3.2.
func TestETagMatch(t *testing.T) {
	for _, tt := range []struct {
		name       string
		a, b       header.ETag
		wantStrong bool
		wantWeak   bool
	}{
		{"both weak", header.ETag{Tag: "1", Weak: true}, header.ETag{Tag: "1", Weak: true}, false, true},
		{"both weak, different", header.ETag{Tag: "1", Weak: true}, header.ETag{Tag: "2", Weak: true}, false, false},
		{"one weak", header.ETag{Tag: "1", Weak: true}, header.ETag{Tag: "1"}, false, true},
		{"both strong", header.ETag{Tag: "1"}, header.ETag{Tag: "1"}, true, true},
		{"both strong, different", header.ETag{Tag: "1"}, header.ETag{Tag: "2"}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a.StrongMatch(tt.b); got != tt.wantStrong || tt.b.StrongMatch(tt.a) != got {
				t.Errorf("strong = %v, want %v both ways", got, tt.wantStrong)
			}
			if got := tt.a.WeakMatch(tt.b); got != tt.wantWeak || tt.b.WeakMatch(tt.a) != got {
				t.Errorf("weak = %v, want %v both ways", got, tt.wantWeak)
			}
		})
	}
}

// Tags that were parsed, written as one list, parse to the same; each also parses alone.
func FuzzParseETags(f *testing.F) {
	for _, s := range []string{`"a", W/"b"`, `"a\", "b"`, "*", `*, "a"`, `"a,b",,`, `W/""`, `"`, `"a""b"`, "\"\xff\"\n\"c\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tags, anyTag, err := header.ParseETags(lines(s))
		if len(tags) > 0 && (anyTag || err != nil) {
			t.Fatalf("%q gives %v, %v, %v", s, tags, anyTag, err)
		}
		var written []string
		for _, tag := range tags {
			written = append(written, tag.String())
			if one, err := header.ParseETag(tag.String()); one != tag || err != nil {
				t.Errorf("%v became %v, %v", tag, one, err)
			}
		}
		again, _, err := header.ParseETags([]string{strings.Join(written, ",")})
		if diff := cmp.Diff(tags, again); diff != "" || err != nil {
			t.Errorf("%q became %q, %v:\n%s", s, written, err, diff)
		}
	})
}
