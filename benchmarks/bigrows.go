package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"

	"github.com/gin-gonic/gin"
	"github.com/labstack/echo/v4"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// What the rows about much data send and take.
const (
	bigPath        = "/big.bin"
	bigSize        = 200 << 20
	uploadPath     = "/upload"
	uploadSize     = 16 << 20
	bigConnections = 4
)

// bigFile is a file of bigSize bytes, all of them 0, which takes no room on the disk.
func bigFile() string { return filepath.Join(workFolder, "big.bin") }

// makeBigFile makes the file unless it is there.
func makeBigFile() error {
	if info, err := os.Stat(bigFile()); err == nil && info.Size() == bigSize {
		return nil
	}
	return errors.Join(os.WriteFile(bigFile(), nil, 0o600), os.Truncate(bigFile(), bigSize))
}

// openBigFile fetches the file by each framework's function for files.
func openBigFile(f framework) (*entry, error) {
	if err := makeBigFile(); err != nil {
		return nil, err
	}
	return openCalls(f.big(), []call{{method: http.MethodGet, path: bigPath}}, func(_ int, a answer) error {
		if len(a.body) != bigSize || a.status != http.StatusOK {
			return fmt.Errorf("answers %d with %d bytes, want 200 with %d", a.status, len(a.body), bigSize)
		}
		return nil
	})
}

// openUpload sends a form with a file, which the handler reads as it comes.
func openUpload(f framework) (*entry, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := errors.Join(w.WriteField("title", sentForm.Title), writeFile(w, "video", "loch.mp4", uploadSize), w.Close()); err != nil {
		return nil, err
	}
	request := call{method: http.MethodPost, path: uploadPath, body: b.String(), contentType: w.FormDataContentType()}
	return openCalls(f.upload(), []call{request}, func(_ int, a answer) error { return bound(a, &uploaded, uploadSize) })
}

// uploaded is how many bytes a handler has last read.
var uploaded int64

func soayBig() server {
	app := newSoay()
	app.Get(bigPath, func(soay.Request) soay.Response { return response.File(bigFile()) })
	return soayServer{app}
}

func netHTTPBig() server {
	return mux("GET "+bigPath, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, bigFile()) })
}

func ginBig() server {
	engine := newGin()
	engine.GET(bigPath, func(c *gin.Context) { c.File(bigFile()) })
	return httpServer{engine}
}

func echoBig() server {
	e := echo.New()
	e.GET(bigPath, func(c echo.Context) error { return c.File(bigFile()) })
	return httpServer{e}
}

func soayUpload() server {
	app := newSoay()
	soay.Post(app, uploadPath, func(_ soay.Request, in struct {
		Title string          `form:"title"`
		Video soay.FileStream `form:"video" file:"max=2GiB"`
	}) (string, error) {
		n, err := io.Copy(io.Discard, in.Video)
		tell(&uploaded, n)
		return greeting, err
	})
	return soayServer{app}
}

// netHTTPUpload reads the parts by the standard library.
func netHTTPUpload() server {
	return mux("POST "+uploadPath, func(w http.ResponseWriter, r *http.Request) {
		var n int64
		parts, err := r.MultipartReader()
		for err == nil {
			var part *multipart.Part
			if part, err = parts.NextPart(); err == nil && part.FileName() != "" {
				n, err = io.Copy(io.Discard, part)
			}
		}
		if err != io.EOF {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		tell(&uploaded, n)
		writeText(w, greeting)
	})
}
