// The spa example is an app whose pages JavaScript makes: an embedded build, the page of which answers every link of the
// app, and an API beside it.
//
//	go run ./examples/spa
//	open http://127.0.0.1:8000/notes/2
package main

import (
	"embed"
	"flag"
	"io/fs"
	"log"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/response/files"
	"github.com/soay-go/soay/response/problem"
)

//go:embed dist
var dist embed.FS

// Note is what the API tells of a note.
type Note struct {
	ID   int    `json:"id"`
	Text string `json:"text"`
}

var notes = []Note{{1, "Feed the sheep"}, {2, "Mend the wall"}, {3, "Row to the other island"}}

type getNote struct {
	ID int `path:"id"`
}

// newApp returns the app for a build, which has a folder dist.
func newApp(build fs.FS, options soay.Options) *soay.App {
	app := soay.New(options)
	api := app.Group("/api")
	soay.Get(api, "/notes", func(soay.Request, struct{}) ([]Note, error) { return notes, nil })
	soay.Get(api, "/notes/{int:id}", func(_ soay.Request, in getNote) (Note, error) {
		if in.ID < 1 || in.ID > len(notes) {
			return Note{}, problem.New(404, "There is no such note.")
		}
		return notes[in.ID-1], nil
	})
	app.Static("/", files.FS(build, "dist"), files.Options{
		Fallback: "index.html",                       // for links such as /notes/2, which only the JavaScript knows
		Except:   []string{"/api"},                   // where nothing is there is no page, but a 404
		Compress: []compress.Coder{compress.Gzip(9)}, // for files to which the build has put no .br, .zst or .gz
	})
	return app
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "where to listen")
	flag.Parse()
	if err := newApp(dist, soay.Options{}).Run(*addr); err != nil {
		log.Fatal(err)
	}
}
