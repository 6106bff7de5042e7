package proxies_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/middleware/proxies"
	"github.com/soay-go/soay/response"
)

// A sender is a real proxy. It listens with https and with plain http, and passes requests on to the app as the page
// docs/proxies-and-hosts.md says.
type sender struct {
	program string
	// config is the text of the configuration; FOLDER, APP, PLAIN and TLS stand for the values of a test.
	config string
	// arguments start the program in the foreground, with the same words.
	arguments []string
	// options are those of UseProxies.
	options proxies.Options
}

var senders = map[string]sender{
	"nginx": {program: "nginx", arguments: []string{"-e", "FOLDER/log", "-p", "FOLDER", "-c", "FOLDER/config", "-g", "daemon off;"}, config: `
pid FOLDER/pid;
error_log FOLDER/log;
events {}
http {
    access_log off;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    server {
        listen PLAIN;
        listen TLS ssl;
        ssl_certificate FOLDER/cert.pem;
        ssl_certificate_key FOLDER/cert.pem;
        location / {
            proxy_pass http://APP;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }
    }
}
`},
	"caddy": {program: "caddy", arguments: []string{"run", "--adapter", "caddyfile", "--config", "FOLDER/config"}, options: proxies.Options{Host: true}, config: `
{
    admin off
    auto_https off
    storage file_system FOLDER/storage
}
http://:PLAINPORT {
    bind 127.0.0.1
    reverse_proxy APP
}
https://:TLSPORT {
    bind 127.0.0.1
    tls FOLDER/cert.pem FOLDER/cert.pem
    reverse_proxy APP
}
`},
	"haproxy": {program: "haproxy", arguments: []string{"-db", "-f", "FOLDER/config"}, config: `
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend web
    bind PLAIN
    bind TLS ssl crt FOLDER/cert.pem
    option forwardfor
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
    default_backend app
backend app
    server one APP
`},
	"haproxy, Forwarded": {program: "haproxy", arguments: []string{"-db", "-f", "FOLDER/config"},
		options: proxies.Options{Header: proxies.Forwarded, Host: true}, config: `
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend web
    bind PLAIN
    bind TLS ssl crt FOLDER/cert.pem
    http-request add-header Forwarded "for=%[src];proto=%[ssl_fc,iif(https,http)];host=\"%[req.hdr(Host)]\""
    default_backend app
backend app
    http-request set-header Host inner.example
    server one APP
`},
	"apache2": {program: "apache2", arguments: []string{"-X", "-f", "FOLDER/config"}, config: `
ServerRoot FOLDER
ServerName localhost
PidFile FOLDER/pid
ErrorLog FOLDER/log
DefaultRuntimeDir FOLDER
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
Listen PLAIN
Listen TLS
ProxyPreserveHost On
ProxyPass / http://APP/
ProxyPassReverse / http://APP/
RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}
<VirtualHost PLAIN>
</VirtualHost>
<VirtualHost TLS>
    SSLEngine on
    SSLCertificateFile FOLDER/cert.pem
</VirtualHost>
`},
}

// TestRealSenders lets real proxies tell where requests come from, and clients lie to them.
func TestRealSenders(t *testing.T) {
	for name, s := range senders {
		t.Run(name, func(t *testing.T) {
			program := find(s.program)
			if program == "" {
				t.Skipf("%s is not installed, so %s is left out", s.program, t.Name())
			}
			app := newApp(slog.New(slog.DiscardHandler))
			app.UseProxies([]string{"127.0.0.1"}, s.options)
			app.UseAllowedHosts([]string{"cats.example"})
			p := s.start(t, program, serve(t, app))
			for scheme, addr := range map[string]string{"http": p.plain, "https": p.tls} {
				// The client connects from an address of its own, which nobody trusts.
				want := scheme + " 127.0.0.77 cats.example"
				for description, header := range map[string]http.Header{
					"nothing": {},
					"addresses": {"X-Forwarded-For": {"198.51.100.1, 127.0.0.1"}, "X-Real-Ip": {"198.51.100.1"},
						"Forwarded": {`for=198.51.100.1;proto=https, for=127.0.0.1`}},
					"schemes":       {"X-Forwarded-Proto": {"https", "http"}, "X-Forwarded-Ssl": {"on"}},
					"hosts":         {"X-Forwarded-Host": {"evil.example"}, "Forwarded": {"for=127.0.0.1;host=evil.example"}},
					"junk":          {"X-Forwarded-For": {`"<junk`}, "X-Forwarded-Proto": {`"`}, "X-Forwarded-Host": {`"a b`}, "Forwarded": {`for="junk`}},
					"underscores":   {"X_forwarded_for": {"198.51.100.1"}, "X_forwarded_proto": {"https"}},
					"several lines": {"X-Forwarded-For": {"198.51.100.1", "127.0.0.1"}, "X-Forwarded-Host": {"evil.example", "evil.example"}},
				} {
					if got := p.get(t, scheme, addr, header); got != want {
						t.Errorf("%s of the client, by %s: the app sees %q, want %q", description, scheme, got, want)
					}
				}
			}
		})
	}
}

// The wrong setup says so at the first request: behind a proxy that nobody has named there is no redirect without end.
func TestRealLoop(t *testing.T) {
	program := find("nginx")
	if program == "" {
		t.Skipf("nginx is not installed, so %s is left out", t.Name())
	}
	app := newApp(slog.New(slog.DiscardHandler))
	app.UseAllowedHosts([]string{"cats.example"})
	app.UseHTTPS()
	p := senders["nginx"].start(t, program, serve(t, app))
	if got := p.get(t, "https", p.tls, http.Header{}); !strings.HasPrefix(got, "400 ") {
		t.Errorf("the first answer over https is %q, want a 400", got)
	}
	if curl := find("curl"); curl != "" {
		out, err := exec.Command(curl, "-sL", "--max-redirs", "3", "-o", os.DevNull, "-w", "%{http_code} %{num_redirects}", "--cacert", p.folder+"/cert.pem",
			"--connect-to", "cats.example:443:"+p.tls, "--connect-to", "cats.example:80:"+p.plain, "http://cats.example/").Output()
		if string(out) != "400 0" && string(out) != "400 1" {
			t.Errorf("curl -L ends with %q, %v", out, err)
		}
	}
}

// A client that nobody has written here keeps what Strict-Transport-Security says.
func TestCurlRemembersHTTPS(t *testing.T) {
	curl := find("curl")
	if curl == "" {
		t.Skipf("curl is not installed, so %s is left out", t.Name())
	}
	folder := t.TempDir()
	app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler), DrainDelay: -1, TLS: &tls.Config{
		Certificates: []tls.Certificate{newCertificate(t, folder)},
	}})
	app.UseAllowedHosts([]string{"cats.example", "127.0.0.1"})
	app.UseHTTPS()
	app.Get("/", func(soay.Request) soay.Response { return response.Text("hello") })
	addr := serve(t, app)
	file := filepath.Join(folder, "hsts")
	run := func(target string) string {
		out, err := exec.Command(curl, "-s", "--hsts", file, "--cacert", folder+"/cert.pem", "--connect-to", "cats.example:443:"+addr,
			"--connect-to", "cats.example:80:127.0.0.1:1", target).Output()
		if err != nil {
			return err.Error()
		}
		return string(out)
	}
	if got := run("https://cats.example/"); got != "hello" {
		t.Fatalf("over https: %q", got)
	}
	entries, err := os.ReadFile(file)
	in := time.Now().Add(364 * 24 * time.Hour).UTC().Year()
	if err != nil || !strings.Contains(string(entries), ".cats.example \""+fmt.Sprint(in)) {
		t.Errorf("curl keeps %q, %v; want the host and those below it for a year", entries, err)
	}
	if got := run("http://cats.example/"); got != "hello" { // at port 80 nobody listens
		t.Errorf("afterwards curl goes by http: %q", got)
	}
}

// A proxy on the same machine may use a unix socket, which has no address.
func TestUnixSocket(t *testing.T) {
	for name, standard := range map[string]bool{"own": false, "net/http": true} {
		for trusted, want := range map[string]string{"unix": "https 192.0.2.7 cats.example", "loopback": "http  cats.example"} {
			app := soay.New(soay.Options{Env: "production", Logger: slog.New(slog.DiscardHandler), DrainDelay: -1, StandardServer: standard})
			app.UseProxies([]string{trusted})
			app.Get("/", func(req soay.Request) soay.Response {
				return response.Text(req.Scheme() + " " + req.ClientIP() + " " + req.Host())
			})
			l, err := net.Listen("unix", filepath.Join(t.TempDir(), "socket"))
			if err != nil {
				t.Fatal(err)
			}
			serveOn(t, app, l)
			conn, err := net.Dial("unix", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: cats.example\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n\r\n")
			text, err := io.ReadAll(conn)
			if _, got, _ := strings.Cut(string(text), "\r\n\r\n"); err != nil || got != want {
				t.Errorf("server %s, trusted %s: %q, %v; want %q", name, trusted, text, err, want)
			}
		}
	}
}

// find returns the path of a program, "" where it is not installed. Those of servers are not in the path of every user.
func find(program string) string {
	for _, name := range []string{program, "/usr/sbin/" + program} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// serve serves an app on a loopback address until the test ends.
func serve(t *testing.T, app *soay.App) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, app, l)
	return l.Addr().String()
}

// serveOn serves an app on a listener until the test ends.
func serveOn(t *testing.T, app *soay.App, l net.Listener) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- app.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// running is a proxy that runs.
type running struct{ folder, plain, tls string }

// start runs the proxy until the test ends, and waits until it takes connections.
func (s sender) start(t *testing.T, program, app string) running {
	t.Helper()
	p := running{folder: t.TempDir(), plain: freeAddr(t), tls: freeAddr(t)}
	newCertificate(t, p.folder)
	words := strings.NewReplacer("FOLDER", p.folder, "APP", app, "PLAINPORT", port(p.plain), "TLSPORT", port(p.tls), "PLAIN", p.plain, "TLS", p.tls)
	if err := os.WriteFile(filepath.Join(p.folder, "config"), []byte(words.Replace(s.config)), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := make([]string, len(s.arguments))
	for i, a := range s.arguments {
		arguments[i] = words.Replace(a)
	}
	var out bytes.Buffer
	cmd := exec.Command(program, arguments...)
	cmd.Env = append(os.Environ(), "HOME="+p.folder, "XDG_DATA_HOME="+p.folder, "XDG_CONFIG_HOME="+p.folder)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the whole group
		<-ended
	})
	for _, addr := range []string{p.plain, p.tls} {
		for n := 0; ; n++ {
			conn, err := net.Dial("tcp", addr)
			if err == nil {
				conn.Close()
				break
			}
			select {
			case <-ended:
				log, _ := os.ReadFile(filepath.Join(p.folder, "log"))
				t.Fatalf("%s has ended: %s%s", s.program, &out, log)
			case <-time.After(10 * time.Millisecond):
			}
			if n == 1000 {
				t.Fatalf("%s does not listen", s.program)
			}
		}
	}
	return p
}

// get returns the status and the text that a client at 127.0.0.77 gets, the text alone with status 200.
func (p running) get(t *testing.T, scheme, addr string, header http.Header) string {
	t.Helper()
	pool := x509.NewCertPool()
	text, err := os.ReadFile(filepath.Join(p.folder, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool.AppendCertsFromPEM(text)
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 77)}}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "cats.example"},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, addr)
		},
	}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), "GET", scheme+"://cats.example/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header.Clone()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	if resp.StatusCode != 200 {
		return fmt.Sprint(resp.StatusCode, " ", string(body))
	}
	return string(body)
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// newCertificate makes a certificate for cats.example and writes it into a folder, with its key.
func newCertificate(t *testing.T, folder string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cats.example"}, DNSNames: []string{"cats.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	if err := os.WriteFile(filepath.Join(folder, "cert.pem"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(text, text)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}
