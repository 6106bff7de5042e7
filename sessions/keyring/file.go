package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/soay-go/soay/sessions"
)

// FromFile returns a ring of the keys in a file: one on each line, the last is the newest. Empty
// lines and lines that begin with # are ignored. The file must have the mode 0600 or less, must
// belong to the user of the process or to root, and must not be a symbolic link.
//
// The file is watched, see [Options.Interval]. If it cannot be used any more, the last good keys
// stay, and the log says so once. [Ring.Rotate] and [Ring.Retire] replace the file in one step.
func FromFile(path string, options ...Options) (*Ring, error) {
	opts, err := oneOf(options)
	if err != nil {
		return nil, err
	}
	s := fileSource{path}
	if opts.Create {
		if err := s.create(); err != nil {
			return nil, fmt.Errorf("keyring: create %q: %w", path, err)
		}
	}
	return newWatchedRing(s, opts)
}

// fileSource is a file with a key on each line.
type fileSource struct{ path string }

func (s fileSource) create() error {
	if _, err := os.Lstat(s.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := writeNew(s.path, sessions.NewKey()+"\n")
	if errors.Is(err, fs.ErrExist) { // another process was first
		return nil
	}
	return err
}

func (s fileSource) stat() (fs.FileInfo, error) {
	info, err := os.Lstat(s.path)
	if err != nil {
		return nil, fmt.Errorf("keyring: file of keys: %w", err)
	}
	return info, nil
}

func (s fileSource) load() ([]namedSecret, error) {
	text, err := readPrivate(s.path)
	if err != nil {
		return nil, fmt.Errorf("keyring: file of keys: %w", err)
	}
	var secrets []namedSecret
	number := 0
	for line := range strings.Lines(text) {
		number++
		if secret := secretOf(line); secret != "" {
			secrets = append(secrets, namedSecret{fmt.Sprintf("line %d of %q", number, s.path), secret})
		}
	}
	if len(secrets) == 0 {
		return nil, fmt.Errorf("keyring: file of keys: %q has none", s.path)
	}
	slices.Reverse(secrets)
	return secrets, nil
}

// secretOf returns the key on a line, "" for none.
func secretOf(line string) string {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return ""
	}
	return line
}

func (s fileSource) add(secret string) error {
	return s.change(func(text string) (string, error) {
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		return text + secret + "\n", nil
	})
}

func (s fileSource) remove(id string) error {
	return s.change(func(text string) (string, error) {
		lines := slices.Collect(strings.Lines(text))
		found, newest := -1, -1
		for i, line := range lines {
			secret := secretOf(line)
			if secret == "" {
				continue
			}
			newest = i
			if newKey(secret).id.String() == id {
				found = i
			}
		}
		switch found {
		case -1:
			return "", fmt.Errorf("%q: %w", id, errNoSuchKey)
		case newest:
			return "", fmt.Errorf("%q: %w", id, errNewest)
		}
		return strings.Join(slices.Delete(lines, found, found+1), ""), nil
	})
}

// change replaces the text of the file by the result of f, under a lock against other processes.
func (s fileSource) change(f func(text string) (string, error)) error {
	locked, err := s.lock()
	if err != nil {
		return err
	}
	defer locked.Close()
	text, err := readAll(locked)
	if err != nil {
		return err
	}
	if text, err = f(text); err != nil {
		return err
	}
	removeLeftovers(filepath.Dir(s.path))
	return replace(s.path, text)
}

// lock returns the file, locked. If the file was replaced while lock waited, it locks the new one.
func (s fileSource) lock() (*os.File, error) {
	for {
		f, err := openPrivate(s.path, false)
		if err != nil {
			return nil, err
		}
		if err := lock(f); err != nil {
			f.Close()
			return nil, fmt.Errorf("lock %q: %w", s.path, err)
		}
		locked, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if current, err := os.Lstat(s.path); err == nil && os.SameFile(locked, current) {
			return f, nil
		}
		f.Close()
	}
}
