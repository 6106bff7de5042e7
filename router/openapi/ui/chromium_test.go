package ui_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A browser is Chromium with one page, driven by its DevTools protocol over a pipe. Each message is JSON with a zero
// byte at its end.
type browser struct {
	t       *testing.T
	to      io.Writer
	from    *bufio.Reader
	calls   int
	session string
	errors  []string // what has gone wrong in the page
}

// newBrowser starts Chromium for a test, which is left out where there is none.
func newBrowser(t *testing.T) *browser {
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
	args := []string{"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + t.TempDir(), "--no-first-run", "--disable-gpu",
		"--disable-dev-shm-usage", "--window-size=1280,1000", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox") // there is none for root
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // only ends what hangs
	cmd := exec.CommandContext(ctx, program, args...)
	in, to := pipe(t)
	from, out := pipe(t)
	var said strings.Builder
	cmd.ExtraFiles, cmd.Stderr, cmd.WaitDelay = []*os.File{in, out}, &said, 10*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	out.Close()
	b := &browser{t: t, to: to, from: bufio.NewReader(from)}
	t.Cleanup(func() {
		defer cancel()
		_, _ = to.Write([]byte(`{"id":0,"method":"Browser.close"}` + "\x00"))
		_, _ = io.Copy(io.Discard, from) // until it has closed
		if _ = cmd.Wait(); t.Failed() {
			t.Log(said.String())
		}
	})
	b.attach()
	return b
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// attach opens the page, and notes from now on what goes wrong in it.
func (b *browser) attach() {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log"} {
		b.call(domain+".enable", nil, nil)
	}
	b.call("Fetch.enable", map[string]any{"handleAuthRequests": true}, nil)
}

// message is an answer or an event.
type message struct {
	ID     int
	Method string
	Result json.RawMessage
	Error  *struct{ Message string }
	Params struct {
		RequestID        string
		Entry            struct{ Level, Text, URL string }
		ExceptionDetails struct {
			Text      string
			Exception struct{ Description string }
		}
	}
}

// call calls a method of the protocol, and waits for its result, which may be nil.
func (b *browser) call(method string, params map[string]any, result any) {
	b.t.Helper()
	id := b.send(method, params)
	for {
		m := b.next(method)
		if m.ID != id {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v in %s", method, err, m.Result)
			}
		}
		return
	}
}

// send calls a method of the protocol, and returns the number of the call.
func (b *browser) send(method string, params map[string]any) int {
	b.t.Helper()
	b.calls++
	call := map[string]any{"id": b.calls, "method": method, "params": params}
	if params == nil {
		delete(call, "params")
	}
	if b.session != "" {
		call["sessionId"] = b.session
	}
	text, err := json.Marshal(call)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		b.t.Fatalf("%s: %v", method, err)
	}
	return b.calls
}

// next reads a message. It notes what an event tells of mistakes, and presses Cancel where the browser itself asks for a
// name and a password.
func (b *browser) next(method string) message {
	b.t.Helper()
	text, err := b.from.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("%s: the browser has ended: %v", method, err)
	}
	var m message
	if err := json.Unmarshal(text[:len(text)-1], &m); err != nil {
		return message{} // an event with other parameters
	}
	e := m.Params
	switch m.Method {
	case "Fetch.requestPaused":
		b.send("Fetch.continueRequest", map[string]any{"requestId": e.RequestID})
	case "Fetch.authRequired":
		b.send("Fetch.continueWithAuth", map[string]any{
			"requestId": e.RequestID, "authChallengeResponse": map[string]any{"response": "CancelAuth"},
		})
	case "Log.entryAdded":
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			b.errors = append(b.errors, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case "Runtime.exceptionThrown":
		b.errors = append(b.errors, e.ExceptionDetails.Text+" "+e.ExceptionDetails.Exception.Description)
	}
	return m
}

// eval returns what a script in the page comes to, once it is there.
func (b *browser) eval(script string, args ...any) string {
	b.t.Helper()
	list := make([]any, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			b.t.Fatal(err)
		}
		list[i] = text
	}
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	b.call("Runtime.evaluate", map[string]any{
		"expression": fmt.Sprintf(script, list...), "awaitPromise": true, "returnByValue": true, "userGesture": true,
	}, &got)
	if e := got.ExceptionDetails; e != nil {
		b.t.Fatalf("%s: %s %s", script, e.Text, e.Exception.Description)
	}
	return fmt.Sprint(got.Result.Value)
}

// found is a script that waits for an element. Its arguments are a selector and a part of the element's text.
const found = `new Promise((done) => {
	const look = () => {
		const e = [...document.querySelectorAll(%s)].find((e) => e.textContent.includes(%s));
		e ? done(e) : setTimeout(look, 10);
	};
	look();
})`

// open opens an address, and waits for an element in it.
func (b *browser) open(url, selector string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": url}, nil)
	b.eval("("+found+").then(() => location.href === %s)", selector, "", url)
	if got := b.eval("location.href"); got != url {
		b.t.Fatalf("the browser is at %s, want %s", got, url)
	}
}

// click clicks on an element with a part of its text, once it is there.
func (b *browser) click(selector, text string) {
	b.t.Helper()
	b.eval("("+found+").then((e) => { e.click(); })", selector, text)
}

// enter types a text into a field.
func (b *browser) enter(selector, text string) {
	b.t.Helper()
	b.eval("("+found+").then((e) => { e.focus(); })", selector, "")
	b.call("Input.insertText", map[string]any{"text": text}, nil)
}

// textOf returns the text of an element, once it is there.
func (b *browser) textOf(selector string) string {
	b.t.Helper()
	return strings.TrimSpace(b.eval("("+found+").then((e) => e.textContent)", selector, ""))
}

// picture keeps what the page looks like, if SCREENSHOTS names a folder for that.
func (b *browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("SCREENSHOTS")
	if folder == "" {
		return
	}
	var shot struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"captureBeyondViewport": true}, &shot)
	text, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), text, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
