package keyring_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions/keyring"
)

// A ring tells of a file or folder that it cannot read for longer than somebody takes to write it.
func TestCheckHealth(t *testing.T) {
	watched(t, keyring.Options{Interval: 3 * time.Second}, func(t *testing.T, ring, _ *keyring.Ring, path string) {
		well := func(want bool, when string) {
			t.Helper()
			err := ring.CheckHealth(t.Context())
			if (err == nil) != want || err != nil && !strings.HasPrefix(err.Error(), "keyring: changes of the keys go unnoticed for ") {
				t.Errorf("%s: %v", when, err)
			}
		}
		well(true, "at first")
		if err := os.Rename(path, path+"2"); err != nil {
			t.Fatal(err)
		}
		well(true, "before the ring has looked")
		time.Sleep(3 * time.Second)
		well(true, "when the ring has looked")
		time.Sleep(3*time.Second - 1)
		well(true, "while somebody may be writing")
		time.Sleep(time.Nanosecond)
		well(false, "afterwards")
		time.Sleep(time.Hour)
		well(false, "an hour later")
		if err := os.Rename(path+"2", path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		well(true, "when it is back")
		if err := os.Rename(path, path+"2"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		well(true, "when it has gone again")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := ring.CheckHealth(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that has ended: %v", err)
		}
	})
	if err := newRing(t, key1).CheckHealth(t.Context()); err != nil {
		t.Errorf("a ring whose keys cannot change: %v", err)
	}
}
