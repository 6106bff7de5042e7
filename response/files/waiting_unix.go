//go:build unix

package files

import "syscall"

// noWaiting opens a pipe without waiting for its writer; for a regular file it means nothing.
const noWaiting = syscall.O_NONBLOCK
