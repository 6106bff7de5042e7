// Package docs_test checks the pages of this folder and the README: the code in them compiles, and the
// programs answer as the pages say.
//
// A ```go block is one of three things.
//
//   - A program starts with "package main". It is built and can be run. A block that starts so and
//     imports testing is the test file beside the program before it.
//   - Declarations, such as a function, are checked together with the program and the declarations before
//     them on the page.
//   - Statements are checked inside a function that has app, req, err and the like, see the constant
//     wrapper. They may use the program and the declarations before them on the page.
//
// Declarations and statements need no imports: those of the list fragmentImports are there. All blocks
// are formatted by gofmt.
//
// A block whose language has the name of a file behind it, such as ```go examples/notes/app.go, shows a part
// of that file.
//
// A ```console block shows a terminal: commands behind a dollar sign, each with its
// output. They run in the order of the page against the program before them.
//
//	$ go run .                      starts the program; variables such as APP_ENV=dev may stand before it
//	$ ADDR=127.0.0.1:8001 go run .  starts another instance beside it, in the same folder
//	$ go run . rotate               runs the program with arguments, beside the one that serves
//	$ go run ./examples/sessions    starts an example in its place
//	$ go test                       runs the test file beside the program
//	$ curl -i http://127.0.0.1:8000/    sends a request; the flags are those of the function parseCurl
//	^C                              stops the program, the instance that was started last, which must end
//	                                well
//
// A request starts the program if it does not run yet. In the output … stands for anything on its
// line, and a line of nothing else for any lines. A ```text block shows output of the program since the
// last block. Blocks of other languages are ignored, such as sh for commands that cannot run in a test.
package docs_test

import (
	"os"
	"path/filepath"
	"testing"
)

// root is the folder of the module, seen from the tests.
const root = ".."

// pages returns the files that are checked, relative to root.
func pages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("%d pages, error %v", len(pages), err)
	}
	for i := range pages {
		pages[i] = "docs/" + filepath.Base(pages[i])
	}
	return append(pages, "README.md")
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(page)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPages(t *testing.T) {
	names := pages(t)
	binary := build(t, names)
	for _, page := range names {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			r := &reader{t: t, page: page, binary: binary}
			t.Cleanup(r.stop)
			for _, b := range blocksOf(t, page) {
				r.read(b)
			}
		})
	}
}
