package request_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
)

// slowBody is a body for a typed handler. Its rest comes a byte at a time.
type slowBody struct {
	description string
	path        string
	contentType string
	first, rest string
}

var slowBodies = []slowBody{
	{"JSON", "/json", "application/json", `{"name":"Minka",`, `"age":3` + strings.Repeat(" ", 50) + "}"},
	{"a form", "/form", "application/x-www-form-urlencoded", "name=Minka", "&age=3&more=" + strings.Repeat("x", 50)},
	{"text", "/text", "text/plain", "Minka", strings.Repeat("!", 60)},
	{"a form with a file", "/photo", "multipart/form-data; boundary=x",
		"--x\r\nContent-Disposition: form-data; name=photo; filename=a\r\n\r\n", strings.Repeat("x", 50) + "\r\n--x--"},
}

// nursery is a running app with typed handlers, and the body that its clients send.
type nursery struct {
	*running
	url       string
	body      slowBody
	announced bool // whether its length is
	log       *requesttest.Log
	calls     *atomic.Int32 // of handlers
}

// overNurseries runs a test for each body, with and without its length announced, by HTTP 1 and 2.
func overNurseries(t *testing.T, test func(t *testing.T, n nursery)) {
	for _, p := range []protocol{protocols[0], protocols[1], protocols[3]} { // for TLS see TestStuckClients
		for _, body := range slowBodies {
			for _, announced := range []bool{true, false} {
				t.Run(fmt.Sprint(body.description, ", ", p.name, ", length announced ", announced), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						p.over(t, func(t *testing.T, options soay.Options, start starter) {
							n := nursery{body: body, announced: announced, calls: new(atomic.Int32)}
							n.start(options, start)
							test(t, n)
							n.end(t)
						})
					})
				})
			}
		}
	}
}

func (n *nursery) start(options soay.Options, start starter) {
	app, log := newLoggedApp(options)
	postLamb[struct {
		Name string `json:"name"`
		Age  int    `json:"age"`
	}](app, "/json", n.calls)
	postLamb[struct {
		Name string `form:"name"`
		Age  int    `form:"age"`
	}](app, "/form", n.calls)
	postLamb[struct {
		Text string `body:"text"`
	}](app, "/text", n.calls)
	postLamb[struct {
		Photo soay.File `form:"photo"`
	}](app, "/photo", n.calls)
	n.log = log
	n.running, n.url = start(app)
}

func postLamb[In any](app *soay.App, path string, calls *atomic.Int32) {
	soay.Post(app, path, func(req soay.Request, in In) (string, error) {
		calls.Add(1)
		return fmt.Sprintf("%s %+v", req.Method(), in), nil
	})
}

// end stops the app shortly after its clients have left. The stop waits for their handlers. A goroutine that
// outlives the stop fails the bubble.
func (n nursery) end(t *testing.T) {
	t.Helper()
	n.client.CloseIdleConnections()
	time.Sleep(time.Second) // the server waits for half of it before it closes on a client
	n.client.CloseIdleConnections()
	synctest.Wait()
	begin := time.Now()
	n.running.end(t)
	if took := time.Since(begin); took != 0 {
		t.Errorf("the app was busy for %v after its clients had left", took)
	}
}

// send posts the body with a pause before each byte of the rest, until ctx ends. It returns the status
// of the answer.
func (n nursery) send(ctx context.Context, pause time.Duration) (int, error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	hr, err := http.NewRequestWithContext(ctx, "POST", n.url+n.body.path, n.body.dribble(ctx, pause))
	if err != nil {
		return 0, err
	}
	hr.Header.Set("Content-Type", n.body.contentType)
	if n.announced {
		hr.ContentLength = int64(len(n.body.first + n.body.rest))
	}
	resp, err := n.client.Do(hr)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// dribble returns the body with a pause before each byte of the rest.
func (b slowBody) dribble(ctx context.Context, pause time.Duration) io.Reader {
	body, more := io.Pipe()
	go func() {
		io.WriteString(more, b.first)
		for i := range len(b.rest) {
			select {
			case <-ctx.Done():
				more.CloseWithError(ctx.Err()) // this is no end of the body
				return
			case <-time.After(pause):
				io.WriteString(more, b.rest[i:i+1])
			}
		}
		more.Close()
	}()
	return body
}

// servesOthers fails if a client that is not slow has to wait.
func (n nursery) servesOthers(t *testing.T) {
	t.Helper()
	begin, calls := time.Now(), n.calls.Load()
	status, err := n.send(t.Context(), 0)
	if took := time.Since(begin); status != 200 || err != nil || took != 0 || n.calls.Load() != calls+1 {
		t.Errorf("another client got %d, %v after %v; want 200 at once", status, err, took)
	}
}

// A client that does not send its body in time gets 408 when the time is over, and no handler is called.
// Until then other clients need not wait.
func TestSlowBodiesOfTypedHandlers(t *testing.T) {
	for _, tt := range []struct {
		description string
		pause       time.Duration
		wantStatus  int
		wantAfter   time.Duration // 0 for when all has come
	}{
		{"nothing more", time.Hour, 408, 30 * time.Second},
		{"a byte a second", 1001 * time.Millisecond, 408, 30 * time.Second}, // none in the moment of the answer
		{"just in time", 400 * time.Millisecond, 200, 0},
	} {
		t.Run(tt.description, func(t *testing.T) {
			overNurseries(t, func(t *testing.T, n nursery) {
				want := fmt.Sprint(tt.wantStatus, " after ", tt.wantAfter)
				if tt.wantAfter == 0 {
					want = fmt.Sprint(tt.wantStatus, " after ", time.Duration(len(n.body.rest))*tt.pause)
				}
				const clients = 20
				answers := make(chan string, clients)
				begin := time.Now()
				for range clients {
					go func() {
						status, err := n.send(t.Context(), tt.pause)
						if err != nil {
							t.Error(err)
						}
						answers <- fmt.Sprint(status, " after ", time.Since(begin))
					}()
				}
				time.Sleep(10*time.Second + time.Millisecond)
				n.servesOthers(t)
				for range clients {
					if got := <-answers; got != want {
						t.Errorf("got %s, want %s", got, want)
					}
				}
				n.servesOthers(t)
				n.wantCalls(t, map[int]int32{200: clients + 2, 408: 2}[tt.wantStatus])
			})
		})
	}
}

// A client that leaves half-way is forgotten at once.
func TestClientsOfTypedHandlersThatLeave(t *testing.T) {
	overNurseries(t, func(t *testing.T, n nursery) {
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(10*time.Second, leave)
		if status, err := n.send(ctx, time.Hour); err == nil {
			t.Errorf("got %d before it left", status)
		}
		n.servesOthers(t)
		n.wantCalls(t, 1)
	})
}

// wantCalls checks how many handlers were called, and that the log has no error: a slow client is no
// error of the app.
func (n nursery) wantCalls(t *testing.T, want int32) {
	t.Helper()
	if got := n.calls.Load(); got != want || strings.Contains(n.log.String(), `"ERROR"`) {
		t.Errorf("%d calls, want %d; the log says:\n%s", got, want, n.log)
	}
}
