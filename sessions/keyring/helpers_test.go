package keyring_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/soay-go/soay/sessions/keyring"
)

// Keys for tests, which nobody else should use.
const (
	key1 = "xSFlqRz2mVtYb0uJ8Wd3kNh6PcEaG9oQ7iKsDfLjB1M"
	key2 = "nT4wUe8ZrCyHvA5gXpOi2qMlBs7dFkJ0tN9aRfW3YzE"
	key3 = "Gh1jKl2zXc3vBn4mQw5eRt6yUi7oPa8sDf9gHj0kLZx"

	alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

func newRing(t testing.TB, newest string, older ...string) *keyring.Ring {
	t.Helper()
	ring, err := keyring.FromKeys(newest, older...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func newFolder(t testing.TB, options ...keyring.Options) (*keyring.Ring, string) {
	t.Helper()
	path := t.TempDir() + "/keys"
	opts := keyring.Options{Create: true}
	if len(options) > 0 {
		opts = options[0]
		opts.Create = true
	}
	ring, err := keyring.FromFolder(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	return ring, path
}

// open is FromFile or FromFolder.
type open = func(path string, options ...keyring.Options) (*keyring.Ring, error)

// watchedSources are the sources that are watched, by their names.
func watchedSources() map[string]open {
	return map[string]open{"file": keyring.FromFile, "folder": keyring.FromFolder}
}

func writeFile(t testing.TB, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask is
		t.Fatal(err)
	}
}

// tokens returns n tokens of data of different lengths.
func tokens(p *keyring.Protector, n int) (list []string, datas [][]byte) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		data := make([]byte, i%40)
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		list, datas = append(list, p.Protect(data)), append(datas, data)
	}
	return list, datas
}

// refuse fails the test if a token opens.
func refuse(t *testing.T, p *keyring.Protector, token, format string, args ...any) {
	t.Helper()
	if data, err := p.Unprotect(token, keyring.NoLimit); !errors.Is(err, keyring.ErrUnprotect) || data != nil {
		t.Fatalf("%s: %q opens as %q, %v", fmt.Sprintf(format, args...), token, data, err)
	}
}

// accept fails the test if a token does not open as data.
func accept(t *testing.T, p *keyring.Protector, token string, want []byte) {
	t.Helper()
	if data, err := p.Unprotect(token, keyring.NoLimit); err != nil || !bytes.Equal(data, want) {
		t.Fatalf("%q opens as %q, %v; want %q", token, data, err, want)
	}
}
