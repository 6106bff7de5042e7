package request_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/panics"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// A handler that waits for a client which has stopped sending does not hold up the answer, also on servers without a limit on
// the time of a body.
func TestAbandonedReadOfABody(t *testing.T) {
	tests := []struct {
		description string
		read        func(req soay.Request) error
	}{
		{"Bytes", func(req soay.Request) error { _, err := req.Bytes(); return err }},
		{"Body", func(req soay.Request) error { _, err := io.ReadAll(req.Body()); return err }},
		{"HTTP", func(req soay.Request) error { _, err := io.ReadAll(req.HTTP().Body); return err }},
	}
	servers := []struct {
		name    string
		connect func(t *testing.T, app *soay.App, l *requesttest.Listener)
	}{
		{"the own server", serveUnlimited},
		{"net/http without limits", func(t *testing.T, app *soay.App, l *requesttest.Listener) {
			server := httptest.NewUnstartedServer(app)
			server.Listener.Close()
			server.Listener = l
			server.Start()
			t.Cleanup(server.Close)
		}},
	}
	for _, server := range servers {
		for _, tt := range tests {
			t.Run(server.name+" "+tt.description, func(t *testing.T) {
				t.Parallel() // not in a bubble: one goroutine waits for a mutex while another waits for the client
				app := soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler), BodyTimeout: time.Hour})
				app.UseTimeout(200 * time.Millisecond) // a handler that has not begun by then is not called, and the test hangs
				failed := make(chan error, 1)
				app.Post("/", func(req soay.Request) soay.Response {
					err := panics.Call(func() error { return tt.read(req) })
					failed <- err
					return response.NoContent()
				})
				l := requesttest.NewListener()
				server.connect(t, app, l)
				conn, err := l.DialContext(t.Context(), "tcp", "")
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				send(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc")
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || resp.StatusCode != 503 {
					t.Errorf("the answer is %v, and the error %v; want 503", resp, err)
				}
				if err := <-failed; err == nil {
					t.Error("the handler has read a body that the client has not sent")
				}
			})
		}
	}
}

func serveUnlimited(t *testing.T, app *soay.App, l *requesttest.Listener) {
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(request.ForTest(context.WithoutCancel(t.Context())))
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// In production the request of an abandoned handler is empty for it, and stays live for the others.
func TestAbandonedRequestIsEmptyInProduction(t *testing.T) {
	log := new(requesttest.Log)
	exchange := request.NewExchange(&request.Settings{Logger: log.Logger()})
	exchange.SetRoute(markedRoute)
	manager, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	req := exchange.Begin(newMarked(markNumber(1)))
	req.Session = manager.Open(req.Session, false)
	own := request.StateOf(req).Limit()
	fill(own, markNumber(1))
	checkOwnParts(t, own, markNumber(1))
	end, ok := request.StateOf(req).Abandon(io.ErrClosedPipe)
	if !ok || request.StateOf(own).Settle() || !request.StateOf(own).IsAbandoned() || request.StateOf(req).IsAbandoned() {
		t.Fatal("the request was not abandoned")
	}
	checkOwnParts(t, req, markNumber(1))
	for range 2 { // also when the exchange serves another request
		for _, a := range accessors {
			if saw := a.use(own, markNumber(1)); strings.Contains(saw, markNumber(1)) || len(foreign(saw, markNumber(1))) > 0 {
				t.Errorf("%s of the abandoned request saw %q", a.name, saw)
			}
		}
		exchange.Finish(request.Outcome{Status: 503})
		exchange.End()
		req = exchange.Begin(newMarked(markNumber(2)))
		req.Session = manager.Open(req.Session, false)
		fill(req, markNumber(2))
	}
	end(response.Text(""))
	if request.StateOf(req).Abandoned() != 0 {
		t.Error("a handler that has returned still counts")
	}
	if lines := log.Lines(slog.LevelError); len(lines) == 0 || !strings.Contains(lines[0], "the time for it was over") {
		t.Errorf("the log has %q, want the misuse", lines)
	}
}

// checkOwnParts reports what a live request hides of itself.
func checkOwnParts(t *testing.T, r request.Request, mark string) {
	t.Helper()
	value, _ := markKey.Get(r)
	for name, saw := range map[string]string{"Path": r.Path(), "Header": r.Header("X-Mark"), "Param": r.Param("mark"),
		"HTTP": r.HTTP().Header.Get("X-Mark"), "Session": sessions.GetOr(r.Session, "mark", ""), "Key": value} {
		if !strings.Contains(saw, mark) {
			t.Errorf("%s is %q, want %s in it", name, saw, mark)
		}
	}
}
