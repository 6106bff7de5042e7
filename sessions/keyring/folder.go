package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/soay-go/soay/sessions"
)

// keySuffix ends the names of files with a key in a folder.
const keySuffix = ".key"

// FromFolder returns a ring of the keys in a folder: each in a file of its own, named by a number
// from 1 on, such as 1.key; the highest number is the newest. Other names that end with .key are an
// error, and other files are passed over. The folder must have the mode 0700 and the files 0600, or
// less; both must belong to the user of the process or to root, and must not be symbolic links.
//
// The folder is watched, see [Options.Interval]. If it cannot be used any more, the last good keys
// stay, and the log says so once. [Ring.Rotate] and [Ring.Retire] add and remove a file in one step.
func FromFolder(path string, options ...Options) (*Ring, error) {
	opts, err := oneOf(options)
	if err != nil {
		return nil, err
	}
	s := folderSource{path}
	if opts.Create {
		if err := s.create(); err != nil {
			return nil, fmt.Errorf("keyring: create %q: %w", path, err)
		}
	}
	return newWatchedRing(s, opts)
}

// folderSource is a folder with a file for each key.
type folderSource struct{ path string }

// create makes the folder and a first key where they are missing.
func (s folderSource) create() error {
	if err := os.Mkdir(s.path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	files, err := s.files()
	if err != nil || len(files) > 0 {
		return err
	}
	err = writeNew(s.file(1), sessions.NewKey()+"\n")
	if errors.Is(err, fs.ErrExist) { // another process was first
		return nil
	}
	return err
}

func (s folderSource) file(number int) string {
	return filepath.Join(s.path, fmt.Sprint(number)+keySuffix)
}

func (s folderSource) stat() (fs.FileInfo, error) {
	info, err := os.Lstat(s.path)
	if err != nil {
		return nil, fmt.Errorf("keyring: folder of keys: %w", err)
	}
	return info, nil
}

// files returns the numbers of the keys that are there.
func (s folderSource) files() ([]int, error) {
	folder, err := openPrivate(s.path, true)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, name := range names {
		digits, ok := strings.CutSuffix(name, keySuffix)
		if !ok || strings.HasPrefix(name, tempPrefix) {
			continue
		}
		number, err := parseNumber(digits)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", filepath.Join(s.path, name), err)
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}

func (s folderSource) load() ([]namedSecret, error) {
	secrets, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("keyring: folder of keys: %w", err)
	}
	if len(secrets) == 0 {
		return nil, fmt.Errorf("keyring: folder of keys: %q has none", s.path)
	}
	return newestFirst(secrets), nil
}

// read returns the keys in no order.
func (s folderSource) read() ([]numbered, error) {
	numbers, err := s.files()
	if err != nil {
		return nil, err
	}
	if len(numbers) > maxKeys {
		numbers = numbers[:maxKeys+1] // which is an error; do not read them all
	}
	var secrets []numbered
	for _, number := range numbers {
		text, err := readPrivate(s.file(number))
		if errors.Is(err, fs.ErrNotExist) { // retired this moment
			continue
		}
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%q", s.file(number))
		secrets = append(secrets, numbered{number, namedSecret{name, strings.TrimSpace(text)}})
	}
	return secrets, nil
}

func (s folderSource) add(secret string) error {
	numbers, err := s.files()
	if err != nil {
		return err
	}
	removeLeftovers(s.path)
	newest := 0
	for _, number := range numbers {
		newest = max(newest, number)
	}
	for {
		newest++
		if _, err := parseNumber(fmt.Sprint(newest)); err != nil {
			return err
		}
		err := writeNew(s.file(newest), secret+"\n")
		if !errors.Is(err, fs.ErrExist) { // another process may have been first
			return err
		}
	}
}

func (s folderSource) remove(id string) error {
	secrets, err := s.read()
	if err != nil {
		return err
	}
	found, newest := 0, 0
	for _, secret := range secrets {
		newest = max(newest, secret.number)
		if newKey(secret.secret).id.String() == id {
			found = secret.number
		}
	}
	switch {
	case found == 0:
		return fmt.Errorf("%q: %w", id, errNoSuchKey)
	case found == newest:
		return fmt.Errorf("%q: %w", id, errNewest)
	}
	return errors.Join(os.Remove(s.file(found)), syncFolder(s.path))
}
