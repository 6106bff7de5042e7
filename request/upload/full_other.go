//go:build !unix && !windows

package upload

// full are the errors of a disk that has no room.
var full []error
