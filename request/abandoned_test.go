package request_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
	"github.com/soay-go/soay/sessions/memstore"
)

// handlerTime is the time of the handlers below.
const handlerTime = time.Second

// aroundTheTime is when handlers go on, relative to the end of their time. Those with 0 race with the answer.
var aroundTheTime = []time.Duration{-time.Millisecond, -time.Microsecond, 0, 0, 0, time.Microsecond, time.Millisecond}

// abandoning is an app whose handlers use all that they have about when their time is over.
type abandoning struct {
	*soay.App
	t            *testing.T
	made, closed atomic.Int64 // services
	created      atomic.Int64 // sessions in the store
}

// inUse is a service of a handler.
type inUse struct{ closed atomic.Bool }

// countingStore counts the sessions that are saved.
type countingStore struct {
	sessions.Store
	created *atomic.Int64
}

func (c countingStore) Create(ctx context.Context, id string, r sessions.Record) error {
	c.created.Add(1)
	return c.Store.Create(ctx, id, r)
}

func newAbandoning(t *testing.T, options soay.Options) *abandoning {
	a := &abandoning{t: t}
	options.Logger = slog.New(slog.DiscardHandler)
	a.App = soay.New(options)
	a.UseSessionStore(countingStore{memstore.New(), &a.created})
	a.UseAntiForgery()
	a.UseTimeout(handlerTime, middleware.TimeoutOptions{MaxAbandoned: 1 << 20})
	soay.AddScoped[*inUse](a.App, func() *inUse { a.made.Add(1); return new(inUse) }, soay.ServiceOptions[*inUse]{
		Close: func(s *inUse) error { s.closed.Store(true); a.closed.Add(1); return nil },
	})
	a.Post("/cats/{mark}", a.handle)
	a.Post("/wrapped/{mark}", a.handle).Use(soay.WrapHTTP(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Accept", "text/plain") // on a map that the answer to the client does not read
			next.ServeHTTP(w, r)
		})
	}))
	a.Post("/http/{mark}", a.asHTTP)
	return a
}

// pause waits until about the end of the time. The requests of the test have their offsets in a header.
func pause(req soay.Request) {
	d, err := time.ParseDuration(req.Header("X-Offset"))
	if err != nil {
		panic(err)
	}
	time.Sleep(handlerTime + d)
}

// handle uses the request when its time is over or nearly so, for a while.
func (a *abandoning) handle(req soay.Request) soay.Response {
	mark := req.Param("mark")
	fill(req, mark)
	service, err := soay.Resolve[*inUse](req)
	if err != nil {
		return response.Error(err)
	}
	pause(req)
	a.use(req, mark)
	if service.closed.Load() {
		a.t.Errorf("the service of %s was closed before its handler returned", mark)
	}
	return response.Text(strings.Repeat(mark, 4<<10))
}

// expectedMisuses are parts of the panics in use: too late, while the time ends, and of a change that is always too late.
var expectedMisuses = []string{"the time for it was over", "its cookie was decided", "changes the scheme", "changes the host"}

// use uses the request in all ways that leave its answer as it is, which is its own or nothing.
func (a *abandoning) use(req soay.Request, mark string) {
	for range 3 {
		for _, accessor := range accessors {
			if accessor.name == "Session.Clear" || accessor.name == "Session.Destroy" || accessor.name == "Session.Delete" ||
				strings.HasSuffix(accessor.name, "Pop") {
				continue // in time they would change what is saved
			}
			saw := ""
			text := panicOf(func() { saw = accessor.use(req, mark) })
			if others := foreign(saw, mark); others != nil {
				a.t.Errorf("%s of request %s saw %q", accessor.name, mark, others)
			}
			if text != "" && !slices.ContainsFunc(expectedMisuses, func(part string) bool { return strings.Contains(text, part) }) {
				a.t.Errorf("%s of request %s panicked with %q", accessor.name, mark, text)
			}
		}
		time.Sleep(300 * time.Microsecond) // other requests have its exchange by now
	}
}

// asHTTP is a handler of net/http that answers in pieces.
func (a *abandoning) asHTTP(req soay.Request) soay.Response {
	mark := req.Param("mark")
	return soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pause(req)
		if body, err := io.ReadAll(r.Body); err == nil && foreign(string(body), mark) != nil {
			a.t.Errorf("the body of %s is %q", mark, body)
		}
		_ = r.ParseForm()
		for range 4 {
			io.WriteString(w, strings.Repeat(mark, 1<<10))
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Hour))
			w.Header().Set("X-Late", mark)
			time.Sleep(100 * time.Microsecond)
		}
	}))(req)
}

// wires are the ways from a client to an app.
var wires = []struct {
	name    string
	connect func(t *testing.T, a *abandoning) (client *http.Client, base string)
}{
	{"HTTP/1.1 by the own server", connectOwn},
	{"HTTP/1.1 by net/http", func(t *testing.T, a *abandoning) (*http.Client, string) { return connectStandard(t, a, false) }},
	{"HTTP/2 over TLS", func(t *testing.T, a *abandoning) (*http.Client, string) { return connectStandard(t, a, true) }},
}

func connectOwn(t *testing.T, a *abandoning) (*http.Client, string) {
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	listener := requesttest.NewListener()
	ctx, stop := context.WithCancel(request.ForTest(context.WithoutCancel(t.Context())))
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, listener) }()
	transport := &http.Transport{DialContext: listener.DialContext, MaxIdleConnsPerHost: 100}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Errorf("the app stopped with %v", err)
		}
	})
	return &http.Client{Transport: transport}, "http://localhost"
}

func connectStandard(t *testing.T, a *abandoning, http2 bool) (*http.Client, string) {
	listener := requesttest.NewListener()
	server := httptest.NewUnstartedServer(a)
	server.Listener.Close()
	server.Listener = listener
	server.EnableHTTP2 = http2
	server.Config.BaseContext = func(net.Listener) context.Context { return request.ForTest(context.Background()) }
	base := "http://example.com"
	if http2 {
		server.StartTLS()
		base = "https://example.com"
	} else {
		server.Start()
	}
	client := server.Client()
	transport := client.Transport.(*http.Transport)
	transport.DialContext, transport.MaxIdleConnsPerHost = listener.DialContext, 100
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		if err := a.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("the app stopped with %v", err)
		}
	})
	return client, base
}

// A thousand handlers reach the end of their time while others are answered by the same connections and exchanges.
func TestHandlersThatExceedTheirTime(t *testing.T) {
	for _, wire := range wires {
		t.Run(wire.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAbandoning(t, soay.Options{})
				client, base := wire.connect(t, a)
				var clients sync.WaitGroup
				var inTime, saved atomic.Int64
				for i := range 50 {
					clients.Go(func() {
						for j := range 20 {
							cookie, ok := a.ask(client, base, i*20+j)
							if ok {
								inTime.Add(1)
							}
							if cookie {
								saved.Add(1)
							}
						}
					})
				}
				clients.Wait()
				time.Sleep(time.Hour)
				if a.made.Load() != a.closed.Load() || a.made.Load() == 0 {
					t.Errorf("%d services were made and %d closed", a.made.Load(), a.closed.Load())
				}
				if a.created.Load() != saved.Load() || saved.Load() == 0 {
					t.Errorf("%d sessions were saved, want one for each of the %d cookies", a.created.Load(), saved.Load())
				}
				if n := inTime.Load(); n == 0 || n == 1000 {
					t.Errorf("%d of 1000 handlers were in time, want some", n)
				}
			})
		})
	}
	if n := strays.Load(); n != 0 {
		t.Errorf("%d functions of AfterResponse ran for other requests", n)
	}
}

// ask sends request i and checks its answer. It reports whether that has the cookie of a session, and whether it is the
// handler's.
func (a *abandoning) ask(client *http.Client, base string, i int) (cookie, inTime bool) {
	mark := markNumber(i)
	kind := []string{"cats", "wrapped", "http"}[i%3]
	hr, err := http.NewRequest("POST", fmt.Sprintf("%s/%s/%s?q=%s", base, kind, mark, mark), strings.NewReader(`{"mark":"`+mark+`"}`))
	if err != nil {
		a.t.Error(err)
		return
	}
	hr.Header = http.Header{
		"X-Mark": {mark}, "Cookie": {"mark=" + mark}, "Content-Type": {"application/json"}, "Accept": {"application/json"},
		"X-Offset": {aroundTheTime[i%len(aroundTheTime)].String()},
	}
	resp, err := client.Do(hr)
	if err != nil {
		a.t.Errorf("request %s: %v", mark, err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	switch text := string(body); {
	case err != nil:
		a.t.Errorf("answer to %s: %v", mark, err)
	case resp.StatusCode == 503 && text == `{"detail":"It took too long.","status":503,"title":"Service Unavailable"}` &&
		resp.Header.Get("Content-Type") == "application/problem+json" && resp.Header.Get("Set-Cookie")+resp.Header.Get("X-Late") == "":
	case resp.StatusCode == 200 && text == strings.Repeat(mark, 4<<10):
		return resp.Header.Get("Set-Cookie") != "", true
	default:
		a.t.Errorf("answer to %s: %d %q %.100q, want its own or 503", mark, resp.StatusCode, resp.Header, text)
	}
	return false, false
}
