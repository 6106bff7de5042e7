package files_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/response/files"
)

// A server serves a folder as Static does. TREE, FOLDER, ADDR and PORT stand for the values of a test.
type server struct {
	config    string
	arguments []string
}

var servers = map[string]server{
	"nginx": {arguments: []string{"-e", "FOLDER/log", "-p", "FOLDER", "-c", "FOLDER/config", "-g", "daemon off; master_process off;"}, config: `
pid FOLDER/pid;
error_log FOLDER/log;
events {}
http {
    access_log off;
    types { text/plain txt; text/html html; text/css css; }
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    server {
        listen ADDR;
        root TREE;
        absolute_redirect off;
        disable_symlinks on from=$document_root;
        location ~ /\. { return 404; }
    }
}
`},
	"apache2": {arguments: []string{"-X", "-f", "FOLDER/config"}, config: `
ServerRoot FOLDER
ServerName localhost
PidFile FOLDER/pid
ErrorLog FOLDER/log
DefaultRuntimeDir FOLDER
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule dir_module /usr/lib/apache2/modules/mod_dir.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
TypesConfig /dev/null
Listen ADDR
DocumentRoot TREE
DirectoryIndex index.html
<Directory TREE>
    Require all granted
    Options None
</Directory>
RedirectMatch 404 "/\."
`},
	"caddy": {arguments: []string{"run", "--adapter", "caddyfile", "--config", "FOLDER/config"}, config: `
{
    admin off
    auto_https off
    storage file_system FOLDER/storage
}
http://:PORT {
    bind 127.0.0.1
    root * TREE
    file_server {
        hide .*
    }
}
`},
	"lighttpd": {arguments: []string{"-D", "-f", "FOLDER/config"}, config: `
server.document-root = "TREE"
server.bind = "127.0.0.1"
server.port = PORT
server.errorlog = "FOLDER/log"
server.modules = ("mod_access", "mod_staticfile")
server.follow-symlink = "disable"
index-file.names = ("index.html")
mimetype.assign = (".txt" => "text/plain", ".html" => "text/html", ".css" => "text/css")
$HTTP["url"] =~ "/\." { url.access-deny = ("") }
`},
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

// start runs the server until the test ends, and returns its address once it takes connections.
func (s server) start(t *testing.T, program, tree string) string {
	t.Helper()
	folder := t.TempDir()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	_, port, _ := net.SplitHostPort(addr)
	words := strings.NewReplacer("FOLDER", folder, "TREE", tree, "ADDR", addr, "PORT", port)
	if err := os.WriteFile(filepath.Join(folder, "config"), []byte(words.Replace(s.config)), 0o600); err != nil {
		t.Fatal(err)
	}
	arguments := make([]string, len(s.arguments))
	for i, a := range s.arguments {
		arguments[i] = words.Replace(a)
	}
	var out bytes.Buffer
	cmd := exec.Command(program, arguments...)
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
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
	if !answers(addr, ended) {
		log, _ := os.ReadFile(filepath.Join(folder, "log"))
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		t.Fatalf("%s does not start:\n%s%s", program, out.Bytes(), log)
	}
	return addr
}

// answers waits until a server takes connections, false if it ends or does not do so for long.
func answers(addr string, ended <-chan struct{}) bool {
	for range 300 {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return false
}

// serveTree serves a folder by Static until the test ends.
func serveTree(t *testing.T, tree string, standard bool) string {
	t.Helper()
	app, _ := newApp(soay.Options{Env: "production", Logger: quiet, DrainDelay: -1, StandardServer: standard})
	app.Static("/", files.Dir(tree))
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
	return l.Addr().String()
}
