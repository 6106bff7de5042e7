//go:build unix

package main

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
)

// attach sends the form for the file of a note, whose path this is.
func (b browser) attach(path string, file requesttest.File) *requesttest.Response {
	page := b.Get(path).Text()
	_, form, _ := strings.Cut(page, `action="`+path+`/file"`)
	file.Field = "file"
	return b.PostForm(path+"/file", url.Values{antiforgery.DefaultFieldName: {first(tokenField, form)}}, file)
}

// A file comes with its note, is replaced, and goes with it. What it is, and what its name is, does not matter.
func TestAttachments(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		app := testApp(database)
		ada, eve := newUser(t, app, "ada"), newUser(t, app, "eve")
		path := ada.add(t, "Cats", "feed them")
		evil := eve.add(t, "Dogs", "")
		if r := ada.Get(path + "/file"); r.Status != 404 {
			t.Errorf("a note without a file: %d", r.Status)
		}
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		for _, test := range []struct {
			description, name, wantName string
			content                     []byte
		}{
			{"a page under a path", `..\..\/etc/"cat".html`, "_cat_.html", []byte("<script>alert(1)</script>")},
			{"any bytes, and a long name", strings.Repeat("n", 300) + ".bin", strings.Repeat("n", 95) + ".bin", all},
			{"nothing, and a hidden name", ".htaccess", "htaccess", nil},
			{"as large as it may be", "large", "large", bytes.Repeat([]byte("a"), 1<<20)},
			{"numbers stay what they are", "n.txt", "n.txt", []byte("007")},
		} {
			if r := ada.attach(path, requesttest.File{Name: test.name, Content: test.content}); r.Status != 303 {
				t.Fatalf("%s: %d %s", test.description, r.Status, r.Text())
			}
			page := ada.Get(path).Text()
			if !strings.Contains(page, `<a id="file" href="`+path+`/file">`+test.wantName+`</a>`) || !strings.Contains(page, "feed them") {
				t.Errorf("%s: the page of the note is\n%s", test.description, page)
			}
			r := ada.Get(path + "/file")
			want := `attachment; filename=` // with quotes where the name needs them
			if got := r.Header.Get("Content-Disposition"); !strings.HasPrefix(got, want) || !strings.Contains(got, test.wantName) ||
				r.Header.Get("Content-Type") != "application/octet-stream" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v", test.description, r.Header)
			}
			if r.Status != 200 || !bytes.Equal(r.Body, test.content) {
				t.Errorf("%s: %d with %d bytes, want %d", test.description, r.Status, len(r.Body), len(test.content))
			}
		}
		if r := eve.Get(path + "/file"); r.Status != 404 {
			t.Errorf("somebody else gets the file: %d", r.Status)
		}
		form := url.Values{antiforgery.DefaultFieldName: {token(eve.Get(evil).Text(), evil)}}
		for _, file := range []requesttest.File{{Field: "file", Name: "a", Content: all}, {Field: "file"}} {
			if r := eve.PostForm(path+"/file", form, file); r.Status != 404 || strings.Contains(r.Text(), "Cats") {
				t.Errorf("somebody else attaches %q: %d %s", file.Name, r.Status, r.Text())
			}
		}
		if r := ada.PostForm(path+"/file", nil, requesttest.File{Field: "file", Name: "a"}); r.Status != 403 {
			t.Errorf("without a token: %d", r.Status)
		}
		if r := ada.Get(path + "/file"); r.Text() != "007" {
			t.Errorf("afterwards the file is %q", r.Text())
		}
		ada.submit(path, path+"/delete", nil)
		if r := ada.Get(path + "/file"); r.Status != 404 {
			t.Errorf("the file of a note that is gone: %d", r.Status)
		}
	})
}

// The page comes back with the note as it is, and a message beside the field.
func TestAttachmentsThatFail(t *testing.T) {
	ada := newUser(t, testApp(engines["SQLite"](t)), "ada")
	path := ada.add(t, "Cats", "feed them")
	ada.attach(path, requesttest.File{Name: "old.txt", Content: []byte("old")})
	for _, test := range []struct {
		description string
		file        requesttest.File
		want        string
	}{
		{"none was chosen", requesttest.File{}, "file is a required field"},
		{"too large", requesttest.File{Name: "a", Content: make([]byte, 1<<20+1)}, "file must not be larger than 1 MiB"},
	} {
		r := ada.attach(path, test.file)
		page := r.Text()
		if got := strings.Join(found(errorText, page), ", "); r.Status != 422 || got != test.want {
			t.Errorf("%s: %d with the messages %q, want 422 with %q", test.description, r.Status, got, test.want)
		}
		if !strings.Contains(page, `value="Cats"`) || !strings.Contains(page, "feed them</textarea>") || !strings.Contains(page, "old.txt</a>") {
			t.Errorf("%s: the page is not that of the note:\n%s", test.description, page)
		}
	}
	if r := ada.attach(path, requesttest.File{Name: "huge", Content: make([]byte, 40<<20)}); r.Status != 413 || !strings.Contains(r.Text(), errorTexts[413]) {
		t.Errorf("far too large: %d %s", r.Status, r.Text())
	}
	if r := ada.Get(path + "/file"); r.Text() != "old" {
		t.Errorf("afterwards the file is %q", r.Text())
	}
}
