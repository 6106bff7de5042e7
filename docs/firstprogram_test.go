package docs_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstProgram does what the README tells newcomers: it puts the first program into an empty folder
// and runs the commands below it.
func TestFirstProgram(t *testing.T) {
	var program, commands block
	for _, b := range blocksOf(t, "README.md") {
		switch {
		case b.isProgram() && program.text == "":
			program = b
		case b.lang == "sh" && commands.text == "":
			commands = b
		}
	}
	if lines := strings.Count(program.text, "\n"); lines > 15 {
		t.Errorf("the first program has %d lines, want at most 15", lines)
	}
	dir := t.TempDir()
	text := strings.ReplaceAll(program.text, shownAddress, "127.0.0.1:0")
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	clone, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	script := strings.ReplaceAll(commands.text, "../soay", clone) + "go build -ldflags=-w -o hello .\n"
	for line := range strings.Lines(script) {
		args := strings.Fields(line)
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.TrimSpace(line), err, out)
		}
	}
	p := start(t, "hello", exec.Command(filepath.Join(dir, "hello")), nil)
	defer p.interrupt()
	got, err := curl{method: http.MethodGet, url: "http://" + shownAddress}.run(p.serves(), nil)
	if err != nil || got != "Hello, World!" {
		t.Errorf("it answers %q, %v", got, err)
	}
}
