//go:build unix

package upload

import "syscall"

// full are the errors of a disk that has no room: for anybody, and for this user.
var full = []error{syscall.ENOSPC, syscall.EDQUOT}
