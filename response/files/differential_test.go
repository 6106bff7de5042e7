package files_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asked is a request that all servers get, as lines of HTTP/1.1. TAG stands for the tag that the server gives plan.txt.
type asked struct {
	name, method, target string
	headers              []string
}

const (
	theDay    = "Mon, 03 Feb 2020 04:05:06 GMT" // when all files changed
	dayBefore = "Sun, 02 Feb 2020 04:05:06 GMT"
	dayAfter  = "Tue, 04 Feb 2020 04:05:06 GMT"
)

var table = []asked{
	{"a file", "GET", "/plan.txt", nil},
	{"HEAD", "HEAD", "/plan.txt", nil},
	{"an empty file", "GET", "/empty.txt", nil},
	{"an escaped name", "GET", "/a%20b.txt", nil},
	{"escaped letters", "GET", "/%70lan.txt", nil},
	{"a query", "GET", "/plan.txt?x=y", nil},
	{"no file", "GET", "/nothing.txt", nil},
	{"the index", "GET", "/", nil},
	{"HEAD of the index", "HEAD", "/", nil},
	{"a folder", "GET", "/css", nil},
	{"a folder with a query", "GET", "/css?x=y", nil},
	{"HEAD of a folder", "HEAD", "/css", nil},
	{"the index of a folder", "GET", "/css/", nil},
	{"a file with a slash", "GET", "/plan.txt/", nil},
	{"below a file", "GET", "/plan.txt/x", nil},
	{"a link out", "GET", "/out.txt", nil},
	{"a hidden file", "GET", "/.env", nil},
	{"POST", "POST", "/plan.txt", []string{"Content-Length: 0"}},

	{"first bytes", "GET", "/plan.txt", []string{"Range: bytes=0-4"}},
	{"middle bytes", "GET", "/plan.txt", []string{"Range: bytes=10-19"}},
	{"from a byte on", "GET", "/plan.txt", []string{"Range: bytes=90-"}},
	{"last bytes", "GET", "/plan.txt", []string{"Range: bytes=-7"}},
	{"more last bytes than there are", "GET", "/plan.txt", []string{"Range: bytes=-1000"}},
	{"an end beyond the end", "GET", "/plan.txt", []string{"Range: bytes=95-1000"}},
	{"all bytes", "GET", "/plan.txt", []string{"Range: bytes=0-99"}},
	{"a start beyond the end", "GET", "/plan.txt", []string{"Range: bytes=100-"}},
	{"no last bytes", "GET", "/plan.txt", []string{"Range: bytes=-0"}},
	{"end before start", "GET", "/plan.txt", []string{"Range: bytes=9-3"}},
	{"no numbers", "GET", "/plan.txt", []string{"Range: bytes=a-b"}},
	{"another unit", "GET", "/plan.txt", []string{"Range: lines=1-2"}},
	{"a range for HEAD", "HEAD", "/plan.txt", []string{"Range: bytes=0-4"}},
	{"a range of an empty file", "GET", "/empty.txt", []string{"Range: bytes=0-4"}},
	{"two ranges", "GET", "/plan.txt", []string{"Range: bytes=0-1,90-91"}},

	{"the tag", "GET", "/plan.txt", []string{"If-None-Match: TAG"}},
	{"the tag as a weak one", "GET", "/plan.txt", []string{"If-None-Match: W/TAG"}},
	{"a list with the tag", "GET", "/plan.txt", []string{`If-None-Match: "x", TAG`}},
	{"any tag", "GET", "/plan.txt", []string{"If-None-Match: *"}},
	{"another tag", "GET", "/plan.txt", []string{`If-None-Match: "x"`}},
	{"another tag and a later date", "GET", "/plan.txt", []string{`If-None-Match: "x"`, "If-Modified-Since: " + dayAfter}},
	{"the tag for HEAD", "HEAD", "/plan.txt", []string{"If-None-Match: TAG"}},
	{"the date", "GET", "/plan.txt", []string{"If-Modified-Since: " + theDay}},
	{"a later date", "GET", "/plan.txt", []string{"If-Modified-Since: " + dayAfter}},
	{"an earlier date", "GET", "/plan.txt", []string{"If-Modified-Since: " + dayBefore}},
	{"no date", "GET", "/plan.txt", []string{"If-Modified-Since: yesterday"}},
	{"unmodified since the date", "GET", "/plan.txt", []string{"If-Unmodified-Since: " + theDay}},
	{"unmodified since an earlier date", "GET", "/plan.txt", []string{"If-Unmodified-Since: " + dayBefore}},
	{"match with the tag", "GET", "/plan.txt", []string{"If-Match: TAG"}},
	{"match with another tag", "GET", "/plan.txt", []string{`If-Match: "x"`}},
	{"match with any", "GET", "/plan.txt", []string{"If-Match: *"}},
	{"a range if the tag", "GET", "/plan.txt", []string{"Range: bytes=0-4", "If-Range: TAG"}},
	{"a range if a weak tag", "GET", "/plan.txt", []string{"Range: bytes=0-4", "If-Range: W/TAG"}},
	{"a range if another tag", "GET", "/plan.txt", []string{"Range: bytes=0-4", `If-Range: "x"`}},
	{"a range if the date", "GET", "/plan.txt", []string{"Range: bytes=0-4", "If-Range: " + theDay}},
	{"a range if another date", "GET", "/plan.txt", []string{"Range: bytes=0-4", "If-Range: " + dayBefore}},
	{"a range and the tag", "GET", "/plan.txt", []string{"Range: bytes=0-4", "If-None-Match: TAG"}},

	{"dots", "GET", "/css/../plan.txt", nil},
	{"escaped dots", "GET", "/css/%2e%2e/plan.txt", nil},
	{"out of the root", "GET", "/../outside/secret.txt", nil},
	{"escaped, out of the root", "GET", "/%2e%2e/outside/secret.txt", nil},
	{"an escaped slash, out of the root", "GET", "/..%2foutside%2fsecret.txt", nil},
	{"an escaped slash", "GET", "/css%2fapp.css", nil},
	{"a backslash", "GET", "/css%5capp.css", nil},
	{"two slashes", "GET", "//plan.txt", nil},
	{"another host in the path", "GET", "//evil.example/", nil},
	{"another host and a folder", "GET", "//evil.example/%2e%2e/css", nil},
	{"a NUL", "GET", "/plan.txt%00.html", nil},
}

// seen is what counts of an answer.
type seen string

// ask sends a request over a connection of its own.
func ask(t *testing.T, addr, tag string, a asked) seen {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	lines := append([]string{a.method + " " + a.target + " HTTP/1.1", "Host: files.example", "Connection: close"}, a.headers...)
	fmt.Fprint(conn, strings.ReplaceAll(strings.Join(lines, "\r\n"), "TAG", tag)+"\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: a.method})
	if err != nil {
		t.Fatalf("%s: %v", a.name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", a.name, err)
	}
	return describe(t, a, resp, string(body))
}

func describe(t *testing.T, a asked, resp *http.Response, body string) seen {
	t.Helper()
	text := fmt.Sprint(resp.StatusCode)
	switch {
	case resp.StatusCode == 206 && strings.HasPrefix(resp.Header.Get("Content-Type"), "multipart/byteranges; boundary="):
		return seen(fmt.Sprintf("206 in %d parts", strings.Count(body, "Content-Range: bytes ")+strings.Count(body, "Content-range: bytes ")))
	case resp.StatusCode == 200 || resp.StatusCode == 206:
		text += fmt.Sprintf(" %d %q", resp.ContentLength, body)
		if of := resp.Header.Get("Content-Range"); of != "" {
			text += " " + of
		}
	case resp.StatusCode == 416:
		text += " " + resp.Header.Get("Content-Range")
	case resp.StatusCode == 304 && body != "":
		text += " with content"
	case resp.StatusCode/100 == 3 && resp.StatusCode != 304:
		base := url.URL{Scheme: "http", Host: "files.example", Path: strings.SplitN(a.target, "?", 2)[0]}
		to, err := base.Parse(resp.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		text = "redirect to " + to.RequestURI()
		if to.Hostname() != "files.example" {
			text += " of another host"
		}
	}
	return seen(text)
}

// differentialTree makes the folder that all serve. Others must be able to read it.
func differentialTree(t *testing.T) string {
	base := t.TempDir()
	for _, folder := range []string{base, filepath.Dir(base)} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	for name, text := range map[string]string{
		"plan.txt": strings.Repeat("0123456789", 10), "empty.txt": "", "a b.txt": "a blank", "index.html": "<h1>home</h1>",
		"css/app.css": "body {}", "css/index.html": "styles", ".env": "secret", "../outside/secret.txt": "secret",
	} {
		write(t, filepath.Join(base, "tree", name), text, at)
	}
	if err := os.Symlink("../outside/secret.txt", filepath.Join(base, "tree", "out.txt")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(base, "tree")
}

// TestServersAgree compares the answers of Static with those of other servers for one folder.
func TestServersAgree(t *testing.T) {
	tree := differentialTree(t)
	ours := map[string]seen{}
	for _, standard := range []bool{false, true} {
		addr := serveTree(t, tree, standard)
		tag := tagOf(t, addr)
		for _, a := range table {
			got := ask(t, addr, tag, a)
			if strings.Contains(string(got), "secret") {
				t.Errorf("%s: %s", a.name, got)
			}
			if standard && got != ours[a.name] {
				t.Errorf("%s: %s from our server, %s from that of net/http", a.name, ours[a.name], got)
			}
			ours[a.name] = got
		}
	}
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			program := find(name)
			if program == "" {
				t.Skipf("%s is not installed, so it is left out", name)
			}
			addr := s.start(t, program, tree)
			tag := tagOf(t, addr)
			for _, a := range table {
				theirs, allowed := ask(t, addr, tag, a), deviations[a.name]
				switch {
				case theirs == ours[a.name] && allowed.of[name] != "":
					t.Errorf("%s: there is no deviation any more", a.name)
				case theirs != ours[a.name] && allowed.of[name] != theirs:
					t.Errorf("%s: %s, and ours %s", a.name, theirs, ours[a.name])
				}
			}
		})
	}
}

func tagOf(t *testing.T, addr string) string {
	t.Helper()
	resp, err := http.Head("http://" + addr + "/plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.Header.Get("Etag")
}
