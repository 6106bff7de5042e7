package loop_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// program is what a handler does, a few bytes for each step.
type program []byte

// next takes a byte and returns it modulo n.
func (p *program) next(n int) int {
	if len(*p) == 0 {
		return 0
	}
	b := (*p)[0]
	*p = (*p)[1:]
	return int(b) % n
}

var (
	programStatuses = []int{200, 201, 204, 205, 304, 404, 500, 100, 103, 102, 101, 299, 999, 206}
	programNames    = []string{
		"X-A", "Content-Type", "Content-Length", "Connection", "Transfer-Encoding", "Date", "Trailer", "Content-Encoding",
		http.TrailerPrefix + "X-T", "Vary", "Set-Cookie", "Keep-Alive", "Upgrade", "X-T", "x-lower", "Bad Name",
	}
	programValues = []string{
		"a", "", "close", "keep-alive", "0", "5", "100", "3000", "x", "chunked", "identity", "text/plain", "X-T", "X-T, X-A",
		"upgrade", "Mon, 01 Jan 2001 00:00:00 GMT", "a\r\nb: c", "-1", " a ", "gzip", "Close, x",
	}
	programSizes = []int{1, 0, 5, 100, 512, 2000, 2048, 2049, 3000, 4096, 9000, 20000}
)

// run lets a handler do what the program says. It returns a connection that the handler has taken over.
func (p program) run(note func(string), w http.ResponseWriter, hr *http.Request) (hijacked net.Conn) {
	c := http.NewResponseController(w)
	flush := func() {} // before the connection is taken or cut, at which net/http forgets what was not flushed
	var room *int64    // what the Content-Length leaves
	for step := 0; len(p) > 0 && step < 40; step++ {
		switch p.next(16) {
		case 0, 1:
			flush = func() { _ = c.Flush() }
			room = new(int64)
			n, err := w.Write([]byte(strings.Repeat("w", programSizes[p.next(len(programSizes))])))
			note(fmt.Sprint("write ", n, " ", classOf(err)))
		case 2:
			room = new(int64)
			note("flush " + classOf(c.Flush()))
		case 3:
			copyTo(w, &room, 0)
			w.WriteHeader(programStatuses[p.next(len(programStatuses))])
		case 4, 5, 6, 7:
			p.setHeader(w.Header())
		case 8:
			b := make([]byte, programSizes[p.next(len(programSizes))])
			n, err := io.ReadFull(hr.Body, b)
			if n == 0 && err != nil && hr.ContentLength >= int64(len(canary)) {
				note("read nothing") // net/http says of a cut body only once that it is cut, the loop always
				break
			}
			note(fmt.Sprintf("read %d %.40q %s %v", n, b[:n], classOf(err), hr.Trailer))
		case 9:
			if hr.ContentLength < int64(len(canary)) { // Close of net/http says whether the body is cut, that of the loop does not
				note("close " + classOf(hr.Body.Close()))
			}
		case 10:
			note("duplex " + classOf(c.EnableFullDuplex()))
			// net/http reads the rest at the same time as the next head if a handler leaves one.
			defer func() { _, _ = io.Copy(io.Discard, hr.Body) }()
		case 11:
			flush = func() { _ = c.Flush() }
			size := int64(programSizes[p.next(len(programSizes))])
			n, err := io.Copy(copyTo(w, &room, size), io.LimitReader(repeated{}, size))
			note(fmt.Sprint("copy ", n, " ", classOf(err)))
		case 12:
			note("deadline " + classOf(c.SetWriteDeadline(time.Time{})) + classOf(c.SetReadDeadline(time.Time{})))
		case 13:
			_ = hr.Context().Err() // watches the client
		case 14:
			flush()
			if conn := p.hijack(note, c); conn != nil {
				_, err := w.Write([]byte("late"))
				note("write " + classOf(err))
				return conn
			}
		case 15:
			if p.next(4) == 0 {
				flush()
				panic(http.ErrAbortHandler)
			}
			flush = func() { _ = c.Flush() }
			room = new(int64)
			n, err := io.WriteString(w, "text")
			note(fmt.Sprint("string ", n, " ", classOf(err)))
		}
	}
	return nil
}

// setHeader changes a header.
func (p *program) setHeader(h http.Header) {
	how, name := p.next(4), programNames[p.next(len(programNames))]
	if how == 3 {
		h[http.CanonicalHeaderKey(name)] = nil
		return
	}
	value := programValues[p.next(len(programValues))]
	if _, err := strconv.ParseUint(value, 10, 63); err != nil && name == "Content-Length" {
		return // net/http sends in answer to HEAD also what is no length
	}
	if how == 2 {
		h.Add(name, value)
		return
	}
	h.Set(name, value)
}

// copyTo returns w, or a Writer without ReadFrom where that of net/http differs: it sends chunks also of what is short, and
// more than the Content-Length. room is what the length leaves, nil before it is known.
func copyTo(w http.ResponseWriter, room **int64, size int64) io.Writer {
	if *room == nil {
		length, err := strconv.ParseInt(w.Header().Get("Content-Length"), 10, 64)
		if err != nil {
			length = 0
		}
		*room = &length
	}
	if **room -= size; **room < 0 {
		return struct{ io.Writer }{w}
	}
	return w
}

// hijack takes the connection over, and reads what there is.
func (p *program) hijack(note func(string), c *http.ResponseController) net.Conn {
	if p.next(4) > 0 {
		return nil
	}
	conn, buffered, err := c.Hijack()
	if note("hijack " + classOf(err)); err != nil {
		return nil
	}
	rest, err := io.ReadAll(buffered)
	note(fmt.Sprintf("rest %q %s", rest, classOf(err)))
	_, _ = io.WriteString(conn, "HTTP/1.1 299 Hijacked\r\n\r\n")
	return conn
}

// repeated is a source of bytes that is no buffer.
type repeated struct{}

// Read implements io.Reader.
func (repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'r'
	}
	return len(p), nil
}

// runProgram is the handler that does what the program of the server says, and answers the canary.
func runProgram(s *served, w http.ResponseWriter, hr *http.Request) {
	s.note(describe(hr))
	if hr.URL.Path == "/canary" {
		_, _ = io.WriteString(w, "canary")
		return
	}
	hijacked := program(*s.program.Load()).run(s.note, w, hr)
	if s.note("returned"); hijacked != nil {
		hijacked.Close()
	}
}

// The Writer writes what that of net/http writes, whatever handlers do with it.
func FuzzBothWritersAgree(f *testing.F) {
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
		"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 20\r\n\r\n0123456789",
	} {
		for _, p := range []program{
			nil, {0, 2}, {3, 0, 0, 5}, {0, 9}, {0, 6, 0, 0}, {2}, {2, 0, 0, 2}, {3, 8, 3, 0, 0, 3}, {4, 0, 2, 5, 0, 2},
			{4, 0, 3, 2, 0, 0}, {4, 0, 4, 9, 0, 3}, {4, 0, 4, 10, 0, 3}, {4, 0, 8, 0, 0, 3, 4, 0, 8, 8}, {4, 0, 6, 12, 0, 3, 4, 0, 13, 0}, {8, 2, 0, 2, 8, 2},
			{9, 8, 2}, {10, 0, 2, 2, 8, 2}, {11, 10}, {4, 0, 2, 7, 4, 0, 1, 11, 11, 8}, {13, 0, 3}, {14, 0}, {15, 0}, {0, 3, 15, 0},
			{3, 2, 0, 1}, {3, 4, 0, 1}, {3, 3}, {4, 3, 2, 0, 3}, {4, 3, 1, 0, 3}, {4, 3, 5, 0, 2}, {4, 0, 5, 15, 0, 2}, {4, 2, 0, 0, 4, 2, 0, 8, 0, 1},
		} {
			f.Add([]byte(request), []byte(p))
		}
	}
	p := pair{serveBare(f, true, runProgram), serveBare(f, false, runProgram)}
	f.Fuzz(func(t *testing.T, input, program []byte) {
		if len(input) > 20_000 || len(program) > 100 {
			t.Skip()
		}
		p.compare(t, program, append(input[:len(input):len(input)], canary...))
	})
}
