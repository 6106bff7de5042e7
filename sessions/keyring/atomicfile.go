package keyring

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/soay-go/soay/sessions"
)

// maxFile is the largest file of keys that is read, in bytes.
const maxFile = 64 << 10

// leftover is the age at which a temporary file must be that of a killed process.
const leftover = time.Minute

// tempPrefix begins the names of unfinished files.
const tempPrefix = ".keyring-"

// readPrivate returns the text of a file that only this user can read.
func readPrivate(path string) (string, error) {
	f, err := openPrivate(path, false)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readAll(f)
}

func readAll(f *os.File) (string, error) {
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%q has more than %d bytes", f.Name(), maxFile)
	}
	return string(text), err
}

// writeTemp writes a whole file under a temporary name in a folder, and returns its path. The caller renames
// or links it. So a crash at any point leaves either the old file or the new one, and never half of one.
func writeTemp(folder, text string) (path string, err error) {
	path = filepath.Join(folder, tempPrefix+sessions.NewKey()[:16])
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = os.Remove(path)
		return "", err
	}
	return path, nil
}

// writeNew writes a new file. If there is a file of this name, the error is fs.ErrExist.
func writeNew(path, text string) error {
	folder := filepath.Dir(path)
	temp, err := writeTemp(folder, text)
	if err != nil {
		return err
	}
	err = os.Link(temp, path) // unlike a rename, it fails if another process was first
	return errors.Join(err, os.Remove(temp), syncFolder(folder))
}

// replace writes a file in the place of another.
func replace(path, text string) error {
	folder := filepath.Dir(path)
	temp, err := writeTemp(folder, text)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncFolder(folder)
}

// syncFolder makes changed names in a folder durable.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeLeftovers removes temporary files of killed processes from a folder. A file that cannot be removed
// does no harm.
func removeLeftovers(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), tempPrefix) && info.Mode().IsRegular() &&
			time.Since(info.ModTime()) > leftover {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}
