package middleware_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func newDecompressing() *soay.App {
	app, _ := newLoggedApp()
	app.UseDecompression()
	app.Post("/", func(req soay.Request) soay.Response {
		text, err := req.Text()
		if err != nil {
			return response.Error(err)
		}
		return response.Text(text[:min(len(text), 20)])
	})
	return app
}

func TestDecompression(t *testing.T) {
	bomb := gzipped(strings.Repeat("\x00", 10<<20))
	cats := gzipped("cats")
	tests := []struct {
		description, encoding, body string
		want                        int
		wantText, wantAccept        string
	}{
		{"no coding", "", "cats", 200, "cats", ""},
		{"identity", "identity", "cats", 200, "cats", ""},
		{"gzip", "gzip", cats, 200, "cats", ""},
		{"x-gzip, in capitals", "X-GZIP", cats, 200, "cats", ""},
		{"deflate", "deflate", deflated("cats"), 200, "cats", ""},
		{"deflate again, with a reader that was used", "deflate", deflated("dogs"), 200, "dogs", ""},
		{"two codings", "gzip, gzip", gzipped(cats), 415, "", "gzip, deflate"},
		{"brotli", "br", "cats", 415, "", "gzip, deflate"},
		{"truncated", "gzip", cats[:len(cats)-4], 400, "", ""},
		{"only a part of the header", "gzip", cats[:4], 400, "", ""},
		{"data behind the end", "gzip", cats + "x", 400, "", ""},
		{"a second member", "gzip", cats + cats, 400, "", ""},
		{"1000 empty members", "gzip", strings.Repeat(gzipped(""), 1000), 400, "", ""},
		{"no gzip", "gzip", "cats cats cats cats cats", 400, "", ""},
		{"a large ratio up to 64 KiB", "gzip", gzipped(strings.Repeat("a", 64<<10)), 200, strings.Repeat("a", 20), ""},
		{"a large ratio beyond", "gzip", gzipped(strings.Repeat("a", 512<<10)), 413, "", ""},
		{"a bomb", "gzip", bomb, 413, "", ""},
		{"a deflate bomb", "deflate", deflated(strings.Repeat("\x00", 10<<20)), 413, "", ""},
	}
	app := newDecompressing()
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(tt.body))
			r.Header.Set("Content-Encoding", tt.encoding)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			app.ServeHTTP(w, r)
			runtime.ReadMemStats(&after)
			if w.Code != tt.want || tt.want == 200 && w.Body.String() != tt.wantText || w.Header().Get("Accept-Encoding") != tt.wantAccept {
				t.Errorf("%d %q, Accept-Encoding %q; want %d %q, %q", w.Code, w.Body, w.Header().Get("Accept-Encoding"), tt.want, tt.wantText, tt.wantAccept)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
				t.Errorf("%d bytes were allocated, want at most the limit and 1 MiB", n)
			}
		})
	}
}

// A compressed body of which any byte is another is refused, or was no damage.
func TestDecompressionOfFlippedBytes(t *testing.T) {
	app := newDecompressing()
	body := gzipped(strings.Repeat("cats and dogs ", 40))
	for i := range len(body) {
		flipped := body[:i] + string([]byte{body[i] ^ 0xff}) + body[i+1:]
		w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/", strings.NewReader(flipped))
		r.Header.Set("Content-Encoding", "gzip")
		app.ServeHTTP(w, r)
		if ok := w.Code == 200 && w.Body.String() == "cats and dogs cats a"; !ok && w.Code != 400 && w.Code != 413 {
			t.Errorf("byte %d: %d %q", i, w.Code, w.Body)
		}
	}
}

// The limit of the body holds for the bytes that come, also where their number is not known before, and for those
// that come out, also where a handler of net/http reads them.
func TestDecompressionLimits(t *testing.T) {
	noise := make([]byte, 4<<10) // which compression makes a little larger
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	asHTTP := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, len(b), r.Header["Content-Encoding"], r.ContentLength)
	})
	for _, tt := range []struct {
		description, body string
		limit             int64
		want              string
	}{
		{"within both", gzipped(string(noise)), 8 << 10, "200 4096 [] -1"},
		{"too much comes", gzipped(string(noise)), 4 << 10, "413"},
		{"too much comes out", gzipped(strings.Repeat("a", 9<<10)), 8 << 10, "413"},
	} {
		for path, handler := range map[string]soay.Handler{"/http": soay.FromHTTP(asHTTP), "/": func(req soay.Request) soay.Response {
			b, err := req.Bytes()
			if err != nil {
				return response.Error(err)
			}
			return response.Text(fmt.Sprint(len(b), req.Headers()["Content-Encoding"], req.HTTP().ContentLength))
		}} {
			app, _ := newLoggedApp()
			app.UseDecompression()
			app.Post(path, handler).MaxBody(tt.limit)
			w, r := httptest.NewRecorder(), httptest.NewRequest("POST", path, io.MultiReader(strings.NewReader(tt.body)))
			r.Header.Set("Content-Encoding", "gzip")
			app.ServeHTTP(w, r)
			if got := fmt.Sprint(w.Code, " ", w.Body); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s, %s: %s, want %s", tt.description, path, got, tt.want)
			}
		}
	}
}

func FuzzDecompression(f *testing.F) {
	f.Add([]byte(gzipped("cats")), true)
	f.Add([]byte(deflated("cats")), false)
	app := newDecompressing()
	f.Fuzz(func(t *testing.T, body []byte, isGzip bool) {
		w, r := httptest.NewRecorder(), httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Encoding", map[bool]string{true: "gzip", false: "deflate"}[isGzip])
		app.ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 400 && w.Code != 413 && w.Code != 415 {
			t.Errorf("%x gives %d", body, w.Code)
		}
	})
}
