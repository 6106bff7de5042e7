package response_test

import (
	"bytes"
	"embed"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/response/problem"
)

// Known bytes, streams and readers obey the conditions of RFC 9110 section 13, in the order of its section 13.2.2.
func TestConditional(t *testing.T) {
	at := func(d time.Duration) string { return modified.Add(d).Format(http.TimeFormat) }
	tagged := response.Text("0123456789").WithETag("v7")
	dated := response.Text("0123456789").WithLastModified(modified)
	both := tagged.WithLastModified(modified)
	weak := response.Text("0123456789").WithWeakETag("v7")
	unused := response.Stream("text/plain", func(io.Writer) error { return errors.New("it must not be called") })
	used := response.Stream("text/plain", func(w io.Writer) error { _, err := io.WriteString(w, "0123456789"); return err })
	for _, tt := range []struct {
		description string
		response    response.Response
		header      []string
		want        int
	}{
		{"no condition", both, nil, 200},
		{"the tag", tagged, []string{"If-None-Match", `"v7"`}, 304},
		{"the tag, weak", tagged, []string{"If-None-Match", `W/"v7"`}, 304},
		{"a weak tag", weak, []string{"If-None-Match", `"v7"`}, 304},
		{"another tag", tagged, []string{"If-None-Match", `"v6"`}, 200},
		{"tags in a list", tagged, []string{"If-None-Match", `"v6" , "v7"`}, 304},
		{"any tag", tagged, []string{"If-None-Match", `*`}, 304},
		{"a malformed tag", tagged, []string{"If-None-Match", `v7`}, 200},
		{"no tag to compare", dated, []string{"If-None-Match", `"v7"`}, 200},
		{"the time", dated, []string{"If-Modified-Since", at(0)}, 304},
		{"a later time", dated, []string{"If-Modified-Since", at(time.Hour)}, 304},
		{"an earlier time", dated, []string{"If-Modified-Since", at(-time.Second)}, 200},
		{"a malformed time", dated, []string{"If-Modified-Since", "now"}, 200},
		{"no time to compare", tagged, []string{"If-Modified-Since", at(0)}, 200},
		{"the tag goes before the time", both, []string{"If-None-Match", `"v6"`, "If-Modified-Since", at(0)}, 200},
		{"wanted", tagged, []string{"If-Match", `"v7"`}, 200},
		{"another one wanted", tagged, []string{"If-Match", `"v6"`}, 412},
		{"wanted, but weak", weak, []string{"If-Match", `"v7"`}, 412},
		{"unmodified", dated, []string{"If-Unmodified-Since", at(0)}, 200},
		{"modified", dated, []string{"If-Unmodified-Since", at(-time.Second)}, 412},
		{"412 goes before 304", both, []string{"If-Match", `"v6"`, "If-None-Match", `"v7"`}, 412},
		{"not stored", tagged.WithHeader("Cache-Control", "private, No-Store"), []string{"If-None-Match", `"v7"`}, 200},
		{"another status", tagged.WithStatus(201), []string{"If-None-Match", `"v7"`}, 201},
		{"an error", response.NotFound().WithETag("v7"), []string{"If-None-Match", `"v7"`}, 404},
		{"a stream", used.WithETag("v7"), []string{"If-None-Match", `"v6"`}, 200},
		{"a stream that is not started", unused.WithETag("v7"), []string{"If-None-Match", `"v7"`}, 304},
		{"a stream that is not started for 412", unused.WithETag("v7"), []string{"If-Match", `"v6"`}, 412},
	} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			t.Run(method+" "+tt.description, func(t *testing.T) {
				want := tt.want
				resp := tt.response
				if method == "POST" && want < 400 || method == "POST" && want == 412 {
					want = tt.response.Status()
					if response.StateOf(resp).HasBody() {
						t.Skip("the stream is started")
					}
				}
				got := exchange(t, method, resp, tt.header...)
				if got.Status != want {
					t.Errorf("status %d, want %d", got.Status, want)
				}
				if got.Status == 304 && (got.Header.Get("Etag") != resp.Header("Etag") || len(got.Body) > 0 || got.Header["Content-Type"] != nil) {
					t.Errorf("304 with %v and %q", got.Header, got.Body)
				}
			})
		}
	}
}

// A 304 has the headers that a cache needs, and those about the exchange (RFC 9110 section 15.4.5).
func TestHeadersOfNotModified(t *testing.T) {
	resp := response.Bytes("text/plain", []byte("abc")).WithETag("v7").WithLastModified(modified).AsAttachment("a.txt").
		WithHeader("Content-Language", "en").WithHeader("Accept-Ranges", "bytes").WithHeader("Content-Location", "/a").
		WithCacheControl(response.CacheControl{NoCache: true}).WithHeader("Vary", "Accept").WithHeader("Expires", "0").
		WithHeader("X-A", "1").WithCookie(response.NewCookie("c", "1"))
	got := exchange(t, "GET", resp, "If-None-Match", `"v7"`)
	want := http.Header{
		"Cache-Control": {"no-cache"}, "Content-Location": {"/a"}, "Etag": {`"v7"`}, "Expires": {"0"}, "Vary": {"Accept"},
		"Set-Cookie": {response.NewCookie("c", "1").String()}, "X-A": {"1"}, "X-Content-Type-Options": {"nosniff"},
	}
	got.Header.Del("Date")
	if diff := cmp.Diff(want, got.Header); got.Status != 304 || diff != "" {
		t.Errorf("%d (-want +got):\n%s", got.Status, diff)
	}
	dated := response.Text("a").WithLastModified(modified)
	if got := exchange(t, "GET", dated, "If-Modified-Since", modified.Format(http.TimeFormat)); got.Header.Get("Last-Modified") == "" {
		t.Errorf("without a tag, 304 has %v", got.Header)
	}
	failed := exchange(t, "GET", resp, "If-Match", `"v6"`)
	if failed.Status != 412 || failed.Header["Etag"] != nil || failed.Header["Content-Disposition"] != nil || failed.Header.Get("X-A") != "1" {
		t.Errorf("%d with %v", failed.Status, failed.Header)
	}
}

// Known bytes are sent in parts where the response says that they can be.
func TestRangesOfKnownBytes(t *testing.T) {
	plain := response.Text("0123456789").WithETag("v7")
	ranged := plain.WithHeader("Accept-Ranges", "bytes")
	for _, tt := range []struct {
		description string
		response    response.Response
		header      []string
		status      int
		want        string
		wantRange   string
	}{
		{"one", ranged, []string{"Range", "bytes=2-4"}, 206, "234", "bytes 2-4/10"},
		{"the end", ranged, []string{"Range", "bytes=-2"}, 206, "89", "bytes 8-9/10"},
		{"none of it", ranged, []string{"Range", "bytes=10-"}, 416, "416 Requested Range Not Satisfiable\n", "bytes */10"},
		{"nothing of the end", ranged, []string{"Range", "bytes=-0"}, 416, "416 Requested Range Not Satisfiable\n", "bytes */10"},
		{"malformed", ranged, []string{"Range", "bytes=4-2"}, 200, "0123456789", ""},
		{"of this version", ranged, []string{"Range", "bytes=2-4", "If-Range", `"v7"`}, 206, "234", "bytes 2-4/10"},
		{"of another version", ranged, []string{"Range", "bytes=2-4", "If-Range", `"v6"`}, 200, "0123456789", ""},
		{"known", ranged, []string{"Range", "bytes=2-4", "If-None-Match", `"v7"`}, 304, "", ""},
		{"not offered", plain, []string{"Range", "bytes=2-4"}, 200, "0123456789", ""},
		{"not offered in words", plain.WithHeader("Accept-Ranges", "none"), []string{"Range", "bytes=2-4"}, 200, "0123456789", ""},
		{"another status", ranged.WithStatus(201), []string{"Range", "bytes=2-4"}, 201, "0123456789", ""},
	} {
		got := exchange(t, "GET", tt.response, tt.header...)
		if got.Status != tt.status || got.Text() != tt.want || got.Header.Get("Content-Range") != tt.wantRange {
			t.Errorf("%s: %d %q with %v", tt.description, got.Status, got.Text(), got.Header)
		}
	}
	several := exchange(t, "GET", ranged, "Range", "bytes=0-1,-1")
	if several.Status != 206 || several.Header.Get("Content-Length") != strconv.Itoa(len(several.Body)) {
		t.Errorf("several: %d with %v", several.Status, several.Header)
	}
	checkParts(t, "0123456789", several.Text(), several.Header)
	if got := exchange(t, "HEAD", ranged, "Range", "bytes=2-4"); got.Status != 200 || got.Header.Get("Content-Length") != "10" {
		t.Errorf("HEAD: %d with %v", got.Status, got.Header)
	}
}

//go:embed testdata/embedded.txt
var embeddedFiles embed.FS

// noSeek is a file system whose files cannot seek, as those of a zip archive.
type noSeek struct{ fs.FS }

func (n noSeek) Open(name string) (fs.File, error) {
	f, err := n.FS.Open(name)
	return struct{ fs.File }{f}, err
}

func TestFileFS(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/a.css", []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	inMemory := fstest.MapFS{"a.css": {Data: []byte("0123456789")}, "empty.txt": {}, "dir/x.txt": {Data: []byte("x")}, "big.bin": {Data: make([]byte, 1<<20+1)}}
	for _, tt := range []struct {
		description, name string
		fsys              fs.FS
		status            int
		ranges, tagged    bool
	}{
		{"folder of the disk", "a.css", os.DirFS(dir), 200, true, true},
		{"memory", "a.css", inMemory, 200, true, true},
		{"part of the program", "testdata/embedded.txt", embeddedFiles, 200, true, true},
		{"empty", "empty.txt", inMemory, 200, false, true},
		{"without seeking", "a.css", noSeek{inMemory}, 200, false, false},
		{"big, without a time", "big.bin", inMemory, 200, true, false},
		{"missing", "b.css", inMemory, 404, false, false},
		{"folder", "dir", inMemory, 404, false, false},
		{"outside", "../a.css", os.DirFS(dir), 404, false, false},
		{"rooted", "/a.css", os.DirFS(dir), 404, false, false},
		{"with a dot", "./a.css", inMemory, 404, false, false},
	} {
		t.Run(tt.description, func(t *testing.T) {
			resp := response.FileFS(tt.fsys, tt.name)
			whole := exchange(t, "GET", resp)
			tag := whole.Header.Get("Etag")
			if whole.Status != tt.status || (tag != "") != tt.tagged {
				t.Fatalf("%d with %v", whole.Status, whole.Header)
			}
			if tt.status != 200 {
				return
			}
			if length := whole.Header.Get("Content-Length"); length != strconv.Itoa(len(whole.Body)) {
				t.Errorf("Content-Length %s for %d bytes", length, len(whole.Body))
			}
			part := exchange(t, "GET", resp, "Range", "bytes=1-2")
			if tt.ranges != (part.Status == 206) || tt.ranges && !bytes.Equal(part.Body, whole.Body[1:3]) {
				t.Errorf("a part: %d %q", part.Status, part.Body)
			}
			if again := exchange(t, "GET", resp, "If-None-Match", tag); tt.tagged && again.Status != 304 {
				t.Errorf("again: %d", again.Status)
			}
		})
	}
	other := response.FileFS(fstest.MapFS{"a.css": {Data: []byte("9876543210")}}, "a.css")
	if send(other).Header().Get("Etag") == send(response.FileFS(inMemory, "a.css")).Header().Get("Etag") {
		t.Error("two contents have the same tag")
	}
}

// closing counts how often it is closed.
type closing struct {
	io.Reader
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

type seeking struct {
	*strings.Reader
	closed *int
}

func (s seeking) Close() error { *s.closed++; return nil }

func TestReader(t *testing.T) {
	var opened, closed int
	reader := func(text string, size int64, err error) response.Response {
		return response.Reader("text/x", size, func() (io.ReadCloser, error) {
			opened++
			if err != nil {
				return nil, err
			}
			return closing{strings.NewReader(text), &closed}, nil
		})
	}
	seeker := response.Reader("text/x", 10, func() (io.ReadCloser, error) {
		opened++
		return seeking{strings.NewReader("0123456789"), &closed}, nil
	}).WithETag("v7")
	for _, tt := range []struct {
		description, method string
		response            response.Response
		header              []string
		status              int
		want, length        string
		opened, closed      int
	}{
		{"whole", "GET", reader("abc", 3, nil), nil, 200, "abc", "3", 1, 1},
		{"HEAD", "HEAD", reader("abc", 3, nil), nil, 200, "", "3", 1, 1},
		{"empty", "GET", reader("", 0, nil), nil, 200, "", "0", 1, 1},
		{"longer than announced", "GET", reader("abcdef", 3, nil), nil, 200, "abc", "3", 1, 1},
		{"range of what cannot seek", "GET", reader("abc", 3, nil), []string{"Range", "bytes=0-1"}, 200, "abc", "3", 1, 1},
		{"range", "GET", seeker, []string{"Range", "bytes=3-4"}, 206, "34", "2", 1, 1},
		{"known", "GET", seeker, []string{"If-None-Match", `"v7"`}, 304, "", "", 0, 0},
		{"wanted otherwise", "GET", seeker, []string{"If-Match", `"v6"`}, 412, "412 Precondition Failed\n", "24", 0, 0},
		{"not there", "GET", reader("", 3, problem.New(404, "")), nil, 404, "404 Not Found\n", "14", 1, 0},
		{"broken", "GET", reader("", 3, errors.New("disk")), nil, 500, "500 Internal Server Error\n", "26", 1, 0},
		{"nothing", "GET", response.Reader("text/x", 3, func() (io.ReadCloser, error) { return nil, nil }), nil, 500, "500 Internal Server Error\n", "26", 0, 0},
		{"negative size", "GET", response.Reader("text/x", -1, nil), nil, 500, "500 Internal Server Error\n", "26", 0, 0},
		{"no function", "GET", response.Reader("text/x", 1, nil), nil, 500, "500 Internal Server Error\n", "26", 0, 0},
		{"no type", "GET", response.Reader("a\nb", 1, func() (io.ReadCloser, error) { return nil, nil }), nil, 500, "500 Internal Server Error\n", "26", 0, 0},
	} {
		t.Run(tt.description, func(t *testing.T) {
			opened, closed = 0, 0
			got := exchange(t, tt.method, tt.response, tt.header...)
			if got.Status != tt.status || got.Text() != tt.want || got.Header.Get("Content-Length") != tt.length || got.Header["Transfer-Encoding"] != nil {
				t.Errorf("%d %q with %v", got.Status, got.Text(), got.Header)
			}
			if opened != tt.opened || closed != tt.closed {
				t.Errorf("opened %d times and closed %d times, want %d and %d", opened, closed, tt.opened, tt.closed)
			}
		})
	}
	w := httptest.NewRecorder()
	written, err := response.StateOf(reader("ab", 3, nil)).Write(w, httptest.NewRequest("GET", "/", nil), 0)
	if !errors.Is(err, io.ErrUnexpectedEOF) || written.Status != 200 {
		t.Errorf("a reader that ends early: %v after the status %d, want an error that cuts the connection", err, written.Status)
	}
}

// A hostile Range costs no more than the whole would: nothing is sent twice (RFC 9110 section 17.15).
func TestRangeAmplification(t *testing.T) {
	const size = 100_000
	app, _ := answers(response.File(newFile(t, "a.bin", strings.Repeat("x", size))))
	known, _ := answers(response.Text(strings.Repeat("x", size)).WithHeader("Accept-Ranges", "bytes"))
	for description, ranges := range map[string]string{
		"1,000 ranges":        strings.Repeat("0-,", 1000),
		"64 KiB of ranges":    strings.Repeat("0-0,", 16<<10),
		"16 times the most":   strings.Repeat("1-,", 16),
		"16 ends":             strings.Repeat("-99999,", 16),
		"two times the whole": "0-,0-",
		"64 KiB of digits":    strings.Repeat("9", 64<<10) + "-",
	} {
		for kind, app := range map[string]*soay.App{"file": app, "known bytes": known} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Range", "bytes="+ranges)
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			if sent := w.Body.Len(); sent > size+16*200 {
				t.Errorf("%s, %s: %d bytes of a content of %d", kind, description, sent, size)
			}
		}
	}
}

// The page of an error is the app's, with the session that the handler has used.
func TestPageOfFailedCondition(t *testing.T) {
	app := newApp()
	app.UseSessions(soay.NewKey())
	app.HandleStatus(412, func(req soay.Request) soay.Response { return response.Text("mine " + req.Session.User()) })
	app.Get("/", func(req soay.Request) soay.Response { return response.Text("a " + req.Session.User()).WithETag("v7") })
	got := requesttest.New(t, app).Get("/", requesttest.With{Header: http.Header{"If-Match": {`"v6"`}}})
	if got.Status != 412 || got.Text() != "mine " || !strings.Contains(got.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%d %q with %v", got.Status, got.Text(), got.Header)
	}
	got = requesttest.New(t, app).Get("/", requesttest.With{Header: http.Header{"If-None-Match": {`"v7"`}}})
	if got.Status != 304 || got.Header.Get("Cache-Control") != "private" || got.Header.Get("Vary") != "Cookie" {
		t.Errorf("%d with %v", got.Status, got.Header)
	}
}
