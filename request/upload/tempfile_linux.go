package upload

import (
	"os"
	"syscall"
)

// oTmpfile is O_TMPFILE of open(2), which package syscall does not have: __O_TMPFILE and O_DIRECTORY.
const oTmpfile = 0x400000 | syscall.O_DIRECTORY

// openTemp opens a temporary file that has no name at any time. O_EXCL means that it cannot get one later. Filesystems
// without O_TMPFILE refuse it.
func openTemp(dir string) (*os.File, string, error) {
	for {
		fd, err := syscall.Open(dir, oTmpfile|syscall.O_RDWR|syscall.O_EXCL|syscall.O_CLOEXEC, 0o600)
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), dir), "", nil
		case syscall.EINTR:
			continue
		}
		return createTemp(dir)
	}
}
