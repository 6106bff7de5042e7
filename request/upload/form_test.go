package upload_test

import (
	"strings"
	"testing"

	"github.com/soay-go/soay/request/upload"
)

// What readers of other languages, and browsers, take for a form, and what not.
func TestForms(t *testing.T) {
	long := strings.Repeat("a", 1024)
	for _, tt := range []struct {
		description, body, want string
	}{
		{"values and files", form(`name="f0"|super alpha file`, `name="f1"|super beta file`,
			"Content-Disposition: form-data; name=\"u0\"; filename=\"1k_a.dat\"\r\nContent-Type: application/octet-stream|"+long,
			"Content-Disposition: form-data; name=\"u1\"; filename=\"1k_b.dat\"\r\nContent-Type: application/octet-stream|"+long),
			`f0=["super alpha file"] f1=["super beta file"] u0:"1k_a.dat"(application/octet-stream)1024 u1:"1k_b.dat"(application/octet-stream)1024`},
		{"values, one without quotes", form(`name="cont"|some random content`, `name=bit|2`), `bit=["2"] cont=["some random content"]`},
		{"nothing", "--x--\r\n", ""},
		{"nothing, without a line end", "--x--", ""},
		{"an empty body", "", "400"},
		{"a value twice", form(`name=a|1`, `name=a|2`), `a=["1" "2"]`},
		{"an empty value", form(`name=a|`), `a=[""]`},
		{"an empty name", form(`name=""|1`), `=["1"]`},
		{"folders of Unix", form(`name=u; filename="/tmp/1k_a.dat"|b`), `u:"1k_a.dat"()"b"`},
		{"folders of Windows", form(`name=u; filename="C:\files\1k_b.dat"|b`), `u:"1k_b.dat"()"b"`},
		{"a relative folder", form(`name=u; filename="relative/1k_c.dat"|b`), `u:"1k_c.dat"()"b"`},
		{"folders upwards", form(`name=u; filename="../../etc/passwd"|b`), `u:"passwd"()"b"`},
		{"a name that is folders alone", form(`name=u; filename="../.."|b`), `u:""()"b"`},
		{"a quote in the name", form(`name=u; filename="a\"b.txt"|b`), `u:"a\"b.txt"()"b"`},
		{"a quote in the name, as browsers write it", form(`name=u; filename="a%22b.txt"|b`), `u:"a%22b.txt"()"b"`},
		{"a semicolon in the name", form(`name=u; filename="a;b.txt"|b`), `u:"a;b.txt"()"b"`},
		{"letters in UTF-8", form(`name=u; filename="näme.txt"|b`), `u:"näme.txt"()"b"`},
		{"letters of RFC 5987", form(`name=u; filename*=utf-8''n%C3%A4me.txt|b`), `u:"näme.txt"()"b"`},
		{"both kinds of letters", form(`name=u; filename="x.txt"; filename*=utf-8''n%C3%A4me.txt|b`), `u:"näme.txt"()"b"`},
		{"a name that is no UTF-8", form("name=u; filename=\"n\xe4me.txt\"|b"), `u:"n�me.txt"()"b"`},
		{"nobody has chosen a file", form(`name=u; filename=""|`), ""},
		{"bytes without a name", form(`name=u; filename=""|b`), `u:""()"b"`},
		{"an empty file", form(`name=u; filename="a"|`), `u:"a"()""`},
		{"a Blob", form(`name=u; filename="blob"|b`), `u:"blob"()"b"`},
		{"a text file with a charset", form("Content-Disposition: form-data; name=u; filename=n.txt\r\nContent-Type: text/plain; charset=utf8|b"),
			`u:"n.txt"(text/plain)"b"`},
		{"a folded head", form("Content-Disposition: form-data;\r\n\tname=u; filename=n.txt|b"), `u:"n.txt"()"b"`},
		{"a head in other case", form("CONTENT-DISPOSITION: Form-Data; NAME=u|b"), `u=["b"]`},
		{"a disposition twice", form("Content-Disposition: form-data; name=u\r\nContent-Disposition: form-data; name=v|b"), "400"},
		{"a parameter twice", form(`name=u; name=v|b`), "400"},
		{"no disposition", form("Content-Type: text/plain|b"), "400"},
		{"an empty disposition", form("Content-Disposition: |b"), "400"},
		{"another disposition", form("Content-Disposition: attachment; name=u|b"), "400"},
		{"no name", form("Content-Disposition: form-data; filename=a|b"), "400"},
		{"no head", "--x\r\n\r\nb\r\n--x--\r\n", "400"},
		{"a name that is broken", form("name=\"a\xff\"|b"), "400"},
		{"stopped in a head", "--x\r\nContent-Disposition: form-data; name=\"foo\"\r\n", "400"},
		{"stopped in a value", "--x\r\nContent-Disposition: form-data; name=foo\r\n\r\nab", "400"},
		{"stopped in a file", "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + long, "400"},
		{"stopped in the last boundary", "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + long + "\r\n--x", "400"},
		{"stopped in the hyphens of it", "--x\r\nContent-Disposition: form-data; name=f\r\n\r\na\r\n--x-", "400"},
		{"another boundary", strings.ReplaceAll(form(`name=a|1`), "--x", "--y"), "400"},
		{"a preamble", "This is for other programs.\r\n" + form(`name=a|1`), `a=["1"]`},
		{"an epilogue", form(`name=a|1`) + "--x\r\nmore", `a=["1"]`},
		{"spaces behind a boundary", "--x  \r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x-- \r\n", `a=["1"]`},
		{"bare line feeds", strings.ReplaceAll(form(`name=a|1`), "\r\n", "\n"), `a=["1"]`},
		{"the boundary in a value", form(`name=a|1--x2--x--`), `a=["1--x2--x--"]`},
		{"the boundary at the end of a line", form("name=a|1--x\r\n2"), `a=["1--x\r\n2"]`},
		{"a longer boundary in a value", form("name=a|1\r\n--xy\r\n2"), `a=["1\r\n--xy\r\n2"]`},
		{"line ends around a value", form("name=a|\r\n1\r\n"), `a=["\r\n1\r\n"]`},
		{"a boundary right behind a head", "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--x--\r\n", `a=[""]`},
		{"a form in a form", form("Content-Disposition: form-data; name=u; filename=u\r\nContent-Type: multipart/mixed; boundary=y|--y\r\n\r\nb\r\n--y--"),
			`u:"u"(multipart/mixed)"--y\r\n\r\nb\r\n--y--"`},
		{"quoted-printable", form("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: quoted-printable|=41"), "400"},
		{"base64", form("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64|QQ=="), "400"},
		{"8bit", form("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: 8BIT|ä"), `a=["ä"]`},
		{"a value that is no UTF-8", form("name=a|\xe4"), "400"},
		{"a value of another charset", form("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=iso-8859-1|a"), "400"},
		{"a value of ASCII", form("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=US-ASCII|a"), `a=["a"]`},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if got := both(t, tt.body, formType, limits(t, upload.Limits{})); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestContentTypes(t *testing.T) {
	for _, tt := range []struct{ contentType, want string }{
		{"multipart/form-data; boundary=x", `a=["1"]`},
		{`Multipart/Form-Data; BOUNDARY="x"`, `a=["1"]`},
		{"multipart/form-data; charset=utf-8; boundary=x", `a=["1"]`},
		{"multipart/form-data", "400"},
		{"multipart/form-data; boundary=", "400"},
		{`multipart/form-data; boundary=""`, "400"},
		{`multipart/form-data; boundary="x "`, "400"},
		{"multipart/form-data; boundary=x; boundary=y", "400"},
		{"multipart/form-data; boundary=" + strings.Repeat("x", 71), "400"},
		{`multipart/form-data; boundary="x<y"`, "400"},
		{"multipart/form-data;;;=", "400"},
		{"multipart/mixed; boundary=x", "415"},
		{"text/plain", "415"},
		{"", "415"},
	} {
		if got := both(t, form("name=a|1"), tt.contentType, limits(t, upload.Limits{})); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.contentType, got, tt.want)
		}
	}
	longest := strings.Repeat("x", 70)
	body := strings.ReplaceAll(form("name=a|1"), "--x", "--"+longest)
	if got := both(t, body, "multipart/form-data; boundary="+longest, limits(t, upload.Limits{})); got != `a=["1"]` {
		t.Errorf("70 characters: %s", got)
	}
}

func TestLimits(t *testing.T) {
	two := form("name=a|12345", "name=b; filename=b|12345")
	for _, tt := range []struct {
		description, body string
		limits            upload.Limits
		want              string
	}{
		{"a value as long as it may be", two, upload.Limits{MaxFieldBytes: 5}, `a=["12345"] b:"b"()"12345"`},
		{"a longer value", two, upload.Limits{MaxFieldBytes: 4}, "413"},
		{"a file as long as it may be", two, upload.Limits{MaxFileBytes: 5}, `a=["12345"] b:"b"()"12345"`},
		{"a longer file", two, upload.Limits{MaxFileBytes: 4}, "413"},
		{"as many values and files", two, upload.Limits{MaxParts: 2}, `a=["12345"] b:"b"()"12345"`},
		{"more values and files", two, upload.Limits{MaxParts: 1}, "413"},
		{"as many files", form("name=a; filename=a|1", "name=b; filename=b|1"), upload.Limits{MaxFiles: 2}, `a:"a"()"1" b:"b"()"1"`},
		{"more files", form("name=a; filename=a|1", "name=b; filename=b|1"), upload.Limits{MaxFiles: 1}, "413"},
		{"more files without names", form(`name=a; filename=""|1`, `name=b; filename=""|1`), upload.Limits{MaxFiles: 1}, "413"},
		{"fields in which nobody has chosen a file", form(`name=a; filename=""|`, `name=b; filename=""|`), upload.Limits{MaxFiles: 1}, ""},
		{"as many bytes of values", form("name=a|123", "name=b|45"), upload.Limits{MaxFieldsBytes: 5}, `a=["123"] b=["45"]`},
		{"more bytes of values", form("name=a|123", "name=b|456"), upload.Limits{MaxFieldsBytes: 5}, "413"},
		{"as large a head", form("name=" + strings.Repeat("a", 21) + "|1"), upload.Limits{MaxPartHeaderBytes: 60}, strings.Repeat("a", 21) + `=["1"]`},
		{"a larger head", form("name=" + strings.Repeat("a", 22) + "|1"), upload.Limits{MaxPartHeaderBytes: 60}, "400"},
		{"heads that are large together", form("name="+strings.Repeat("a", 4000)+"|1", "name=b; filename="+strings.Repeat("b", 4000)+"|1"),
			upload.Limits{}, strings.Repeat("a", 4000) + `=["1"] b:"` + strings.Repeat("b", 4000) + `"()"1"`},
		{"a head without end", "--x\r\nA: " + strings.Repeat("a", 80<<10), upload.Limits{}, "400"},
		{"lines of a head without end", "--x\r\n" + strings.Repeat("A: b\r\n", 20_000), upload.Limits{}, "400"},
		{"a preamble without end", strings.Repeat("a\r\n", 40_000), upload.Limits{}, "400"},
		{"a long line of a preamble", strings.Repeat("a", 80<<10) + "\r\n" + form("name=a|1"), upload.Limits{}, "400"},
	} {
		t.Run(tt.description, func(t *testing.T) {
			if got := both(t, tt.body, formType, limits(t, tt.limits)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	err := upload.Limits{MaxBytes: -1, MaxFiles: -2, Memory: -3}.Check()
	const want = "MaxBytes: -1 is not positive\nMaxFiles: -2 is not positive\nMemory: -3 is not positive"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := (upload.Limits{}).Check(); err != nil {
		t.Error(err)
	}
}

// The endless head above must not be in memory: its reader would have got all of it.
func TestHeadIsNotRead(t *testing.T) {
	body := &counting{r: strings.NewReader("--x\r\nA: " + strings.Repeat("a", 1<<20))}
	_, err := read(t, body, formType, limits(t, upload.Limits{}))
	if err == nil || body.n > 16<<10 {
		t.Errorf("%d bytes read, error %v", body.n, err)
	}
}
