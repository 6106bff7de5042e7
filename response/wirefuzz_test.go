package response_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/response"
)

// choices are the bytes of a fuzzer, by which it chooses.
type choices []byte

// next chooses one of n things, the first one when the bytes have run out.
func (c *choices) next(n int) int {
	if len(*c) == 0 {
		return 0
	}
	i := int((*c)[0]) % n
	*c = (*c)[1:]
	return i
}

// number returns a number below n, by two bytes.
func (c *choices) number(n int) int { return (c.next(256)<<8 | c.next(256)) % n }

// oneOf chooses one of the texts.
func (c *choices) oneOf(texts ...string) string { return texts[c.next(len(texts))] }

var fuzzedNames = []string{
	"X-A", "x-b", "Vary", "Content-Type", "X-Content-Type-Options", "Date", "Set-Cookie", "Www-Authenticate",
	"Content-Security-Policy", "Referrer-Policy", "Content-Length", "Content-Encoding", "Connection", "Keep-Alive",
	"Trailer", "Upgrade", "Etag", "Location", "Cross-Origin-Opener-Policy", "Cache-Control", "Server", "Te",
}

func (c *choices) header() (name, value string) {
	return c.oneOf(fuzzedNames...), c.oneOf("", "1", "a", " b\t", "Accept", "accept, Cookie", ",,Origin , ", "*", "\xff", "close",
		"text/html", "text/HTML;charset=x", "Sat, 03 Feb 2001 03:05:06 CET", " \t ", "gzip", strings.Repeat("x", 5000))
}

// constructed returns the response of a constructor.
func (c *choices) constructed() response.Response {
	switch c.next(16) {
	case 1:
		return response.HTML("<p>")
	case 2:
		return response.JSON([]int{c.next(256)})
	case 3:
		return response.Bytes(c.oneOf("text/csv", "text/html", " application/xhtml+xml"), []byte("a,b"))
	case 4:
		return response.Status(200 + c.number(400))
	case 5:
		return response.NoContent()
	case 6:
		return response.Redirect("/a?b=c")
	case 7:
		return response.Created("/ä", []string{"x"})
	case 8:
		return response.Error(errors.New("secret"))
	case 9:
		return response.Unauthorized("who?")
	case 10:
		return response.StateOf(response.NotFound()).WithPage(response.HTML("<p>gone").WithHeader("Vary", "Accept"))
	case 11:
		name, value := c.header()
		return response.Recorded(100+c.number(900), http.Header{
			name: {value, "2"}, c.oneOf(fuzzedNames...): nil, "Content-Type": {"text/html"},
		}, []byte(c.oneOf("", "<p>")))
	case 12:
		return response.PrettyJSON(map[string]int{"a": 1})
	case 13:
		return response.Text(strings.Repeat("long ", c.number(5000)))
	case 14:
		return response.Stream("text/csv", func(w io.Writer) error { return nil })
	case 15:
		return response.StateOf(response.BadRequest("no")).WithPage(response.Text("no").WithStatus(422))
	}
	return response.Text(c.oneOf("", "hello", "\x00\r\n"))
}

// changed returns the response of a With method.
func (c *choices) changed(r response.Response) response.Response {
	name, value := c.header()
	switch c.next(10) {
	case 1:
		return r.AddHeader(name, value)
	case 2:
		return r.WithStatus([]int{204, 205, 304, 401, 200 + c.number(400)}[c.next(5)])
	case 3:
		cookie := response.NewCookie(c.oneOf("a", "b", "Vary", "Set-Cookie"), c.oneOf("1", "2 3", ""))
		cookie.Path, cookie.Domain = c.oneOf("/", "/a", ""), c.oneOf("", "example.com")
		return r.WithCookie(cookie)
	case 4:
		return r.WithoutCookie(c.oneOf("a", "b", "__Host-c"))
	case 5:
		return r.WithHeadersOf(c.constructed())
	case 6:
		return r.WithLocation("/b")
	case 7:
		return r.AsAttachment("a.txt")
	case 8:
		return response.StateOf(r).WithContentOf(c.constructed())
	case 9:
		return response.StateOf(r).WithPage(c.constructed())
	}
	return r.WithHeader(name, value)
}

// built returns a random response.
func (c *choices) built() response.Response {
	r := c.constructed()
	for range c.next(8) {
		r = c.changed(r)
	}
	return r
}

// pipes is a listener whose connections are pipes.
type pipes struct{ conns chan net.Conn }

func (p pipes) Accept() (net.Conn, error) { return <-p.conns, nil }
func (p pipes) Close() error              { return nil }
func (p pipes) Addr() net.Addr            { return &net.UnixAddr{} }

// oldServer is net/http's server, which answers with one response in the ways of the map.
type oldServer struct {
	pipes
	answer atomic.Pointer[response.Response]
}

func newOldServer() *oldServer {
	s := &oldServer{pipes: pipes{make(chan net.Conn)}}
	handler := http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		resp, write := response.StateOf(*s.answer.Load()), response.State.Write
		switch hr.URL.Path {
		case "/canary":
			resp = response.StateOf(response.Text("canary"))
		case "/direct":
			write = response.State.WriteDirect
		}
		if _, err := write(resp, w, hr, 0); err != nil {
			panic(err)
		}
	})
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)} // of lengths that are no numbers
	go server.Serve(s)
	return s
}

// ask returns all that the server sends to a client that asks for path and, unless the connection is to be closed
// then, for the canary.
func (s *oldServer) ask(t *testing.T, method, path string, end bool) string {
	t.Helper()
	client, server := net.Pipe()
	defer client.Close()
	s.conns <- server
	const head, last = "%s %s HTTP/1.1\r\nHost: localhost\r\n", "Connection: close\r\n\r\n"
	requests := fmt.Sprintf(head, method, path) + last
	if !end {
		requests = fmt.Sprintf(head, method, path) + "\r\n" + fmt.Sprintf(head, "GET", "/canary") + last
	}
	go client.Write([]byte(requests))
	all, err := io.ReadAll(client)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// message is a response on the wire, with the fields of each name in their order.
type message struct {
	Status, Content string
	Fields          []string
	Next            *message // the response to the next request
}

// parse reads a message, and those that follow, as a client of package net/http finds their parts. The first one
// answers a request with a method.
func parse(t *testing.T, raw, method string) *message {
	t.Helper()
	r := bufio.NewReader(strings.NewReader(raw))
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%v of %q", err, raw)
	}
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%v of %q", err, raw)
	}
	head, _, _ := strings.Cut(raw, "\r\n\r\n")
	status, fields, _ := strings.Cut(head, "\r\n")
	m := &message{Status: status, Content: string(content), Fields: sortedFields(fields)}
	if rest, _ := io.ReadAll(r); len(rest) > 0 {
		m.Next = parse(t, string(rest), "GET")
	}
	return m
}

// sortedFields returns the lines of the fields, sorted by their names, with the server's date replaced.
func sortedFields(head string) []string {
	fields := strings.Split(head, "\r\n")
	for i, field := range fields {
		date, ok := strings.CutPrefix(field, "Date: ")
		if at, err := http.ParseTime(date); ok && err == nil && (field == wireDate || time.Since(at).Abs() < time.Minute) {
			fields[i] = "Date: now"
		}
	}
	slices.SortStableFunc(fields, func(a, b string) int {
		a, _, _ = strings.Cut(a, ":")
		b, _, _ = strings.Cut(b, ":")
		return strings.Compare(a, b)
	})
	return fields
}

// A response is the same on the wire whether AppendTo writes it or net/http's server.
func FuzzAppendTo(f *testing.F) {
	addSeeds(f)
	server := newOldServer()
	f.Fuzz(func(t *testing.T, data []byte) {
		chosen := choices(data)
		circumstances := chosen.next(4)
		wire := response.Wire{Head: circumstances&1 != 0, Close: circumstances&2 != 0, Now: wireTime}
		method := "GET"
		if wire.Head {
			method = "HEAD"
		}
		resp := chosen.built()
		raw, ok := appended(resp, wire)
		if !ok {
			return // TestAppendToRefuses tells which ones
		}
		if !wire.Close {
			canary, _ := appended(response.Text("canary"), response.Wire{Close: true})
			raw += canary
		}
		got := parse(t, raw, method)
		server.answer.Store(&resp)
		for _, path := range []string{"/write", "/direct"} {
			want := parse(t, server.ask(t, method, path, wire.Close), method)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: (-net/http +got):\n%s", path, diff)
			}
		}
	})
}

// addSeeds adds each constructor with each method, each status, and other responses by chance.
func addSeeds(f *testing.F) {
	for constructor := range 16 {
		for circumstances := range 4 {
			f.Add([]byte{byte(circumstances), byte(constructor)})
		}
	}
	for status := range 400 {
		f.Add([]byte{byte(status), 4, byte(status >> 8), byte(status)})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2500 {
		seed := make([]byte, 60)
		for i := range seed {
			seed[i] = byte(random.Uint32())
		}
		f.Add(seed)
	}
}
