//go:build unix

package keyring_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/soay-go/soay/sessions/keyring"
)

func TestFromFile(t *testing.T) {
	tests := []struct {
		description, text string
		mode              os.FileMode
		keys              []string
		want              []string
	}{
		{"one", key1, 0o600, []string{key1}, nil},
		{"the last is the newest", key1 + "\n" + key2 + "\n" + key3 + "\n", 0o600, []string{key3, key2, key1}, nil},
		{"comments and empty lines", "# keys\n\n  " + key1 + " \r\n#" + key3 + "\n" + key2 + "\n\n", 0o400,
			[]string{key2, key1}, nil},
		{"empty", "", 0o600, nil, []string{"has none"}},
		{"only comments", "# " + key1 + "\n", 0o600, nil, []string{"has none"}},
		{"short", key1 + "\n\nhunter2\n", 0o600, nil, []string{"keyring: line 3 of", "has 7 characters"}},
		{"twice", key1 + "\n" + key2 + "\n" + key1 + "\n", 0o600, nil, []string{"line 1 of", "is the same key as line 3 of"}},
		{"too large", strings.Repeat("# correct horse\n", 5000), 0o600, nil, []string{"more than 65536 bytes"}},
		{"readable by the group", key1, 0o640, nil, []string{"has the mode 0640; it must be 0600"}},
		{"readable by all", key1, 0o604, nil, []string{"has the mode 0604; it must be 0600"}},
		{"writable by all", key1, 0o602, nil, []string{"has the mode 0602"}},
		{"executable", key1, 0o700, nil, []string{"has the mode 0700"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			path := t.TempDir() + "/keys"
			writeFile(t, path, tt.text, tt.mode)
			ring, err := keyring.FromFile(path)
			want := tt.want
			if len(want) > 0 {
				want = append(want, "keyring: ", path)
			}
			check(t, ring, err, tt.keys, want...)
		})
	}
}

func TestFromFolder(t *testing.T) {
	tests := []struct {
		description string
		files       map[string]string
		keys        []string
		want        []string
	}{
		{"one", map[string]string{"1.key": key1}, []string{key1}, nil},
		{"the highest number is the newest", map[string]string{"9.key": key1 + "\n", "10.key": key2, "3.key": key3},
			[]string{key2, key1, key3}, nil},
		{"other files are passed over", map[string]string{
			"1.key": key1, "README": "hunter2", "2.key~": key2, "2.bak": key2, ".keyring-abc": key2[:9], "2": key2,
		}, []string{key1}, nil},
		{"none", map[string]string{"README": ""}, nil, []string{"has none"}},
		{"a name without a number", map[string]string{"1.key": key1, "new.key": key2}, nil,
			[]string{"new.key", "the number of a key"}},
		{"a number with zeros", map[string]string{"1.key": key1, "02.key": key2}, nil, []string{"02.key", "the number of a key"}},
		{"number 0", map[string]string{"0.key": key1}, nil, []string{"0.key"}},
		{"an empty file", map[string]string{"1.key": key1, "2.key": ""}, nil, []string{"2.key", "is empty"}},
		{"a short key", map[string]string{"1.key": "hunter2"}, nil, []string{"1.key", "has 7 characters"}},
		{"the same key twice", map[string]string{"1.key": key1, "2.key": key1}, nil,
			[]string{"1.key", "is the same key as", "2.key"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			path := t.TempDir() + "/keys"
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, text := range tt.files {
				writeFile(t, filepath.Join(path, name), text, 0o600)
			}
			ring, err := keyring.FromFolder(path)
			want := tt.want
			if len(want) > 0 {
				want = append(want, "keyring: ", path)
			}
			check(t, ring, err, tt.keys, want...)
		})
	}
}

// What is not a private file, or a private folder of private files, is not read.
func TestWhatIsNotPrivateIsRefused(t *testing.T) {
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		description string
		inFolder    bool
		spoil       func(t *testing.T, file, folder string) // what was good
		want        []string
	}{
		{"a link to a file", false, func(t *testing.T, file, _ string) {
			must(t, os.Rename(file, file+"2"))
			must(t, os.Symlink(file+"2", file))
		}, []string{"is a symbolic link"}},
		{"a link to nothing", false, func(t *testing.T, file, _ string) {
			must(t, os.Remove(file))
			must(t, os.Symlink(file+"2", file))
		}, []string{"is a symbolic link"}},
		{"no file", false, func(t *testing.T, file, _ string) { must(t, os.Remove(file)) }, []string{"no such file", "Options.Create"}},
		{"a folder for a file", false, func(t *testing.T, file, _ string) {
			must(t, os.Remove(file))
			must(t, os.Mkdir(file, 0o700))
		}, []string{"is not a regular file"}},
		{"a pipe for a file", false, func(t *testing.T, file, _ string) {
			must(t, os.Remove(file))
			must(t, syscall.Mkfifo(file, 0o600))
		}, []string{"is not a regular file"}},
		{"a link to a folder", true, func(t *testing.T, _, folder string) {
			must(t, os.Rename(folder, folder+"2"))
			must(t, os.Symlink(folder+"2", folder))
		}, []string{"is a symbolic link"}},
		{"no folder", true, func(t *testing.T, _, folder string) { must(t, os.RemoveAll(folder)) }, []string{"no such file", "Options.Create"}},
		{"a file for a folder", true, func(t *testing.T, file, folder string) {
			must(t, os.RemoveAll(folder))
			must(t, os.Rename(file, folder))
		}, []string{"is not a folder"}},
		{"a folder that others can read", true, func(t *testing.T, _, folder string) {
			must(t, os.Chmod(folder, 0o750))
		}, []string{"has the mode 0750; it must be 0700"}},
		{"a folder that others can write", true, func(t *testing.T, _, folder string) {
			must(t, os.Chmod(folder, 0o702))
		}, []string{"has the mode 0702; it must be 0700"}},
		{"a file in a folder that others can read", true, func(t *testing.T, _, folder string) {
			must(t, os.Chmod(folder+"/2.key", 0o644))
		}, []string{"2.key", "has the mode 0644; it must be 0600"}},
		{"a link in a folder", true, func(t *testing.T, _, folder string) {
			must(t, os.Rename(folder+"/2.key", folder+"/2"))
			must(t, os.Symlink("2", folder+"/2.key"))
		}, []string{"2.key", "is a symbolic link"}},
		{"a folder in a folder", true, func(t *testing.T, _, folder string) {
			must(t, os.Mkdir(folder+"/3.key", 0o700))
		}, []string{"3.key", "is not a regular file"}},
		{"a pipe in a folder", true, func(t *testing.T, _, folder string) {
			must(t, syscall.Mkfifo(folder+"/3.key", 0o600))
		}, []string{"3.key", "is not a regular file"}},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			dir := t.TempDir()
			file, folder := dir+"/file", dir+"/folder"
			writeFile(t, file, key1, 0o600)
			must(t, os.Mkdir(folder, 0o700))
			writeFile(t, folder+"/1.key", key1, 0o600)
			writeFile(t, folder+"/2.key", key2, 0o600)
			path, open := file, keyring.FromFile
			if tt.inFolder {
				path, open = folder, keyring.FromFolder
			}
			if _, err := open(path); err != nil {
				t.Fatalf("before: %v", err)
			}
			tt.spoil(t, file, folder)
			ring, err := open(path)
			check(t, ring, err, nil, append(tt.want, "keyring: ", path)...)
		})
	}
}

// Only root can give files away, so for other users the test says that it cannot look.
func TestForeignFilesAreRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file of another user")
	}
	folder := t.TempDir() + "/keys"
	if _, err := keyring.FromFolder(folder, keyring.Options{Create: true}); err != nil {
		t.Fatal(err)
	}
	file := folder + "/1.key"
	for _, path := range []string{file, folder} {
		if err := os.Chown(path, 1234, -1); err != nil {
			t.Fatal(err)
		}
		ring, err := keyring.FromFolder(folder)
		check(t, ring, err, nil, "keyring: ", path,
			"belongs to user 1234; it must belong to the user of this process, 0, or to root")
		if path == file {
			ring, err = keyring.FromFile(file)
			check(t, ring, err, nil, "keyring: ", file, "belongs to user 1234")
		}
		if err := os.Chown(path, 0, -1); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCreate(t *testing.T) {
	for name, open := range watchedSources() {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir() + "/keys"
			if _, err := open(path); err == nil {
				t.Fatal("without Create there is a ring")
			}
			first, err := open(path, keyring.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			again, err := open(path, keyring.Options{Create: true})
			if err != nil {
				t.Fatal(err)
			}
			later, err := open(path)
			if err != nil {
				t.Fatal(err)
			}
			token := first.Protector("test").Protect([]byte("data"))
			accept(t, again.Protector("test"), token, []byte("data"))
			accept(t, later.Protector("test"), token, []byte("data"))
			if _, err := open(t.TempDir()+"/no/such/place", keyring.Options{Create: true}); err == nil {
				t.Error("folders above are made")
			}
		})
	}
}

// Create does not make good what is wrong.
func TestCreateKeepsWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	ring, err := keyring.FromFolder(folder, keyring.Options{Create: true})
	check(t, ring, err, nil, "has the mode 0755; it must be 0700")
	file := folder + "/keys"
	writeFile(t, file, "", 0o600)
	ring, err = keyring.FromFile(file, keyring.Options{Create: true})
	check(t, ring, err, nil, "has none")
}
