package keyring_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/soay-go/soay/sessions/keyring"
)

// asWriter makes the test binary change a ring in place of the tests, until it is killed.
const asWriter = "RUN_AS_WRITER_OF"

func TestMain(m *testing.M) {
	if path := os.Getenv(asWriter); path != "" {
		changeForEver(path)
		return
	}
	os.Exit(m.Run())
}

// openAny opens a ring that is named by its source.
func openAny(path string) (*keyring.Ring, error) { return watchedSources()[filepath.Base(path)](path) }

// changeForEver rotates the ring and retires all keys but the oldest and the newest, and says after
// each round that it is at work.
func changeForEver(path string) {
	ring, err := openAny(path)
	for err == nil {
		fmt.Println("at work")
		ring = ring.WithLogger(slog.New(slog.DiscardHandler))
		if _, err = ring.Rotate(); err != nil {
			break
		}
		ids := ring.IDs()
		for _, id := range ids[1 : len(ids)-1] {
			if err = ring.Retire(id); err != nil {
				break
			}
		}
	}
	fmt.Println("failed:", err)
	os.Exit(1)
}

// A process that is killed in the middle of writing a ring leaves one that opens, with the keys it
// had: 200 times, half of them with a file and half with a folder.
func TestKilledWhileWriting(t *testing.T) {
	for _, name := range []string{"file", "folder"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			ring, err := watchedSources()[name](path, keyring.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			token := ring.Protector("test").Protect([]byte("data"))
			r := rand.New(rand.NewPCG(5, 6))
			for i := range 100 {
				killWriter(t, path, time.Duration(r.IntN(3000))*time.Microsecond)
				ring, err := openAny(path)
				if err != nil {
					t.Fatalf("kill %d: %v", i, err)
				}
				accept(t, ring.Protector("test"), token, []byte("data"))
			}
			if ids := ring.IDs(); len(ids) > 100 {
				t.Errorf("the ring has %d keys", len(ids))
			}
			ring = ring.WithLogger(slog.New(slog.DiscardHandler))
			if _, err := ring.Rotate(); err != nil {
				t.Errorf("after the last kill: %v", err)
			}
		})
	}
}

// killWriter starts a process that changes the ring without a pause, and kills it a moment after its
// first change has begun.
func killWriter(t *testing.T, path string, moment time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asWriter+"="+path)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() && lines.Text() != "at work" {
		t.Errorf("the writer says %s", lines.Text())
	}
	<-time.After(moment) // anywhere within a change
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if lines.Text() != "at work" {
			t.Errorf("the writer says %s", lines.Text())
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the writer has ended by itself")
	}
}
