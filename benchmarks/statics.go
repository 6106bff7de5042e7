package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/static"
	"github.com/labstack/echo/v4"

	"github.com/soay-go/soay/response/files"
)

// staticFolder has the files of the rows: one of 1 KiB, one of 64 KiB, and the second once more with a compressed sibling.
var staticFolder = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "benchmarks")
	if err != nil {
		return "", err
	}
	at := time.Now().Add(-time.Hour) // files that have just changed are looked at more often
	for name, text := range map[string]string{
		"small.txt": staticText(1 << 10), "large.txt": staticText(64 << 10),
		"packed.txt": staticText(64 << 10), "packed.txt.gz": gzippedFile(staticText(64 << 10)),
	} {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
			return "", err
		}
	}
	return folder, nil
})

// removeStaticFolder removes it.
func removeStaticFolder() {
	if folder, err := staticFolder(); err == nil {
		os.RemoveAll(folder)
	}
}

func staticText(size int) string {
	return strings.Repeat("All the sheep of the island, one by one. ", size/40+1)[:size]
}

func gzippedFile(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

const staticPath = "/static/"

// staticRows lists the rows of static files.
func staticRows() []row {
	goal := target{ratio: 0.85, allocs: 3}
	return []row{
		{name: "static file, 1 KiB", open: openStatic("small.txt", 1<<10), target: goal},
		{name: "static file, 64 KiB", open: openStatic("large.txt", 64<<10), target: goal},
		{name: "static file, 304", open: openNotModified, target: target{ratio: 0.5, allocs: 3}},
		{name: "static file, precompressed", open: openPacked, target: target{ratio: 0.85, allocs: 3, peers: []string{"static file, 64 KiB"}}},
	}
}

func openStatic(name string, size int) func(f framework) (*entry, error) {
	return func(f framework) (*entry, error) {
		return openFolder(f.static, call{method: http.MethodGet, path: staticPath + name}, text(staticText(size)))
	}
}

// openFolder is openPage for a server of the folder.
func openFolder(build func(folder string) server, request call, check func(answer) error) (*entry, error) {
	if build == nil {
		return nil, nil
	}
	folder, err := staticFolder()
	if err != nil {
		return nil, err
	}
	return openPage(func() server { return build(folder) }, request, check)
}

// openNotModified sends back what the server has told of the file: its tag, or else its time.
func openNotModified(f framework) (*entry, error) {
	request := call{method: http.MethodGet, path: staticPath + "small.txt"}
	condition := ""
	learn := func(a answer) error {
		condition = "If-Modified-Since: " + a.header.Get("Last-Modified") + "\r\n"
		if tag := a.header.Get("Etag"); tag != "" {
			condition = "If-None-Match: " + tag + "\r\n"
		}
		return status(http.StatusOK)(a)
	}
	if e, err := openFolder(f.static, request, learn); e == nil || err != nil {
		return nil, err
	}
	request.fields = "User-Agent: benchmarks\r\nAccept: */*\r\n" + condition
	return openFolder(f.static, request, status(http.StatusNotModified))
}

func openPacked(f framework) (*entry, error) {
	request := call{method: http.MethodGet, path: staticPath + "packed.txt"}
	request.fields = "User-Agent: benchmarks\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n"
	return openFolder(f.packed, request, func(a answer) error {
		if err := content(a, "text/plain"); err != nil {
			return err
		}
		z, err := gzip.NewReader(strings.NewReader(a.body))
		if err != nil {
			return err
		}
		if body, err := io.ReadAll(z); err != nil || string(body) != staticText(64<<10) || a.header.Get("Content-Encoding") != "gzip" {
			return fmt.Errorf("answers %d bytes of %q, %w", len(body), a.header.Get("Content-Encoding"), err)
		}
		return nil
	})
}

func soayStatic(folder string) server {
	app := newSoay()
	app.Static(staticPath, files.Dir(folder))
	return soayServer{app}
}

func netHTTPStatic(folder string) server {
	m := http.NewServeMux()
	m.Handle("GET "+staticPath, http.StripPrefix(staticPath, http.FileServer(http.Dir(folder))))
	return httpServer{m}
}

// fileServerFS is net/http's other one, with a file system in place of a folder.
func fileServerFS() framework {
	return framework{name: "FileServerFS", static: func(folder string) server {
		m := http.NewServeMux()
		m.Handle("GET "+staticPath, http.StripPrefix(staticPath, http.FileServerFS(os.DirFS(folder))))
		return httpServer{m}
	}}
}

func ginStatic(folder string) server {
	engine := newGin()
	engine.StaticFS(staticPath, gin.Dir(folder, false))
	return httpServer{engine}
}

func echoStatic(folder string) server {
	e := echo.New()
	e.Static(staticPath, folder)
	return httpServer{e}
}

// fiberStatic keeps files open, as is its default.
func fiberStatic(folder string) server {
	app := fiber.New()
	app.Get(staticPath+"*", static.New(folder))
	return fiberServer{app}
}

// fiberPacked compresses the file itself, once, into a file beside it.
func fiberPacked(folder string) server {
	app := fiber.New()
	app.Get(staticPath+"*", static.New(folder, static.Config{Compress: true}))
	return fiberServer{app}
}
