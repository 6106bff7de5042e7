package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/request/requesttest"
)

// newGallery returns the app of a gallery, and its folder.
func newGallery(t *testing.T) (*soay.App, *os.Root) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return newApp(root, soay.NewKey(), soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"}), root
}

// newBrowser returns one from before Sec-Fetch-Site, whose forms need tokens.
func newBrowser(t *testing.T, app *soay.App) *requesttest.Client {
	return requesttest.New(t, app, requesttest.Options{OldBrowser: true}).WithHeader("Accept", "text/html")
}

// picture returns a PNG.
func picture(t *testing.T, w, h int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bomb returns a PNG of a few bytes that claims to be very large.
func bomb(t *testing.T) []byte {
	b := picture(t, 1, 1)
	binary.BigEndian.PutUint32(b[16:], 65535) // the head of a PNG has its width and its height here
	binary.BigEndian.PutUint32(b[20:], 65535)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// between returns the text between two others, "" if they are not there.
func between(text, before, after string) string {
	_, rest, found := strings.Cut(text, before)
	if !found {
		return ""
	}
	text, _, _ = strings.Cut(rest, after)
	return text
}

// add sends the form for a photo, with its token, and follows to the page behind it.
func add(c *requesttest.Client, title, name string, content []byte) *requesttest.Response {
	token := between(c.Get("/new").Text(), `name="`+antiforgery.DefaultFieldName+`" value="`, `"`)
	form := url.Values{antiforgery.DefaultFieldName: {token}, "title": {title}}
	r := c.PostForm("/new", form, requesttest.File{Field: "photo", Name: name, Type: "image/png", Content: content})
	if r.Status == 303 {
		return c.Get(r.Header.Get("Location"))
	}
	return r
}

// filesIn returns how many files a folder has.
func filesIn(t *testing.T, folder *os.Root) int {
	entries, err := fs.ReadDir(folder.FS(), ".")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// A photo goes up, is seen by everybody, is downloaded under its name, and goes away only for who has added it.
func TestLifeOfAPhoto(t *testing.T) {
	app, folder := newGallery(t)
	c, other := newBrowser(t, app), newBrowser(t, app)
	if page := c.Get("/"); page.Status != 200 || !strings.Contains(page.Text(), "There are no photos here yet") {
		t.Fatalf("the empty list: %d %s", page.Status, page.Text())
	}
	page := add(c, "A <b>cat</b>", `../../a "cat".png`, picture(t, 640, 320)).Text()
	if !strings.Contains(page, "The photo is saved.") || !strings.Contains(page, "A &lt;b&gt;cat&lt;/b&gt;") {
		t.Fatalf("the list: %s", page)
	}
	if strings.Contains(c.Get("/").Text(), "The photo is saved.") {
		t.Error("the message is shown twice")
	}
	path := between(page, `<li><a href="`, `"`)
	thumb := other.Get(path + "/thumb")
	if config, _, err := image.DecodeConfig(bytes.NewReader(thumb.Body)); err != nil || config.Width != 320 || config.Height != 160 {
		t.Errorf("the small picture is %+v, %v", config, err)
	}
	if r := other.Get(path + "/image"); r.Header.Get("Content-Type") != "image/png" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the photo has %v", r.Header)
	}
	if got := other.Get(path + "/download").Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment;") || strings.Contains(got, "..") {
		t.Errorf("the download is %q", got)
	}
	if strings.Contains(other.Get(path).Text(), "/delete") {
		t.Error("others are shown a button to delete")
	}
	token := between(c.Get(path).Text(), `name="`+antiforgery.DefaultFieldName+`" value="`, `"`)
	own := url.Values{antiforgery.DefaultFieldName: {token}}
	if r := other.PostForm(path+"/delete", own); r.Status != 403 {
		t.Errorf("others delete: %d", r.Status)
	}
	if r := c.PostForm(path+"/delete", nil); r.Status != 403 {
		t.Errorf("without a token: %d", r.Status)
	}
	if r := c.PostForm(path+"/delete", own); r.Status != 303 || filesIn(t, folder) != 0 {
		t.Errorf("delete: %d, and %d files are left", r.Status, filesIn(t, folder))
	}
	if r := c.Get(path); r.Status != 404 || !strings.Contains(r.Text(), "There is no such page or photo") {
		t.Errorf("after that: %d %s", r.Status, r.Text())
	}
}

// A form that fails is shown again with the title, and nothing of the file is kept.
func TestFormsThatFail(t *testing.T) {
	app, folder := newGallery(t)
	c := newBrowser(t, app)
	for _, test := range []struct {
		name, title, file string
		content           []byte
		want              string
	}{
		{"no title", " ", "a.png", picture(t, 1, 1), "title"},
		{"no file", "my cat", "", nil, "photo"},
		{"a page", "my cat", "a.png", []byte("<!doctype html><script>alert(1)</script>"), "photo"},
		{"a drawing with a script", "my cat", "a.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "photo"},
		{"too large", "my cat", "a.png", append(picture(t, 1, 1), make([]byte, 5<<20)...), "photo"},
		{"cut off", "my cat", "a.png", picture(t, 100, 100)[:60], "damaged"},
		{"too many pixels", "my cat", "a.png", bomb(t), "too many pixels"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := add(c, test.title, test.file, test.content)
			shown := strings.Contains(r.Text(), `name="title" value="`+test.title+`"`)
			if r.Status != 422 || !shown || !strings.Contains(r.Text(), `-error"`) || !strings.Contains(r.Text(), test.want) {
				t.Errorf("%d %s", r.Status, r.Text())
			}
			if n := filesIn(t, folder); n != 0 {
				t.Errorf("%d files are kept", n)
			}
		})
	}
}

// Photos that come at the same time, also under one name, do not harm one another.
func TestManyAtOnce(t *testing.T) {
	app, folder := newGallery(t)
	content := picture(t, 50, 50)
	var uploads sync.WaitGroup
	const people = 30
	for range people {
		c := newBrowser(t, app)
		uploads.Go(func() {
			if r := add(c, "one of many", strings.Repeat("ä", 150)+".png", content); !strings.Contains(r.Text(), "The photo is saved.") {
				t.Errorf("%d %s", r.Status, r.Text())
			}
		})
	}
	uploads.Wait()
	if n := filesIn(t, folder); n != 3*people {
		t.Errorf("%d files, want %d", n, 3*people)
	}
	first := newBrowser(t, app).Get("/").Text()
	older := between(first, `?after=`, `"`)
	second := newBrowser(t, app).Get("/?after=" + older).Text()
	if a, b := strings.Count(first, "<li>"), strings.Count(second, "<li>"); a != pageSize || b != people-pageSize {
		t.Errorf("the pages show %d and %d photos", a, b)
	}
}

// Names of clients lead nowhere else.
func TestStrangePaths(t *testing.T) {
	app, _ := newGallery(t)
	c := newBrowser(t, app)
	for _, path := range []string{"/photos/..", "/photos/..%2f..%2fetc", "/photos/.x/image", "/photos/" + strings.Repeat("A", 300), "/static/../app.go"} {
		if r := c.Get(path); r.Status != 404 && r.Status != 400 {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
	link := between(c.Get("/").Text(), `<link rel="stylesheet" href="`, `"`)
	if r := c.Get(link); r.Status != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("the stylesheet %s: %d %v", link, r.Status, r.Header)
	}
}
