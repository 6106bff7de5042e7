package compress_test

import (
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/middleware/compress/zstd"
	"github.com/soay-go/soay/response"
)

func Example() {
	app := soay.New()
	app.UseCompression()
	app.Get("/", func(soay.Request) soay.Response {
		return response.Text(strings.Repeat("All animals are equal. ", 1000))
	})
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	app.ServeHTTP(w, r)
	fmt.Println(w.Header()["Content-Encoding"], w.Body.Len() < 200)
	// Output: [gzip] true
}

func ExampleOptions() {
	app := soay.New()
	app.UseCompression(compress.Options{
		MinBytes: 2000,
		Coders:   []compress.Coder{zstd.Coder(), compress.Gzip(6)},
	})
	app.Get("/", func(soay.Request) soay.Response {
		return response.Text(strings.Repeat("All animals are equal. ", 1000))
	})
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	app.ServeHTTP(w, r)
	fmt.Println(w.Header()["Content-Encoding"])
	// Output: [zstd]
}
