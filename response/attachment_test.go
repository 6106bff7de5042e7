package response_test

import (
	"mime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/soay-go/soay/response"
)

func TestAsAttachment(t *testing.T) {
	for _, tt := range []struct{ description, name, want string }{
		{"plain", "report.pdf", `attachment; filename="report.pdf"`},
		{"spaces", "my report.pdf", `attachment; filename="my report.pdf"`},
		{"semicolons and equal signs", "a;b=c.txt", `attachment; filename="a;b=c.txt"`},
		{"quotes", `a"b.txt`, `attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt`},
		{"single quotes", "a'b.txt", `attachment; filename="a'b.txt"`},
		{"percent", "100%41.txt", `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`},
		{"plus", "a+b.txt", `attachment; filename="a+b.txt"`},
		{"beyond ASCII", "naïve file.txt",
			`attachment; filename="na_ve file.txt"; filename*=UTF-8''na%C3%AFve%20file.txt`},
		{"far beyond ASCII", "日本😀+.txt",
			`attachment; filename="___+.txt"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%F0%9F%98%80%2B.txt`},
		{"invalid UTF-8", "a\xffb.txt", `attachment; filename="a_b.txt"`},
		{"folders", "/etc/passwd", `attachment; filename="passwd"`},
		{"folders of another system", `C:\temp\a.txt`, `attachment; filename="a.txt"`},
		{"mixed folders", `../..\../a.txt`, `attachment; filename="a.txt"`},
		{"control characters", "a\r\nX: 1\x00\t\x7f.txt", `attachment; filename="aX: 1.txt"`},
		{"control character hides a folder", "a\n/b", `attachment; filename="b"`},
		{"direction turned around", "cod\u202ecod.exe", `attachment; filename="codcod.exe"`},
		{"all that turns or marks a direction",
			"a\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069b.txt", `attachment; filename="ab.txt"`},
		{"invisible characters",
			"a\u00ad\u034f\u115f\u180e\u200b\u2028\u2029\u2060\u2064\u206a\u3164\ufeff\ufff9\U000e0041b.txt", `attachment; filename="ab.txt"`},
		{"control characters beyond ASCII", "a\u0080\u0085\u009fb.txt", `attachment; filename="ab.txt"`},
		{"joiners", "می\u200cشود\u200d.txt", `attachment; filename="_______.txt"; filename*=UTF-8''` +
			"%D9%85%DB%8C%E2%80%8C%D8%B4%D9%88%D8%AF%E2%80%8D.txt"},
		{"invisible characters alone", "\u202e\u200b", "attachment"},
		{"invisible characters between dots", ".\u200b.", "attachment"},
		{"nothing", "", "attachment"},
		{"nothing but control characters", "\r\n", "attachment"},
		{"folder", "a/", "attachment"},
		{"dot", ".", "attachment"},
		{"two dots", "../..", "attachment"},
		{"starts with a dot", ".profile", `attachment; filename=".profile"`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			w := send(response.Text("x").AsAttachment(tt.name))
			if got := w.Header()["Content-Disposition"]; w.Code != 200 || len(got) != 1 || got[0] != tt.want {
				t.Errorf("sent %d with\n%q, want\n%q", w.Code, got, tt.want)
			}
		})
	}
}

func TestAttachment(t *testing.T) {
	path := newFile(t, "Straße.csv", "a,b")
	for _, tt := range []struct {
		description string
		response    response.Response
		want        string
	}{
		{"name of the file", response.Attachment(path),
			`attachment; filename="Stra_e.csv"; filename*=UTF-8''Stra%C3%9Fe.csv`},
		{"another name", response.Attachment(path, "cats.csv"), `attachment; filename="cats.csv"`},
		{"path as the name", response.Attachment(path, "../cats.csv"), `attachment; filename="cats.csv"`},
		{"empty name", response.Attachment(path, ""), "attachment"},
		{"file made one", response.File(path).AsAttachment("a"), `attachment; filename="a"`},
	} {
		w := send(tt.response)
		got, tag := w.Header().Get("Content-Disposition"), w.Header().Get("Etag")
		if got != tt.want || w.Body.String() != "a,b" || tag == "" {
			t.Errorf("%s: sent %q with %q and ETag %s, want %q", tt.description, w.Body, got, tag, tt.want)
		}
	}
}

// Whatever the name, package mime reads the header, and what it finds is no path and has nothing that hides in it.
func FuzzAsAttachment(f *testing.F) {
	f.Add("report.pdf")
	f.Add(`a"b\c/d;filename*=x`)
	f.Add("日本\r\n%41'\xff")
	f.Fuzz(func(t *testing.T, name string) {
		resp := response.Text("").AsAttachment(name)
		if err := resp.Err(); err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(resp.Header("Content-Disposition"))
		if err != nil || kind != "attachment" {
			t.Fatalf("%q: %s, %v", resp.Header("Content-Disposition"), kind, err)
		}
		got := params["filename"]
		unfit := func(c rune) bool {
			return c == '/' || c == '\\' || unicode.IsControl(c) || unicode.In(c, unicode.Zl, unicode.Zp, unicode.Bidi_Control) ||
				unicode.Is(unicode.Other_Default_Ignorable_Code_Point, c) ||
				unicode.Is(unicode.Cf, c) && !unicode.In(c, unicode.Join_Control, unicode.Prepended_Concatenation_Mark)
		}
		if strings.ContainsFunc(got, unfit) {
			t.Errorf("file name %q of %q", got, name)
		}
		if !strings.ContainsFunc(name, unfit) && utf8.ValidString(name) && name != "." && name != ".." && got != name {
			t.Errorf("file name %q, want %q", got, name)
		}
	})
}
