package response_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/response"
)

// The ranges of a file of eleven bytes that package net/http has in its tests of ServeFile.
func TestFileRangesOfNetHTTP(t *testing.T) {
	const text = "0123456789\n"
	path := newFile(t, "file", text)
	for _, tt := range []struct {
		header string
		status int
		parts  []string
	}{
		{"", 200, []string{text}},
		{"bytes=0-4", 206, []string{"01234"}},
		{"bytes=2-", 206, []string{"23456789\n"}},
		{"bytes=-5", 206, []string{"6789\n"}},
		{"bytes=3-7", 206, []string{"34567"}},
		{"bytes=0-0,-2", 206, []string{"0", "9\n"}},
		{"bytes=0-1,5-8", 206, []string{"01", "5678"}},
		{"bytes=0-1,5-", 206, []string{"01", "56789\n"}},
		{"bytes=5-1000", 206, []string{"56789\n"}},
		{"bytes=0-,1-,2-,3-,4-", 200, []string{text}},
		{"bytes=0-9", 206, []string{"0123456789"}},
		{"bytes=0-10", 206, []string{text}},
		{"bytes=0-11", 206, []string{text}},
		{"bytes=10-11", 206, []string{"\n"}},
		{"bytes=10-", 206, []string{"\n"}},
		{"bytes=11-", 416, nil},
		{"bytes=11-12", 416, nil},
		{"bytes=12-12", 416, nil},
		{"bytes=11-100", 416, nil},
		{"bytes=12-100", 416, nil},
		{"bytes=100-", 416, nil},
		{"bytes=100-1000", 416, nil},
	} {
		var header []string
		if tt.header != "" {
			header = []string{"Range", tt.header}
		}
		got := exchange(t, "GET", response.File(path), header...)
		if got.Status != tt.status {
			t.Errorf("%q is %d, want %d", tt.header, got.Status, tt.status)
			continue
		}
		if tt.status == 416 {
			if told := got.Header.Get("Content-Range"); told != "bytes */11" {
				t.Errorf("%q has Content-Range %q", tt.header, told)
			}
			continue
		}
		if diff := cmp.Diff(tt.parts, contentsOf(got.Header.Get("Content-Type"), got.Text())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.header, diff)
		}
	}
	empty := newFile(t, "nothing", "")
	for _, header := range []string{"bytes=0-128", "bytes=1-"} {
		// Ranges of nothing are ignored: the whole file is what the client wants, and clients know no other way to get it.
		if got := exchange(t, "GET", response.File(empty), "Range", header); got.Status != 200 || got.Text() != "" {
			t.Errorf("%q of an empty file is %d", header, got.Status)
		}
	}
}

// contentsOf returns the parts of an answer to ranges.
func contentsOf(contentType, body string) []string {
	_, boundary, several := strings.Cut(contentType, "multipart/byteranges; boundary=")
	if !several {
		return []string{body}
	}
	var parts []string
	for _, part := range strings.Split(body, "--"+boundary)[1:] {
		if _, content, ok := strings.Cut(part, "\r\n\r\n"); ok {
			parts = append(parts, strings.TrimSuffix(content, "\r\n"))
		}
	}
	return parts
}

// The cases that Express has in its tests of what is fresh, and WebOb in those of its tags.
func TestFreshnessOfOthers(t *testing.T) {
	const early, late = "Sat, 01 Jan 2000 00:00:00 GMT", "Sat, 01 Jan 2000 01:00:00 GMT"
	tagged := func(tag string) response.Response { return response.Text("a").WithETag(tag) }
	dated := func(at string) response.Response { return response.Text("a").WithHeader("Last-Modified", at) }
	for _, tt := range []struct {
		name   string
		resp   response.Response
		header []string
		want   int
	}{
		{"no condition", tagged("foo"), nil, 200},
		{"tags match", tagged("foo"), []string{"If-None-Match", `"foo"`}, 304},
		{"tags differ", tagged("bar"), []string{"If-None-Match", `"foo"`}, 200},
		{"one of several", tagged("foo"), []string{"If-None-Match", ` "bar" , "foo"`}, 304},
		{"no tag", response.Text("a"), []string{"If-None-Match", `"foo"`}, 200},
		{"weak, both", response.Text("a").WithWeakETag("foo"), []string{"If-None-Match", `W/"foo"`}, 304},
		{"weak, the answer's", response.Text("a").WithWeakETag("foo"), []string{"If-None-Match", `"foo"`}, 304},
		{"weak, the client's", tagged("foo"), []string{"If-None-Match", `W/"foo"`}, 304},
		{"any", tagged("foo"), []string{"If-None-Match", "*"}, 304},
		{"any beside another", tagged("bar"), []string{"If-None-Match", `*, "foo"`}, 200},
		{"modified since", dated(late), []string{"If-Modified-Since", early}, 200},
		{"not modified since", dated(early), []string{"If-Modified-Since", late}, 304},
		{"no time", response.Text("a"), []string{"If-Modified-Since", early}, 200},
		{"a time that is none, the client's", dated(early), []string{"If-Modified-Since", "foo"}, 200},
		{"a tag and a time", tagged("foo").WithHeader("Last-Modified", early), []string{"If-None-Match", `"foo"`, "If-Modified-Since", late}, 304},
		{"the tag alone", tagged("foo").WithHeader("Last-Modified", late), []string{"If-None-Match", `"foo"`, "If-Modified-Since", early}, 304},
		{"the time alone", tagged("foo").WithHeader("Last-Modified", early), []string{"If-None-Match", `"bar"`, "If-Modified-Since", late}, 200},
		{"neither", tagged("foo").WithHeader("Last-Modified", late), []string{"If-None-Match", `"bar"`, "If-Modified-Since", early}, 200},
		// Express makes an answer of no-cache. What a client asks of caches says nothing about its conditions (RFC 9111 section 5.2.1.4).
		{"no-cache", tagged("foo"), []string{"If-None-Match", `"foo"`, "Cache-Control", "no-cache"}, 304},
		{"a comma in a tag", tagged("a,b"), []string{"If-None-Match", `"a,b"`}, 304},
		{"a blank in a tag", response.Text("a").WithHeader("Etag", `"a"`), []string{"If-None-Match", `"a b", "a"`}, 200},
		{"a tag without quotes", tagged("foo"), []string{"If-None-Match", "foo"}, 200},
	} {
		if got := exchange(t, "GET", tt.resp, tt.header...); got.Status != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got.Status, tt.want)
		}
	}
}
