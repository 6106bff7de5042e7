package keyring_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/soay-go/soay/request/requesttest"
	"github.com/soay-go/soay/sessions/keyring"
)

// watched runs a test with two rings of one source, as two instances have them: first a file and
// then a folder. The clock is that of synctest, which moves only when the test waits.
func watched(t *testing.T, options keyring.Options, test func(t *testing.T, one, two *keyring.Ring, path string)) {
	options.Create = true
	for name, open := range watchedSources() {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/keys"
			synctest.Test(t, func(t *testing.T) {
				one, err := open(path, options)
				if err != nil {
					t.Fatal(err)
				}
				two, err := open(path, options)
				if err != nil {
					t.Fatal(err)
				}
				quiet := slog.New(slog.DiscardHandler)
				test(t, one.WithLogger(quiet), two.WithLogger(quiet), path)
			})
		})
	}
}

func rotate(t *testing.T, ring *keyring.Ring) string {
	t.Helper()
	id, err := ring.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// A rotation is seen by the other instance within the interval, and what the new key has sealed
// opens there at once.
func TestRotationIsSeen(t *testing.T) {
	for _, options := range []keyring.Options{{}, {Interval: time.Minute}} {
		interval := max(options.Interval, 5*time.Second)
		watched(t, options, func(t *testing.T, one, two *keyring.Ring, _ string) {
			before := one.IDs()
			old := one.Protector("test").Protect([]byte("old"))
			id := rotate(t, one)
			want := append([]string{id}, before...)
			if diff := cmp.Diff(want, one.IDs()); diff != "" {
				t.Errorf("ids where it was rotated (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, two.IDs()); diff != "" {
				t.Errorf("ids elsewhere, before the interval has passed (-want +got):\n%s", diff)
			}
			time.Sleep(interval - time.Nanosecond)
			if diff := cmp.Diff(before, two.IDs()); diff != "" {
				t.Errorf("ids elsewhere, a moment too early (-want +got):\n%s", diff)
			}
			time.Sleep(time.Nanosecond)
			if diff := cmp.Diff(want, two.IDs()); diff != "" {
				t.Errorf("ids elsewhere after the interval (-want +got):\n%s", diff)
			}
			accept(t, two.Protector("test"), old, []byte("old"))

			rotate(t, one)
			token := one.Protector("test").Protect([]byte("new"))
			accept(t, two.Protector("test"), token, []byte("new")) // at once
			if diff := cmp.Diff(one.IDs(), two.IDs()); diff != "" {
				t.Errorf("ids after a token of a new key (-one +two):\n%s", diff)
			}
		})
	}
}

// A token with an unknown key makes a ring look, and read only if something seems to have changed.
// What has changed is hidden here from whoever only looks: the folder keeps its time and its size.
func TestUnknownKeysCostLittle(t *testing.T) {
	tests := []struct {
		description string
		modified    time.Duration // before the ring was opened
		wait        time.Duration
		want        bool // the new key is seen at once
	}{
		{"changed some time ago", 3 * time.Second, 0, false},
		{"changed a moment ago", time.Second, 0, true},
		{"changed a moment ago, read some time later", time.Second, 5 * time.Second, false},
		{"changed by a clock that is ahead", -time.Hour, 0, true},
		{"changed by a clock that is ahead, read some time later", -time.Hour, 5 * time.Second, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			one, path := newFolder(t)
			one = one.WithLogger(slog.New(slog.DiscardHandler))
			writeFile(t, path+"/2.old", "a name as long as that of the new key", 0o600)
			synctest.Test(t, func(t *testing.T) {
				modified := time.Now().Add(-tt.modified)
				setTime(t, path, modified)
				two, err := keyring.FromFolder(path)
				if err != nil {
					t.Fatal(err)
				}
				two = two.WithLogger(slog.New(slog.DiscardHandler))
				time.Sleep(tt.wait)
				before := two.IDs()
				rotate(t, one)
				if err := os.Remove(path + "/2.old"); err != nil {
					t.Fatal(err)
				}
				setTime(t, path, modified)
				token := one.Protector("test").Protect([]byte("data"))
				data, err := two.Protector("test").Unprotect(token, keyring.NoLimit)
				if (err == nil) != tt.want {
					t.Errorf("a token of the new key: %q, %v; want it to open at once: %v", data, err, tt.want)
				}
				if !tt.want && !slices.Equal(before, two.IDs()) {
					t.Error("the ring was read")
				}
				time.Sleep(5 * time.Second)
				accept(t, two.Protector("test"), token, []byte("data"))
			})
		})
	}
}

func setTime(t *testing.T, path string, modified time.Time) {
	t.Helper()
	if err := os.Chtimes(path, modified, modified); err != nil {
		t.Fatal(err)
	}
}

func TestRetiredKeysAreRefused(t *testing.T) {
	watched(t, keyring.Options{}, func(t *testing.T, one, two *keyring.Ring, _ string) {
		first := one.IDs()[0]
		token := one.Protector("test").Protect([]byte("data"))
		accept(t, two.Protector("test"), token, []byte("data"))
		if err := one.Retire(first); err == nil || !strings.Contains(err.Error(), "newest") {
			t.Errorf("Retire of the newest key: error %v", err)
		}
		if err := one.Retire("0123456789ab"); err == nil || !strings.Contains(err.Error(), `"0123456789ab": there is no such key`) {
			t.Errorf("Retire of no key: error %v", err)
		}
		newest := rotate(t, one)
		if err := one.Retire(first); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{newest}, one.IDs()); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
		refuse(t, one.Protector("test"), token, "its key is retired here")
		time.Sleep(5 * time.Second)
		accept(t, two.Protector("test"), token, []byte("data")) // the first look that misses the key
		time.Sleep(time.Second)
		refuse(t, two.Protector("test"), token, "its key was retired elsewhere, and two looks have missed it")
	})
}

// A source that breaks leaves the last good keys in use, says so once, and comes back.
func TestBrokenSource(t *testing.T) {
	watched(t, keyring.Options{}, func(t *testing.T, one, two *keyring.Ring, path string) {
		log := new(requesttest.Log)
		two = two.WithLogger(log.Logger())
		ids := two.IDs()
		token := two.Protector("test").Protect([]byte("data"))
		breaks := []func() error{
			func() error { return os.Chmod(path, 0o777) },
			func() error { return os.Rename(path, path+"2") },
			func() error { return os.Symlink(path+"2", path) },
		}
		for i, spoil := range breaks {
			if err := spoil(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				time.Sleep(5 * time.Second)
				accept(t, two.Protector("test"), token, []byte("data"))
				refuse(t, two.Protector("test"), newRing(t, key1).Protector("test").Protect(nil), "an unknown key")
				if diff := cmp.Diff(ids, two.IDs()); diff != "" {
					t.Errorf("ids of a broken source (-want +got):\n%s", diff)
				}
			}
			if said := log.String(); strings.Count(said, "level=ERROR") != i+1 || !strings.Contains(said, path) {
				t.Errorf("after %d faults the log is\n%s\nwant one error each", i+1, said)
			}
		}
		if _, err := one.Rotate(); err == nil {
			t.Error("a broken source can be rotated")
		}
		for _, err := range []error{os.Remove(path), os.Rename(path+"2", path), os.Chmod(path, 0o700&^0o100)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if info, err := os.Stat(path); err != nil {
			t.Fatal(err)
		} else if info.IsDir() {
			if err := os.Chmod(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		newest := rotate(t, one)
		time.Sleep(5 * time.Second)
		if got := two.IDs()[0]; got != newest {
			t.Errorf("the newest key of a source that was mended is %s, want %s", got, newest)
		}
		if said := log.String(); strings.Count(said, "level=INFO") != 1 || strings.Count(said, "level=ERROR") != len(breaks) {
			t.Errorf("after the source was mended the log is\n%s\nwant one info", said)
		}
	})
}

// Keys that were written by hand while a ring is in use are refused as at the start.
func TestBadKeysWhileWatching(t *testing.T) {
	path := t.TempDir() + "/keys"
	writeFile(t, path, key1+"\n", 0o600)
	synctest.Test(t, func(t *testing.T) {
		ring, err := keyring.FromFile(path)
		if err != nil {
			t.Fatal(err)
		}
		log := &requesttest.Log{Level: slog.LevelError}
		ring = ring.WithLogger(log.Logger())
		for _, text := range []string{"", "hunter2\n", key1 + "\nhunter2\n", key1 + "\n" + key1 + "\n", "\x00\xff"} {
			writeFile(t, path, text, 0o600)
			time.Sleep(5 * time.Second)
			if diff := cmp.Diff(idsOf(t, key1), ring.IDs()); diff != "" {
				t.Errorf("ids with the text %q (-want +got):\n%s", text, diff)
			}
		}
		if said := log.String(); strings.Contains(said, "hunter2") || strings.Count(said, "level=ERROR") != 5 {
			t.Errorf("the log is\n%s\nwant an error for each text and no key", said)
		}
		writeFile(t, path, key2+"\n", 0o600)
		time.Sleep(5 * time.Second)
		ring.IDs()
		time.Sleep(time.Second)
		if diff := cmp.Diff(idsOf(t, key2), ring.IDs()); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
}

// Many rotate at once, as several processes do: each of their keys is there afterwards.
func TestRotationsAtOnce(t *testing.T) {
	for name, open := range watchedSources() {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/keys"
			var wg sync.WaitGroup
			var mu sync.Mutex
			var ids []string
			for range 8 {
				wg.Go(func() {
					ring, err := open(path, keyring.Options{Create: true})
					if err != nil {
						t.Error(err)
						return
					}
					ring = ring.WithLogger(slog.New(slog.DiscardHandler))
					for range 5 {
						id, err := ring.Rotate()
						if err != nil {
							t.Error(err)
						}
						mu.Lock()
						ids = append(ids, id)
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			ring, err := open(path)
			if err != nil {
				t.Fatal(err)
			}
			ring = ring.WithLogger(slog.New(slog.DiscardHandler))
			got := ring.IDs()
			for _, id := range ids {
				if !slices.Contains(got, id) {
					t.Errorf("the key %s is lost", id)
				}
			}
			if len(got) != 41 {
				t.Errorf("%d keys after 40 rotations, want 41", len(got))
			}
			for _, id := range got[1:] {
				wg.Go(func() {
					if err := ring.Retire(id); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if diff := cmp.Diff(got[:1], ring.IDs()); diff != "" {
				t.Errorf("ids after all others were retired (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusalAfterAChangeOfRing(t *testing.T) {
	ring, _ := newFolder(t)
	ring = ring.WithLogger(slog.New(slog.DiscardHandler))
	p := ring.Protector("test") // made before the rotation, and follows it
	old := p.Protect([]byte("data"))
	first := ring.IDs()[0]
	newest := rotate(t, ring)
	accept(t, p, old, []byte("data"))
	if err := ring.Retire(first); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Unprotect(old, time.Hour); !errors.Is(err, keyring.ErrUnprotect) {
		t.Errorf("error %v, want ErrUnprotect", err)
	}
	accept(t, p, p.Protect([]byte("new")), []byte("new"))
	if got := ring.IDs(); len(got) != 1 || got[0] != newest {
		t.Errorf("ids %v, want only %s", got, newest)
	}
}

// What killed processes have left is removed, once nobody can be at work on it any more.
func TestLeftoversAreRemoved(t *testing.T) {
	for name, open := range watchedSources() {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/keys"
			ring, err := open(path, keyring.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			folder := path
			if name == "file" {
				folder = filepath.Dir(path)
			}
			ring = ring.WithLogger(slog.New(slog.DiscardHandler))
			old, recent, other := folder+"/.keyring-old", folder+"/.keyring-new", folder+"/.other"
			for _, file := range []string{old, recent, other} {
				writeFile(t, file, "half a key", 0o600)
				age := 2 * time.Minute
				if file == recent {
					age = 0
				}
				if err := os.Chtimes(file, time.Time{}, time.Now().Add(-age)); err != nil {
					t.Fatal(err)
				}
			}
			rotate(t, ring)
			for file, want := range map[string]bool{old: false, recent: true, other: true} {
				if _, err := os.Stat(file); (err == nil) != want {
					t.Errorf("%s is there: %v, want %v", file, err == nil, want)
				}
			}
		})
	}
}

// writtenInPlace are the states of a file that somebody writes anew while a ring looks at it: first it holds
// key1, and at last key1 and key3. Half of key3 is long enough to be a key.
var writtenInPlace = []string{
	"", "# keys", "# keys\n" + key1[:len(key1)-1], "# keys\n" + key1 + "\n", "# keys\n" + key1 + "\n" + key3[:34],
	"# keys\n" + key1 + "\n" + key3[:36], "# keys\n" + key1 + "\n" + key3, "# keys\n" + key1 + "\n" + key3 + "\n",
}

// A file that is written in place, however slowly, makes no half of a key seal and no key be missed meanwhile.
func TestKeysWrittenInPlace(t *testing.T) {
	for _, pause := range []time.Duration{time.Millisecond, 999 * time.Millisecond} {
		path := t.TempDir() + "/keys"
		writeFile(t, path, key1+"\n", 0o600)
		synctest.Test(t, func(t *testing.T) {
			ring, err := keyring.FromFile(path)
			if err != nil {
				t.Fatal(err)
			}
			ring = ring.WithLogger(slog.New(slog.DiscardHandler))
			p, of1 := ring.Protector("test"), newRing(t, key1).Protector("test")
			old := p.Protect([]byte("old"))
			time.Sleep(5 * time.Second)
			for _, text := range writtenInPlace {
				writeFile(t, path, text, 0o600)
				for range 3 { // also for tokens of unknown keys, which make it look at once
					accept(t, p, old, []byte("old"))
					accept(t, of1, p.Protect([]byte("new")), []byte("new"))
					refuse(t, p, newRing(t, key2).Protector("test").Protect(nil), "an unknown key")
				}
				time.Sleep(pause)
			}
			of3 := newRing(t, key3).Protector("test")
			time.Sleep(time.Second)
			accept(t, p, of3.Protect([]byte("new")), []byte("new")) // what another instance has sealed
			time.Sleep(time.Second)
			ring.IDs()
			time.Sleep(5 * time.Second)
			ring.IDs()
			time.Sleep(time.Second)
			accept(t, of3, p.Protect([]byte("new")), []byte("new"))
			if diff := cmp.Diff(idsOf(t, key3, key1), ring.IDs()); diff != "" {
				t.Errorf("ids when the file is written (-want +got):\n%s", diff)
			}
		})
	}
}

// The same in a folder, where a file begins empty and a key is copied into it.
func TestKeyWrittenInPlaceInAFolder(t *testing.T) {
	one, path := newFolder(t)
	first := one.IDs()
	text, err := os.ReadFile(path + "/1.key")
	if err != nil {
		t.Fatal(err)
	}
	of1 := newRing(t, strings.TrimSpace(string(text))).Protector("test") // which does not look at the folder
	synctest.Test(t, func(t *testing.T) {
		ring, err := keyring.FromFolder(path)
		if err != nil {
			t.Fatal(err)
		}
		ring = ring.WithLogger(slog.New(slog.DiscardHandler))
		for _, text := range []string{"", key3[:10], key3[:33], key3[:35], key3} {
			writeFile(t, path+"/7.key", text, 0o600)
			time.Sleep(5 * time.Second)
			accept(t, of1, ring.Protector("test").Protect([]byte("data")), []byte("data"))
		}
		time.Sleep(time.Second)
		accept(t, newRing(t, key3).Protector("test"), ring.Protector("test").Protect([]byte("data")), []byte("data"))
		if diff := cmp.Diff(append(idsOf(t, key3), first...), ring.IDs()); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
}

// What a program does itself is whole: its new key seals at once, and one that it retires is refused at once.
func TestOwnChangesNeedNoSecondLook(t *testing.T) {
	watched(t, keyring.Options{}, func(t *testing.T, one, two *keyring.Ring, _ string) {
		first := one.IDs()[0]
		id := rotate(t, one)
		old := two.Protector("test").Protect([]byte("old"))
		if err := one.Retire(first); err != nil {
			t.Fatal(err)
		}
		refuse(t, one.Protector("test"), old, "its key is retired here")
		if diff := cmp.Diff([]string{id}, one.IDs()); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
		token := one.Protector("test").Protect([]byte("new"))
		accept(t, two.Protector("test"), token, []byte("new"))
		if diff := cmp.Diff([]string{id, first}, two.IDs()); diff != "" {
			t.Errorf("ids elsewhere after one look (-want +got):\n%s", diff)
		}
		time.Sleep(time.Second)
		if diff := cmp.Diff([]string{id}, two.IDs()); diff != "" {
			t.Errorf("ids elsewhere after two looks (-want +got):\n%s", diff)
		}
	})
}
