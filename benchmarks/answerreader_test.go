package main

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestAnswerReader reads answers whole and byte by byte.
func TestAnswerReader(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	tests := []struct {
		name, answer string
		status       int
		length       int
		fails        string // a part of the error, "" for none
	}{
		{"a text", ok + "Content-Length: 2\r\n\r\nok", 200, 2, ""},
		{"another case of letters", ok + "content-length: 2\r\n\r\nok", 200, 2, ""},
		{"no space, and fields around", ok + "Date: x\r\nContent-Length:2\r\nX: y\r\n\r\nok", 200, 2, ""},
		{"another status without a text", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", 404, 0, ""},
		{"an end of a head in the text", ok + "Content-Length: 4\r\n\r\n\r\n\r\n", 200, 4, ""},
		{"a connection that is kept", ok + "Connection: keep-alive\r\nContent-Length: 0\r\n\r\n", 200, 0, ""},
		{"a connection that is closed", ok + "Connection: close\r\nContent-Length: 0\r\n\r\n", 0, 0, "closes"},
		{"chunks", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 0, "no Content-Length"},
		{"no number", ok + "Content-Length: x\r\n\r\n", 0, 0, "Content-Length: x"},
		{"a negative number", ok + "Content-Length: -1\r\n\r\n", 0, 0, "Content-Length: -1"},
		{"another version", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 0, 0, "begins with"},
		{"no status", "HTTP/1.1 ab\r\nContent-Length: 0\r\n\r\n", 0, 0, "begins with"},
		{"an end in the head", ok + "Content-Le", 0, 0, "closed the connection"},
		{"an end in the text", ok + "Content-Length: 5\r\n\r\nok", 0, 0, "closed the connection"},
		{"a head without an end", ok + strings.Repeat("a", 2*maxHead), 0, 0, "longer than expected"},
	}
	for _, test := range tests {
		for kind, source := range map[string]io.Reader{
			"whole":        strings.NewReader(test.answer),
			"byte by byte": iotest.OneByteReader(strings.NewReader(test.answer)),
		} {
			a := answerReader{source: source, buffer: make([]byte, maxHead)}
			status, length, err := a.next()
			if status != test.status || length != test.length {
				t.Errorf("%s, %s: %d with %d bytes, want %d with %d", test.name, kind, status, length, test.status, test.length)
			}
			if (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s, %s: error %v, want %q", test.name, kind, err, test.fails)
			}
		}
	}
}

// TestAnswerReaderTwice sees that one answer follows the other, and that bytes
// nobody has asked for are an error.
func TestAnswerReaderTwice(t *testing.T) {
	const one = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	a := answerReader{source: iotest.OneByteReader(strings.NewReader(one + one)), buffer: make([]byte, maxHead)}
	for i := range 2 {
		if _, length, err := a.next(); length != 2 || err != nil {
			t.Errorf("answer %d: %d bytes, %v", i, length, err)
		}
	}
	a = answerReader{source: strings.NewReader(one + one), buffer: make([]byte, maxHead)}
	if _, _, err := a.next(); err == nil {
		t.Error("an answer that nobody has asked for was not noticed")
	}
}
