package request_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
)

func TestHeaderBlockLimit(t *testing.T) {
	tests := []struct {
		name    string
		options soay.Options
		size    int
		want    string
	}{
		{"below the default", soay.Options{}, 60 << 10, "HTTP/1.1 200 OK\r\n"},
		{"above the default", soay.Options{}, 80 << 10, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
		{"a limit of its own", soay.Options{MaxHeaderBytes: 1 << 10}, 10 << 10,
			"HTTP/1.1 431 Request Header Fields Too Large\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, _ := newPatientApp(tt.options)
				r := run(t, app)
				conn := r.connect(t)
				send(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: "+strings.Repeat("x", tt.size)+"\r\n\r\n")
				got, err := bufio.NewReader(conn).ReadString('\n')
				if got != tt.want || err != nil {
					t.Errorf("got %q, %v; want %q", got, err, tt.want)
				}
				conn.Close()
				r.stop()
				<-r.served
			})
		})
	}
}

// Many fields are refused even if they are short, since each takes memory.
func TestTooManyFields(t *testing.T) {
	lines := func(n int, name func(int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(name(i) + ":\r\n")
		}
		return b.String()
	}
	many := func(i int) string { return fmt.Sprint("x", i) }
	one := func(int) string { return "x" }
	for _, tt := range []struct {
		name, fields, want string
	}{
		{"many names", lines(190, many), "200 OK"},
		{"too many names", lines(210, many), "431 Request Header Fields Too Large"},
		{"62 KiB of names", lines(7000, many), "431 Request Header Fields Too Large"},
		{"one name often", lines(900, one), "200 OK"},
		{"one name too often", lines(1100, one), "431 Request Header Fields Too Large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app, _ := newLoggedApp()
				app.Get("/", hello)
				r := run(t, app)
				conn := r.connect(t)
				defer conn.Close()
				send(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"+tt.fields+"\r\n")
				got, err := io.ReadAll(conn)
				if !strings.HasPrefix(string(got), "HTTP/1.1 "+tt.want+"\r\n") || err != nil {
					t.Errorf("got %.80q, %v; want %s", got, err, tt.want)
				}
				r.end(t)
			})
		})
	}
}

// A client that begins an HTTP/2 request and never ends its headers is dropped soon.
func TestHeadersWithoutEndOverHTTP2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := newTLS()
		app, _ := newLoggedApp(soay.Options{TLS: server})
		app.Get("/", hello)
		r := run(t, app)
		client.NextProtos = []string{"h2"}
		conn := tls.Client(r.connect(t), client)
		defer conn.Close()
		start := time.Now()
		var frames bytes.Buffer
		frames.WriteString("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		frames.Write([]byte{0, 0, 0, 4, 0, 0, 0, 0, 0})                // SETTINGS
		frames.Write([]byte{0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82, 0, 0, 1}) // HEADERS without END_HEADERS, and the start of more
		go conn.Write(frames.Bytes())
		_, err := io.Copy(io.Discard, conn)
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("the connection was dropped after %v (%v)", took, err)
		}
		conn.Close()
		r.end(t)
	})
}
