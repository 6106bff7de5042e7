package profiling_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/auth/basic"
	"github.com/soay-go/soay/middleware/profiling"
	"github.com/soay-go/soay/request/requesttest"
)

const password = "a long secret of olga"

var ops = soay.Auth{Roles: []string{"ops"}}

// newApp returns an app in production whose profiles olga may see, but not tom.
func newApp(o soay.Options, options ...profiling.Options) (*soay.App, *requesttest.Log) {
	log := &requesttest.Log{}
	o.Env, o.Logger, o.DrainDelay = "production", log.Logger(), -1
	app := soay.New(o)
	app.AddScheme("basic", basic.New(basic.Options{Users: []basic.User{
		{Name: "olga", Password: password, Roles: []string{"ops"}}, {Name: "tom", Password: password},
	}}))
	app.UseProfiling(profiling.Handler(options...), ops)
	return app, log
}

// serve serves an app until the test ends or the function is called.
func serve(t *testing.T, app *soay.App) (address string, stop func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- app.Serve(ctx, listener) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(stop)
	return "http://olga:" + url.PathEscape(password) + "@" + listener.Addr().String() + "/debug/pprof/", stop
}

// until waits for a condition that another goroutine brings about, at most as long as a broken program may take.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("%s does not come about", what)
		}
		select {
		case <-t.Context().Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// answer is what a client has got.
type answer struct {
	status int
	body   []byte
	err    error
	proto  string
}

// get asks for a profile.
func get(ctx context.Context, client *http.Client, address string) answer {
	req, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return answer{err: err}
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, body, err, resp.Proto}
}
