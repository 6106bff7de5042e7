package zstd_test

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
	app.UseCompression(compress.Options{Coders: []compress.Coder{zstd.Coder(zstd.Options{Level: 1}), compress.Gzip(0)}})
	app.Get("/", func(soay.Request) soay.Response {
		return response.Text(strings.Repeat("All animals are equal. ", 1000))
	})
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	app.ServeHTTP(w, r)
	fmt.Println(w.Header()["Content-Encoding"])
	// Output: [zstd]
}
