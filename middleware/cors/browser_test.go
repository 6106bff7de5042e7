package cors_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/antiforgery"
	"github.com/soay-go/soay/response"
	"github.com/soay-go/soay/sessions"
)

// TestInBrowser lets scripts of an origin that is allowed, and of another one, use an app in a real browser.
func TestInBrowser(t *testing.T) {
	script := os.Getenv("BROWSER_SCRIPT")
	if script == "" {
		t.Skip("left out: BROWSER_SCRIPT names no script that uses a browser; .ci/client/run has one")
	}
	pages := map[string]string{"allowed": servePage(t), "other": servePage(t)}
	pages["api"] = serve(t, browserApp(pages["allowed"]))
	arg, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // only ends what hangs
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script, string(arg))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it ends the browser
	cmd.WaitDelay = 10 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// browserApp returns an app for scripts of an origin.
func browserApp(allowed string) *soay.App {
	app, _ := newApp()
	app.UseSessions(soay.NewKey(), sessions.Options{Secure: sessions.SecureNever})
	app.UseAntiForgery(antiforgery.Options{TrustedOrigins: []string{allowed}})
	app.UseCORS(soay.CORS{
		Origins: []string{allowed}, Credentials: true, RequestHeaders: []string{"Content-Type", "X-A"}, ResponseHeaders: []string{"X-Shown"},
	})
	app.Get("/hello", func(soay.Request) soay.Response {
		return response.Text("hello").WithHeader("X-Shown", "1").WithHeader("X-Hidden", "1")
	})
	app.Put("/hello", func(soay.Request) soay.Response { return response.Text("saved") })
	app.Get("/stream", func(soay.Request) soay.Response {
		return response.Stream("text/plain", func(w io.Writer) error {
			_, err := io.WriteString(w, "some ")
			if err == nil {
				_, err = io.WriteString(w, "words")
			}
			return err
		})
	})
	app.Get("/fails", func(soay.Request) soay.Response { return response.Error(errors.New("broken")) })
	app.Get("/mounted", soay.FromHTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(prefix+"Allow-Origin", "https://wrong.example")
		_, _ = io.WriteString(w, "mounted")
	})))
	app.Get("/limited", hello).RateLimit(soay.Rate{Requests: 1, Per: time.Hour})
	app.Get("/open", hello).CORS(soay.CORS{Origins: []string{"*"}})
	app.Get("/closed", hello).CORS(soay.CORS{})
	app.Post("/visits", func(req soay.Request) soay.Response {
		n := sessions.GetOr(req.Session, "visits", 0) + 1
		req.Session.Set("visits", n)
		return response.Text(strconv.Itoa(n))
	})
	return app
}

// serve serves an app on a port of its own until the test ends, and returns its origin.
func serve(t *testing.T, app *soay.App) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

// servePage serves an empty page, and returns its origin.
func servePage(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>page</title>")
	}))
	t.Cleanup(s.Close)
	return s.URL
}
