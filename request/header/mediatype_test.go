package header_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/header"
)

func TestParseMediaType(t *testing.T) {
	type params = map[string]string
	for _, tt := range []struct {
		name       string
		in         string
		wantName   string
		wantSuffix string
		wantParams params
		wantString string
	}{
		{"bare", "text/html", "text/html", "", params{}, "text/html"},
		{"upper case", "TEXT/HTML;Charset=UTF-8", "text/html", "", params{"charset": "UTF-8"}, "text/html; charset=UTF-8"},
		{"suffix", "application/problem+JSON", "application/problem+json", "json", params{}, "application/problem+json"},
		{"two plus signs", "a/b+c+xml", "a/b+c+xml", "xml", params{}, "a/b+c+xml"},
		{"nothing before the suffix", "a/+json", "a/+json", "", params{}, "a/+json"},
		{"whitespace", " \ta/b \t; \tc=d \t", "a/b", "", params{"c": "d"}, "a/b; c=d"},
		{"empty parameters", "a/b;; ;c=d;", "a/b", "", params{"c": "d"}, "a/b; c=d"},
		{"quoted token", `a/b;c="d"`, "a/b", "", params{"c": "d"}, "a/b; c=d"},
		{"quoted delimiters", `a/b;c="d;e=f,\"\\"`, "a/b", "", params{"c": `d;e=f,"\`}, `a/b; c="d;e=f,\"\\"`},
		{"needless backslashes", `a/b;c="\d\e"`, "a/b", "", params{"c": "de"}, "a/b; c=de"},
		{"empty quoted string", `a/b;c=""`, "a/b", "", params{"c": ""}, `a/b; c=""`},
		{"non-ASCII in quotes", "a/b;c=\"\xe7\"", "a/b", "", params{"c": "\xe7"}, "a/b; c=\"\xe7\""},
		{"tab in quotes", "a/b;c=\"\t\"", "a/b", "", params{"c": "\t"}, "a/b; c=\"\t\""},
		{"two parameters", "a/b; c=d; e=f", "a/b", "", params{"c": "d", "e": "f"}, "a/b; c=d; e=f"},
		{"wildcards are tokens", "*/*", "*/*", "", params{}, "*/*"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := header.ParseMediaType(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Type + "/" + m.Subtype; got != tt.wantName {
				t.Errorf("name = %q, want %q", got, tt.wantName)
			}
			if got := m.Suffix(); got != tt.wantSuffix {
				t.Errorf("suffix = %q, want %q", got, tt.wantSuffix)
			}
			if diff := cmp.Diff(tt.wantParams, maps.Collect(m.Params())); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
			if got := m.String(); got != tt.wantString {
				t.Errorf("string = %s, want %s", got, tt.wantString)
			}
		})
	}
}

func TestParseMediaTypeErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want string
	}{
		{"empty", "", `header: media type "": not of the form type/subtype`},
		{"only whitespace", " \t", `header: media type " \t": not of the form type/subtype`},
		{"no slash", "text", `header: media type "text": not of the form type/subtype`},
		{"no type", "/html", `header: media type "/html": not of the form type/subtype`},
		{"no subtype", "text/", `header: media type "text/": not of the form type/subtype`},
		{"two slashes", "a/b/c", `header: media type "a/b/c": not of the form type/subtype`},
		{"space around the slash", "a /b", `header: media type "a /b": not of the form type/subtype`},
		{"two media types", "a/b, c/d", `header: media type "a/b, c/d": not of the form type/subtype`},
		{"non-ASCII type", "ä/b", `header: media type "ä/b": not of the form type/subtype`},
		{"line break", "a/b\r\n", `header: media type "a/b\r\n": not of the form type/subtype`},
		{"parameter without value", "a/b;c", `header: media type "a/b;c": malformed parameter`},
		{"parameter with an empty value", "a/b;c=", `header: media type "a/b;c=": malformed parameter`},
		{"parameter without name", "a/b;=c", `header: media type "a/b;=c": malformed parameter`},
		{"space around the equals sign", "a/b;c =d", `header: media type "a/b;c =d": malformed parameter`},
		{"two values", "a/b;c=d e", `header: media type "a/b;c=d e": malformed parameter`},
		{"unterminated quote", `a/b;c="d`, `header: media type "a/b;c=\"d": malformed parameter`},
		{"backslash at the end", `a/b;c="\`, `header: media type "a/b;c=\"\\": malformed parameter`},
		{"escaped final quote", `a/b;c="\"`, `header: media type "a/b;c=\"\\\"": malformed parameter`},
		{"text after the quote", `a/b;c="d"e`, `header: media type "a/b;c=\"d\"e": malformed parameter`},
		{"control character in quotes", "a/b;c=\"\x00\"", `header: media type "a/b;c=\"\x00\"": malformed parameter`},
		{"escaped control character", "a/b;c=\"\\\n\"", `header: media type "a/b;c=\"\\\n\"": malformed parameter`},
		{"same parameter twice", "a/b;c=d;C=d", `header: media type "a/b;c=d;C=d": parameter appears twice`},
		{
			"too many parameters", "a/b" + numberedParams(17),
			`header: media type "a/b;p0=0;p1=1;p2=2;p3=3;p4=4;p5=5;p6=6;p7=7;p8=8;p9=9;p10=10;p11…": more than 16 parameters`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := header.ParseMediaType(tt.in)
			if err == nil {
				t.Fatalf("no error, got %q", m)
			}
			if err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
			if m != (header.MediaType{}) {
				t.Errorf("%q with an error", m)
			}
		})
	}
	if _, err := header.ParseMediaType("a/b" + numberedParams(16)); err != nil {
		t.Errorf("16 parameters: %v", err)
	}
}

func TestMediaTypeParam(t *testing.T) {
	m, err := header.ParseMediaType(`multipart/form-data; Boundary="a b"; x=y`)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := m.Param("bOUNDARY"); got != "a b" || !ok {
		t.Errorf("boundary = %q, %v", got, ok)
	}
	if got, ok := m.Param("charset"); got != "" || ok {
		t.Errorf("charset = %q, %v", got, ok)
	}
	for name := range m.Params() {
		if name != "boundary" {
			t.Errorf("first parameter is %q", name)
		}
		break
	}
}

func TestIsMediaType(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value string
		mime  string
		want  bool
	}{
		{"same", "text/html", "text/html", true},
		{"other case", "Text/HTML", "text/Html", true},
		{"parameters", "text/html; charset=utf-8", "text/html", true},
		{"other type", "image/html", "text/html", false},
		{"longer subtype", "text/html5", "text/html", false},
		{"shorter subtype", "text/htm", "text/html", false},
		{"malformed parameters", "text/html; charset", "text/html", false},
		{"second media type", "text/html, text/html", "text/html", false},
		{"empty", "", "", false},
		{"malformed both", "text", "text", false},
		{"Kelvin sign is no k", "a/k", "a/\u212a", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.IsMediaType(tt.value, tt.mime); got != tt.want {
				t.Errorf("IsMediaType(%q, %q) = %v, want %v", tt.value, tt.mime, got, tt.want)
			}
		})
	}
}

func TestIsJSON(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want bool
	}{
		{"JSON", "application/json", true},
		{"with charset", "Application/JSON; charset=utf-8", true},
		{"problem", "application/problem+json", true},
		{"suffix on another type", "model/gltf+json", true},
		{"text/json is not registered", "text/json", false},
		{"JSON sequences", "application/json-seq", false},
		{"only ends alike", "text/notjson", false},
		{"suffix alone", "application/+json", false},
		{"suffix not last", "application/a+json+xml", false},
		{"form", "application/x-www-form-urlencoded", false},
		{"hidden in a parameter", "text/plain; a=application/json", false},
		{"hidden in a quoted parameter", `text/plain; a="; application/json"`, false},
		{"malformed parameter", "application/json; charset", false},
		{"same parameter twice", "application/json; a=b; a=c", false},
		{"list", "application/json, text/plain", false},
		{"long s is no s", "application/j\u017fon", false},
		{"empty", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := header.IsJSON(tt.in); got != tt.want {
				t.Errorf("IsJSON(%q) = %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func TestMediaTypeAllocations(t *testing.T) {
	for _, in := range []string{
		"application/json", `Application/JSON; charset="utf-8"`, "text/html; a=b; A=b", `a/b;c="` + strings.Repeat(`\"`, 1000),
	} {
		if n := testing.AllocsPerRun(100, func() { header.IsJSON(in); header.IsMediaType(in, "text/html") }); n != 0 {
			t.Errorf("%q: %v allocations", in, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { header.ParseMediaType("text/html; charset=utf-8") }); n != 0 {
		t.Errorf("ParseMediaType: %v allocations", n)
	}
}

// mediaTypeGrammar is RFC 9110, 8.3.1 and 5.6.6 as a regular expression.
var mediaTypeGrammar = func() *regexp.Regexp {
	const (
		token  = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
		quoted = `"(?:[^\x00-\x08\x0a-\x1f\x7f"\\]|\\[^\x00-\x08\x0a-\x1f\x7f])*"`
		param  = token + `=(?:` + token + `|` + quoted + `)`
	)
	return regexp.MustCompile(`^[ \t]*` + token + `/` + token + `(?:[ \t]*;[ \t]*(?:` + param + `)?)*[ \t]*$`)
}()

func FuzzParseMediaType(f *testing.F) {
	for _, s := range []string{
		"text/html", "application/problem+json; charset=utf-8", `a/b ; C="d\"e" ;; f=g;`, "a/b;c=d;C=e", "a/b;c", `a/b;c="`, "*/*;q=1",
		"a/b;c=\"\xff\"", "a/b" + numberedParams(17), " a/b\t", "a/+json", `a/b;c="\`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := header.ParseMediaType(s)
		if err == nil && !mediaTypeGrammar.MatchString(s) {
			t.Fatalf("%q parses as %q against the grammar", s, m)
		}
		if err != nil {
			text := err.Error()
			if mediaTypeGrammar.MatchString(s) && !strings.Contains(text, "twice") && !strings.Contains(text, "more than") {
				t.Fatalf("%q follows the grammar: %v", s, err)
			}
			if header.IsJSON(s) || header.IsMediaType(s, s) {
				t.Fatalf("malformed %q taken for a media type", s)
			}
			return
		}
		name := m.Type + "/" + m.Subtype
		if !header.IsMediaType(s, name) {
			t.Errorf("IsMediaType(%q, %q) = false", s, name)
		}
		if want := name == "application/json" || m.Suffix() == "json"; header.IsJSON(s) != want {
			t.Errorf("IsJSON(%q) = %v", s, !want)
		}
		again, err := header.ParseMediaType(m.String())
		if err != nil || again.Type != m.Type || again.Subtype != m.Subtype || again.String() != m.String() {
			t.Errorf("%q became %q, then %q, %v", s, m, again, err)
		}
		if diff := cmp.Diff(maps.Collect(m.Params()), maps.Collect(again.Params())); diff != "" {
			t.Errorf("%q became %q:\n%s", s, m, diff)
		}
		for name, value := range m.Params() {
			if got, ok := m.Param(name); got != value || !ok {
				t.Errorf("%q: %s = %q, %v, want %q", s, name, got, ok, value)
			}
		}
	})
}
