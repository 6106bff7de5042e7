package compress_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/middleware/compress/brotli"
	"github.com/soay-go/soay/middleware/compress/fastgzip"
	"github.com/soay-go/soay/middleware/compress/zstd"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// coders are all of them at their levels, with the program that decodes what they write.
func coders() map[string]struct {
	compress.Coder
	program []string
} {
	type coder = struct {
		compress.Coder
		program []string
	}
	all := map[string]coder{}
	for _, level := range []int{0, 1, 9} {
		all["gzip "+string(rune('0'+level))] = coder{compress.Gzip(level), []string{"gzip", "-dc"}}
		all["fastgzip "+string(rune('0'+level))] = coder{fastgzip.Coder(level), []string{"gzip", "-dc"}}
		all["brotli "+string(rune('0'+level))] = coder{brotli.Coder(level), []string{"brotli", "-dc"}}
		all["zstd "+string(rune('0'+level))] = coder{zstd.Coder(zstd.Options{Level: level}), []string{"zstd", "-dc"}}
	}
	all["zstd 22"] = coder{zstd.Coder(zstd.Options{Level: 22, Window: 8 << 20}), []string{"zstd", "-dc"}}
	all["zstd, small window"] = coder{zstd.Coder(zstd.Options{Window: 1 << 10}), []string{"zstd", "-dc"}}
	return all
}

// texts are what is compressed: much and little of it, some of which repeats far away.
var texts = map[string]string{"/short": long, "/long": large + unlike(150_000) + large, "/unlike": unlike(50_000) + large}

// appOf returns an app that sends the texts, at once and as streams.
func appOf(t *testing.T, coder compress.Coder) *soay.App {
	t.Helper()
	app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
	app.UseCompression(compress.Options{Coders: []compress.Coder{coder}})
	for path, text := range texts {
		app.Get(path, returning(response.Bytes("text/plain", []byte(text))))
		app.Get("/stream"+path, writing("text/plain", func(w http.ResponseWriter, _ *http.Request, _ int) error {
			for i := range 3 {
				if _, err := io.WriteString(w, text[i*len(text)/3:(i+1)*len(text)/3]); err != nil {
					return err
				}
				if err := http.NewResponseController(w).Flush(); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return app
}

// What leaves the app is decoded by the programs that everybody has. Each encoder is used several times.
func TestOtherDecoders(t *testing.T) {
	for name, coder := range coders() {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(coder.program[0])
			if err != nil {
				t.Skipf("left out: there is no program %s", coder.program[0])
			}
			c := requesttest.New(t, appOf(t, coder.Coder))
			for path, text := range texts {
				for _, path := range []string{path, "/stream" + path} {
					got := c.Get(path, with("Accept-Encoding", coder.Name))
					if got.Header.Get("Content-Encoding") != coder.Name || len(got.Body) >= len(text) {
						t.Errorf("%s: %d bytes of %d, headers %v", path, len(got.Body), len(text), got.Header)
					}
					cmd := exec.CommandContext(t.Context(), program, coder.program[1:]...)
					cmd.Stdin = bytes.NewReader(got.Body)
					if plain, err := cmd.Output(); err != nil || string(plain) != text {
						t.Errorf("%s: %v, %d bytes, want %d", path, err, len(plain), len(text))
					}
				}
			}
		})
	}
}

// curl asks for what it knows and decodes it.
func TestCurl(t *testing.T) {
	program, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("left out: there is no program curl")
	}
	version, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, coder := range map[string]compress.Coder{"libz": fastgzip.Coder(0), "brotli": brotli.Coder(0), "zstd": zstd.Coder()} {
		t.Run(coder.Name, func(t *testing.T) {
			if !strings.Contains(string(version), name) {
				t.Skipf("left out: curl has no %s", name)
			}
			base := serve(t, appOf(t, coder))
			for path, text := range texts {
				for _, path := range []string{path, "/stream" + path} {
					got, err := exec.CommandContext(t.Context(), program, "-sS", "--compressed", "-w", "%header{content-encoding}", base+path).Output()
					if err != nil || string(got) != text+coder.Name {
						t.Errorf("%s: %v, %d bytes, want %d in the coding %s", path, err, len(got), len(text), coder.Name)
					}
				}
			}
		})
	}
}

// Coders report wrong options at the start.
func TestCoderOptions(t *testing.T) {
	for want, coder := range map[string]compress.Coder{
		"fastgzip of level 10; levels are from 1 to 9":                                                  fastgzip.Coder(10),
		"fastgzip of level -3; levels are from 1 to 9":                                                  fastgzip.Coder(-3),
		"brotli of level 12; levels are from 1 to 11":                                                   brotli.Coder(12),
		"brotli of level -1; levels are from 1 to 11":                                                   brotli.Coder(-1),
		"zstd of level 23; levels are from 1 to 22":                                                     zstd.Coder(zstd.Options{Level: 23}),
		"zstd with 2 options; pass one":                                                                 zstd.Coder(zstd.Options{}, zstd.Options{}),
		"zstd with a window of 16777216 bytes; windows are powers of two from 1024 to 8388608":          zstd.Coder(zstd.Options{Window: 16 << 20}),
		"zstd with a window of 1000 bytes; windows are powers of two from 1024 to 8388608":              zstd.Coder(zstd.Options{Window: 1000}),
		"zstd of level -1; levels are from 1 to 22\nzstd with a window of -1 bytes; windows are powers": zstd.Coder(zstd.Options{Level: -1, Window: -1}),
	} {
		if err := compress.Check([]compress.Coder{coder}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Chromium shows a page whose three scripts come from apps with a coder each.
func TestChromium(t *testing.T) {
	program := os.Getenv("CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" {
		t.Skip("left out: there is no Chromium; install it, or let CHROMIUM name the program")
	}
	var page strings.Builder
	page.WriteString("<!doctype html><title>coders</title>")
	logs := map[string]*requesttest.Log{}
	for _, coder := range []compress.Coder{fastgzip.Coder(0), brotli.Coder(0), zstd.Coder()} {
		app, log := newApp(compress.Options{Coders: []compress.Coder{coder}})
		logs[coder.Name] = log
		app.UseAccessLog()
		script := fmt.Sprintf("const of_%s = %q; document.write('<p>%[1]s ' + of_%[1]s.length)", coder.Name, long)
		app.Get("/script", returning(response.Bytes("text/javascript", []byte(script))))
		page.WriteString("<script src=" + serve(t, app) + "/script></script>")
	}
	app, _ := newApp()
	app.Get("/", returning(response.HTML(page.String())))
	args := []string{"--headless=new", "--dump-dom", "--user-data-dir=" + t.TempDir(), "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox") // there is none for root
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // only ends what hangs
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, serve(t, app)+"/")...)
	cmd.WaitDelay = 10 * time.Second
	dom, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name, log := range logs {
		if want := fmt.Sprintf("<p>%s %d", name, len(long)); !strings.Contains(string(dom), want) {
			t.Errorf("the page lacks %q: %s", want, dom)
		}
		records := log.Records("request")
		if len(records) != 1 || records[0]["bytes"].(float64) > float64(len(long))/2 {
			t.Errorf("%s: the script was sent as %v", name, records)
		}
	}
}
