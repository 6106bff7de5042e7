package http1_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/soay-go/soay/request/http1"
)

// get is a head of GET with these header lines after Host.
func get(lines ...string) string {
	return headOf("GET / HTTP/1.1", append([]string{"Host: a"}, lines...)...)
}

// post is the same of POST.
func post(lines ...string) string {
	return headOf("POST / HTTP/1.1", append([]string{"Host: a"}, lines...)...)
}

func headOf(requestLine string, lines ...string) string {
	return strings.Join(append([]string{requestLine}, lines...), "\r\n") + "\r\n\r\n"
}

func target(s string) string { return headOf("GET "+s+" HTTP/1.1", "Host: a") }

// padded is a head of this length.
func padded(size int) string {
	const name = "X: "
	return get(name + strings.Repeat("a", size-len(get(name))))
}

// heads are heads, and who reads them.
var heads = []struct {
	name string
	head string
	want http1.Verdict
}{
	{"the benchmark's", plaintext, http1.Ours},
	{"a browser's", browser, http1.Ours},
	{"repeated fields", manyFields, http1.Ours},

	{"GET", headOf("GET / HTTP/1.1", "Host: a"), http1.Ours},
	{"HEAD", headOf("HEAD / HTTP/1.1", "Host: a"), http1.Ours},
	{"POST", headOf("POST / HTTP/1.1", "Host: a"), http1.Ours},
	{"PUT", headOf("PUT / HTTP/1.1", "Host: a"), http1.Ours},
	{"PATCH", headOf("PATCH / HTTP/1.1", "Host: a"), http1.Ours},
	{"DELETE", headOf("DELETE / HTTP/1.1", "Host: a"), http1.Ours},
	{"OPTIONS", headOf("OPTIONS / HTTP/1.1", "Host: a"), http1.Ours},
	{"CONNECT", headOf("CONNECT / HTTP/1.1", "Host: a"), http1.Theirs},
	{"TRACE", headOf("TRACE / HTTP/1.1", "Host: a"), http1.Theirs},
	{"an unknown method", headOf("PURGE / HTTP/1.1", "Host: a"), http1.Theirs},
	{"a method in lower case", headOf("get / HTTP/1.1", "Host: a"), http1.Theirs},
	{"a method in mixed case", headOf("GEt / HTTP/1.1", "Host: a"), http1.Theirs},
	{"a longer method", headOf("GETS / HTTP/1.1", "Host: a"), http1.Theirs},
	{"CRLF before the method", "\r\n" + get(), http1.Theirs},
	{"a space before the method", " " + get(), http1.Theirs},
	{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", http1.Theirs},
	{"the beginning of TLS", "\x16\x03\x01\x02\x00", http1.Theirs},
	{"two spaces after the method", headOf("GET  / HTTP/1.1", "Host: a"), http1.Theirs},
	{"HTAB after the method", headOf("GET\t/ HTTP/1.1", "Host: a"), http1.Theirs},
	{"two spaces after the target", headOf("GET /  HTTP/1.1", "Host: a"), http1.Theirs},
	{"HTAB after the target", headOf("GET /\tHTTP/1.1", "Host: a"), http1.Theirs},
	{"HTTP/1.0", headOf("GET / HTTP/1.0", "Host: a"), http1.Theirs},
	{"HTTP/1.2", headOf("GET / HTTP/1.2", "Host: a"), http1.Theirs},
	{"HTTP/2.0", headOf("GET / HTTP/2.0", "Host: a"), http1.Theirs},
	{"HTTP/1.10", headOf("GET / HTTP/1.10", "Host: a"), http1.Theirs},
	{"HTTP/01.1", headOf("GET / HTTP/01.1", "Host: a"), http1.Theirs},
	{"a version in lower case", headOf("GET / http/1.1", "Host: a"), http1.Theirs},
	{"no version", "GET /\r\nHost: a\r\n\r\n", http1.Theirs},
	{"a space after the version", headOf("GET / HTTP/1.1 ", "Host: a"), http1.Theirs},
	{"LF after the version", "GET / HTTP/1.1\nHost: a\r\n\r\n", http1.Theirs},
	{"CR after the version", "GET / HTTP/1.1\rHost: a\r\n\r\n", http1.Theirs},
	{"CR CR LF after the version", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", http1.Theirs},

	{"a target with a path and a query", target("/a/b.c?d=e&f=g"), http1.Ours},
	{"two slashes later", target("/a//b"), http1.Ours},
	{"a path that must be parsed", target("/a%20b/(c)?d"), http1.Ours},
	{"a path with a bad escape, which Message finds", target("/a%2"), http1.Ours},
	{"a bad escape in the query", target("/a?%"), http1.Ours},
	{"an empty query", target("/a?"), http1.Ours},
	{"two question marks at the end", target("/a??"), http1.Ours},
	{"a target that begins with two slashes", target("//a"), http1.Theirs},
	{"only two slashes", target("//"), http1.Theirs},
	{"the absolute form", target("http://b/"), http1.Theirs},
	{"the authority form", target("a:80"), http1.Theirs},
	{"the asterisk form", headOf("OPTIONS * HTTP/1.1", "Host: a"), http1.Theirs},
	{"a relative target", target("a"), http1.Theirs},
	{"no target", headOf("GET  HTTP/1.1", "Host: a"), http1.Theirs},

	{"a name of all kinds of bytes", get("!#$%&'*+-.^_`|~09azAZ: x"), http1.Ours},
	{"an empty value", get("X:"), http1.Ours},
	{"a value of spaces", get("X: \t "), http1.Ours},
	{"no space before a value", get("X:y"), http1.Ours},
	{"spaces around a value", get("X: \t y z\t "), http1.Ours},
	{"a colon in a value", get("X: y:z"), http1.Ours},
	{"no name", get(": y"), http1.Theirs},
	{"no colon", get("X"), http1.Theirs},
	{"a space before the colon", get("X : y"), http1.Theirs},
	{"HTAB before the colon", get("X\t: y"), http1.Theirs},
	{"a space before Content-Length's colon", post("Content-Length : 1"), http1.Theirs},
	{"a value that goes on in the next line", get("X: y", " z"), http1.Theirs},
	{"one that goes on after HTAB", get("X: y", "\tz"), http1.Theirs},
	{"a space before the first line", headOf("GET / HTTP/1.1", " Host: a"), http1.Theirs},
	{"LF after a value", "GET / HTTP/1.1\r\nHost: a\n\r\n", http1.Theirs},
	{"LF in a value", get("X: y\nZ: z"), http1.Theirs},
	{"CR in a value", get("X: y\rZ: z"), http1.Theirs},
	{"CR CR LF after a value", get("X: y\r"), http1.Theirs},
	{"LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", http1.Theirs},
	{"CR without LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\rx", http1.Theirs},

	{"48 lines", get(strings.Split(strings.Repeat("X: y,", 47)[:47*5-1], ",")...), http1.Ours},
	{"49 lines", get(strings.Split(strings.Repeat("X: y,", 48)[:48*5-1], ",")...), http1.Theirs},
	{"4 KiB", padded(http1.MaxHead), http1.Ours},
	{"4 KiB and a byte", padded(http1.MaxHead + 1), http1.Theirs},
	{"more than 4 KiB without an end", strings.TrimSuffix(padded(2*http1.MaxHead), "\r\n\r\n"), http1.Theirs},
	{"4 KiB without an end", padded(http1.MaxHead + 1)[:http1.MaxHead], http1.Theirs},
	{"4 KiB of a target", "GET /" + strings.Repeat("a", http1.MaxHead-5), http1.Theirs},

	{"a Host of all kinds of bytes", headOf("GET / HTTP/1.1", "Host: [::1]:80"), http1.Ours},
	{"host in another case", headOf("GET / HTTP/1.1", "hOST:a-._Z9"), http1.Ours},
	{"Host last", headOf("GET / HTTP/1.1", "X: y", "Host: a"), http1.Ours},
	{"no Host", headOf("GET / HTTP/1.1", "X: y"), http1.Theirs},
	{"no lines", "GET / HTTP/1.1\r\n\r\n", http1.Theirs},
	{"an empty Host", headOf("GET / HTTP/1.1", "Host: "), http1.Theirs},
	{"Host twice", headOf("GET / HTTP/1.1", "Host: a", "Host: a"), http1.Theirs},
	{"Host twice, in another case", headOf("GET / HTTP/1.1", "Host: a", "X: y", "host: b"), http1.Theirs},
	{"an empty Host after one", headOf("GET / HTTP/1.1", "Host: a", "Host:"), http1.Theirs},
	{"a Host with user information", headOf("GET / HTTP/1.1", "Host: a@b"), http1.Theirs},
	{"a list of hosts", headOf("GET / HTTP/1.1", "Host: a, b"), http1.Theirs},
	{"a name that only looks like Host", get("Hos-: b"), http1.Ours},

	{"a length", post("Content-Length: 5"), http1.Ours},
	{"a length of 0", post("content-length:0"), http1.Ours},
	{"a length of 12 digits", post("Content-Length: 999999999999"), http1.Ours},
	{"one of 13 digits", post("Content-Length: 1000000000000"), http1.Theirs},
	{"a length with a leading zero", post("Content-Length: 05"), http1.Theirs},
	{"two zeros", post("Content-Length: 00"), http1.Theirs},
	{"no digits", post("Content-Length:"), http1.Theirs},
	{"a length with a sign", post("Content-Length: +5"), http1.Theirs},
	{"a negative length", post("Content-Length: -5"), http1.Theirs},
	{"a hexadecimal length", post("Content-Length: 0x5"), http1.Theirs},
	{"hexadecimal digits", post("Content-Length: a"), http1.Theirs},
	{"a space in a length", post("Content-Length: 1 1"), http1.Theirs},
	{"a list of lengths", post("Content-Length: 5, 5"), http1.Theirs},
	{"a fraction", post("Content-Length: 5.0"), http1.Theirs},
	{"Content-Length twice", post("Content-Length: 5", "Content-Length: 5"), http1.Theirs},
	{"Content-Length twice, of 0", post("Content-Length: 0", "content-length: 0"), http1.Theirs},
	{"a name that only looks like Content-Length", post("Content_Length: x"), http1.Ours},
	{"a length with PUT", headOf("PUT / HTTP/1.1", "Host: a", "Content-Length: 1"), http1.Ours},
	{"a length with PATCH", headOf("PATCH / HTTP/1.1", "Host: a", "Content-Length: 1"), http1.Ours},
	{"a length with DELETE", headOf("DELETE / HTTP/1.1", "Host: a", "Content-Length: 1"), http1.Ours},
	{"a length with GET", get("Content-Length: 1"), http1.Theirs},
	{"a length with HEAD", headOf("HEAD / HTTP/1.1", "Host: a", "Content-Length: 1"), http1.Theirs},
	{"a length with OPTIONS", headOf("OPTIONS / HTTP/1.1", "Host: a", "Content-Length: 1"), http1.Theirs},
	{"a length of 0 with GET", get("Content-Length: 0"), http1.Ours},
	{"a length of 0 with HEAD", headOf("HEAD / HTTP/1.1", "Host: a", "Content-Length: 0"), http1.Ours},
	{"a length of 0 with OPTIONS", headOf("OPTIONS / HTTP/1.1", "Host: a", "Content-Length: 0"), http1.Ours},

	{"Connection: keep-alive", get("Connection: keep-alive"), http1.Ours},
	{"Connection: Keep-Alive", get("connection: Keep-Alive"), http1.Ours},
	{"Connection: close", get("Connection: close"), http1.Ours},
	{"Connection: CLOSE", get("CONNECTION:\tCLOSE "), http1.Ours},
	{"an empty Connection", get("Connection:"), http1.Theirs},
	{"a list in Connection", get("Connection: close, te"), http1.Theirs},
	{"a list of one and nothing", get("Connection: close,"), http1.Theirs},
	{"Connection: upgrade", get("Connection: upgrade"), http1.Theirs},
	{"Connection twice", get("Connection: close", "Connection: close"), http1.Theirs},
	{"Connection with bytes that only look like letters", get("Connection: keep\ralive"), http1.Theirs},

	{"Transfer-Encoding", post("Transfer-Encoding: chunked"), http1.Theirs},
	{"Transfer-Encoding in another case", post("TRANSFER-encoding: identity"), http1.Theirs},
	{"an empty Transfer-Encoding", get("Transfer-Encoding:"), http1.Theirs},
	{"a length and Transfer-Encoding", post("Content-Length: 5", "Transfer-Encoding: chunked"), http1.Theirs},
	{"a name that only looks like Transfer-Encoding", post("Transfer_Encoding: chunked"), http1.Ours},
	{"Expect", post("Expect: 100-continue"), http1.Theirs},
	{"expect", post("expect:"), http1.Theirs},
	{"Upgrade", get("Upgrade: websocket"), http1.Theirs},
	{"upgrade", get("upgrade: h2c"), http1.Theirs},
	{"Trailer", post("Trailer: X"), http1.Theirs},
	{"Proxy-Connection", get("Proxy-Connection: keep-alive"), http1.Theirs},
	{"HTTP2-Settings", get("HTTP2-Settings: AA"), http1.Theirs},
	{"http2-settings", get("http2-settings:"), http1.Theirs},
	{"Pragma", get("Pragma: no-cache"), http1.Theirs},
	{"TE, which frames nothing", get("TE: trailers"), http1.Ours},
	{"Keep-Alive", get("Keep-Alive: timeout=5"), http1.Ours},

	{"nothing yet", "", http1.More},
	{"three bytes", "POS", http1.More},
	{"a method", "GET ", http1.More},
	{"an unfinished target", "GET /a?b", http1.More},
	{"an unfinished version", "GET / HTTP/1", http1.More},
	{"an unfinished name", "GET / HTTP/1.1\r\nHos", http1.More},
	{"an unfinished value", "GET / HTTP/1.1\r\nHost: a", http1.More},
	{"CR without LF yet", "GET / HTTP/1.1\r\nHost: a\r", http1.More},
	{"the empty line without LF yet", "GET / HTTP/1.1\r\nHost: a\r\n\r", http1.More},
	{"three bytes that are no method", "abc", http1.More},
	{"CRLF so far", "\r\n", http1.More},
	{"three bytes with LF", "GE\n", http1.Theirs},
	{"only LF", "\n", http1.Theirs},
	{"four bytes that begin in lower case", "abcd", http1.Theirs},
	{"four bytes that begin with CRLF", "\r\nGE", http1.Theirs},
	{"four bytes of no method", "PATH", http1.Theirs},
	{"an unfinished head with a bare LF", "GET / HTTP/1.1\nHost: a\n", http1.Theirs},
	{"one with a bare LF in a value", "GET / HTTP/1.1\r\nHost: a\nX", http1.Theirs},
	{"an unfinished head with two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n", http1.Theirs},
	{"an unfinished value with NUL", "GET / HTTP/1.1\r\nHost: a\x00", http1.Theirs},
}

func TestScan(t *testing.T) {
	var h http1.Head
	for _, tt := range heads {
		t.Run(tt.name, func(t *testing.T) {
			if got := h.Scan([]byte(tt.head)); got != tt.want {
				t.Fatalf("verdict %d, want %d, of %q", got, tt.want, tt.head)
			}
			switch tt.want {
			case http1.Theirs:
				checkTheirs(t, []byte(tt.head+"\r\n\r\n"+plaintext))
			case http1.Ours:
				checkPrefixes(t, []byte(tt.head))
				if v := h.Scan([]byte(tt.head + "\n\x00")); v != http1.Ours || h.Size != len(tt.head) {
					t.Fatalf("verdict %d, size %d, with bytes behind the head", v, h.Size)
				}
				checkEqual(t, &h, []byte(tt.head))
			}
		})
	}
}

// alnum are the bytes that may stand everywhere.
const alnum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// TestScanBytes tries each byte in each place.
func TestScanBytes(t *testing.T) {
	var visible strings.Builder
	visible.WriteString("\t ")
	for c := 0x21; c < 0x100; c++ {
		if c != 0x7f {
			visible.WriteString(string([]byte{byte(c)}))
		}
	}
	for _, tt := range []struct {
		name, head string // %s is the byte
		want       string // bytes of heads that are ours
	}{
		{"path", "GET /a%sb HTTP/1.1\r\nHost: a\r\n\r\n", alnum + "-_.~$&+,/:;=@!'()*?%[]"},
		{"query", "GET /a?b%sc HTTP/1.1\r\nHost: a\r\n\r\n", alnum + "-_.~$&+,/:;=@!'()*?%[]"},
		{"name", "GET / HTTP/1.1\r\nHost: a\r\nX%sy: z\r\n\r\n", alnum + "!#$%&'*+-.^_`|~:"},
		{"value", "GET / HTTP/1.1\r\nHost: a\r\nX: y%sz\r\n\r\n", visible.String()},
		{"beginning of a long value", "GET / HTTP/1.1\r\nHost: a\r\nX:%syyyyyyyyyyyyyyyyyyyyyyyyy\r\n\r\n", visible.String()},
		{"middle of a long value", "GET / HTTP/1.1\r\nHost: a\r\nX: yyyyyyyyyyyy%syyyyyyyyyyyy\r\n\r\n", visible.String()},
		{"host", "GET / HTTP/1.1\r\nHost: a%sb\r\n\r\n", alnum + "-._:[]"},
		{"length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1%s1\r\n\r\n", "0123456789"},
		{"connection", "GET / HTTP/1.1\r\nHost: a\r\nConnection: %slose\r\n\r\n", "cC"},
	} {
		for c := range 0x100 {
			head := strings.Replace(tt.head, "%s", string([]byte{byte(c)}), 1)
			want := http1.Theirs
			if strings.IndexByte(tt.want, byte(c)) >= 0 {
				want = http1.Ours
			}
			var h http1.Head
			if got := h.Scan([]byte(head)); got != want {
				t.Errorf("%s: verdict %d, want %d, of %q", tt.name, got, want, head)
			}
			if want == http1.Ours && !strings.HasPrefix(head, "GET /a%b ") {
				checkEqual(t, &h, []byte(head))
			}
		}
	}
}

// TestScanLongValues has each odd byte at each place of values that are scanned in pieces.
func TestScanLongValues(t *testing.T) {
	for _, odd := range []string{"\x00", "\x1f", "\x7f", "\n", "\r", "\x80", "\xff", "\t", " "} {
		want := http1.Theirs
		if strings.Contains("\x80\xff\t ", odd) {
			want = http1.Ours
		}
		for at := range 33 {
			for _, filler := range []string{"a", "\t", " ", "\x80", "\xff"} {
				value := "v" + strings.Repeat(filler, at) + odd + strings.Repeat(filler, 33-at) + "w"
				if got := new(http1.Head).Scan([]byte(get("X: " + value))); got != want {
					t.Errorf("verdict %d, want %d, of the value %q", got, want, value)
				}
			}
		}
	}
}

func TestHead(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		want       string
	}{
		{"without a length", get(), "GET 0 false"},
		{"a length, the last", headOf("PATCH / HTTP/1.1", "Host: a", "Content-Length: 123456789012", "Connection: close"),
			"PATCH 123456789012 true"},
		{"used again", headOf("DELETE / HTTP/1.1", "Host: a", "Connection: keep-alive"), "DELETE 0 false"},
	} {
		var h http1.Head
		h.Scan([]byte(headOf("POST / HTTP/1.1", "Host: b", "Content-Length: 7", "Connection: close", "x: y")))
		if v := h.Scan([]byte(tt.head)); v != http1.Ours {
			t.Fatalf("%s: verdict %d", tt.name, v)
		}
		if got := fmt.Sprintln(h.Method(), h.Length, h.Close); got != tt.want+"\n" || h.Size != len(tt.head) {
			t.Errorf("%s: %s, size %d, want %s, %d", tt.name, got, h.Size, tt.want, len(tt.head))
		}
	}
}

// TestMessageOfBadURL has the heads that only url.ParseRequestURI refuses.
func TestMessageOfBadURL(t *testing.T) {
	for _, uri := range []string{"/%", "/a%2", "/%zz?a", "/a%b/"} {
		var h http1.Head
		b := []byte(target(uri))
		if v := h.Scan(b); v != http1.Ours {
			t.Fatalf("%s: verdict %d", uri, v)
		}
		if m := h.Message(b, t.Context(), nil, ""); m != nil {
			t.Errorf("%s: %v", uri, m.Request().URL)
		}
	}
}
