package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxHead is the longest head of an answer that the loader takes.
const maxHead = 4 << 10

// answerReader reads the answers of a connection that is kept, with the least
// work: it looks at the status and the length and drops the rest. What it does not
// know, as an answer in chunks or one that ends the connection, is an error.
type answerReader struct {
	source io.Reader
	buffer []byte // has room for an answer as long as any that is expected
	filled int
}

// next reads the next answer and gives its status and the length of its body.
func (a *answerReader) next() (status, length int, err error) {
	head := -1
	for checked := 0; ; {
		if i := bytes.Index(a.buffer[checked:a.filled], endOfHead); i >= 0 {
			head = checked + i + len(endOfHead)
			break
		}
		checked = max(0, a.filled-len(endOfHead)+1)
		if err := a.fill(); err != nil {
			return 0, 0, err
		}
	}
	status, length, err = parseHead(a.buffer[:head])
	if err != nil {
		return 0, 0, err
	}
	for a.filled < head+length {
		if err := a.fill(); err != nil {
			return 0, 0, err
		}
	}
	if a.filled > head+length {
		return 0, 0, errors.New("an answer is longer than it says")
	}
	a.filled = 0
	return status, length, nil
}

var endOfHead = []byte("\r\n\r\n")

// fill reads more.
func (a *answerReader) fill() error {
	if a.filled == len(a.buffer) {
		return errors.New("an answer is longer than expected")
	}
	n, err := a.source.Read(a.buffer[a.filled:])
	a.filled += n
	if n > 0 {
		return nil
	}
	if err == io.EOF {
		err = fmt.Errorf("the server has closed the connection: %w", io.ErrUnexpectedEOF)
	}
	return err
}

// parseHead gives the status and the length of the body that a head tells.
func parseHead(head []byte) (status, length int, err error) {
	line, rest, _ := bytes.Cut(head, newLine)
	if len(line) < len("HTTP/1.1 200") || string(line[:9]) != "HTTP/1.1 " {
		return 0, 0, fmt.Errorf("an answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, fmt.Errorf("an answer begins with %q", line)
	}
	length = -1
	for len(rest) > len(newLine) {
		line, rest, _ = bytes.Cut(rest, newLine)
		if len(line) == len(closing) && bytes.EqualFold(line, closing) {
			return 0, 0, errors.New("an answer closes the connection")
		}
		if len(line) > len(lengthName) && bytes.EqualFold(line[:len(lengthName)], lengthName) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthName):]))); err != nil || length < 0 {
				return 0, 0, fmt.Errorf("an answer has %q", line)
			}
		}
	}
	if length < 0 {
		return 0, 0, errors.New("an answer has no Content-Length")
	}
	return status, length, nil
}

var (
	newLine    = []byte("\r\n")
	closing    = []byte("connection: close")
	lengthName = []byte("content-length:")
)
