package middleware_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/response"
)

// nested sets up the ways that an answer of net/http can take through an app.
var nested = []struct {
	name  string
	setUp func(*soay.App)
}{
	{"alone", func(*soay.App) {}},
	{"behind middleware for net/http", func(app *soay.App) { app.Use(middleware.WrapHTTP(through)) }},
	{"behind two of them", func(app *soay.App) { app.Use(middleware.WrapHTTP(through), middleware.WrapHTTP(through)) }},
}

// pieces writes a piece at a time, each when the test asks for it.
func pieces(ask <-chan string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/x-pieces")
		for piece := range ask {
			if _, err := io.WriteString(w, piece); err != nil {
				return
			}
			w.(http.Flusher).Flush()
		}
	}
}

func TestFlushedPiecesArrive(t *testing.T) {
	for _, tt := range nested {
		t.Run(tt.name, func(t *testing.T) {
			app := newApp()
			app.UseSessions(soay.NewKey())
			app.UseHeaders(map[string]string{"X-Site": "cats"})
			tt.setUp(app)
			ask := make(chan string)
			app.Get("/", func(req soay.Request) soay.Response {
				req.Session.Set("seen", true)
				return middleware.FromHTTP(pieces(ask))(req)
			})
			go func() { ask <- "one" }()
			server := newServer(t, app)
			resp, err := server.Client().Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.Header.Get("X-Site") != "cats" || resp.Header.Get("Content-Type") != "text/x-pieces" ||
				len(resp.Cookies()) != 1 {
				t.Errorf("headers: %v", resp.Header)
			}
			// Each piece is asked for when the one before has been read, so none can stay in a buffer.
			var got strings.Builder
			got.WriteString(readPart(t, resp.Body, 3))
			for _, piece := range []string{"two", "six"} {
				ask <- piece
				got.WriteString(readPart(t, resp.Body, 3))
			}
			close(ask)
			rest, err := io.ReadAll(resp.Body)
			if got.String()+string(rest) != "onetwosix" || err != nil {
				t.Errorf("got %q, %q, %v", got.String(), rest, err)
			}
		})
	}
}

func TestPanicsOverTheNetwork(t *testing.T) {
	tests := []struct {
		name       string
		handler    http.HandlerFunc
		wantStatus int
		wantCut    bool
		wantLog    string
	}{
		{"before the first byte", func(http.ResponseWriter, *http.Request) { panic("secret") }, 500, false,
			"request failed"},
		{"after buffered bytes", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			io.WriteString(w, "half")
			panic("secret")
		}, 500, false, "request failed"},
		{"after the first piece", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
			panic("secret")
		}, 201, true, "response cut off"},
		{"aborting after the first piece", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(201)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, 201, true, ""},
	}
	for _, way := range nested {
		for _, tt := range tests {
			t.Run(way.name+"/"+tt.name, func(t *testing.T) {
				app, log := newLoggedApp()
				app.UseAccessLog()
				way.setUp(app)
				app.Get("/", middleware.FromHTTP(tt.handler))
				server := newServer(t, app)
				resp, err := server.Client().Get(server.URL)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.wantStatus || (err != nil) != tt.wantCut || strings.Contains(string(body), "secret") {
					t.Errorf("got %d %q, %v; want %d, cut: %v", resp.StatusCode, body, err, tt.wantStatus, tt.wantCut)
				}
				server.Close()                                // waits for the handler
				if err := app.Stop(t.Context()); err != nil { // and this for the access log
					t.Error(err)
				}
				for _, msg := range []string{"request failed", "response cut off"} {
					lines, want := log.Records(msg), 0
					if msg == tt.wantLog {
						want = 1
					}
					if len(lines) != want {
						t.Errorf("%d log lines %q, want %d:\n%s", len(lines), msg, want, log)
					}
					if len(lines) == 1 && !strings.Contains(fmt.Sprint(lines[0]["stack"]), "TestPanicsOverTheNetwork") {
						t.Errorf("the stack does not show where it panicked: %v", lines[0]["stack"])
					}
				}
				access := log.Records("request")
				if len(access) != 1 || access[0]["status"] != float64(tt.wantStatus) || access[0]["error"] == nil {
					t.Errorf("access log %v, want the status %d and an error", access, tt.wantStatus)
				}
			})
		}
	}
}

func TestAbortBeforeTheFirstByte(t *testing.T) {
	for _, way := range nested {
		t.Run(way.name, func(t *testing.T) {
			app, log := newLoggedApp()
			way.setUp(app)
			app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(http.ResponseWriter,
				*http.Request) {
				panic(http.ErrAbortHandler)
			})))
			server := newServer(t, app)
			resp, err := server.Client().Get(server.URL)
			if err == nil {
				resp.Body.Close()
				t.Errorf("got %d, want no answer", resp.StatusCode)
			}
			if lines := log.Lines(slog.LevelWarn, slog.LevelError); len(lines) > 0 {
				t.Errorf("an abort is nothing to log:\n%s", log)
			}
		})
	}
}

// upgrading takes the connection over as WebSocket libraries do: some write the status first, some all of it themselves.
func upgrading(statusFirst bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if statusFirst {
			w.Header().Set("Upgrade", "echo")
			w.Header().Set("Connection", "Upgrade")
			w.WriteHeader(http.StatusSwitchingProtocols)
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer conn.Close()
		if !statusFirst {
			fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n")
			for _, cookie := range w.Header()["Set-Cookie"] {
				fmt.Fprintf(rw, "Set-Cookie: %s\r\n", cookie)
			}
			fmt.Fprint(rw, "\r\n")
		}
		line, _ := rw.ReadString('\n')
		fmt.Fprint(rw, "echo ", line)
		rw.Flush()
	}
}

func TestUpgrade(t *testing.T) {
	for _, way := range nested {
		for _, statusFirst := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/status first: %v", way.name, statusFirst), func(t *testing.T) {
				app, log := newLoggedApp()
				app.UseAccessLog()
				app.UseSessions(soay.NewKey())
				way.setUp(app)
				app.Get("/", func(req soay.Request) soay.Response {
					req.Session.Set("seen", true)
					return middleware.FromHTTP(upgrading(statusFirst))(req)
				})
				server := newServer(t, app)
				conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n")
				r := bufio.NewReader(conn)
				status, _ := r.ReadString('\n')
				header, err := textproto.NewReader(r).ReadMIMEHeader()
				if err != nil || !strings.HasPrefix(status, "HTTP/1.1 101") || header.Get("Upgrade") != "echo" {
					t.Fatalf("got %q %v, %v", status, header, err)
				}
				if !strings.HasPrefix(header.Get("Set-Cookie"), "session=") {
					t.Errorf("the answer lacks the session's cookie: %v", header)
				}
				if rest, err := io.ReadAll(r); string(rest) != "echo hello\n" || err != nil {
					t.Errorf("got %q, %v", rest, err)
				}
				server.Close()
				if n := len(log.Records("response cut off")) + len(log.Records("request failed")); n > 0 {
					t.Errorf("an upgrade is no failure:\n%s", log)
				}
			})
		}
	}
}

// A handler that cannot have the connection may still say so.
func TestUpgradeRefused(t *testing.T) {
	for _, way := range nested {
		t.Run(way.name, func(t *testing.T) {
			app := newApp()
			way.setUp(app)
			app.Get("/", middleware.FromHTTP(upgrading(false)))
			w := do(app, "GET", "/") // a ResponseRecorder has no connection
			if w.Code != 500 || !strings.Contains(w.Body.String(), http.ErrNotSupported.Error()) {
				t.Errorf("got %d %q, want 500 and what the handler wrote", w.Code, w.Body)
			}
		})
	}
}

func TestClientLeavesDuringStream(t *testing.T) {
	for _, way := range nested {
		t.Run(way.name, func(t *testing.T) {
			app, log := newLoggedApp()
			way.setUp(app)
			ended := make(chan error, 1)
			app.Get("/", middleware.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				<-r.Context().Done()
				for {
					if _, err := w.Write(make([]byte, 4096)); err != nil {
						ended <- err
						return
					}
				}
			})))
			app.Get("/stream", func(req soay.Request) soay.Response {
				return response.Stream("text/plain", func(w io.Writer) error {
					io.WriteString(w, "x")
					<-req.Context().Done()
					err := errors.New("the client has left")
					ended <- err
					return err
				})
			})
			server := newServer(t, app)
			for _, path := range []string{"/", "/stream"} {
				resp, err := server.Client().Get(server.URL + path)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				<-ended
			}
			server.Close()
			if lines := log.Lines(slog.LevelWarn, slog.LevelError); len(lines) > 0 {
				t.Errorf("a client that leaves is nothing to log:\n%s", log)
			}
		})
	}
}
