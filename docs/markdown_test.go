package docs_test

import (
	"fmt"
	"go/format"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct {
	page string
	line int // of its first line
	lang string
	text string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// isProgram reports whether the block is a file of its own.
func (b block) isProgram() bool { return b.lang == "go" && strings.HasPrefix(b.text, "package main\n") }

// isTest reports whether the block is the test file of a program.
func (b block) isTest() bool { return b.isProgram() && strings.Contains(b.text, "\t\"testing\"\n") }

// blocksOf returns the fenced blocks of a page.
func blocksOf(t *testing.T, page string) []block {
	t.Helper()
	blocks, err := parseBlocks(page, readPage(t, page))
	if err != nil {
		t.Fatal(err)
	}
	return blocks
}

func parseBlocks(page, text string) ([]block, error) {
	var blocks []block
	var open *block
	number := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		number++
		lang, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &block{page: page, line: number + 1, lang: lang}
		case isFence && lang == "":
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%v: the block has no end", *open)
	}
	return blocks, nil
}

func TestBlocksAreFormatted(t *testing.T) {
	count := 0
	for _, page := range pages(t) {
		for _, b := range blocksOf(t, page) {
			if b.lang != "go" {
				continue
			}
			count++
			want, err := format.Source([]byte(b.text))
			if err != nil {
				t.Errorf("%v: %v", b, err)
			} else if string(want) != b.text {
				t.Errorf("%v: gofmt makes of it\n%s", b, want)
			}
		}
	}
	if count == 0 {
		t.Errorf("no page has a Go block")
	}
}

func TestParseBlocks(t *testing.T) {
	const text = "# Title\n```go\npackage main\n```\ntext\n```console\n$ curl x\n```\n"
	got, err := parseBlocks("p.md", text)
	if err != nil || len(got) != 2 {
		t.Fatalf("got %d blocks, %v, want 2", len(got), err)
	}
	want := block{page: "p.md", line: 7, lang: "console", text: "$ curl x\n"}
	if got[1] != want {
		t.Errorf("got %+v, want %+v", got[1], want)
	}
	if _, err := parseBlocks("p.md", "```go\nvar x int\n"); err == nil {
		t.Errorf("a block without an end is no error")
	}
}
