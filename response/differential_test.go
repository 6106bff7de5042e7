package response_test

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// The requests that files are compared for with http.ServeContent. Each combines a range with conditions.
var (
	rangesToCompare = []string{
		"", "bytes=0-0", "bytes=0-4", "bytes=2-", "bytes=-5", "bytes=3-7", "bytes=0-0,-2", "bytes=0-1,5-8", "bytes=0-1,5-8,9-",
		"bytes=5-1000", "bytes=-1000", "bytes=0-", "bytes=0-9", "bytes= 0-4", "bytes=0-4 , 6-7", "bytes=,0-0", "bytes=5-6,2-3",
		"bytes=20-", "bytes=-0", "bytes=3-1", "bytes=a-b", "bytes=", "bytes=--1", "bytes=1", "lines=0-1", "0-4", "bytes=0-3,20-",
		"bytes=0-5,0-5", "bytes=0-,0-,0-", "Bytes=0-4", "bytes=10-", "bytes=9-", "bytes=00-04", "bytes=+0-4", "bytes=0x0-4",
	}
	conditionsToCompare = [][]string{
		nil, {"If-None-Match", `"v7"`}, {"If-None-Match", `W/"v7"`}, {"If-None-Match", `"v6", "v7"`}, {"If-None-Match", "*"},
		{"If-None-Match", `"v6"`}, {"If-None-Match", `"v6"`, "If-Modified-Since", "AT"}, {"If-Modified-Since", "AT"},
		{"If-Modified-Since", "BEFORE"}, {"If-Modified-Since", "x"}, {"If-Match", `"v7"`}, {"If-Match", `W/"v7"`}, {"If-Match", `"v6"`},
		{"If-Match", "*"}, {"If-Unmodified-Since", "AT"}, {"If-Unmodified-Since", "BEFORE"}, {"If-Match", `"v7"`, "If-Unmodified-Since", "BEFORE"},
		{"If-Range", `"v7"`}, {"If-Range", `"v6"`}, {"If-Range", `W/"v7"`}, {"If-Range", "AT"}, {"If-Range", "BEFORE"},
		{"If-Match", `"v6"`, "If-None-Match", `"v7"`},
	}
)

// wantedDifference returns why an answer may differ from that of http.ServeContent, "" if it may not.
func wantedDifference(r *http.Request) string {
	ranges := r.Header.Get("Range")
	isHead := r.Method == http.MethodHead
	switch {
	case isHead && ranges != "":
		return "only GET has ranges (RFC 9110 section 14.2)"
	case strings.HasPrefix(ranges, "Bytes="):
		return "names of units have no case (RFC 9110 section 14.1)"
	case ranges == "bytes=-0":
		return "no byte of the end is unsatisfiable (RFC 9110 section 14.1.2)"
	case ranges == "bytes=+0-4":
		return "a position has digits only (RFC 9110 section 14.1.1)"
	case ranges == "bytes=3-1", ranges == "bytes=a-b", ranges == "bytes=--1", ranges == "bytes=1", ranges == "bytes=0x0-4",
		ranges == "lines=0-1", ranges == "0-4":
		return "what is no range is ignored (RFC 9110 sections 14.2 and 14.1.2)"
	}
	return ""
}

// Files are served as by http.ServeContent, but for what is wanted otherwise.
func TestFilesAgreeWithServeContent(t *testing.T) {
	const content = "0123456789"
	path := newFile(t, "a.txt", content)
	app, _ := answers(response.File(path).WithETag("v7"))
	known, _ := answers(response.Text(content).WithETag("v7").WithLastModified(modified).WithHeader("Accept-Ranges", "bytes"))
	oracle := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"v7"`)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		http.ServeContent(w, r, "a.txt", modified, strings.NewReader(content))
	})
	times := strings.NewReplacer("AT", modified.Format(http.TimeFormat), "BEFORE", modified.Add(-time.Hour).Format(http.TimeFormat))
	compared, differing := 0, map[string]bool{}
	for _, method := range []string{"GET", "HEAD"} {
		for _, ranges := range rangesToCompare {
			for _, conditions := range conditionsToCompare {
				newRequest := func() *http.Request {
					r := httptest.NewRequest(method, "/", nil)
					for i := 0; i < len(conditions); i += 2 {
						r.Header.Set(conditions[i], times.Replace(conditions[i+1]))
					}
					if ranges != "" {
						r.Header.Set("Range", ranges)
					}
					return r
				}
				want := answerOf(t, oracle, newRequest())
				for kind, h := range map[string]http.Handler{"file": app, "known bytes": known} {
					got := answerOf(t, h, newRequest())
					compared++
					if got == want {
						continue
					}
					if reason := wantedDifference(newRequest()); reason == "" {
						t.Errorf("%s, %s with Range %q and %q:\n%s\nwant\n%s", kind, method, ranges, conditions, got, want)
					}
					differing[method+" "+ranges] = true
				}
			}
		}
	}
	for _, ranges := range rangesToCompare { // the list of differences has none that is not needed
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Range", ranges)
		if (wantedDifference(r) != "") != differing["GET "+ranges] {
			t.Errorf("GET with Range %q: differs %v", ranges, differing["GET "+ranges])
		}
	}
	if compared < 3000 {
		t.Errorf("only %d answers were compared", compared)
	}
}

// answerOf returns what matters of an answer as a text.
func answerOf(t *testing.T, h http.Handler, r *http.Request) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	header := w.Header()
	if w.Code >= 400 { // the page is the app's
		return fmt.Sprint(w.Code, header.Get("Content-Range"))
	}
	body, contentType := w.Body.String(), header.Get("Content-Type")
	if kind, params, _ := mime.ParseMediaType(contentType); kind == "multipart/byteranges" && body != "" {
		contentType, body = kind, partsOf(t, body, params["boundary"])
	}
	return fmt.Sprintf("%d %s %q %q %q %q", w.Code, contentType, header.Get("Content-Range"), header.Get("Etag"), header.Get("Accept-Ranges"), body)
}

func partsOf(t *testing.T, body, boundary string) string {
	t.Helper()
	var parts []string
	for r := multipart.NewReader(strings.NewReader(body), boundary); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			return strings.Join(parts, "|")
		}
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(part)
		parts = append(parts, fmt.Sprint(part.Header.Get("Content-Type"), part.Header.Get("Content-Range"), string(b)))
	}
}

// FuzzRanges compares known bytes with a reader of the same content: two ways to one answer. Neither sends more than the
// content and the heads of 16 parts.
func FuzzRanges(f *testing.F) {
	for _, ranges := range rangesToCompare {
		f.Add(ranges, "", 10)
		f.Add(ranges, `"v7"`, 0)
	}
	// The apps are made once, for the fuzzer needs many answers.
	var content []byte
	serve := func(answer func() response.Response) http.Handler {
		app := soay.New(soay.Options{Logger: new(requesttest.Log).Logger()})
		app.Get("/", func(soay.Request) soay.Response { return answer() })
		h, err := app.Handler()
		if err != nil {
			f.Fatal(err)
		}
		return h
	}
	known := serve(func() response.Response {
		return response.Bytes("text/plain", content).WithETag("v7").WithHeader("Accept-Ranges", "bytes")
	})
	reader := serve(func() response.Response {
		return response.Reader("text/plain", int64(len(content)), func() (io.ReadCloser, error) {
			return seeking{strings.NewReader(string(content)), new(int)}, nil
		}).WithETag("v7")
	})
	f.Fuzz(func(t *testing.T, ranges, ifRange string, size int) {
		if size < 0 || size > 1000 {
			return
		}
		content = bytes.Repeat([]byte("0123456789"), 100)[:size]
		newRequest := func() *http.Request {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header = http.Header{"Range": {ranges}, "If-Range": {ifRange}}
			return r
		}
		got, want := answerOf(t, known, newRequest()), answerOf(t, reader, newRequest())
		if got != want {
			t.Errorf("known bytes: %s\nreader: %s", got, want)
		}
		w := httptest.NewRecorder()
		known.ServeHTTP(w, newRequest())
		if w.Code < 400 && w.Body.Len() > size+17*150 {
			t.Errorf("%d bytes of a content of %d", w.Body.Len(), size)
		}
	})
}

// A server sends files without copying them through memory: its ReadFrom gets the file, in pieces with a time each.
func TestFileReachesReadFrom(t *testing.T) {
	path := newFile(t, "a.bin", strings.Repeat("x", 5<<19)) // 2.5 MiB
	w := &readingFrom{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("GET", "/", nil)
	if _, err := response.StateOf(response.File(path)).Write(w, r, time.Minute); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(w.pieces) != fmt.Sprint([]int64{1 << 20, 1 << 20, 1 << 19}) || w.deadlines < 3 || w.Body.Len() != 5<<19 {
		t.Errorf("pieces %v with %d deadlines, %d bytes", w.pieces, w.deadlines, w.Body.Len())
	}
}

// readingFrom is a ResponseWriter that notes what its ReadFrom gets.
type readingFrom struct {
	*httptest.ResponseRecorder
	pieces    []int64
	deadlines int
}

func (w *readingFrom) SetWriteDeadline(time.Time) error { w.deadlines++; return nil }

func (w *readingFrom) ReadFrom(r io.Reader) (int64, error) {
	limited := r.(*io.LimitedReader)
	if _, ok := limited.R.(*os.File); !ok {
		return 0, fmt.Errorf("the source is a %T", limited.R)
	}
	w.pieces = append(w.pieces, limited.N)
	return io.Copy(w.ResponseRecorder, r)
}
