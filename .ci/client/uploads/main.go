// Command uploads serves a route that takes a form with files, and its description, for a generated client.
package main

import (
	"flag"
	"log"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/router/openapi"
)

// NewPhoto is what the client sends.
type NewPhoto struct {
	Title string      `form:"title" validate:"required,max=20"`
	Photo soay.File   `form:"photo" validate:"required" file:"max=6MiB,types=image/png"`
	More  []soay.File `form:"more" validate:"max=2" file:"max=1KiB"`
}

// Photo is what has come.
type Photo struct {
	Title string   `json:"title"`
	Name  string   `json:"name"`
	Size  int64    `json:"size"`
	More  []string `json:"more"`
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "where to listen")
	flag.Parse()
	app := soay.New()
	app.UseOpenAPI(openapi.Info{Title: "Photos", Version: "1"}, openapi.Options{Production: true})
	soay.Post(app, "/photos", func(_ soay.Request, in NewPhoto) (Photo, error) {
		p := Photo{Title: in.Title, Name: in.Photo.Name(), Size: in.Photo.Size(), More: []string{}}
		for _, file := range in.More {
			p.More = append(p.More, file.Name())
		}
		return p, nil
	})
	if err := app.Run(*addr); err != nil {
		log.Fatal(err)
	}
}
