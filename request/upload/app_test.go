package upload_test

import (
	"net/url"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

type newPhoto struct {
	Title string      `form:"title" validate:"required,max=10"`
	Age   int         `form:"age"`
	Photo soay.File   `form:"photo" validate:"required" file:"max=1KiB,types=image/png|image/jpeg"`
	More  []soay.File `form:"more" validate:"max=2"`
}

const png = "\x89PNG\r\n\x1a\n"

func TestTyped(t *testing.T) {
	app := soay.New()
	soay.Post(app, "/", func(req soay.Request, in newPhoto) (string, error) {
		b, err := in.Photo.Bytes()
		return in.Title + " " + in.Photo.Name() + " " + string(b), err
	})
	c := requesttest.New(t, app)
	r := c.PostForm("/", url.Values{"title": {"a"}}, requesttest.File{Field: "photo", Name: "a.png", Content: []byte(png)})
	t.Log(r.Status, r.Text())
	r = c.PostForm("/", url.Values{"title": {"a"}, "age": {"x"}}, requesttest.File{Field: "photo", Name: "a.png", Content: []byte("hello")})
	t.Log(r.Status, r.Text())
	r = c.PostForm("/", url.Values{"title": {"a"}})
	t.Log(r.Status, r.Text())
	r = c.PostForm("/", url.Values{"title": {"a"}}, requesttest.File{Field: "photo"})
	t.Log(r.Status, r.Text())
	r = c.PostForm("/", url.Values{"title": {"a"}}, requesttest.File{Field: "photo", Name: "a.png", Content: append([]byte(png), make([]byte, 2000)...)})
	t.Log(r.Status, r.Text())
}
