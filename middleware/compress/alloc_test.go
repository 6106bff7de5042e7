package compress_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// sinkWriter is a ResponseWriter that costs nothing.
type sinkWriter struct {
	header http.Header
	bytes  int
}

func (w *sinkWriter) Header() http.Header { return w.header }

func (w *sinkWriter) Write(b []byte) (int, error) { w.bytes += len(b); return len(b), nil }

func (w *sinkWriter) WriteHeader(int) {}

// Compression costs the memory for the result and at most one allocation for headers, whatever the size.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, test := range []struct {
		name   string
		resp   response.Response
		accept string
		most   float64
	}{
		{"4 KiB", response.JSON(strings.Repeat("x", 4<<10)), "gzip, deflate, br, zstd", 2},
		{"32 KiB", response.JSON(strings.Repeat("x", 32<<10)), "gzip", 2},
		{"a type of its own", response.Bytes("text/csv", []byte(long)), "gzip", 4}, // two headers, besides
		{"not taken", response.Text(long[:4000]), "br", 0},
		{"not taken, and a header", response.Text(long[:4000]).WithHeader("Cache-Control", "max-age=60"), "br", 2}, // and one to read the header
		{"too short", response.Text("short"), "gzip", 0},
	} {
		measure := func(compressed bool) float64 {
			app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
			if compressed {
				app.UseCompression()
			}
			app.Get("/", returning(test.resp))
			r, w := httptest.NewRequest("GET", "/", nil), &sinkWriter{header: http.Header{}}
			r.Header.Set("Accept-Encoding", test.accept)
			return testing.AllocsPerRun(100, func() {
				clear(w.header)
				app.ServeHTTP(w, r)
			})
		}
		if with, without := measure(true), measure(false); with-without > test.most {
			t.Errorf("%s: %v allocations, %v without compression, want at most %v more", test.name, with, without, test.most)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	pool := compress.NewPool(compress.Gzip(0))
	text := strings.Repeat(long, 7)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := pool.Encode(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}
