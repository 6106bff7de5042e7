package loop_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// normal returns what came over a connection in a form in which two servers agree: without Date, the header lines of a
// response in the order of their names, and chunks joined. Nothing else is left out.
func normal(out []byte) string {
	var b strings.Builder
	for len(out) > 0 {
		head, rest, ok := bytes.Cut(out, []byte("\r\n\r\n"))
		if !ok || !bytes.HasPrefix(head, []byte("HTTP/1.")) {
			fmt.Fprintf(&b, "content %q\n", firstContent(&out))
			continue
		}
		out = rest
		lines := strings.Split(string(head), "\r\n")
		fmt.Fprintf(&b, "%q\n", lines[0])
		lines = slices.DeleteFunc(lines[1:], func(line string) bool { return isDate(line) })
		slices.SortStableFunc(lines, func(x, y string) int { return strings.Compare(nameOf(x), nameOf(y)) })
		for _, line := range lines {
			fmt.Fprintf(&b, "  %q\n", line)
		}
		if slices.Contains(lines, "Transfer-Encoding: chunked") {
			b.WriteString(joinChunks(&out))
		}
	}
	return b.String()
}

// firstContent takes what comes before the next head.
func firstContent(out *[]byte) []byte {
	all := *out
	at := bytes.Index(all[1:], []byte("HTTP/1.1 "))
	if at < 0 {
		*out = nil
		return all
	}
	*out = all[at+1:]
	return all[:at+1]
}

func isDate(line string) bool {
	date, ok := strings.CutPrefix(line, "Date: ")
	if !ok {
		return false
	}
	_, err := http.ParseTime(date)
	return err == nil && !strings.HasSuffix(date, " 2001 00:00:00 GMT") // a handler has set this one
}

func nameOf(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return name
}

// joinChunks takes content in chunks, with its trailers. It leaves what is not whole, or malformed.
func joinChunks(out *[]byte) string {
	var content []byte
	for {
		line, rest, ok := bytes.Cut(*out, []byte("\r\n"))
		n, err := strconv.ParseUint(string(line), 16, 31)
		if !ok || err != nil || len(rest) < int(n) {
			return fmt.Sprintf("chunks %q without an end\n", content)
		}
		if n == 0 {
			break
		}
		content = append(content, rest[:n]...)
		*out = bytes.TrimPrefix(rest[n:], []byte("\r\n"))
	}
	trailers, rest, _ := bytes.Cut(bytes.TrimPrefix(*out, []byte("0")), []byte("\r\n\r\n"))
	lines := strings.Split(string(trailers), "\r\n")[1:]
	slices.Sort(lines)
	*out = rest
	return fmt.Sprintf("chunks %q, trailers %q\n", content, lines)
}

func TestNormal(t *testing.T) {
	tests := []struct{ description, out, want string }{
		{"nothing", "", ""},
		{"two responses", "HTTP/1.1 200 OK\r\nDate: Mon, 30 Nov 2026 21:20:06 GMT\r\nB: 2\r\nA: 1\r\nB: 1\r\n\r\nxHTTP/1.1 204 No Content\r\n\r\n",
			"\"HTTP/1.1 200 OK\"\n  \"A: 1\"\n  \"B: 2\"\n  \"B: 1\"\ncontent \"x\"\n\"HTTP/1.1 204 No Content\"\n"},
		{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\nT: 2\r\nS: 1\r\n\r\nHTTP/1.1 204 X\r\n\r\n",
			"\"HTTP/1.1 200 OK\"\n  \"Transfer-Encoding: chunked\"\nchunks \"abc\", trailers [\"S: 1\" \"T: 2\"]\n\"HTTP/1.1 204 X\"\n"},
		{"chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
			"\"HTTP/1.1 200 OK\"\n  \"Transfer-Encoding: chunked\"\nchunks \"\" without an end\ncontent \"5\\r\\nab\"\n"},
		{"no response", "garbage", "content \"garbage\"\n"},
	}
	for _, tt := range tests {
		if got := normal([]byte(tt.out)); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.description, got, tt.want)
		}
	}
}
