package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// head is the first line of a file.
const head = "epochs ABCDEFGHIJKLMNOPQRSTUVWXYZ\n"

func openEpochs(t *testing.T, path string) *epochs {
	t.Helper()
	e, err := newEpochs(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.close() })
	return e
}

func checkEpoch(t *testing.T, e *epochs, user string, want int64) {
	t.Helper()
	if got, err := e.of(t.Context(), user); got != want || err != nil {
		t.Errorf("the epoch of %s is %d, %v, want %d", user, got, err, want)
	}
}

func TestEpochs(t *testing.T) {
	tests := []struct {
		description string
		text        string // in the file before
		path        string // "" for memory
		want        int64  // of ada at the beginning
	}{
		{"in memory", "", "", 0},
		{"a new file", "", "epochs", 0},
		{"a file that is there", head + "\nK1 ada\n\nK2 grace\n\nK3 ada\n", "epochs", 2},
		{"a line that was cut off", head + "\nK1 ada\n\nK2 ad", "epochs", 1},
		{"two instances that have begun it", head + head + "\nK1 ada\n", "epochs", 1},
	}
	for _, test := range tests {
		t.Run(test.description, func(t *testing.T) {
			if test.path != "" {
				test.path = filepath.Join(t.TempDir(), test.path)
			}
			if test.text != "" {
				if err := os.WriteFile(test.path, []byte(test.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			e := openEpochs(t, test.path)
			checkEpoch(t, e, "ada", test.want)
			for range 2 {
				if err := e.signOut(t.Context(), "ada"); err != nil {
					t.Fatal(err)
				}
			}
			checkEpoch(t, e, "ada", test.want+2)
			checkEpoch(t, e, "eve", 0)
			if test.path != "" {
				checkEpoch(t, openEpochs(t, test.path), "ada", test.want+2)
			}
		})
	}
}

// A line that another instance is about to write is counted when it is complete.
func TestEpochsOfALineUnderWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "epochs")
	e := openEpochs(t, path)
	writer, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, part := range []string{"\nK1 ad", "a", "\n"} {
		checkEpoch(t, e, "ada", 0)
		if _, err := writer.WriteString(part); err != nil {
			t.Fatal(err)
		}
	}
	checkEpoch(t, e, "ada", 1)
}

// Instances that write at the same time lose nothing, and each sees what the others have written.
func TestEpochsOfManyInstances(t *testing.T) {
	const instances, times = 8, 25
	path := filepath.Join(t.TempDir(), "epochs")
	var all [instances]*epochs
	for i := range all {
		all[i] = openEpochs(t, path)
	}
	var wg sync.WaitGroup
	for i, e := range all {
		wg.Go(func() {
			for range times {
				for _, user := range []string{"ada", fmt.Sprint("user ", i)} {
					if err := e.signOut(t.Context(), user); err != nil {
						t.Error(err)
					}
					if _, err := e.of(t.Context(), user); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	for _, e := range all {
		checkEpoch(t, e, "ada", instances*times)
		checkEpoch(t, e, "user 3", times)
	}
}

// A file that is not what it was has forgotten who has signed out, so it says nothing of anybody any more.
func TestEpochsThatAreLost(t *testing.T) {
	write := func(t *testing.T, path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		description string
		lose        func(t *testing.T, path, before string)
	}{
		{"emptied", func(t *testing.T, path, _ string) { write(t, path, "") }},
		{"cut off in the middle", func(t *testing.T, path, before string) { write(t, path, before[:len(before)-3]) }},
		{"cut off behind the first line", func(t *testing.T, path, _ string) { write(t, path, head) }},
		{"emptied, and as long as before", func(t *testing.T, path, before string) {
			write(t, path, strings.Repeat("\n", len(before)))
		}},
		{"emptied, and longer than before", func(t *testing.T, path, before string) {
			write(t, path, strings.Repeat("\nK9 ada\n", len(before)))
		}},
		{"cut off, and other lines since", func(t *testing.T, path, before string) {
			write(t, path, head+strings.Repeat("\nK9 ada\n", len(before)))
		}},
		{"removed", func(t *testing.T, path, _ string) { os.Remove(path) }},
		{"replaced by the same", func(t *testing.T, path, before string) {
			write(t, path+".new", before)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.description, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "epochs")
			write(t, path, head)
			idle, busy := openEpochs(t, path), openEpochs(t, path)
			if err := busy.signOut(t.Context(), "ada"); err != nil {
				t.Fatal(err)
			}
			checkEpoch(t, busy, "ada", 1)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			test.lose(t, path, string(before))
			for range 2 {
				for name, e := range map[string]*epochs{"busy": busy, "idle": idle} {
					if name == "idle" && (strings.HasPrefix(test.description, "cut off")) {
						continue // it has seen nothing that is not there
					}
					if err := e.signOut(t.Context(), "ada"); err == nil {
						t.Errorf("%s: sign out = nil, want an error", name)
					}
					if n, err := e.of(t.Context(), "ada"); err == nil {
						t.Errorf("%s: the epoch is %d, want an error", name, n)
					}
				}
				os.WriteFile(path, before, 0o600) // too late: what came between is unknown
			}
		})
	}
}

func TestEpochsThatFail(t *testing.T) {
	if _, err := newEpochs(t.TempDir()); err == nil {
		t.Errorf("a folder is taken for a file of epochs")
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte("accounts of the year 2026, and more of them than one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newEpochs(other); err == nil {
		t.Errorf("any file is taken for one of epochs")
	}
	e := openEpochs(t, filepath.Join(t.TempDir(), "epochs"))
	e.close()
	if n, err := e.of(t.Context(), "ada"); err == nil {
		t.Errorf("the epoch is %d, want an error of a file that cannot be read", n)
	}
	if err := e.signOut(t.Context(), "ada"); err == nil {
		t.Errorf("sign out = nil, want an error of a file that cannot be written")
	}
}
