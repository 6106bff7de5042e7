package request_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request"
)

// begin returns a request that is never ended.
func begin(hr *http.Request) request.Request {
	return request.NewExchange(&request.Settings{Strict: true}).Begin(hr)
}

// newApp returns an app that keeps quiet about errors.
func newApp(options ...soay.Options) *soay.App {
	o := soay.Options{}
	if len(options) > 0 {
		o = options[0]
	}
	o.Logger = slog.New(slog.DiscardHandler)
	o.StandardServer = standardServer
	return soay.New(o)
}

// serve sends a request to the app without a server.
func serve(app *soay.App, hr *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	app.ServeHTTP(w, hr)
	return w
}

// panicOf returns the text that f panics with, "" if it does not.
func panicOf(f func()) (text string) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case error:
			text = v.Error()
		case string:
			text = v
		default:
			text = "neither an error nor a string"
		}
	}()
	f()
	return ""
}

// countingBody counts what is read of it.
type countingBody struct {
	src  io.Reader
	read int64
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.src.Read(p)
	b.read += int64(n)
	return n, err
}

func (b *countingBody) Close() error { return nil }

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

// post returns a request with a body; a length of -1 makes it chunked.
func post(contentType string, body io.Reader, length int64) *http.Request {
	hr := httptest.NewRequest(http.MethodPost, "/", nil)
	hr.Body, hr.ContentLength = io.NopCloser(body), length
	if contentType != "" {
		hr.Header.Set("Content-Type", contentType)
	}
	return hr
}

// postText is post with the length of the text.
func postText(contentType, text string) *http.Request {
	return post(contentType, strings.NewReader(text), int64(len(text)))
}

// standardServer makes the apps of the tests be served by package net/http alone.
var standardServer bool

// Apps behave over the server of package net/http as over their own, by which each of these tests runs by itself.
func TestOnStandardServer(t *testing.T) {
	standardServer = true
	defer func() { standardServer = false }()
	for name, test := range map[string]func(*testing.T){
		"BodyOverTheLimitOnServer":             TestBodyOverTheLimitOnServer,
		"EarlyAnswerWithASlowBody":             TestEarlyAnswerWithASlowBody,
		"EarlyAnswerWhileTheBodyIsRead":        TestEarlyAnswerWhileTheBodyIsRead,
		"ExpectContinueIsAnsweredAtOnce":       TestExpectContinueIsAnsweredAtOnce,
		"FailingStreamOverHTTP10":              TestFailingStreamOverHTTP10,
		"HeaderBlockLimit":                     TestHeaderBlockLimit,
		"TooManyFields":                        TestTooManyFields,
		"LateUseOnServer":                      TestLateUseOnServer,
		"HijackedConnectionOutlivesTheHandler": TestHijackedConnectionOutlivesTheHandler,
		"ScopedServiceThatEmbedsASingleton":    TestScopedServiceThatEmbedsASingleton,
		"SlowClientsAreCut":                    TestSlowClientsAreCut,
		"SteadyUpload":                         TestSteadyUpload,
		"ClientsThatDoNotReadAreCut":           TestClientsThatDoNotReadAreCut,
		"SteadyDownload":                       TestSteadyDownload,
		"KeepAliveAfterALongPause":             TestKeepAliveAfterALongPause,
		"KeepAliveAfterAnUnreadBody":           TestKeepAliveAfterAnUnreadBody,
	} {
		t.Run(name, test)
	}
}
