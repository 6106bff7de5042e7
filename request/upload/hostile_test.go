package upload_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/upload"
)

// repeated is a text that comes many times, between a start and an end, without being in memory.
func repeated(start, text string, times int, end string) io.Reader {
	return io.MultiReader(strings.NewReader(start), io.LimitReader(&loop{text: text}, int64(len(text)*times)), strings.NewReader(end))
}

type loop struct {
	text string
	at   int
}

func (l *loop) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		c := copy(p[n:], l.text[l.at:])
		n, l.at = n+c, (l.at+c)%len(l.text)
	}
	return n, nil
}

// What is ten times beyond each limit is refused, and takes no more memory than what is within it: not for the bytes that
// come, and not for what is made of them.
func TestMemoryOfHostileForms(t *testing.T) {
	const (
		head = "--x\r\nContent-Disposition: form-data; name=a"
		most = 8 << 20 // bytes that are allocated all in all, most of them values and the first 256 KiB of files as they grow
	)
	for _, tt := range []struct {
		name string
		body io.Reader
		want string
	}{
		{"a long preamble", repeated("", "preamble\r\n", 8<<10, "\r\n"+form("name=a|b")), "400"},
		{"a preamble without lines", repeated("", "x", 80<<10, "\r\n"+form("name=a|b")), "400"},
		{"a long line of a head", repeated(head+"\r\nX: ", "x", 80<<10, "\r\n\r\nb\r\n--x--\r\n"), "400"},
		{"many lines of a head", repeated(head+"\r\n", "X: y\r\n", 14<<10, "\r\nb\r\n--x--\r\n"), "400"},
		{"a head that continues", repeated(head+"\r\nX: y", "\r\n z", 20<<10, "\r\n\r\nb\r\n--x--\r\n"), "400"},
		{"many parts", repeated("", head+"\r\n\r\nb\r\n", 1000, "--x--\r\n"), "413"},
		{"many files", repeated("", head+"; filename=f\r\n\r\nb\r\n", 200, "--x--\r\n"), "413"},
		{"a large value", repeated(head+"\r\n\r\n", "x", 640<<10, "\r\n--x--\r\n"), "413"},
		{"many large values", repeated("", head+"\r\n\r\n"+strings.Repeat("x", 60<<10)+"\r\n", 180, "--x--\r\n"), "413"},
		{"a large file", repeated(head+"; filename=f\r\n\r\n", "x", 100<<20, "\r\n--x--\r\n"), "413"},
		{"boundaries that are none", repeated(head+"; filename=f\r\n\r\n", "\r\n--xx", 20<<20, "\r\n--x--\r\n"), "413"},
		{"an epilogue", repeated("--x--\r\n", "x", 10<<20, ""), ""},
	} {
		var before, after runtime.MemStats
		l := limits(t, upload.Limits{})
		runtime.ReadMemStats(&before)
		got := show(read(t, tt.body, formType, l))
		runtime.ReadMemStats(&after)
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if bytes := after.TotalAlloc - before.TotalAlloc; bytes > most {
			t.Errorf("%s: %d bytes were allocated, want at most %d", tt.name, bytes, most)
		}
	}
}
