package main

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"github.com/soay-go/soay"
)

// photoForm is what the row with a form binds: a text and two files.
type photoForm struct {
	Title        string
	First, Other string // the names of the files
	Bytes        int64  // of both
}

// boundForm is what a handler has last bound.
var boundForm photoForm

const photosPath = "/photos"

// sentForm is the form that is timed.
var sentForm = photoForm{Title: "Loch Ness", First: "shore.png", Other: "monster.png", Bytes: 36 << 10}

// formCall gives the request with the form.
func formCall() call {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	err := errors.Join(w.SetBoundary("----WebKitFormBoundary7MA4YWxkTrZu0gW"), w.WriteField("title", sentForm.Title),
		writeFile(w, "first", sentForm.First, 4<<10), writeFile(w, "other", sentForm.Other, 32<<10), w.Close())
	if err != nil {
		panic(err) // nothing above fails
	}
	return call{method: http.MethodPost, path: photosPath, body: b.String(), contentType: w.FormDataContentType()}
}

func writeFile(w *multipart.Writer, field, name string, size int) error {
	part, err := w.CreateFormFile(field, name)
	if err != nil {
		return err
	}
	_, err = part.Write(bytes.Repeat([]byte("\x89PNG\r\n\x1a\n"), size/8))
	return err
}

// openForm sends the form, and looks at what has been bound.
func openForm(f framework) (*entry, error) {
	if f.form == nil {
		return nil, nil
	}
	return openCalls(f.form(), []call{formCall()}, func(_ int, a answer) error { return bound(a, &boundForm, sentForm) })
}

func soayForm() server {
	app := newSoay()
	soay.Post(app, photosPath, func(_ soay.Request, in struct {
		Title string    `form:"title" validate:"required,max=80"`
		First soay.File `form:"first" validate:"required" file:"max=1MiB"`
		Other soay.File `form:"other" validate:"required" file:"max=1MiB"`
	}) (string, error) {
		tell(&boundForm, photoForm{in.Title, in.First.Name(), in.Other.Name(), in.First.Size() + in.Other.Size()})
		return greeting, nil
	})
	return soayServer{app}
}

// twoFiles are the fields that several frameworks bind to what package mime/multipart has.
type twoFiles struct {
	Title string                `form:"title" binding:"required,max=80" validate:"required,max=80"`
	First *multipart.FileHeader `form:"first" binding:"required" validate:"required"`
	Other *multipart.FileHeader `form:"other" binding:"required" validate:"required"`
}

func (in twoFiles) form() photoForm {
	return photoForm{in.Title, in.First.Filename, in.Other.Filename, in.First.Size + in.Other.Size}
}

func ginForm() server {
	engine := newGin()
	engine.POST(photosPath, func(c *gin.Context) {
		var in twoFiles
		if err := c.ShouldBind(&in); err != nil {
			ginRefuse(c, err)
			return
		}
		tell(&boundForm, in.form())
		c.String(http.StatusOK, greeting)
	})
	return httpServer{engine}
}

func echoForm() server {
	e := echo.New()
	e.Validator = newValidator()
	e.POST(photosPath, func(c echo.Context) error {
		var in twoFiles
		if err := c.Bind(&in); err != nil {
			return err
		}
		if err := c.Validate(&in); err != nil {
			return echo.NewHTTPError(http.StatusBadRequest, err.Error())
		}
		tell(&boundForm, in.form())
		return c.String(http.StatusOK, greeting)
	})
	return httpServer{e}
}

type humaPhotos struct {
	Title string        `form:"title" required:"true" maxLength:"80"`
	First huma.FormFile `form:"first" required:"true"`
	Other huma.FormFile `form:"other" required:"true"`
}

func humaForm() server {
	m, api := newHuma()
	huma.Post(api, photosPath, func(_ context.Context, in *struct {
		RawBody huma.MultipartFormFiles[humaPhotos]
	}) (*humaText, error) {
		p := in.RawBody.Data()
		tell(&boundForm, photoForm{p.Title, p.First.Filename, p.Other.Filename, p.First.Size + p.Other.Size})
		return humaGreeting(), nil
	})
	return httpServer{m}
}
