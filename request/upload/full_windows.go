//go:build windows

package upload

import "syscall"

// full are the errors of a disk that has no room: ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL of Windows.
var full = []error{syscall.Errno(39), syscall.Errno(112)}
