package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// TestInBrowser lets a script sign in with a real browser, which fills in the forms of the provider.
func TestInBrowser(t *testing.T) {
	script := os.Getenv("BROWSER_SCRIPT")
	if script == "" {
		t.Skip("left out: BROWSER_SCRIPT names no script that uses a browser; .ci/client/run has one")
	}
	t.Setenv("APP_ENV", "dev")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	site := "http://localhost:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	issuer := newProvider(t, site)
	environment := map[string]string{"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "cats", "OIDC_CLIENT_SECRET": "secret"}
	app, err := newApp(func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	limit, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // only ends what hangs
	defer cancel()
	if said, err := exec.CommandContext(limit, "node", script, site, issuer).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}
