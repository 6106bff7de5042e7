//go:build unix

package response

import (
	"io/fs"
	"os"
	"syscall"
)

// openFile is [os.Open] for regular files. That first asks the poller of the runtime to watch the file, which
// refuses, and costs five system calls.
func openFile(path string) (*os.File, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), path), nil
		case syscall.EINTR:
			continue
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
}
