//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openPrivate opens a file or a folder that is nobody else's business: not a symbolic link, owned by
// this process's user or root, and without any permission for others.
func openPrivate(path string, folder bool) (*os.File, error) {
	// Without waiting, because a pipe would wait for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		if isLink(path) {
			return nil, fmt.Errorf("%q is a symbolic link, and those are not followed", path)
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = checkPrivate(info, folder)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%q %w", path, err)
	}
	return f, nil
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func checkPrivate(info fs.FileInfo, folder bool) error {
	want := fs.FileMode(0o600)
	switch {
	case folder && !info.IsDir():
		return errors.New("is not a folder")
	case folder:
		want = 0o700
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	}
	if mode := info.Mode().Perm(); mode&^want != 0 {
		return fmt.Errorf("has the mode %#o; it must be %#o, so that nobody else can read or change it", mode, want)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 && int64(stat.Uid) != int64(os.Geteuid()) {
		return fmt.Errorf("belongs to user %d; it must belong to the user of this process, %d, or to root",
			stat.Uid, os.Geteuid())
	}
	return nil
}

// lock waits until no other process has the lock of a file. It ends with the file, also when the
// process is killed.
func lock(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != syscall.EINTR {
			return err
		}
	}
}
