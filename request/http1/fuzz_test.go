package http1_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/soay-go/soay/request/http1"
)

// same is the request as far as handlers can see it.
type same struct {
	Method, URI, Proto, Host, Pattern string
	URL                               any
	Length                            int64
	Close                             bool
	Encoding                          []string
	Header                            http.Header
	Trailer                           http.Header
	Rest                              string
}

func sameOf(hr *http.Request, rest []byte) same {
	return same{
		hr.Method, hr.RequestURI, fmt.Sprint(hr.Proto, hr.ProtoMajor, hr.ProtoMinor), hr.Host, hr.Pattern, *hr.URL,
		hr.ContentLength, hr.Close, hr.TransferEncoding, hr.Header, hr.Trailer, string(rest),
	}
}

// byNetHTTP reads the head as package net/http does, Host removed as its server does.
func byNetHTTP(b []byte) (same, error) {
	r := bufio.NewReaderSize(bytes.NewReader(b), 1<<16)
	hr, err := http.ReadRequest(r)
	if err != nil {
		return same{}, err
	}
	rest, _ := io.ReadAll(r)
	return sameOf(hr, rest), nil
}

func seeds() []string {
	all := []string{plaintext, browser, manyFields}
	for _, tt := range heads {
		all = append(all, tt.head)
	}
	return all
}

func FuzzScan(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s), []byte("GET / HTTP/1.1\r\n\r\n\nx"))
	}
	f.Fuzz(func(t *testing.T, b, rest []byte) {
		if len(b) > 2*http1.MaxHead {
			t.Skip()
		}
		before := slices.Clone(b)
		var h http1.Head
		verdict := h.Scan(b)
		if !bytes.Equal(b, before) {
			t.Fatal("Scan changed the bytes")
		}
		switch longer := append(before, rest...); verdict {
		case http1.Theirs:
			checkTheirs(t, longer)
		case http1.Ours:
			checkEqual(t, &h, b)
			checkPrefixes(t, b[:h.Size])
			var again http1.Head
			if v := again.Scan(longer); v != http1.Ours || again != h {
				t.Fatalf("with more behind it the verdict is %v, of %+v", v, again)
			}
		case http1.More:
			if len(b) >= http1.MaxHead || bytes.Contains(b, []byte("\r\n\r\n")) {
				t.Fatalf("more than %q is waited for", b)
			}
		}
	})
}

// checkTheirs fails if bytes behind a head change the verdict.
func checkTheirs(t *testing.T, b []byte) {
	if v := new(http1.Head).Scan(b); v != http1.Theirs {
		t.Fatalf("Theirs became %v with %q", v, b)
	}
}

// checkPrefixes fails if a beginning of a head in the subset is anything but incomplete.
func checkPrefixes(t *testing.T, head []byte) {
	var h http1.Head
	for i := range head {
		if v := h.Scan(head[:i]); v != http1.More {
			t.Fatalf("the first %d bytes of %q are %v", i, head, v)
		}
	}
}

// checkEqual compares a request with the one that net/http makes of the same bytes.
func checkEqual(t *testing.T, h *http1.Head, b []byte) {
	m := h.Message(b, context.Background(), nil, "192.0.2.1:1234")
	want, err := byNetHTTP(b)
	if m == nil {
		if err == nil {
			t.Fatalf("no message of %q", b)
		}
		return // the URL does not parse, so the head is theirs, and they refuse it
	}
	if err != nil {
		t.Fatalf("net/http refuses %q: %v", b, err)
	}
	if h.Length > int64(len(b)-h.Size) || h.Length < 0 {
		want.Rest = string(b[h.Size:]) // net/http would read on
	}
	hr := m.Request()
	checkFields(t, hr, want.Header)
	if hr.Header != nil {
		t.Fatal("looking at fields has made the map")
	}
	if http1.Fill(hr) != hr {
		t.Fatal("Fill returned another request")
	}
	if diff := cmp.Diff(want, sameOf(hr, b[h.Size:])); diff != "" {
		t.Fatalf("%q: net/http(-), http1(+):\n%s", b, diff)
	}
	checkFields(t, hr, want.Header)
	if hr.RemoteAddr != "192.0.2.1:1234" || hr.Body != http.NoBody || hr.TLS != nil || hr.Context() != context.Context(m) {
		t.Fatalf("request %+v", hr)
	}
	checkSlices(t, hr.Header)
}

func checkFields(t *testing.T, hr *http.Request, want http.Header) {
	for name, values := range want {
		if got := http1.Value(hr, name); got != values[0] {
			t.Fatalf("Value of %s: %q, want %q", name, got, values[0])
		}
		if got := http1.Values(hr, name); !slices.Equal(got, values) {
			t.Fatalf("Values of %s: %q, want %q", name, got, values)
		}
	}
	for _, name := range []string{"Host", "X-None", "", "x"} {
		if want[name] == nil && (http1.Value(hr, name) != "" || http1.Values(hr, name) != nil) {
			t.Fatalf("there is a value of %q", name)
		}
	}
}

// checkSlices fails if appending to the values of one name changes those of another.
func checkSlices(t *testing.T, header http.Header) {
	before := header.Clone()
	for _, values := range header {
		_ = append(values, "appended")
	}
	if diff := cmp.Diff(before, header); diff != "" {
		t.Fatal(diff)
	}
}

const plaintext = "GET /plaintext HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: wrk\r\nAccept: */*\r\n\r\n"

const browser = "GET /articles/42?page=2 HTTP/1.1\r\n" +
	"Host: app.example:8080\r\nConnection: keep-alive\r\n" +
	"sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\nsec-ch-ua-mobile: ?0\r\n" +
	"Upgrade-Insecure-Requests: 1\r\n" +
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n" +
	"Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\n" +
	"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n" +
	"Cookie: theme=dark; session=q2Zk0VvJc3YyYjYxZGVhNzI1NjU0\r\n\r\n"

var manyFields = "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-A: 1\r\nx-b: 2\r\n", 23) + "\r\n"
