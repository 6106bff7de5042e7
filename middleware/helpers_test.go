package middleware_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// newApp returns an app in production mode whose log nobody reads.
func newApp() *soay.App {
	return soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler), DrainDelay: -1})
}

// newLoggedApp returns an app in production mode and its log.
func newLoggedApp() (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{Level: slog.LevelDebug}
	return soay.New(soay.Options{Env: "production", Logger: log.Logger(), DrainDelay: -1}), log
}

// do lets app answer a request without a network. When it returns, everything about the request is over.
func do(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// hello answers with a text.
func hello(soay.Request) soay.Response { return response.Text("hello") }

// replacing returns middleware that calls the next handler and answers with another response in its place.
func replacing(other soay.Response) soay.Middleware {
	return func(next soay.Handler) soay.Handler {
		return func(req soay.Request) soay.Response {
			next(req)
			return other
		}
	}
}

// server serves an app over TCP: by its own server, or in TestOnStandardServer as the handler of one of package net/http.
type server struct {
	URL    string
	Close  func() // waits for the handlers
	client *http.Client
}

// Client returns a client of the server.
func (s *server) Client() *http.Client { return s.client }

// newServer serves app until the test ends.
func newServer(t *testing.T, app http.Handler) *server {
	t.Helper()
	own, ok := app.(*soay.App)
	if !ok || standardServer {
		s := httptest.NewServer(app)
		t.Cleanup(s.Close)
		return &server{s.URL, s.Close, s.Client()}
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
	return &server{"http://" + listener.Addr().String(), end, &http.Client{Transport: &http.Transport{}}}
}

// readPart reads exactly n bytes of a body, or fails.
func readPart(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	return string(b)
}

// standardServer makes the apps of the tests be served by package net/http alone.
var standardServer bool

// Apps behave over the server of package net/http as over their own, by which each of these tests runs by itself.
func TestOnStandardServer(t *testing.T) {
	standardServer = true
	defer func() { standardServer = false }()
	for name, test := range map[string]func(*testing.T){
		"InformationalAnswers":                  TestInformationalAnswers,
		"Trailers":                              TestTrailers,
		"HeadersSetToNil":                       TestHeadersSetToNil,
		"StatusCodesOfNetHTTP":                  TestStatusCodesOfNetHTTP,
		"ResponseControllerBeforeTheFirstFlush": TestResponseControllerBeforeTheFirstFlush,
		"FromHTTPBodyLimit":                     TestFromHTTPBodyLimit,
		"InformationalAnswersOfBodies":          TestInformationalAnswersOfBodies,
		"NoInformationalAnswersForHTTP10":       TestNoInformationalAnswersForHTTP10,
		"BodyTooLargeForNetHTTP":                TestBodyTooLargeForNetHTTP,
		"ReverseProxy":                          TestReverseProxy,
		"FilesOfMultipartFormsAreRemoved":       TestFilesOfMultipartFormsAreRemoved,
		"FlushedPiecesArrive":                   TestFlushedPiecesArrive,
		"PanicsOverTheNetwork":                  TestPanicsOverTheNetwork,
		"AbortBeforeTheFirstByte":               TestAbortBeforeTheFirstByte,
		"Upgrade":                               TestUpgrade,
		"ClientLeavesDuringStream":              TestClientLeavesDuringStream,
		"WrapHTTPAddsToTheContent":              TestWrapHTTPAddsToTheContent,
		"EncodedContentIsNotSniffed":            TestEncodedContentIsNotSniffed,
	} {
		t.Run(name, test)
	}
}
