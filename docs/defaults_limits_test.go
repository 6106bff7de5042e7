package docs_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sort"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions/memstore"
)

// moment is the distance from a limit in time at which tests try less and more.
const moment = 100 * time.Millisecond

func limitDefaults() map[string]check {
	all := uploadDefaults()
	maps.Copy(all, map[string]check{
		"Body of a request":                           bodySize,
		"Request line and headers":                    headSize,
		"Names of headers in a request":               headers(func(i int) string { return fmt.Sprint("X-", i) }),
		"Headers in a request, where names repeat":    headers(func(int) string { return "X-Many" }),
		"Headers that come slowly":                    slow("GET / HTTP/1.1\r\nHo"),
		"Rest of a body that nobody reads":            restOfBody,
		"Silence over HTTP/2":                         silence,
		"Body that comes slowly":                      slowBody,
		"Client that takes nothing of a response":     slowReader,
		"Connection between requests":                 slow("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"Requests in flight at a stop":                stopTime,
		"Requests that come after the signal to stop": drainTime,
		"Handler that takes long":                     anyTime,
		"Abandoned handlers, with `UseTimeout`":       abandonedHandlers,
		"Cookies of a request":                        cookiesOfARequest,
		"Fields of a form":                            fieldsOfAForm,
		"Nesting of JSON":                             nesting,
		"Values that a body becomes":                  sizeOfValues,
		"Violations of an input":                      violations,
	})
	return all
}

// anyTime compares a handler that takes hours with the default, which is none.
func anyTime(t *testing.T, cell string) {
	if cell != "any time" {
		t.Errorf("the page says %q", cell)
	}
	synctest.Test(t, func(t *testing.T) {
		app := quiet()
		app.Get("/", func(soay.Request) soay.Response { time.Sleep(24 * time.Hour); return response.NoContent() })
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != 204 {
			t.Errorf("a handler that takes a day is answered by %d, want 204", w.Code)
		}
	})
}

// abandonedHandlers leaves as many handlers behind as the page says.
func abandonedHandlers(t *testing.T, cell string) {
	limit, answer, _ := strings.Cut(cell, ", then ")
	n, err := strconv.Atoi(limit)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		app := quiet()
		app.UseTimeout(time.Second)
		release := make(chan struct{})
		app.Get("/", func(soay.Request) soay.Response { <-release; return response.NoContent() })
		for i := range n + 1 {
			w, start := httptest.NewRecorder(), time.Now()
			app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			got, want := fmt.Sprintf("%d after %v", w.Code, time.Since(start)), "503 after 1s"
			if i == n {
				want = fmt.Sprintf("%d after 0s", status(t, answer))
			}
			if got != want {
				t.Errorf("with %d abandoned handlers: %s, want %s", i, got, want)
			}
		}
		close(release)
	})
}

func bodySize(t *testing.T, cell string) {
	limit := size(t, cell)
	app := quiet()
	app.Post("/", readBody)
	c := requesttest.New(t, app)
	for n, want := range map[int]int{limit: 204, limit + 1: status(t, cell)} {
		if got := c.Post("/", requesttest.With{Body: strings.NewReader(strings.Repeat("x", n))}).Status; got != want {
			t.Errorf("a body of %d bytes gives %d, want %d", n, got, want)
		}
	}
}

// headSize compares the largest heads of three apps: by default, with the option set to the size on the page, and with 1 KiB
// more. The server adds some bytes for its buffers, so no test can know the exact limit.
func headSize(t *testing.T, cell string) {
	limit := size(t, cell)
	synctest.Test(t, func(t *testing.T) { // the server waits a moment before it ends such a connection
		got, want := largestHead(t, 0, cell), largestHead(t, limit, cell)
		if got != want || got < limit || got > limit+8<<10 || got >= largestHead(t, limit+1<<10, cell) {
			t.Errorf("a head may have %d bytes, and %d where MaxHeaderBytes is what the page says, %s", got, want, cell)
		}
	})
}

// largestHead returns the size of the largest header that passes. A larger one is answered with the status on the page.
func largestHead(t *testing.T, limit int, cell string) int {
	t.Helper()
	app := soay.New(soay.Options{MaxHeaderBytes: limit, Logger: silent()})
	app.Get("/", text(""))
	c := requesttest.New(t, app)
	return sort.Search(1<<20, func(n int) bool {
		got := c.Get("/", requesttest.With{Header: http.Header{"X-Long": {strings.Repeat("x", n)}}}).Status
		if got != 200 && got != status(t, cell) {
			t.Fatalf("a header of %d bytes gives %d, the page says %s", n, got, cell)
		}
		return got != 200
	}) - 1
}

// headers is a check of how many headers with these names a request may have, together with Host, which does
// not count, and two others.
func headers(name func(int) string) check {
	return func(t *testing.T, cell string) {
		limit := number(t, cell, "")
		for n, want := range map[int]string{limit - 2: "200", limit + 1: fmt.Sprint(status(t, cell))} {
			synctest.Test(t, func(t *testing.T) {
				app := quiet()
				app.Get("/", text("hi"))
				s := serve(t, app)
				var head strings.Builder
				head.WriteString("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: */*\r\n")
				for i := range n - 2 {
					head.WriteString(name(i) + ": x\r\n")
				}
				if n > limit {
					head.WriteString("X-One-More: x\r\n")
				}
				if got := <-s.ask(head.String() + "\r\n"); !strings.HasPrefix(got.text, "HTTP/1.1 "+want) {
					t.Errorf("%d headers give %.40q, want %s", n, got.text, want)
				}
				if err := s.stop(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// restOfBody sends an endless body to a handler that does not read it.
func restOfBody(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		app := quiet()
		app.Post("/", text("hi"))
		s := serve(t, app)
		start := time.Now()
		got := <-s.ask("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
		if took := time.Since(start); !strings.HasPrefix(got.text, "HTTP/1.1 200") || took != duration(t, cell) {
			t.Errorf("got %.40q after %v, the page says %s", got.text, took, cell)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}

// silence begins headers over HTTP/2 and never ends them.
func silence(t *testing.T, cell string) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		app := soay.New(soay.Options{Logger: silent(), TLS: &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: private}},
		}})
		app.Get("/", text("hi"))
		s := serve(t, app)
		client, conn := net.Pipe()
		s.conns <- conn
		start := time.Now()
		secured := tls.Client(client, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
		const settings, unfinished = "\x00\x00\x00\x04\x00\x00\x00\x00\x00", "\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82"
		go io.WriteString(secured, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+settings+unfinished)
		_, _ = io.Copy(io.Discard, secured)
		if took := time.Since(start); took != duration(t, cell) {
			t.Errorf("the connection ends after %v, the page says %s", took, cell)
		}
		client.Close()
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}

// slow is a check of the time after which a silent connection is closed.
func slow(send string) check {
	return func(t *testing.T, cell string) { endsAfter(t, duration(t, cell), send, 0, "") }
}

// slowBody sends a part of a body when most of the time has passed: enough to start the time anew, and a byte less.
func slowBody(t *testing.T, cell string) {
	const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\nConnection: close\r\n\r\n"
	limit := duration(t, cell)
	pause := limit - time.Second
	endsAfter(t, limit, head, pause, strings.Repeat("x", size(t, cell)-1))
	endsAfter(t, pause+limit, head, pause, strings.Repeat("x", size(t, cell)))
}

// endsAfter sends something, and something more after a pause, and reads until the connection ends.
func endsAfter(t *testing.T, want time.Duration, send string, pause time.Duration, more string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		app := quiet()
		app.Route("/", readBody, http.MethodGet, http.MethodPost).MaxBody(10 << 20)
		s := serve(t, app)
		client, conn := net.Pipe()
		start := time.Now()
		s.conns <- conn
		if _, err := io.WriteString(client, send); err != nil {
			t.Fatal(err)
		}
		time.Sleep(pause)
		if more != "" {
			_, _ = io.WriteString(client, more) // which may come too late
		}
		_, _ = io.Copy(io.Discard, client)
		if got := time.Since(start).Truncate(time.Second); got != want {
			t.Errorf("the connection ends after %v, want %v", got, want)
		}
		client.Close()
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}

// slowReader sends a request and reads the answer a little before the time is over, and a little after.
func slowReader(t *testing.T, cell string) {
	limit := duration(t, cell)
	for pause, want := range map[time.Duration]bool{limit - moment: true, limit + moment: false} {
		synctest.Test(t, func(t *testing.T) {
			app := quiet()
			app.Get("/", text("hello"))
			s := serve(t, app)
			client, conn := net.Pipe()
			defer client.Close()
			s.conns <- conn
			if _, err := io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(pause)
			if got, _ := io.ReadAll(client); strings.Contains(string(got), "hello") != want {
				t.Errorf("after %v the client gets %q, want the response: %v", pause, got, want)
			}
			if err := s.stop(); err != nil {
				t.Error(err)
			}
		})
	}
}

func stopTime(t *testing.T, cell string) {
	const moment = 700 * time.Millisecond // the server looks every half second
	limit := duration(t, cell)
	for work, inTime := range map[time.Duration]bool{limit - moment: true, limit + moment: false} {
		synctest.Test(t, func(t *testing.T) {
			app := quiet()
			app.Get("/", func(soay.Request) soay.Response {
				time.Sleep(work)
				return response.Text("done")
			})
			s := serve(t, app)
			answer := s.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			synctest.Wait() // for the handler to sleep
			err := s.stop()
			time.Sleep(work) // for the handler to return, whoever waits for it
			if got := <-answer; strings.Contains(got.text, "done") != inTime || (err == nil) != inTime {
				t.Errorf("work of %v: answered %q, stopped with %v; want it finished: %v", work, got.text, err, inTime)
			}
		})
	}
}

func drainTime(t *testing.T, cell string) {
	synctest.Test(t, func(t *testing.T) {
		app := quiet()
		app.Get("/", text("hi"))
		s := serve(t, app)
		<-s.ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		start := time.Now()
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != duration(t, cell) {
			t.Errorf("an app with nothing to do stops after %v, the page says %s", took, cell)
		}
	})
}

func cookiesOfARequest(t *testing.T, cell string) {
	limit := number(t, cell, "")
	var cookies []string
	for i := range limit + 10 {
		cookies = append(cookies, fmt.Sprintf("c%d=x", i))
	}
	c := newClient(t, func(req soay.Request) soay.Response {
		n := 0
		for range req.Cookies() {
			n++
		}
		return response.JSON(n)
	})
	var got int
	c.Get("/", requesttest.With{Header: http.Header{"Cookie": {strings.Join(cookies, "; ")}}}).JSON(&got)
	if got != limit {
		t.Errorf("%d cookies of %d are read, the page says %s", got, len(cookies), cell)
	}
}

func fieldsOfAForm(t *testing.T, cell string) {
	limit := number(t, cell, "")
	c := newClient(t, func(req soay.Request) soay.Response {
		if _, err := req.Form(); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	for n, want := range map[int]int{limit: 204, limit + 1: number(t, cell[strings.Index(cell, "else"):], "")} {
		got := c.Post("/", requesttest.With{
			Body:   strings.NewReader(strings.Repeat("a=1&", n-1) + "a=1"),
			Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		})
		if got.Status != want {
			t.Errorf("a form with %d fields gives %d, want %d", n, got.Status, want)
		}
	}
}

// sizeOfValues counts elements of 64 bytes. A list of them has up to a quarter more memory than its elements need.
func sizeOfValues(t *testing.T, cell string) {
	const limit, element = 1000, 80
	most := number(t, cell, "") * limit / element
	app := soay.New(soay.Options{MaxBodyBytes: limit, Logger: silent()})
	app.Post("/", func(req soay.Request) soay.Response {
		var list []struct{ A, B, C, D string }
		if err := req.JSON(&list); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	c := requesttest.New(t, app)
	for n, want := range map[int]int{most: 204, most + 1: status(t, cell)} {
		body := "[" + strings.Repeat("{},", n-1) + "{}]"
		got := c.Post("/", requesttest.With{
			Body: strings.NewReader(body), Header: http.Header{"Content-Type": {"application/json"}},
		})
		if got.Status != want {
			t.Errorf("%d structs of %d bytes give %d, want %d", n, element, got.Status, want)
		}
	}
}

func nesting(t *testing.T, cell string) {
	limit := number(t, cell, "")
	c := newClient(t, func(req soay.Request) soay.Response {
		var v any
		if err := req.JSON(&v); err != nil {
			return response.Error(err)
		}
		return response.NoContent()
	})
	for n, want := range map[int]int{limit: 204, limit + 1: status(t, cell)} {
		body := strings.Repeat("[", n) + strings.Repeat("]", n)
		got := c.Post("/", requesttest.With{
			Body: strings.NewReader(body), Header: http.Header{"Content-Type": {"application/json"}},
		})
		if got.Status != want {
			t.Errorf("JSON that is %d deep gives %d, want %d", n, got.Status, want)
		}
	}
}

func violations(t *testing.T, cell string) {
	limit := number(t, cell, "")
	var told struct {
		Errors []any `json:"errors"`
	}
	newAccounts(t).Post("/accounts/7", requesttest.With{JSON: map[string]any{"ages": make([]string, 2*limit)}}).JSON(&told)
	if len(told.Errors) != limit {
		t.Errorf("%d violations are reported, the page says %s", len(told.Errors), cell)
	}
}

// storeIsDown returns the response to a request whose session cannot be loaded.
func storeIsDown(t *testing.T) *requesttest.Response {
	t.Helper()
	store := memstore.New()
	c := newStoreClient(t, store, countVisits)
	c.Get("/")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return c.Get("/")
}
