package loop_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response"
)

// byteBySecond sends a text, a byte each second.
func byteBySecond(conn net.Conn, text string) {
	for i := range len(text) {
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

const aGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

// slowClients are clients in each state of a connection, and the time after which they are cut.
var slowClients = []struct {
	description string
	send        func(net.Conn)
	answers     string        // the statuses
	cut         time.Duration // by the loop
	standard    time.Duration // by net/http, if that is another time
}{
	{"nothing", func(net.Conn) {}, "", 5 * time.Second, 0},
	{"one byte", func(c net.Conn) { io.WriteString(c, "G") }, "", 5 * time.Second, 0},
	{"a head by bytes", func(c net.Conn) { byteBySecond(c, aGet) }, "", 5 * time.Second, 0},
	{"a late head by bytes", func(c net.Conn) {
		time.Sleep(4 * time.Second)
		byteBySecond(c, aGet)
	}, "", 5 * time.Second, 0},
	{"a head that is not of the subset by bytes", func(c net.Conn) {
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\nPragma: no-cache\r\n")
		byteBySecond(c, "X-A: a long value that takes a while")
	}, "", 5 * time.Second, 0},
	{"one that is given away late", func(c net.Conn) {
		time.Sleep(4 * time.Second)
		io.WriteString(c, "get / HTTP/1.1\r\n") // net/http begins with its time when it gets the connection
		byteBySecond(c, "X-A: a long value that takes a while")
	}, "", 9 * time.Second, 5 * time.Second},
	{"no second request", func(c net.Conn) { io.WriteString(c, aGet) }, "200 ", 75 * time.Second, 0},
	{"a second request by bytes", func(c net.Conn) {
		io.WriteString(c, aGet)
		time.Sleep(10 * time.Second)
		byteBySecond(c, aGet)
	}, "200 ", 15 * time.Second, 18 * time.Second}, // net/http counts from the fourth byte
	{"a second request that comes as the idle time ends", func(c net.Conn) {
		io.WriteString(c, aGet)
		time.Sleep(74 * time.Second)
		byteBySecond(c, aGet)
	}, "200 ", 79 * time.Second, 75 * time.Second},
	{"a body by bytes", func(c net.Conn) {
		io.WriteString(c, "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
		byteBySecond(c, strings.Repeat("x", 100))
	}, "408 ", 30 * time.Second, 0},
	{"a body that nobody reads by bytes", func(c net.Conn) {
		io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
		byteBySecond(c, strings.Repeat("x", 100))
	}, "200 ", 500 * time.Millisecond, 0},
	{"MiB by MiB, each in time", func(c net.Conn) {
		io.WriteString(c, "POST /read HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4194304\r\n\r\n")
		for range 4 {
			time.Sleep(29 * time.Second)
			io.WriteString(c, strings.Repeat("x", 1<<20))
		}
	}, "200 ", 116 * time.Second, 0},
	{"MiB by MiB, the third too late", func(c net.Conn) {
		io.WriteString(c, "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 4194304\r\n\r\n")
		for i := range 4 {
			time.Sleep([]time.Duration{29, 29, 31, 0}[i] * time.Second)
			io.WriteString(c, strings.Repeat("x", 1<<20))
		}
	}, "408 ", 88 * time.Second, 88*time.Second + 500*time.Millisecond},
	{"one that is kept and closed", func(c net.Conn) {
		io.WriteString(c, aGet)
		time.Sleep(60 * time.Second)
		io.WriteString(c, strings.Replace(aGet, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
	}, "200 200 ", 60 * time.Second, 0},
}

// Each state of a connection has its time, to the moment.
func TestSlowClients(t *testing.T) {
	for _, tt := range slowClients {
		t.Run(tt.description, func(t *testing.T) {
			onBoth(t, func(t *testing.T, options soay.Options) {
				options.MaxBodyBytes = 8 << 20
				app, _ := newApp(options)
				app.Route("/", func(soay.Request) soay.Response { return response.Text("hello") }, "GET", "POST")
				app.Post("/read", func(req soay.Request) soay.Response {
					b, err := req.Bytes()
					if err != nil {
						return response.Error(err)
					}
					return response.Text(fmt.Sprint(len(b)))
				})
				s := start(app)
				conn := s.connect(t)
				begin := time.Now()
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					tt.send(conn)
				}()
				b, err := io.ReadAll(conn)
				took, want := time.Since(begin), tt.cut
				if options.StandardServer && tt.standard > 0 {
					want = tt.standard
				}
				if took != want || err != nil {
					t.Errorf("cut after %v, %v; want %v", took, err, want)
				}
				var answers string
				for _, part := range strings.Split(string(b), "HTTP/1.1 ")[1:] {
					answers += part[:4]
				}
				if options.StandardServer { // it says 400 where the time ends within the first line
					answers = strings.TrimSuffix(answers, "400 ")
				}
				if answers != tt.answers {
					t.Errorf("answers %q, want %q", answers, tt.answers)
				}
				conn.Close()
				<-sent
				s.end(t, conn)
			})
		})
	}
}

// A client that reads a byte each second is not cut as long as it takes each piece in time, and is when it does not.
func TestSlowReaders(t *testing.T) {
	onBoth(t, func(t *testing.T, options soay.Options) {
		app, _ := newApp(options)
		app.Get("/", func(soay.Request) soay.Response { return response.Text(strings.Repeat("x", 3<<20)) })
		s := start(app)
		conn := s.connect(t)
		go io.WriteString(conn, aGet)
		begin, total := time.Now(), 0
		for b := make([]byte, 64<<10); ; {
			n, err := conn.Read(b)
			if total += n; err != nil {
				break
			}
			if total < 2<<20 {
				time.Sleep(time.Second) // 16 s for a MiB
			} else {
				time.Sleep(31 * time.Second)
			}
		}
		if took := time.Since(begin); total < 2<<20 || total >= 3<<20 || took < 60*time.Second || took > 130*time.Second {
			t.Errorf("%d bytes in %v", total, took)
		}
		s.end(t, conn)
	})
}
