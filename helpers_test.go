package soay_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
)

// here returns the file and line of its caller as reports of mistakes show them. The offset is added to the line.
func here(offset ...int) string {
	_, file, line, _ := runtime.Caller(1)
	for _, n := range offset {
		line += n
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// newApp returns an app in production mode, and its log. Unless the options say otherwise it stops without a delay.
func newApp(options ...soay.Options) (*soay.App, *requesttest.Log) {
	var o soay.Options
	if len(options) > 0 {
		o = options[0]
	}
	log := new(requesttest.Log)
	o.Logger = log.Logger()
	if o.Env == "" {
		o.Env = "production"
	}
	if o.DrainDelay == 0 {
		o.DrainDelay = -1
	}
	o.StandardServer = o.StandardServer || standardServer
	return soay.New(o), log
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

// pass is middleware that does nothing.
func pass(next soay.Handler) soay.Handler { return next }

// hello answers with a text.
func hello(soay.Request) soay.Response { return response.Text("hello") }

// running is an app that serves on a network in memory.
type running struct {
	*requesttest.Listener
	client *http.Client
	stop   context.CancelFunc // tells the app to stop
	served chan error         // what Serve has returned
}

// run serves app until the test stops it.
func run(t *testing.T, app *soay.App) *running {
	t.Helper()
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{Listener: requesttest.NewListener(), stop: stop, served: make(chan error, 1)}
	transport := &http.Transport{DialContext: r.DialContext}
	r.client = &http.Client{Transport: transport}
	go func() { r.served <- app.Serve(ctx, r.Listener) }()
	t.Cleanup(transport.CloseIdleConnections)
	return r
}

// end stops the app. Requests that have to be cut off fail the test.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.client.CloseIdleConnections()
	r.stop()
	if err := <-r.served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

// standardServer makes the apps of the tests be served by package net/http alone.
var standardServer bool

// Apps behave over the server of package net/http as over their own, by which each of these tests runs by itself.
func TestOnStandardServer(t *testing.T) {
	standardServer = true
	defer func() { standardServer = false }()
	for name, test := range map[string]func(*testing.T){
		"StopHooksGetTime":                  TestStopHooksGetTime,
		"StopDuringServe":                   TestStopDuringServe,
		"StopKeepsRequestsInFlight":         TestStopKeepsRequestsInFlight,
		"StopTellsStreams":                  TestStopTellsStreams,
		"StopDoesNotCancelOrdinaryRequests": TestStopDoesNotCancelOrdinaryRequests,
		"StopCutsOffAfterItsTime":           TestStopCutsOffAfterItsTime,
		"ListenerBreaks":                    TestListenerBreaks,
		"ServeLogsItsAddress":               TestServeLogsItsAddress,
		"UnixSocket":                        TestUnixSocket,
		"ServicesOfCutRequests":             TestServicesOfCutRequests,
		"RunStopsAtASignal":                 TestRunStopsAtASignal,
		"SecondSignalEndsTheProcess":        TestSecondSignalEndsTheProcess,
		"StopLosesNothingOnKeptConnections": TestStopLosesNothingOnKeptConnections,
		"DrainDelay":                        TestDrainDelay,
		"MaxBodyOfTypedRoutes":              TestMaxBodyOfTypedRoutes,
	} {
		t.Run(name, test)
	}
}
