package upload_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/upload"
)

// otherForm is a form that the tests of another reader have, as a fact. A bar in its body is the end of a line.
type otherForm struct{ description, boundary, body, want string }

func runOthers(t *testing.T, forms []otherForm) {
	t.Helper()
	for _, tt := range forms {
		t.Run(tt.description, func(t *testing.T) {
			body := strings.ReplaceAll(tt.body, "|", "\r\n")
			contentType := fmt.Sprintf("multipart/form-data; boundary=%q", tt.boundary)
			if got := both(t, body, contentType, limits(t, upload.Limits{})); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

const field, otherFile = "Content-Disposition: form-data; name=", "|Content-Type: application/octet-stream||"

// The forms of package mime/multipart. Parts without a Content-Disposition, which that package is also for, are no fields
// (RFC 7578 section 4.2), so they have one here.
func TestFormsOfGo(t *testing.T) {
	runOthers(t, []otherForm{
		{"a file that looks like a head", "0015", "--0015|Content-Type: message/external-body; blob-key=AHA|" + field +
			`file; filename="fall.png"||Content-Type: image/png|Content-Length: 232303|||--0015--`,
			`file:"fall.png"(message/external-body)"Content-Type: image/png\r\nContent-Length: 232303\r\n\r\n"`},
		{"values that are empty between others", "0015", "--0015|" + field + "a||--0015|" + field + "b||foo|--0015|" + field + "a||--0015--",
			`a=["" ""] b=["foo"]`},
		// RFC 7578 section 5.1.2 allows other charsets; a form is UTF-8 here.
		{"a value of another charset", "0015", "--0015|Content-Type: text/plain; charset=ISO-8859-1|" + field + "a||foo|--0015--", "400"},
		{"the boundary behind an empty line", "abc", "--abc|" + field + "a|||--abc--", `a=[""]`},
		{"the last part is empty", "abc", "--abc|" + field + "a||--abc|" + field + "b||--abc--", `a=[""] b=[""]`},
		{"a tab behind the last boundary", "abc", "--abc|" + field + "a||--abc-- \t", `a=[""]`},
		{"a browser's form without fields", "----WebKitFormBoundaryQfEAfzFOiSemeHfA", "------WebKitFormBoundaryQfEAfzFOiSemeHfA--|", ""},
		{"a value that begins like the boundary", "sep", "--sep|" + field + "a||--sepFAKE|--sep--", `a=["--sepFAKE"]`},
		{"a boundary that begins like the outer one", "sep", "--sep |" + field + "a||a|--sep_alt|b||--sep--", `a=["a\r\n--sep_alt\r\nb\r\n"]`},
		{"a form whose boundary is longer by a hyphen", "foo", "--foo|Content-Type: multipart/alternative; boundary=\"foo-bar\"|" + field +
			"a||--foo-bar||Body|--foo-bar||Body2|--foo-bar--|--foo--", `a=["--foo-bar\r\n\r\nBody\r\n--foo-bar\r\n\r\nBody2\r\n--foo-bar--"]`},
		{"a form whose boundary is longer by two", "foo", "--foo|" + field + "a||--foo--||Body||--foo--", `a=[""]`},
		{"new lines alone", "x", "\n\n\n\n", "400"},
	})
}

// The forms of busboy for Node, its fork of fastify, and their dicer, which TestForms does not have.
func TestFormsOfNode(t *testing.T) {
	const many = "--W|" + field + `"_method"||put|--W|` + field + `"profile[blog]"|||--W|` + field +
		`"profile[bio]"||hello||"quote"|--W|` + field + `"media"; filename=""` + otherFile + "|--W|" + field + `"commit"||Save|`
	const manyValues = `_method=["put"] commit=["Save"] profile[bio]=["hello\r\n\r\n\"quote\""] profile[blog]=[""]`
	const mixed = "--BbC04y|Content-Disposition: attachment; filename=\"file.txt\"|Content-Type: text/plain||contents|--BbC04y--"
	runOthers(t, []otherForm{
		{"many parts", "W", many + "--W--Extra", "400"}, // RFC 2046 section 5.1.1: only white space may follow on the line
		{"many parts, with a line behind them", "W", many + "--W--|Extra", manyValues},
		{"many parts, another boundary", "LOLOLOL", many + "--W--", "400"},
		{"many parts, no last boundary", "W", many, "400"},
		{"a form in a value", "AaB03x", "--AaB03x|" + field + "foo||bar|--AaB03x|" + field +
			"files|Content-Type: multipart/mixed, boundary=BbC04y||" + mixed + "|--AaB03x--",
			`files=["` + strings.NewReplacer(`"`, `\"`, "|", `\r\n`).Replace(mixed) + `"] foo=["bar"]`},
		{"heads in front of the form", "AaB03x", "User-Agent: foo|Content-Type: multipart/form-data||--AaB03x|" + field + "foo||bar|--AaB03x--", `foo=["bar"]`},
		{"a type of a value", "W", "--W|" + field + "cont|Content-Type: application/json||{}|--W--", `cont=["{}"]`},
		{"no type of a value", "W", "--W|" + field + "cont|Content-Type: ||x|--W--", `cont=["x"]`},
		{"a folded type", "W", "--W|" + field + "f; filename=\"notes.txt\"|Content-Type: | text/plain; charset=utf8||bc|--W--", `f:"notes.txt"(text/plain)"bc"`},
		{"other letters", "W", "--W|" + field + `f; filename="テスト.dat"` + otherFile + "a|--W--", `f:"テスト.dat"(application/octet-stream)"a"`},
		{"an empty file of a batch", "d1bf46b3-aa33-4061-b28d-6c5ced8b08ee", "|--d1bf46b3-aa33-4061-b28d-6c5ced8b08ee|Content-Type: application/gzip|" +
			"Content-Encoding: gzip|" + field + "batch-1; filename=batch-1|||--d1bf46b3-aa33-4061-b28d-6c5ced8b08ee--", `batch-1:"batch-1"(application/gzip)""`},
		{"a smile in each line end", "asd", "--asd|:)Content-Type: text/plain|:)" + field + `"foo"|:)|:)asd|:)--asd--`, "400"},
		{"space in front of the last boundary", "W", "    --W--|", "400"},
		{"a boundary that is too short", "WW", "--W--|", "400"},
		// A part needs a head (RFC 7578 section 4.2), so a boundary in its place is refused and not skipped.
		{"a boundary twice", "W", "--W|" + field + "a||yes|--W|--W|" + field + "b||c|--W--", "400"},
		{"a boundary in a head", "b", "--b|" + field + "a|--b|" + field + "c||y|--b--", "400"},
		{"the last boundary in a head", "b", "--b|" + field + "a||x|--b|" + field + "b|--b--", "400"},
		{"a head that begins with a space", "W", "--W| " + field + "a||x|--W--", "400"}, // RFC 5322 section 2.2.3: it continues nothing
		{"a line of a head without a colon", "W", "--W|" + field + "a|nothing||x|--W--", "400"},
		{"a line of a head without a name", "W", "--W|" + field + "a|: value||x|--W--", "400"},
		// RFC 2183 section 2: after a quoted value stands a semicolon, or nothing; what is behind it could be a second extension.
		{"letters behind a quoted name", "W", "--W|" + field + `f; filename="payload.jpg".html||x|--W--`, "400"},
		{"a quote that does not end", "W", "--W|" + field + `f; filename="unterminated||x|--W--`, "400"},
		{"no space between parameters", "W", "--W|" + field + `"f";filename="w.png"||x|--W--`, `f:"w.png"()"x"`},
		{"spaces in front of a semicolon", "W", "--W|" + field + `"f"  ; filename="w.png"||x|--W--`, `f:"w.png"()"x"`},
		{"another parameter", "W", "--W|" + field + `"f"; extra=stuff||x|--W--`, `f=["x"]`},
	})
}

// The forms of the tests of Werkzeug for Python, and those that old browsers sent to it.
func TestFormsOfPython(t *testing.T) {
	const png = "\x89PNG\r\n\x1a\n\x00"
	pictures := func(boundary, first, second, kind, text string) string {
		file := "--%s|" + field + `"%s"; filename="%s"|Content-Type: %s||%s|`
		return fmt.Sprintf(file, boundary, "file1", first, kind, png) + fmt.Sprintf(file, boundary, "file2", second, kind, png) +
			fmt.Sprintf("--%s|%s\"text\"||%s|--%[1]s--|", boundary, field, text)
	}
	shown := func(first, second, kind, text string) string {
		return fmt.Sprintf("text=[%q] file1:%q(%s)%q file2:%q(%[3]s)%[4]q", text, first, kind, png, second)
	}
	const firefox, opera, webkit, explorer = "---------------------------186454651713519341951581030105",
		"----------zEO9jQKmLc2Cq88c23Dx19", "----WebKitFormBoundaryjdSFhcARk8fyGNy6", "---------------------------7d91b03a20128"
	const lookalikes = "--long text\r\n--with boundary\r\n--lookalikes--"
	lines := strings.Repeat(strings.Repeat("\r", 31)+"\n", 2046)
	runOthers(t, []otherForm{
		{"Firefox 3", firefox, pictures(firefox, "anchor.png", "application_edit.png", "image/png", "example text"),
			shown("anchor.png", "application_edit.png", "image/png", "example text")},
		{"Firefox 3, lines like boundaries", firefox, pictures(firefox, "accept.png", "add.png", "image/png", lookalikes),
			shown("accept.png", "add.png", "image/png", lookalikes)},
		{"Opera 8", opera, pictures(opera, "arrow_branch.png", "award.png", "image/png", "blafasel öäü"),
			shown("arrow_branch.png", "award.png", "image/png", "blafasel öäü")},
		{"WebKit 3", webkit, pictures(webkit, "gtk-apply.png", "gtk-no.png", "image/png", "ümläüts"),
			shown("gtk-apply.png", "gtk-no.png", "image/png", "ümläüts")},
		{"Internet Explorer 6", explorer, pictures(explorer, "file1.png", "file2.png", "image/x-png", "text :-/"),
			shown("file1.png", "file2.png", "image/x-png", "text :-/")},
		{"Internet Explorer 7, a folder of the network", explorer, pictures(explorer, `C:\a\one.doc`, `\\server\share\two.doc`, "image/png", ""),
			shown("one.doc", "two.doc", "image/png", "")},
		{"lines before the first boundary", "foo", "||--foo|" + field + `"foo"||a string|--foo--`, `foo=["a string"]`},
		{"more heads", "foo", "--foo|" + field + `"foo"; filename="foo.txt"|X-Custom-Header: blah|Content-Type: text/plain; charset=utf-8||text|--foo--`,
			`foo:"foo.txt"(text/plain)"text"`},
		{"carriage returns alone", "foo", "--foo\r" + field + "foo\r\rbar\r--foo--", "400"},                  // RFC 2046 section 4.1.1: a line ends in CR LF
		{"form-field", "foo", "--foo|Content-Disposition: form-field; name=foo||Hello World|--foo--", "400"}, // RFC 7578 section 4.2: form-data
		{"a name in pieces", "foo", "--foo|Content-Disposition: form-data; name=rfc2231;|\tfilename*0*=us-ascii''a%20b%20;|" +
			"\tfilename*1*=c%20d%20;|\tfilename*2=\"e f.txt\"||text|--foo--", `rfc2231:"a b c d e f.txt"()"text"`},
		{"an epilogue of spaces", "foo", "|--foo|" + field + "a||Some Text|--foo|" + field + "b||--foo--|    ", `a=["Some Text"] b=[""]`},
		// RFC 2046 section 5.1.1 has no dollar in boundaries.
		{"a dollar in the boundary", "x$", "--x$|" + field + "a||b|--x$--", "400"},
		{"lines of carriage returns", "thirteenbytes", "--thirteenbytes|" + field + `f; filename=f||` + lines + "|" + lines + "|--thirteenbytes--",
			`f:"f"()` + fmt.Sprint(2*len(lines)+2)},
	})
	for _, start := range []string{"A", "\n", "\r", "\r\n", "\n\r", "A\n", "A\r", "A\r\n", "A\n\r"} {
		runOthers(t, []otherForm{{fmt.Sprintf("a file that begins with %q", start), "foo", "|--foo|" + field + "test; filename=testfile" +
			otherFile + start + "|BCDE|--foo--", fmt.Sprintf("test:\"testfile\"(application/octet-stream)%q", start+"\r\nBCDE")}})
	}
}

// The forms that the Web Platform Tests expect of browsers, as these send them: CR, LF and quotes of names are escaped with
// percent signs, and nothing else is, so nobody can tell them from names that have the percent signs themselves. They stay.
func TestFormsOfBrowsers(t *testing.T) {
	for _, tt := range []struct{ sent, name, fileName string }{
		{"basic", "basic", "basic"},
		{"a%0D%0Ab", "a%0D%0Ab", "a%0D%0Ab"},
		{"a%0D%0A%0D%0Ab", "a%0D%0A%0D%0Ab", "a%0D%0A%0D%0Ab"},
		{"a%22b", "a%22b", "a%22b"},
		{"a'b", "a'b", "a'b"},
		{"%a+b c", "%a+b c", "%a+b c"},
		{"a;b=c, d", "a;b=c, d", "a;b=c, d"},
		{"é", "é", "é"},
		{"😺.txt", "😺.txt", "😺.txt"},
		{"&#128570;.txt", "&#128570;.txt", "&#128570;.txt"}, // how a page in another encoding writes a letter that it lacks
		{"a\x00b", "", ""},                                  // RFC 5322 section 3.2.4: no control characters between quotes
		{"☺\x7f", "", ""},                                   // likewise
	} {
		value, file := form(`name="`+tt.sent+`"|c`), form(`name=f; filename="`+tt.sent+`"|c`)
		want, wantFile := fmt.Sprintf(`%s=["c"]`, tt.name), fmt.Sprintf(`f:%q()"c"`, tt.fileName)
		if tt.name == "" {
			want, wantFile = "400", "400"
		}
		if got := both(t, value, formType, limits(t, upload.Limits{})); got != want {
			t.Errorf("name %q: %s, want %s", tt.sent, got, want)
		}
		if got := both(t, file, formType, limits(t, upload.Limits{})); got != wantFile {
			t.Errorf("file name %q: %s, want %s", tt.sent, got, wantFile)
		}
	}
}

// A file may end anywhere in the pieces in which a form is read: those of package multipart, the first bytes that the type
// is detected from, and the memory of a request.
func TestFormsOfAllSizes(t *testing.T) {
	l := limits(t, upload.Limits{Memory: 8 << 10})
	for _, near := range []int{512, 4 << 10, 8 << 10, 32 << 10} {
		for size := near - 80; size < near+80; size++ {
			content := strings.Repeat("a", size-2) + "\r\n"
			f, err := read(t, strings.NewReader(form("name=f; filename=f|"+content, "name=key|val")), formType, l)
			if err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
			file, _ := f.File("f")
			if b, err := file.Bytes(); err != nil || string(b) != content || f.Values.Get("key") != "val" {
				t.Fatalf("%d bytes: got %d, %v, values %v", size, len(b), err, f.Values)
			}
		}
	}
}
