package request_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

var marks = regexp.MustCompile(`m\d{6}`)

func markNumber(i int) string { return fmt.Sprintf("m%06d", i) }

// foreign returns the marks of other requests in what an accessor saw.
func foreign(saw, own string) (others []string) {
	for _, mark := range marks.FindAllString(saw, -1) {
		if mark != own {
			others = append(others, mark)
		}
	}
	return others
}

// checkOwn reports what a live request shows that is not its own, or hides.
func checkOwn(t *testing.T, r request.Request, mark string) {
	t.Helper()
	wholes := map[string]string{
		"Path": r.Path(), "Param": r.Param("mark"), "Query": r.Query("q"), "ClientIP": r.ClientIP(), "Scheme": r.Scheme(),
		"Logger": markOf(r.Logger()), "Session": sessions.GetOr(r.Session, "mark", ""), "Host": r.Host(),
		"Context": seen(r.Context().Value(markOfContext{})), "Bytes": noError(r.Bytes()), "Detach": r.Detach().ClientIP(),
	}
	wholes["Key"], _ = markKey.Get(r)
	wholes["Cookie"], _ = r.Cookie("mark")
	for name, saw := range wholes {
		if !strings.Contains(saw, mark) || foreign(saw, mark) != nil {
			t.Errorf("%s of request %s is %q", name, mark, saw)
		}
	}
}

// useLate uses a dead request in all ways and expects each to panic.
func useLate(t *testing.T, r request.Request, mark string) {
	for _, a := range accessors {
		saw := ""
		text := panicOf(func() { saw = a.use(r, mark) })
		if !strings.Contains(text, "Detach") {
			t.Errorf("%s of %s: saw %q and panicked with %q, want a panic that names Detach", a.name, mark, saw, text)
		}
	}
}

// relay is an app whose every handler leaves a goroutine behind, which uses its request while the next one is being
// handled: then the recycled state holds the data of another user.
type relay struct {
	t        *testing.T
	leftOver func() // lets the goroutine of the last request go on, and waits for its end
}

func newRelay(t *testing.T) (*relay, *soay.App) {
	r := &relay{t: t, leftOver: func() {}}
	app := newMarkedApp()
	app.Post("/cats/{mark}", r.handle)
	return r, app
}

func (r *relay) handle(req soay.Request) soay.Response {
	mark := req.Param("mark")
	req = req.WithContext(context.WithValue(req.Context(), markOfContext{}, mark))
	fill(req, mark)
	r.leftOver()
	checkOwn(r.t, req, mark)
	goOn, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		<-goOn
		useLate(r.t, req, mark)
	}()
	r.leftOver = func() { close(goOn); <-done }
	return response.Text(mark)
}

func TestLateUse(t *testing.T) {
	n := 10_000
	if raceEnabled {
		n = 1_000
	}
	r, app := newRelay(t)
	for i := range n {
		mark := markNumber(i)
		if got := serve(app, newMarked(mark)).Body.String(); got != mark || t.Failed() {
			t.Fatalf("answer %q to request %s", got, mark)
		}
	}
	r.leftOver()
	if n := strays.Load(); n != 0 {
		t.Errorf("%d functions of AfterResponse ran for other requests", n)
	}
}

func TestLateUseOnServer(t *testing.T) {
	r, app := newRelay(t)
	c := requesttest.New(t, app)
	for i := range 300 {
		mark := markNumber(i)
		with := requesttest.With{
			JSON:   map[string]string{"mark": mark},
			Query:  map[string][]string{"q": {mark}},
			Header: map[string][]string{"X-Mark": {mark}, "Cookie": {"mark=" + mark}, "Host": {mark + ".example"}},
		}
		if got := c.Post("/cats/"+mark, with).Text(); got != mark || t.Failed() {
			t.Fatalf("answer %q to request %s", got, mark)
		}
	}
	r.leftOver()
}

// The same over HTTP/2, with the app as a handler of another server.
func TestLateUseOverHTTP2(t *testing.T) {
	r, app := newRelay(t)
	server := httptest.NewUnstartedServer(app)
	server.EnableHTTP2 = true
	server.Config.BaseContext = func(net.Listener) context.Context { return request.ForTest(context.Background()) }
	server.StartTLS()
	defer server.Close()
	for i := range 300 {
		mark := markNumber(i)
		hr := newMarked(mark)
		hr.URL.Scheme, hr.URL.Host, hr.RequestURI = "https", server.Listener.Addr().String(), ""
		resp, err := server.Client().Do(hr)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(got) != mark || err != nil || resp.ProtoMajor != 2 || t.Failed() {
			t.Fatalf("answer %q, %v over %s to request %s", got, err, resp.Proto, mark)
		}
	}
	r.leftOver()
}

// In production a dead request is empty, and says so once while the next one is handled.
func TestLateUseInProduction(t *testing.T) {
	var log requesttest.Log
	state := request.NewExchange(&request.Settings{Logger: log.Logger()})
	manager, err := sessions.NewManager(sessions.NewKey(), sessions.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var dead request.Request
	for i := range 1_000 {
		mark := markNumber(i)
		hr := newMarked(mark)
		hr = hr.WithContext(context.WithValue(hr.Context(), markOfContext{}, mark))
		req := state.Begin(hr)
		state.SetRoute(markedRoute)
		req.SetOrigin("scheme-"+mark, "")
		req.Session = manager.Open(req.Session, false)
		fill(req, mark)
		for _, a := range accessors {
			if i == 0 {
				break
			}
			if saw := a.use(dead, markNumber(i-1)); saw != "" {
				t.Fatalf("%s of a dead request saw %q", a.name, saw)
			}
		}
		checkOwn(t, req, mark)
		state.Finish(request.Outcome{})
		state.End()
		dead = req
	}
	lines, named := strings.Count(log.String(), "\n"), strings.Count(log.String(), "Detach")
	if lines != 999 || named != 999 {
		t.Errorf("%d lines of log, %d name Detach; want one for each dead request\n%.500s", lines, named, log.String())
	}
}

// markedRoute is /cats/{mark} as a router would give it to a request.
var markedRoute = &request.Route{
	Pattern: "/cats/{mark}", Params: []request.RouteParam{{Name: "mark", Segment: 1}},
}
