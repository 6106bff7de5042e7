package files_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing/fstest"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/files"
)

func ExampleFS() {
	public := fstest.MapFS{
		"public/app.css": {Data: []byte("body { color: black }")},
		"public/.env":    {Data: []byte("SECRET=1")},
	}
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler)})
	app.Static("/static", files.FS(public, "public"))
	for _, path := range []string{"/static/app.css", "/static/.env", "/static/../public/app.css"} {
		hr, _ := http.NewRequest("GET", path, nil)
		w := &discard{header: http.Header{}}
		app.ServeHTTP(w, hr)
		fmt.Println(path, w.status)
	}
	// Output:
	// /static/app.css 200
	// /static/.env 404
	// /static/../public/app.css 404
}

func ExampleSet_URL() {
	set, err := files.New(files.FS(fstest.MapFS{"css/app.css": {Data: []byte("body { color: black }")}}))
	if err != nil {
		panic(err)
	}
	fmt.Println(set.URL("css/app.css"))
	// Output: css/app.f674c2ffb741.css
}
