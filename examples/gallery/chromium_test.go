//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// chromium is a running browser, which is told what to do over a pipe, in its own protocol (DevTools).
type chromium struct {
	t       *testing.T
	to      *os.File
	answers *bufio.Reader
	last    int
}

// newChromium starts Chromium, or skips the test where it is not installed.
func newChromium(t *testing.T) *chromium {
	t.Helper()
	program := os.Getenv("CHROMIUM")
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && program == "" {
			program = found
		}
	}
	if program == "" {
		t.Skip("left out: there is no Chromium; install it, or let CHROMIUM name the program")
	}
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + t.TempDir(), "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage", "--window-size=900,700", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox") // there is none for root
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute) // only ends what hangs
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.ExtraFiles = []*os.File{in, out} // which Chromium has as 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	c := &chromium{t: t, to: to, answers: bufio.NewReader(from)}
	t.Cleanup(func() {
		_, _ = to.WriteString(`{"id":-1,"method":"Browser.close"}` + "\x00")
		_ = cmd.Wait()
		cancel()
		to.Close()
		from.Close()
	})
	return c
}

// call tells the browser, or one of its tabs, to do something, and returns what comes of it.
func (c *chromium) call(session, method string, params map[string]any) map[string]any {
	c.t.Helper()
	c.last++
	message, err := json.Marshal(struct {
		ID      int            `json:"id"`
		Method  string         `json:"method"`
		Params  map[string]any `json:"params,omitempty"`
		Session string         `json:"sessionId,omitempty"`
	}{c.last, method, params, session})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.to.Write(append(message, 0)); err != nil {
		c.t.Fatal(err)
	}
	for {
		text, err := c.answers.ReadBytes(0)
		if err != nil {
			c.t.Fatalf("%s: Chromium has ended: %v", method, err)
		}
		var answer struct {
			ID            int
			Result, Error map[string]any
		}
		if err := json.Unmarshal(text[:len(text)-1], &answer); err != nil {
			c.t.Fatal(err)
		}
		if answer.ID != c.last {
			continue // an event
		}
		if answer.Error != nil && method != "Runtime.evaluate" { // a page that has just gone answers no script
			c.t.Fatalf("%s: %v", method, answer.Error)
		}
		return answer.Result
	}
}

// tab is one of a browser.
type tab struct {
	*chromium
	session string
}

func (c *chromium) newTab() tab {
	target := c.call("", "Target.createTarget", map[string]any{"url": "about:blank"})["targetId"]
	session := c.call("", "Target.attachToTarget", map[string]any{"targetId": target, "flatten": true})["sessionId"].(string)
	return tab{c, session}
}

// eval returns what a script in the page returns, or its promise gives: a text, a number or a truth.
func (b tab) eval(script string) any {
	result := b.call(b.session, "Runtime.evaluate", map[string]any{"expression": script, "returnByValue": true, "awaitPromise": true})
	value, _ := result["result"].(map[string]any)
	return value["value"]
}

// leave does something that leads to another page, and waits for that.
func (b tab) leave(do func()) {
	b.t.Helper()
	b.eval("window.isOld = true")
	do()
	for range 1000 {
		if b.eval("!window.isOld && document.readyState == 'complete' && location.href != 'about:blank'") == true {
			return
		}
		time.Sleep(20 * time.Millisecond) // until the browser is there
	}
	b.t.Fatalf("no page comes after %v", b.eval("location.href"))
}

func (b tab) open(url string) {
	b.t.Helper()
	b.leave(func() { b.call(b.session, "Page.navigate", map[string]any{"url": url}) })
}

// click clicks on what a selector of CSS finds.
func (b tab) click(selector string) {
	b.t.Helper()
	b.leave(func() { b.eval("document.querySelector(" + strconv.Quote(selector) + ").click()") })
}

// choose puts a file into the field of a form, as the dialog of the browser does.
func (b tab) choose(selector, path string) {
	b.t.Helper()
	root := b.call(b.session, "DOM.getDocument", nil)["root"].(map[string]any)["nodeId"]
	node := b.call(b.session, "DOM.querySelector", map[string]any{"nodeId": root, "selector": selector})["nodeId"]
	b.call(b.session, "DOM.setFileInputFiles", map[string]any{"nodeId": node, "files": []string{path}})
}

// write writes a file to choose.
func write(t *testing.T, name string, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
