package response_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app that keeps quiet.
func newApp() *soay.App {
	return soay.New(soay.Options{Logger: slog.New(slog.DiscardHandler), StandardServer: standardServer, DrainDelay: -1})
}

// answers returns an app that answers everything with resp, and its log.
func answers(resp response.Response) (*soay.App, *requesttest.Log) {
	log := new(requesttest.Log)
	app := soay.New(soay.Options{Logger: log.Logger(), StandardServer: standardServer, DrainDelay: -1})
	app.Fallback(func(soay.Request) soay.Response { return resp })
	return app, log
}

// send lets an app answer a GET with resp.
func send(resp response.Response) *httptest.ResponseRecorder {
	app, _ := answers(resp)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	return w
}

// exchange asks an app on a server for resp.
func exchange(t *testing.T, method string, resp response.Response, header ...string) *requesttest.Response {
	t.Helper()
	app, _ := answers(resp)
	return requesttest.New(t, app).Do(method, "/", requesttest.With{Header: headerOf(header)})
}

// headerOf returns a header of names and values in turn.
func headerOf(pairs []string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// headerText returns all headers, sorted, in one text.
func headerText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}

// server serves an app over TCP: by its own server, or in TestOnStandardServer as the handler of one of package net/http.
type server struct {
	URL   string
	Close func() // waits for the handlers
}

// newServer serves app until the test ends.
func newServer(t *testing.T, app http.Handler) *server {
	t.Helper()
	own, ok := app.(*soay.App)
	if !ok || standardServer {
		s := httptest.NewServer(app)
		t.Cleanup(s.Close)
		return &server{s.URL, s.Close}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- own.Serve(ctx, listener) }()
	end := sync.OnceFunc(func() { stop(); <-done })
	t.Cleanup(end)
	return &server{"http://" + listener.Addr().String(), end}
}

// standardServer makes the apps of the tests be served by package net/http alone.
var standardServer bool

// Apps behave over the server of package net/http as over their own, by which each of these tests runs by itself.
func TestOnStandardServer(t *testing.T) {
	standardServer = true
	defer func() { standardServer = false }()
	for name, test := range map[string]func(*testing.T){
		"FlushSendsTheHead":          TestFlushSendsTheHead,
		"WritersInSeveralGoroutines": TestWritersInSeveralGoroutines,
		"File":                       TestFile,
		"LargeFile":                  TestLargeFile,
		"FileInSeveralParts":         TestFileInSeveralParts,
		"EmptyFile":                  TestEmptyFile,
		"FileConditions":             TestFileConditions,
		"PagesOfFileErrors":          TestPagesOfFileErrors,
		"HeaderValuesAreNotShared":   TestHeaderValuesAreNotShared,
		"StreamIsCut":                TestStreamIsCut,
		"StreamArrivesAtOnce":        TestStreamArrivesAtOnce,
		"StreamWithoutClient":        TestStreamWithoutClient,
		"StreamTwice":                TestStreamTwice,
		"Upgrade":                    TestUpgrade,
		"WithoutCookie":              TestWithoutCookie,
	} {
		t.Run(name, test)
	}
}
