package docs_test

import (
	"strings"
	"testing"
)

// shownFile returns the file that a block shows a part of: it stands behind the language, as in "go examples/notes/app.go".
func (b block) shownFile() (file string, ok bool) {
	_, file, ok = strings.Cut(b.lang, " ")
	return file, ok
}

// Programs that need drivers are in modules of their own, with their tests. A page shows parts of their files, which must be there as
// they are shown.
func TestShownFiles(t *testing.T) {
	count := 0
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			file, ok := b.shownFile()
			if !ok {
				continue
			}
			count++
			if !strings.HasPrefix(file, "examples/") {
				t.Errorf("%v: it shows %s; only files of examples are shown", b, file)
			} else if !isPartOf(readPage(t, file), b.text) {
				t.Errorf("%v: %s has no such lines:\n%s", b, file, b.text)
			}
		}
	}
	if count == 0 {
		t.Error("no page shows a file")
	}
}

// isPartOf reports whether whole lines of a text stand in a file, one after the other.
func isPartOf(file, text string) bool { return strings.Contains("\n"+file, "\n"+text) }

func TestIsPartOf(t *testing.T) {
	const file = "package main\n\nfunc main() {\n\trun()\n}\n"
	tests := []struct {
		description, text string
		want              bool
	}{
		{"all", file, true},
		{"the beginning", "package main\n", true},
		{"the end", "\trun()\n}\n", true},
		{"a part of a line", "main\n", false},
		{"the beginning of a line", "\trun\n", false},
		{"another indentation", "run()\n}\n", false},
		{"lines that do not follow each other", "package main\nfunc main() {\n", false},
	}
	for _, tt := range tests {
		if got := isPartOf(file, tt.text); got != tt.want {
			t.Errorf("%s: %t, want %t", tt.description, got, tt.want)
		}
	}
}
