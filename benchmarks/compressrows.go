package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/gofiber/fiber/v3"
	fibercompress "github.com/gofiber/fiber/v3/middleware/compress"
	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/middleware/compress/fastgzip"
	"github.com/soay-go/soay/response"
)

// gzipLevel is that of all frameworks but fiber, whose middle level is 6.
const gzipLevel = 5

// compressRows lists the rows of compressed answers. All frameworks get the same JSON, so what is timed is to compress it and
// to send it. echo and chi always take the standard library, net/http is behind klauspost's gzhttp, and fiber takes the same library
// as that; Soay takes each of them in rows of their own.
func compressRows() []row {
	wanted := target{ratio: 1.00, allocs: 2}
	fast := func(f framework) func(string) server { return f.gzip }
	standard := func(f framework) func(string) server { return f.gzipStandard }
	var rows []row
	for _, size := range []int{4, 32, 512} {
		rows = append(rows, row{
			name: fmt.Sprintf("gzip, %d KiB of JSON", size), target: wanted, open: openGzip(size<<10, fast),
		}, row{
			name: fmt.Sprintf("gzip, %d KiB, standard library", size), target: wanted, open: openGzip(size<<10, standard),
		})
	}
	return rows
}

// openGzip sees that the answer decodes to the JSON.
func openGzip(size int, build func(framework) func(string) server) func(framework) (*entry, error) {
	return func(f framework) (*entry, error) {
		serve := build(f)
		if serve == nil {
			return nil, nil
		}
		text := people(size)
		request := call{method: http.MethodGet, path: jsonPath, fields: "User-Agent: benchmarks\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n"}
		return openPage(func() server { return serve(text) }, request, gzipped(text))
	}
}

// gzipped wants a text, compressed to less than a third.
func gzipped(want string) func(answer) error {
	return func(a answer) error {
		if a.status != http.StatusOK || a.header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
			return fmt.Errorf("status %d with headers %v", a.status, a.header)
		}
		z, err := gzip.NewReader(strings.NewReader(a.body))
		if err != nil {
			return err
		}
		got, err := io.ReadAll(z)
		switch {
		case err != nil:
			return err
		case string(got) != want:
			return fmt.Errorf("%d bytes of another text, want %d", len(got), len(want))
		case len(a.body) > len(want)/3:
			return fmt.Errorf("%d bytes became %d", len(want), len(a.body))
		}
		return nil
	}
}

// people is JSON of about so many bytes, with names, numbers and some text in which nothing repeats.
func people(size int) string {
	var b bytes.Buffer
	b.WriteByte('[')
	state := uint32(1)
	random := func() uint32 {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		return state
	}
	for b.Len() < size {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		first, last := names[random()%uint32(len(names))], names[random()%uint32(len(names))]
		one, err := json.Marshal(person{ID: b.Len(), Name: first + " " + last, Email: fmt.Sprintf("%s.%x@example.com", first, random()%65536),
			Active: random()%3 > 0, Score: float64(random()%1000) / 10})
		if err != nil {
			panic(err)
		}
		b.Write(one)
	}
	b.WriteByte(']')
	return b.String()
}

var names = strings.Fields("Ada Alan Barbara Charles Donald Edsger Frances Grace Hedy Ida John Katherine Leslie Margaret Niklaus Radia Sophie Tony")

func soayGzip(coder compress.Coder) func(string) server {
	return func(text string) server {
		app := newSoay()
		app.UseCompression(compress.Options{Coders: []compress.Coder{coder}})
		resp := response.JSON(json.RawMessage(text))
		app.Get(jsonPath, func(soay.Request) soay.Response { return resp })
		return soayServer{app}
	}
}

// The coders of Soay.
var (
	soayFastGzip     = soayGzip(fastgzip.Coder(gzipLevel))
	soayStandardGzip = soayGzip(compress.Gzip(gzipLevel))
)

// sendJSON writes text as JSON.
func sendJSON(text string) http.HandlerFunc {
	content := []byte(text)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(content)
	}
}

func gzhttpGzip(text string) server {
	wrap, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(gzipLevel))
	if err != nil {
		panic(err)
	}
	return mux("GET "+jsonPath, wrap(sendJSON(text)).ServeHTTP)
}

func chiGzip(text string) server {
	router := chi.NewRouter()
	router.Use(chimiddleware.Compress(gzipLevel))
	router.Get(jsonPath, sendJSON(text))
	return httpServer{router}
}

func echoGzip(text string) server {
	e := echo.New()
	e.Use(echomiddleware.GzipWithConfig(echomiddleware.GzipConfig{Level: gzipLevel}))
	content := []byte(text)
	e.GET(jsonPath, func(c echo.Context) error { return c.JSONBlob(http.StatusOK, content) })
	return httpServer{e}
}

func fiberGzip(text string) server {
	app := fiber.New()
	app.Use(fibercompress.New())
	content := []byte(text)
	app.Get(jsonPath, func(c fiber.Ctx) error {
		c.Set("Content-Type", "application/json")
		return c.Send(content)
	})
	return fiberServer{app}
}
