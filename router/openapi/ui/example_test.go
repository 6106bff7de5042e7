package ui_test

import (
	"fmt"
	"net/http/httptest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router/openapi/ui"
)

func Example() {
	app := soay.New()
	app.Get("/openapi.json", func(soay.Request) soay.Response {
		return response.JSON(map[string]any{"openapi": "3.1.0", "info": map[string]string{"title": "Cats", "version": "1"}})
	})
	docs, redoc := ui.Swagger("/openapi.json", "Cats"), ui.ReDoc("/openapi.json", "Cats")
	app.Get("/docs", docs.Page)
	app.Get("/docs/{asset}", docs.Asset)
	app.Get("/redoc", redoc.Page)
	app.Get("/redoc/{asset}", redoc.Asset)

	for _, path := range []string{"/docs", "/redoc"} {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Header().Get("Content-Type"))
	}
	// Output:
	// 200 text/html; charset=utf-8
	// 200 text/html; charset=utf-8
}
