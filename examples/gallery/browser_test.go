//go:build unix

package main

import (
	"context"
	"encoding/base64"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve serves an app on a port of this machine until the test ends, and returns its URL.
func serve(t *testing.T) string {
	app, _ := newGallery(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
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

// want fails if the page does not show a text. With SCREENSHOTS, a folder, it also keeps a picture of the page there.
func (b tab) want(what, text string) {
	b.t.Helper()
	if page, _ := b.eval("document.body.innerText").(string); !strings.Contains(page, text) {
		b.t.Errorf("%s: %v does not show %q:\n%s", what, b.eval("location.href"), text, page)
	}
	if folder := os.Getenv("SCREENSHOTS"); folder != "" {
		shot, err := base64.StdEncoding.DecodeString(b.call(b.session, "Page.captureScreenshot", nil)["data"].(string))
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, what+".png"), shot, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}

// send fills in the form of a new photo, and sends it.
func (b tab) send(title, path string) {
	b.t.Helper()
	b.eval("document.querySelector('#title').value = '" + title + "'")
	b.choose("#photo", path)
	b.click("main form button")
}

// allSeen waits for the images of the page, and reports whether the browser can show all of them.
const allSeen = `Promise.all([...document.querySelectorAll("img")].map(i => (i.loading = "eager", i.decode()))).then(() => true, () => false)`

// What somebody does in a browser, with a file too large, the back button, reloading, and two tabs.
func TestInBrowser(t *testing.T) {
	b := newChromium(t).newTab()
	home := serve(t)
	good := write(t, "lamb.png", picture(t, 640, 400))

	b.open(home)
	b.want("empty list", "There are no photos here yet.")
	b.click("nav a")
	b.want("form", "PNG, JPEG or GIF, at most 5 MiB.")

	b.send("A page", write(t, "page.png", []byte("<!doctype html><script>alert(1)</script>")))
	b.want("wrong type", "photo must be a file of the type image/png")
	if got := b.eval("document.querySelector('#title').value"); got != "A page" {
		t.Errorf("the form is shown again with the title %q", got)
	}
	b.send("Too large", write(t, "large.png", append(picture(t, 9, 9), make([]byte, 20<<20)...)))
	b.want("too large", "photo must not be larger than 5 MiB")
	b.send("Far too large", write(t, "huge.png", append(picture(t, 9, 9), make([]byte, 60<<20)...)))
	b.want("far too large", "This is far too large.")

	b.open(home + "/new")
	b.send("A lamb", good)
	b.want("saved", "The photo is saved.")
	if b.eval(allSeen) != true {
		t.Error("the list has images that cannot be seen")
	}
	b.leave(func() { b.call(b.session, "Page.reload", nil) })
	if n := b.eval("document.querySelectorAll('.photos li').length"); n != 1.0 {
		t.Errorf("after a reload there are %v photos", n)
	}
	b.leave(func() { b.eval("history.back()") })
	b.want("back", "Add a photo")
	b.open(home)
	b.click(".photos a")
	b.want("photo", "Added on")
	if b.eval(allSeen) != true {
		t.Error("the photo cannot be seen")
	}

	other := b.newTab()
	other.open(b.eval("location.href").(string))
	b.click("button.danger")
	b.want("deleted", "The photo is gone.")
	other.click("button.danger")
	other.want("deleted before", "There is no such page or photo.")
}
