package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay"
)

// siteHost is the site's own name for the browser, for which all names are this machine.
const siteHost = "www.soay.example"

// place says to the script where everything is.
type place struct {
	Site      string            `json:"site"`      // by https
	Old       string            `json:"old"`       // the same, to which the browser seems to be an old one
	Plain     string            `json:"plain"`     // by http, as on a developer's machine
	Attackers map[string]string `json:"attackers"` // other origins, which show what the parameter page says
	Attack    bool              `json:"attack"`    // whether to attack; otherwise people only use the site
	Key       string            `json:"key"`       // the digest of a key that the browser must trust
	Name      string            `json:"name"`      // of an account
	Other     string            `json:"other"`     // the same
	Password  string            `json:"password"`  // of both
}

// TestInBrowser lets a script use the site in a real browser, and attack it from other sites.
func TestInBrowser(t *testing.T) {
	script := os.Getenv("BROWSER_SCRIPT")
	if script == "" {
		t.Skip("left out: BROWSER_SCRIPT names no script that uses a browser; .ci/client/run has one")
	}
	for store, attack := range map[string]bool{"cookie": true, "memory": false} {
		t.Run(store, func(t *testing.T) {
			t.Setenv("APP_SECRET_1", soay.NewKey())
			where := serveAll(t, storage{store: store})
			where.Attack = attack
			arg, err := json.Marshal(where)
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
		})
	}
}

// serveAll serves everything that a browser needs until the test ends.
func serveAll(t *testing.T, k storage) place {
	t.Helper()
	identity, digest := newIdentity(t)
	site := newSite(t, k, identity)
	p := place{
		Site:  "https://" + siteHost + ":" + serveSite(t, site),
		Plain: "http://127.0.0.1:" + serveSite(t, newSite(t, k, nil)),
		Old:   "https://" + siteHost + ":" + serveTLS(t, identity, oldBrowser(site)),
		Key:   digest,
		Name:  "ada", Other: "grace", Password: demo["ada"],
	}
	port := serveTLS(t, identity, http.HandlerFunc(showPage))
	p.Attackers = map[string]string{
		"another site": "https://evil.example:" + port,
		"a sibling":    "https://blog.soay.example:" + port, // of the same site, so cookies come along
		"another port": "https://" + siteHost + ":" + port,  // which cookies know nothing of
	}
	return p
}

func newSite(t *testing.T, k storage, identity *tls.Config) *soay.App {
	t.Helper()
	people, err := newAccounts(demo)
	if err != nil {
		t.Fatal(err)
	}
	app, err := newApp(people, k, soay.Options{TLS: identity, Logger: slog.New(slog.DiscardHandler), Env: "production"})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// serveSite serves an app on a free port, which it returns.
func serveSite(t *testing.T, app *soay.App) string {
	t.Helper()
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return portOf(listener)
}

// serveTLS serves a handler on a free port, which it returns.
func serveTLS(t *testing.T, identity *tls.Config, h http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.TLS = identity.Clone()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	return portOf(server.Listener)
}

func portOf(l net.Listener) string {
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	return port
}

// oldBrowser takes away what browsers from before 2020 do not send.
func oldBrowser(site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Sec-Fetch-Site")
		r.Header.Del("Origin")
		site.ServeHTTP(w, r)
	})
}

// showPage is an attacker's server.
func showPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	io.WriteString(w, "<!doctype html>"+r.FormValue("page"))
}

// newIdentity returns a key of a server with its digest, by which browsers are told to trust it.
func newIdentity(t *testing.T) (identity *tls.Config, digest string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{siteHost}, NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(public)
	identity = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return identity, base64.StdEncoding.EncodeToString(sum[:])
}
