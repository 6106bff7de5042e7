package compress_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/compress"
	"github.com/soay-go/soay/middleware/compress/brotli"
	"github.com/soay-go/soay/middleware/compress/fastgzip"
	"github.com/soay-go/soay/middleware/compress/zstd"
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

// BenchmarkCoders compresses 32 KiB of JSON, and tells how much is left of it.
func BenchmarkCoders(b *testing.B) {
	type item struct {
		ID    int     `json:"id"`
		Name  string  `json:"name"`
		Email string  `json:"email"`
		Score float64 `json:"score"`
		Hash  string  `json:"hash"`
	}
	var items []item
	for i := range 250 {
		hash := fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i)}))
		items = append(items, item{i, "Person " + hash[:5], hash[5:10] + "@example.org", float64(i*7919%1000) / 10, hash[10:20]})
	}
	text, _ := response.JSON(items).Content()
	for _, bench := range []struct {
		name  string
		coder compress.Coder
	}{
		{"gzip 1", compress.Gzip(1)}, {"gzip 5", compress.Gzip(5)}, {"gzip 9", compress.Gzip(9)},
		{"fastgzip 5", fastgzip.Coder(5)}, {"zstd 1", zstd.Coder(zstd.Options{Level: 1})}, {"zstd 3", zstd.Coder()},
		{"brotli 1", brotli.Coder(1)}, {"brotli 4", brotli.Coder(4)}, {"brotli 5", brotli.Coder(5)}, {"brotli 11", brotli.Coder(11)},
	} {
		b.Run(bench.name, func(b *testing.B) {
			pool := compress.NewPool(bench.coder)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				result, err := pool.Encode(b.Context(), text)
				if err != nil {
					b.Fatal(err)
				}
				n = len(result)
			}
			b.ReportMetric(100*float64(n)/float64(len(text)), "%")
		})
	}
}
