// Command gallery is a site on which people show pictures: a form with a file, which is shown again if it fails, small
// pictures that the server makes, pages with a layout, and downloads.
//
//	go run ./examples/gallery -folder /tmp/gallery
//
// It serves on http://127.0.0.1:8000. To see changes of templates and styles at once, run it in its own folder, in
// development:
//
//	APP_ENV=dev go run . -folder /tmp/gallery
package main

import (
	"flag"
	"log"
	"os"

	"github.com/soay-go/soay"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8000", "the address to serve on")
	folder := flag.String("folder", "gallery-photos", "the folder of the photos, which is made if it is not there")
	flag.Parse()
	if err := run(*addr, *folder); err != nil {
		log.Fatal(err)
	}
}

func run(addr, folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder) // nothing that uses it can leave the folder, whatever a name says
	if err != nil {
		return err
	}
	defer root.Close()
	return newApp(root, sessionKey()).Run(addr)
}

// sessionKey returns the key of the environment, or one that lasts as long as this process.
func sessionKey() string {
	key := os.Getenv("SESSION_KEY")
	if key == "" {
		key = soay.NewKey()
		log.Print("SESSION_KEY is not set: when this run ends, nobody can delete the photos of now any more")
	}
	return key
}
