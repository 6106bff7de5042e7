package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/soay-go/soay"
)

// On a disk that is full a photo is refused, and nothing of it is left; those that are there stay.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	app := newApp(root, soay.NewKey(), soay.Options{Logger: slog.New(slog.DiscardHandler), Env: "production"})
	c := newBrowser(t, app)
	saved, refused := 0, 0
	for side := 150; side > 0; side -= 2 { // large ones until Save finds no room, then such that the small picture finds none
		before := filesIn(t, root)
		r := add(c, "noise", "noise.png", noise(t, side))
		switch {
		case r.Status == 200:
			saved++
		case r.Status != 507 || !strings.Contains(r.Text(), errorTexts[507]):
			t.Fatalf("side %d: %d %s", side, r.Status, r.Text())
		default:
			refused++
			if after := filesIn(t, root); after != before {
				t.Errorf("side %d: %d files have become %d", side, before, after)
			}
		}
	}
	if saved == 0 || refused == 0 || filesIn(t, root) != 3*saved {
		t.Errorf("%d saved, %d refused, %d files", saved, refused, filesIn(t, root))
	}
	if page := c.Get("/"); page.Status != 200 || !strings.Contains(page.Text(), "noise") {
		t.Errorf("the list: %d", page.Status)
	}
}

// noise returns a square PNG that cannot be compressed.
func noise(t *testing.T, side int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		m.Set(i%side, i/side, color.RGBA{byte(rand.N(256)), byte(rand.N(256)), byte(rand.N(256)), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
