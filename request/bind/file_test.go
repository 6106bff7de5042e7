package bind_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

type newPhoto struct {
	Title string      `form:"title" validate:"required,max=10"`
	Age   int         `form:"age"`
	Photo soay.File   `form:"photo" validate:"required" file:"max=1KiB,types=image/png|image/jpeg"`
	More  []soay.File `form:"more" validate:"max=2"`
	Note  soay.File   `form:"note" validate:"required_with=Age"`
}

const pngHead = "\x89PNG\r\n\x1a\n"

// Files and values are in one list of violations, and files are what the tags say.
func TestFiles(t *testing.T) {
	app := soay.New()
	soay.Post(app, "/", func(req soay.Request, in newPhoto) (string, error) {
		again, err := soay.Bind[newPhoto](req)
		return fmt.Sprintf("%s %d %s %d %d %v %v", in.Title, in.Age, in.Photo.Name(), in.Photo.Size(), len(in.More), in.Note.Sent(),
			again.Photo == in.Photo), err
	}).Uploads(soay.UploadLimits{MaxFieldBytes: 20})
	c := requesttest.New(t, app)
	photo := requesttest.File{Field: "photo", Name: "a.png", Content: []byte(pngHead)}
	more := requesttest.File{Field: "more", Name: "b", Content: []byte("b")}
	title := url.Values{"title": {"a"}}
	for _, tt := range []struct {
		description string
		form        url.Values
		files       []requesttest.File
		want        string
	}{
		{"all that is needed", title, []requesttest.File{photo}, "a 0 a.png 8 0 false true"},
		{"more files", title, []requesttest.File{photo, more, more}, "a 0 a.png 8 2 false true"},
		{"too many files", title, []requesttest.File{photo, more, more, more, more}, "422 more max"},
		{"a file that others want", url.Values{"title": {"a"}, "age": {"3"}}, []requesttest.File{photo}, "422 note required_with"},
		{"no file", title, []requesttest.File{{Field: "photo"}}, "422 photo required"},
		{"a file twice", title, []requesttest.File{photo, photo}, "400 photo repeated"},
		{"a value in the place of a file", url.Values{"title": {"a"}, "photo": {"x"}}, []requesttest.File{more}, "400 photo file"},
		{"a file in the place of a value", title, []requesttest.File{photo, {Field: "age", Name: "x"}}, "400 age text"},
		{"no file in the place of a value", title, []requesttest.File{photo, {Field: "age"}}, "a 0 a.png 8 0 false true"},
		{"another type and no title", nil, []requesttest.File{{Field: "photo", Name: "a.png", Type: "image/png", Content: []byte("<html>")}},
			"422 photo filetype title required"},
		{"as large as it may be", title, []requesttest.File{{Field: "photo", Name: "a.png", Content: []byte(pngHead + strings.Repeat("a", 1016))}},
			"a 0 a.png 1024 0 false true"},
		{"too large by one byte", title, []requesttest.File{{Field: "photo", Name: "a.png", Content: []byte(pngHead + strings.Repeat("a", 1017))}},
			"422 photo filesize"},
		{"of another type and too large, and a wrong value", url.Values{"age": {"x"}}, []requesttest.File{{Field: "photo", Name: "a.png", Content: make([]byte, 5000)}},
			"400 age integer photo filetype title required"},
		{"a value that is too long", url.Values{"title": {strings.Repeat("a", 21)}}, []requesttest.File{photo}, "422 title fieldsize"},
		{"a value twice", url.Values{"title": {"a", "b"}}, []requesttest.File{photo}, "400 title repeated"},
		{"a value that is no text", url.Values{"title": {"\xff"}}, []requesttest.File{photo}, "400 title text"},
		{"files that nobody has asked for", url.Values{"title": {"a"}, "x": {"1"}}, []requesttest.File{photo, {Field: "y", Name: "y", Content: make([]byte, 9<<20)}},
			"a 0 a.png 8 0 false true"},
		{"another content type", title, nil, "415"},
	} {
		if got := outcome(c.PostForm("/", tt.form, tt.files...)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
}

// outcome returns the text of a response, or its status and violations.
func outcome(r *requesttest.Response) string {
	if r.Status == 200 {
		return r.Text()
	}
	var p struct {
		Errors []struct{ Parameter, Rule string }
	}
	r.JSON(&p)
	var text strings.Builder
	text.WriteString(fmt.Sprint(r.Status))
	for _, e := range p.Errors {
		text.WriteString(" " + e.Parameter + " " + e.Rule)
	}
	return text.String()
}

type newVideo struct {
	Title string          `form:"title" validate:"required"`
	Video soay.FileStream `form:"video" validate:"required" file:"max=1MiB,types=video/mp4|text/plain"`
}

func TestFileStream(t *testing.T) {
	app := soay.New()
	soay.Post(app, "/", func(req soay.Request, in newVideo) (string, error) {
		n, err := io.Copy(io.Discard, in.Video)
		return fmt.Sprintf("%s %s %d", in.Title, in.Video.Name(), n), err
	})
	soay.Post(app, "/unread", func(soay.Request, newVideo) (string, error) { return "unread", nil })
	c := requesttest.New(t, app)
	video := func(size int) requesttest.File {
		return requesttest.File{Field: "video", Name: "v", Content: []byte(strings.Repeat("a", size))}
	}
	title := url.Values{"title": {"a"}}
	for _, tt := range []struct {
		description, path string
		form              url.Values
		files             []requesttest.File
		want              string
	}{
		{"a file", "/", title, []requesttest.File{video(5)}, "a v 5"},
		{"an empty file", "/", title, []requesttest.File{video(0)}, "a v 0"},
		{"as large as it may be", "/", title, []requesttest.File{video(1 << 20)}, "a v 1048576"},
		{"one byte more", "/", title, []requesttest.File{video(1<<20 + 1)}, "413"},
		{"no title", "/", nil, []requesttest.File{video(5)}, "422 title required"},
		{"no file", "/", title, []requesttest.File{{Field: "video"}}, "422 video required"},
		{"another type", "/", title, []requesttest.File{{Field: "video", Name: "v", Type: "video/mp4", Content: []byte("<html>")}}, "422 video filetype"},
		{"a file behind it", "/", title, []requesttest.File{video(5), {Field: "x", Name: "x"}}, "400"},
		{"unread", "/unread", title, []requesttest.File{video(1 << 20)}, "unread"},
	} {
		if got := outcome(c.PostForm(tt.path, tt.form, tt.files...)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.description, got, tt.want)
		}
	}
	cut := "--x\r\nContent-Disposition: form-data; name=title\r\n\r\na\r\n--x\r\nContent-Disposition: form-data; name=video; filename=v\r\n\r\nabc"
	r := c.Post("/", requesttest.With{Body: strings.NewReader(cut), Header: http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}})
	if r.Status != 400 {
		t.Errorf("a file that breaks off: %d %s", r.Status, r.Text())
	}
}

// A form with files is shown again with all that can be.
func TestFormWithFiles(t *testing.T) {
	app := soay.New()
	soay.Post(app, "/", func(req soay.Request, in soay.Form[newPhoto]) (string, error) {
		return fmt.Sprintf("%v %v %v %v", in.Valid(), in.Raw, in.Errors["title"].Rule, in.Errors["photo"].Rule), nil
	})
	c := requesttest.New(t, app)
	photo := requesttest.File{Field: "photo", Name: "a.png", Content: []byte("hello")}
	got := c.PostForm("/", url.Values{"title": {strings.Repeat("a", 11)}, "x": {"y"}}, photo).Text()
	if want := "false map[title:[aaaaaaaaaaa] x:[y]] max filetype"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	photo.Content = []byte(pngHead)
	if got, want := c.PostForm("/", url.Values{"title": {"a"}}, photo).Text(), "true map[title:[a]]  "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Mistakes in the types are told at the start, each with its place.
func TestFileMistakes(t *testing.T) {
	type unknownOption struct {
		A soay.File `form:"a" file:"min=1B"`
	}
	type unknownUnit struct {
		A soay.File `form:"a" file:"max=1MB"`
	}
	type unknownType struct {
		A soay.File `form:"a" file:"types=png"`
	}
	type twoStreams struct {
		A soay.FileStream `form:"a"`
		B soay.FileStream `form:"b"`
	}
	type listOfStreams struct {
		A []soay.FileStream `form:"a"`
	}
	type inBody struct {
		A struct {
			B soay.File `json:"b"`
		} `body:"form"`
	}
	type asBody struct {
		A soay.File `body:"bytes"`
	}
	type pointer struct {
		A *soay.File `form:"a"`
	}
	type inQuery struct {
		A soay.File `query:"a"`
	}
	type withDefault struct {
		A soay.File `form:"a" default:"x"`
	}
	type noFile struct {
		A string `form:"a" file:"max=1MiB"`
	}
	type twice struct {
		A soay.File `form:"a"`
		B string    `form:"a"`
	}
	type untagged struct {
		A soay.File
		B string `form:"b"`
	}
	app := soay.New()
	soay.Post(app, "/1", func(soay.Request, unknownOption) (string, error) { return "", nil })
	soay.Post(app, "/2", func(soay.Request, unknownUnit) (string, error) { return "", nil })
	soay.Post(app, "/3", func(soay.Request, unknownType) (string, error) { return "", nil })
	soay.Post(app, "/4", func(soay.Request, twoStreams) (string, error) { return "", nil })
	soay.Post(app, "/5", func(soay.Request, listOfStreams) (string, error) { return "", nil })
	soay.Post(app, "/6", func(soay.Request, inBody) (string, error) { return "", nil })
	soay.Post(app, "/7", func(soay.Request, asBody) (string, error) { return "", nil })
	soay.Post(app, "/8", func(soay.Request, pointer) (string, error) { return "", nil })
	soay.Post(app, "/9", func(soay.Request, inQuery) (string, error) { return "", nil })
	soay.Post(app, "/10", func(soay.Request, withDefault) (string, error) { return "", nil })
	soay.Post(app, "/11", func(soay.Request, noFile) (string, error) { return "", nil })
	soay.Post(app, "/12", func(soay.Request, twice) (string, error) { return "", nil })
	soay.Post(app, "/13", func(soay.Request, untagged) (string, error) { return "", nil })
	soay.Get(app, "/14", func(soay.Request, newVideo) (string, error) { return "", nil })
	app.Post("/15", func(soay.Request) soay.Response { return soay.Response{} }).Uploads(soay.UploadLimits{MaxFiles: -1})
	err := app.Start(t.Context())
	if err == nil {
		t.Fatal("the app starts")
	}
	for _, want := range []string{
		`option "min" of the tag file is unknown`, `size "1MB" of the tag file`, `type "png" of the tag file`, "there is a FileStream already",
		"so it cannot be a list of them", "it has no place in a body", "tag it with form, and not with body", "a *upload.File cannot be a file",
		"comes from a form, not from the query", "a file has no default", "the tag file is for files, not for a string",
		`takes the form "a" already`, "nothing says where it comes from; tag it with form", "takes a body, which GET requests do not have",
		"Uploads: MaxFiles: -1 is not positive",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told", want)
		}
	}
	if n := strings.Count(err.Error(), "file_test.go:"); n < 15 {
		t.Errorf("%d places are told:\n%v", n, err)
	}
}
