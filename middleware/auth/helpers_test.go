package auth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth"
	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/router"
)

// keys is a scheme whose credentials stand in a header of their own. They say themselves what is to come of them.
type keys struct {
	header  string
	in      string       // header, query or cookie
	asked   func(string) // is told of each credential that is judged
	ambient bool
}

// inHeader returns a scheme whose credentials stand in a header.
func inHeader(name string) *keys { return &keys{header: name, in: "header"} }

func (k *keys) value(req soay.Request) string {
	switch k.in {
	case "query":
		return req.Query(k.header)
	case "cookie":
		v, _ := req.Cookie(k.header)
		return v
	}
	return req.Header(k.header)
}

func (k *keys) Presented(req soay.Request) bool { return k.value(req) != "" }

func (k *keys) Authenticate(req soay.Request) (*soay.Identity, error) {
	if k.asked != nil {
		k.asked(k.value(req))
	}
	return judged(req, k.value(req))
}

// judged returns what a credential asks for.
func judged(req soay.Request, credential string) (*soay.Identity, error) {
	switch credential {
	case "":
		return nil, nil
	case "bad":
		return nil, auth.Invalid(auth.ReasonInvalid, errors.New("unknown"))
	case "expired":
		return nil, auth.Invalid(auth.ReasonExpired, nil)
	case "malformed":
		return nil, auth.Invalid(auth.ReasonMalformed, nil)
	case "outage":
		return nil, errors.New("the store is away")
	case "panic":
		panic("the store is broken")
	case "hanging":
		return auth.Ask(req, func(ctx context.Context) (*soay.Identity, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
	case "not-mine":
		return nil, auth.ErrNotMine
	}
	if strings.Contains(credential, "hunter2") { // a secret, which is not the name of anybody
		return auth.NewIdentity(auth.Profile{Subject: "tom"})
	}
	return auth.NewIdentity(auth.Profile{Subject: credential, Roles: []string{credential}, Scopes: []string{credential}})
}

func (k *keys) Describe() auth.Description {
	return auth.Description{Security: router.SecurityScheme{Type: "apiKey", In: k.in, Name: k.header}, Ambient: k.ambient}
}

// loggedApp returns an app in production mode, and its log.
func loggedApp() (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{Level: slog.LevelDebug}
	return soay.New(soay.Options{
		Env: "production", Logger: log.Logger(), DrainDelay: -1, StandardServer: standardServer,
	}), log
}

// keyedApp returns an app with the scheme "key", whose credentials stand in X-Key.
func keyedApp() (*soay.App, *requesttest.Log) {
	app, log := loggedApp()
	app.AddScheme("key", inHeader("X-Key"))
	return app, log
}

// ask lets app answer a request without a network.
func ask(app http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	return w
}

// whoIs answers with the subject of the user.
func whoIs(req soay.Request) soay.Response { return response.Text("user " + soay.User(req).Subject()) }

// discardLogger is for apps whose log nobody reads.
var discardLogger = slog.New(slog.DiscardHandler)

// unthrottled is for tests that send more wrong credentials than one client may.
var unthrottled = auth.Options{Throttle: auth.ThrottleOptions{Off: true}}

// hello answers everybody in the same way.
func hello(soay.Request) soay.Response { return response.Text("hello") }

// lineOf returns the file and line of its caller, as reports of mistakes show them.
func lineOf(offset ...int) string {
	_, file, line, _ := runtime.Caller(1)
	for _, n := range offset {
		line += n
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// standardServer makes the apps of the tests be served by package net/http alone.
var standardServer bool

// listening serves app over TCP until the test ends, and returns its address.
func listening(t *testing.T, app *soay.App) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	t.Cleanup(sync.OnceFunc(func() { stop(); <-done }))
	return listener.Addr().String()
}

// Apps behave over the server of package net/http as over their own, by which each of these tests runs by itself.
func TestOnStandardServer(t *testing.T) {
	standardServer = true
	defer func() { standardServer = false }()
	for name, test := range map[string]func(*testing.T){
		"SpellingsOfGuardedPaths": TestSpellingsOfGuardedPaths,
		"MethodsOverTheNetwork":   TestMethodsOverTheNetwork,
		"ParallelRequests":        TestParallelRequests,
	} {
		t.Run(name, test)
	}
}
