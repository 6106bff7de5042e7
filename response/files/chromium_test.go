package files_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/files"
)

// Chromium runs nothing of the names in a listing, nor of a picture that Send has sent. The same picture of a folder of the
// app's own runs its script, so the test would see one.
func TestScriptsInChromium(t *testing.T) {
	program := os.Getenv("CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" {
		t.Skip("left out: there is no Chromium; install it, or let CHROMIUM name the program")
	}
	folder, at := t.TempDir(), time.Now().Add(-time.Hour)
	const script = `document.documentElement.setAttribute("class","was-run")`
	write(t, filepath.Join(folder, "a.svg"), `<svg xmlns="http://www.w3.org/2000/svg"><script>`+script+`</script></svg>`, at)
	write(t, filepath.Join(folder, `"><img src=x onerror='`+script+`'>.txt`), "", at)
	write(t, filepath.Join(folder, `<script>`+script+`<`, `script>.txt`), "", at)
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	app, _ := newApp(soay.Options{Env: "production", Logger: quiet, DrainDelay: -1})
	app.Static("/own", files.Dir(folder), files.Options{Listing: true})
	app.Get("/sent/{name}", func(req soay.Request) soay.Response { return files.Send(root, req.Param("name")) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() { cancel(); <-served })
	for path, runs := range map[string]bool{"/own/": false, "/sent/a.svg": false, "/own/a.svg": true} {
		args := []string{"--headless=new", "--user-data-dir=" + t.TempDir(), "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
			"--virtual-time-budget=2000", "--dump-dom"}
		if os.Getuid() == 0 {
			args = append(args, "--no-sandbox") // there is none for root
		}
		until, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // only ends what hangs
		out, err := exec.CommandContext(until, program, append(args, "http://"+l.Addr().String()+path)...).Output()
		cancel()
		if err != nil || strings.Contains(string(out), `class="was-run"`) != runs || !strings.Contains(string(out), "<") {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
	}
}
