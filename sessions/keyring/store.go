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

// maxFile bounds what is read of a file of keys.
const maxFile = 64 << 10

// leftover is how old a temporary file is that a killed process has left.
const leftover = time.Minute

// tempPrefix begins the names of files that are not finished.
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

// writeTemp writes a finished file under a temporary name in a folder, and returns its path. Either
// it is renamed or linked, or nobody sees it: that is what survives a crash at any point.
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

// writeNew writes a file that must not be there yet: the error is fs.ErrExist if it is.
func writeNew(path, text string) error {
	folder := filepath.Dir(path)
	temp, err := writeTemp(folder, text)
	if err != nil {
		return err
	}
	err = os.Link(temp, path) // unlike a rename it fails if another process was faster
	return errors.Join(err, os.Remove(temp), syncFolder(folder))
}

// replace writes a file in place of one.
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

// syncFolder makes the names in a folder last.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// removeLeftovers removes what killed processes have left in a folder. What cannot be removed does
// no harm.
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
