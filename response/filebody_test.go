package response_test

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

func TestFileInSeveralParts(t *testing.T) {
	path := newFile(t, "digits.txt", "0123456789")
	got := exchange(t, "GET", response.File(path), "Range", "bytes=0-1,5-5,-2")
	kind, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if got.Status != 206 || kind != "multipart/byteranges" || err != nil || got.Header["Content-Range"] != nil {
		t.Fatalf("%d with %v", got.Status, got.Header)
	}
	if length := got.Header.Get("Content-Length"); length != strconv.Itoa(len(got.Body)) {
		t.Errorf("Content-Length %s for %d bytes", length, len(got.Body))
	}
	var parts []string
	for r := multipart.NewReader(strings.NewReader(got.Text()), params["boundary"]); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(part)
		parts = append(parts, part.Header.Get("Content-Type")+" "+part.Header.Get("Content-Range")+": "+string(b))
	}
	const text = "text/plain; charset=utf-8 "
	want := []string{text + "bytes 0-1/10: 01", text + "bytes 5-5/10: 5", text + "bytes 8-9/10: 89"}
	if diff := cmp.Diff(want, parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if other := exchange(t, "GET", response.File(path), "Range", "bytes=0-1,5-5"); other.Header.Get("Content-Type") == got.Header.Get("Content-Type") {
		t.Error("two answers have the same boundary")
	}
}

// Two lines of Range are no list of ranges.
func TestFileWithTwoRangeHeaders(t *testing.T) {
	app, _ := answers(response.File(newFile(t, "digits.txt", "0123456789")))
	got := requesttest.New(t, app).Get("/", requesttest.With{Header: http.Header{"Range": {"bytes=0-1", "bytes=3-4"}}})
	if got.Status != 200 || got.Text() != "0123456789" {
		t.Errorf("%d %q, want the whole", got.Status, got.Text())
	}
}

func TestEmptyFile(t *testing.T) {
	path := newFile(t, "empty.txt", "")
	for _, ranges := range []string{"", "bytes=0-", "bytes=-5", "bytes=-0", "bytes=0-0,5-9"} {
		got := exchange(t, "GET", response.File(path), "Range", ranges)
		if got.Status != 200 || len(got.Body) != 0 || got.Header.Get("Content-Length") != "0" {
			t.Errorf("Range %q: %d with %d bytes, length %s", ranges, got.Status, len(got.Body), got.Header.Get("Content-Length"))
		}
	}
}

// Conditions are evaluated in the order of RFC 9110 section 13.2.2.
func TestFileConditions(t *testing.T) {
	resp := response.File(newFile(t, "digits.txt", "0123456789"))
	app, _ := answers(resp)
	c := requesttest.New(t, app)
	tag := c.Get("/").Header.Get("Etag")
	at := modified.Format(http.TimeFormat)
	before, after := modified.Add(-time.Second).Format(http.TimeFormat), modified.Add(time.Second).Format(http.TimeFormat)
	for _, tt := range []struct {
		description string
		header      []string
		want        int
	}{
		{"If-Match", []string{"If-Match", tag}, 200},
		{"If-Match, any", []string{"If-Match", "*"}, 200},
		{"If-Match in a list", []string{"If-Match", `"x", ` + tag}, 200},
		{"If-Match, weak", []string{"If-Match", "W/" + tag}, 412},
		{"If-Match, malformed", []string{"If-Match", "x"}, 412},
		{"If-Unmodified-Since", []string{"If-Unmodified-Since", at}, 200},
		{"If-Unmodified-Since, later", []string{"If-Unmodified-Since", after}, 200},
		{"If-Unmodified-Since, earlier", []string{"If-Unmodified-Since", before}, 412},
		{"If-Unmodified-Since, malformed", []string{"If-Unmodified-Since", "yesterday"}, 200},
		{"If-Match before If-Unmodified-Since", []string{"If-Match", tag, "If-Unmodified-Since", before}, 200},
		{"If-Match before If-None-Match", []string{"If-Match", `"x"`, "If-None-Match", tag}, 412},
		{"both fit", []string{"If-Match", tag, "If-None-Match", tag}, 304},
		{"If-None-Match, malformed", []string{"If-None-Match", "x"}, 200},
		{"If-None-Match, malformed, before If-Modified-Since", []string{"If-None-Match", "x", "If-Modified-Since", after}, 200},
		{"If-Modified-Since", []string{"If-Modified-Since", at}, 304},
		{"If-Modified-Since, malformed", []string{"If-Modified-Since", "tomorrow"}, 200},
		{"a condition before a range", []string{"If-None-Match", tag, "Range", "bytes=0-1"}, 304},
		{"a condition before a bad range", []string{"If-Match", `"x"`, "Range", "bytes=99-"}, 412},
		{"If-Range", []string{"If-Range", tag, "Range", "bytes=0-1"}, 206},
		{"If-Range, weak", []string{"If-Range", "W/" + tag, "Range", "bytes=0-1"}, 200},
		{"If-Range by time", []string{"If-Range", at, "Range", "bytes=0-1"}, 206},
		{"If-Range by an earlier time", []string{"If-Range", before, "Range", "bytes=0-1"}, 200},
		{"If-Range by a later time", []string{"If-Range", after, "Range", "bytes=0-1"}, 200},
		{"If-Range, malformed", []string{"If-Range", "x", "Range", "bytes=0-1"}, 200},
		{"If-Range of another, range beyond the end", []string{"If-Range", `"x"`, "Range", "bytes=99-"}, 200},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			want := tt.want
			if want == 206 && method == "HEAD" {
				want = 200
			}
			if got := c.Do(method, "/", requesttest.With{Header: headerOf(tt.header)}); got.Status != want {
				t.Errorf("%s, %s: %d, want %d", method, tt.description, got.Status, want)
			}
		}
	}
}

// A time that must not be sent, or that means nothing, is not compared either.
func TestFileOfAnotherTime(t *testing.T) {
	path := newFile(t, "a.txt", "x")
	for description, at := range map[string]time.Time{"the beginning": time.Unix(0, 0), "to come": time.Now().Add(time.Hour)} {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		got := exchange(t, "GET", response.File(path), "If-Modified-Since", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
		if got.Status != 200 || got.Header["Last-Modified"] != nil || got.Header.Get("Etag") == "" {
			t.Errorf("%s: %d with %v", description, got.Status, got.Header)
		}
	}
}

// What goes wrong has the pages that other errors have.
func TestPagesOfFileErrors(t *testing.T) {
	path := newFile(t, "digits.txt", "0123456789")
	own := func(a *soay.App, status int) {
		a.HandleStatus(status, func(soay.Request) soay.Response { return response.HTML("<p>mine") })
	}
	for _, tt := range []struct {
		description string
		header      []string
		own         bool
		status      int
		want, wantType,
		wantRange string
	}{
		{"416", []string{"Range", "bytes=10-"}, false, 416, "416 Requested Range Not Satisfiable\n", "text/plain; charset=utf-8", "bytes */10"},
		{"416 for a program", []string{"Range", "bytes=-0", "Accept", "application/json"}, false, 416,
			`{"status":416,"title":"Requested Range Not Satisfiable"}`, "application/problem+json", "bytes */10"},
		{"416, the app's own", []string{"Range", "bytes=10-"}, true, 416, "<p>mine", "text/html; charset=utf-8", "bytes */10"},
		{"412", []string{"If-Match", `"x"`}, false, 412, "412 Precondition Failed\n", "text/plain; charset=utf-8", ""},
		{"412, the app's own", []string{"If-Match", `"x"`}, true, 412, "<p>mine", "text/html; charset=utf-8", ""},
	} {
		t.Run(tt.description, func(t *testing.T) {
			app, log := answers(response.Attachment(path).WithHeader("Cache-Control", "public"))
			if tt.own {
				own(app, tt.status)
			}
			got := requesttest.New(t, app).Get("/", requesttest.With{Header: headerOf(tt.header)})
			h := got.Header
			if got.Status != tt.status || got.Text() != tt.want || h.Get("Content-Type") != tt.wantType || h.Get("Content-Range") != tt.wantRange {
				t.Errorf("%d %q, %s, range %q", got.Status, got.Text(), h.Get("Content-Type"), h.Get("Content-Range"))
			}
			for _, name := range []string{"Etag", "Last-Modified", "Accept-Ranges", "Content-Disposition", "Cache-Control"} {
				if h[name] != nil {
					t.Errorf("the page has the file's %s: %q", name, h[name])
				}
			}
			if strings.Contains(log.String(), "ERROR") {
				t.Errorf("the log has %s", log)
			}
		})
	}
}

// The same inside middleware of package net/http.
func TestPagesOfFileErrorsInWrapHTTP(t *testing.T) {
	app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler)})
	app.Use(soay.WrapHTTP(func(next http.Handler) http.Handler { return next }))
	path := newFile(t, "digits.txt", "0123456789")
	app.Get("/", func(soay.Request) soay.Response { return response.File(path) })
	got := requesttest.New(t, app).Get("/", requesttest.With{Header: http.Header{"Range": {"bytes=-0"}}})
	if got.Status != 416 || got.Header.Get("Content-Range") != "bytes */10" || !strings.HasPrefix(got.Text(), "416 ") {
		t.Errorf("%d %q with %v", got.Status, got.Text(), got.Header)
	}
}

// truncating is a client that makes a file shorter when the status has been sent.
type truncating struct {
	*httptest.ResponseRecorder
	path string
	size int64
}

func (w truncating) WriteHeader(status int) {
	w.ResponseRecorder.WriteHeader(status)
	if err := os.Truncate(w.path, w.size); err != nil {
		panic(err)
	}
}

// A file that becomes shorter while it is sent must never look complete.
func TestFileThatShrinks(t *testing.T) {
	for _, tt := range []struct {
		description, header string
		status              int
		size                int64
	}{
		{"whole", "", 200, 5}, {"to nothing", "", 200, 0}, {"one range", "bytes=2-8", 206, 5}, {"several", "bytes=0-1,4-8", 206, 5},
		{"a page for an error", "", 404, 5},
	} {
		t.Run(tt.description, func(t *testing.T) {
			path := newFile(t, "a.txt", "0123456789")
			r := httptest.NewRequest("GET", "/", nil)
			if tt.header != "" {
				r.Header.Set("Range", tt.header)
			}
			resp := response.File(path)
			if tt.status == 404 {
				resp = resp.WithStatus(404)
			}
			w := truncating{httptest.NewRecorder(), path, tt.size}
			written, err := response.StateOf(resp).Write(w, r, 0)
			if !errors.Is(err, io.ErrUnexpectedEOF) || written.Status != tt.status {
				t.Errorf("error %v after the status %d, want one that cuts the connection", err, written.Status)
			}
		})
	}
}

// A file that grows is sent as long as it was announced.
func TestFileThatGrows(t *testing.T) {
	path := newFile(t, "a.txt", "0123456789")
	w := truncating{httptest.NewRecorder(), path, 20}
	if _, err := response.StateOf(response.File(path)).Write(w, httptest.NewRequest("GET", "/", nil), 0); err != nil || w.Body.String() != "0123456789" {
		t.Errorf("%q, %v", w.Body, err)
	}
}

// What takes the place of a file since it was looked for is looked at as well.
func TestFolderInThePlaceOfAFile(t *testing.T) {
	path := newFile(t, "a.txt", "x")
	resp := response.File(path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if w := send(resp); w.Code != 404 {
		t.Errorf("%d %q, want 404", w.Code, w.Body)
	}
}
