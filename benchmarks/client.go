package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// call describes one request.
type call struct {
	method      string
	path        string
	cookie      string // value of the Cookie header, "" for none
	body        string // a JSON document, "" for none
	contentType string // of the body, "" for JSON
	fields      string // lines that take the place of User-Agent and Accept, "" for those
}

// wire gives the request as a client sends it. Both kinds of server get their
// request from this one text, through their own parser.
func (c call) wire() string {
	var b strings.Builder
	fields := cmp.Or(c.fields, "User-Agent: benchmarks\r\nAccept: */*\r\n")
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: example.com\r\n%s", c.method, c.path, fields)
	if c.cookie != "" {
		fmt.Fprintf(&b, "Cookie: %s\r\n", c.cookie)
	}
	if c.body != "" {
		fmt.Fprintf(&b, "Content-Type: %s\r\nContent-Length: %d\r\n", cmp.Or(c.contentType, "application/json"), len(c.body))
	}
	b.WriteString("\r\n")
	b.WriteString(c.body)
	return b.String()
}

// query gives what is behind the question mark.
func (c call) query() string {
	_, query, _ := strings.Cut(c.path, "?")
	return query
}

// answer is a response, copied out of the reused memory.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // none came
}

// server is an app that can be called without a network.
type server interface {
	// client prepares reusable requests for the calls.
	client(calls []call) (client, error)
}

// client sends the same prepared requests again and again.
type client interface {
	// run sends all requests n times and drops the answers. The loop is in
	// here so that what is timed holds no call through this interface.
	run(n int)
	// answer sends request i once, in the very way run does.
	answer(i int) answer
}

// httpServer is the server of every framework that is an http.Handler.
type httpServer struct {
	http.Handler
}

func (s httpServer) client(calls []call) (client, error) {
	c := &httpClient{handler: s.Handler, writer: &writer{header: http.Header{}}}
	// A server tells the handler whose it is.
	ctx := context.WithValue(context.Background(), http.ServerContextKey, &http.Server{Handler: s.Handler})
	for _, call := range calls {
		req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(call.wire())))
		if err != nil {
			return nil, err
		}
		req = req.WithContext(ctx)
		req.RemoteAddr = "192.0.2.1:1234"
		r := &httpRequest{request: req, renew: call.cookie != "" || call.body != ""}
		if call.body != "" {
			r.body = &body{content: []byte(call.body)}
			req.Body = r.body
		}
		r.pristine = *req
		c.requests = append(c.requests, r)
	}
	return c, nil
}

// httpRequest is a request that is sent more than once.
type httpRequest struct {
	request  *http.Request
	pristine http.Request
	// renew asks for the request to be as new each time. It is set where
	// there is a session or a body: some packages keep the decoded session in
	// the request or put a reader of their own around the body, and a second
	// use would find it there. Elsewhere the copy would only add the same time
	// to everybody's result.
	renew bool
	body  *body // nil for none
}

// body is a request's body that can be read more than once. It has only the
// methods of the server's own, which is a buffered connection, and like that
// gives io.EOF along with the last bytes.
type body struct {
	content []byte
	read    int
}

// Read copies the next bytes.
func (b *body) Read(p []byte) (int, error) {
	n := copy(p, b.content[b.read:])
	b.read += n
	if b.read == len(b.content) {
		return n, io.EOF
	}
	return n, nil
}

// Close does nothing.
func (b *body) Close() error { return nil }

// httpClient is the client of an http.Handler.
type httpClient struct {
	handler  http.Handler
	writer   *writer
	requests []*httpRequest
}

func (c *httpClient) send(r *httpRequest) {
	c.writer.reset()
	if r.renew {
		*r.request = r.pristine
	}
	if r.body != nil {
		r.body.read = 0
	}
	c.handler.ServeHTTP(c.writer, r.request)
}

func (c *httpClient) run(n int) {
	for range n {
		for _, r := range c.requests {
			c.send(r)
		}
	}
}

func (c *httpClient) answer(i int) answer {
	c.send(c.requests[i])
	status := c.writer.status
	if status == 0 {
		status = http.StatusOK
	}
	return answer{status: status, header: c.writer.header.Clone(), body: string(c.writer.body)}
}

// writer is the one http.ResponseWriter of all frameworks. Its memory is
// reused, so that only what a framework itself allocates is counted. Besides
// the interface it has WriteString and Flush, because the server's own writer
// has them. Without the first, io.WriteString would copy the text, which no real
// server does.
type writer struct {
	header http.Header
	body   []byte
	status int
}

func (w *writer) reset() {
	clear(w.header)
	w.body = w.body[:0]
	w.status = 0
}

// Flush has nothing to do.
func (w *writer) Flush() {}

// Header gives the header that reset clears.
func (w *writer) Header() http.Header { return w.header }

// WriteHeader keeps the first status, as the server's writer does.
func (w *writer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write appends to the body.
func (w *writer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, b...)
	return len(b), nil
}

// WriteString appends to the body without a copy in between.
func (w *writer) WriteString(s string) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, s...)
	return len(s), nil
}
