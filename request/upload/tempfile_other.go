//go:build !linux

package upload

import "os"

// openTemp opens a temporary file.
func openTemp(dir string) (*os.File, string, error) { return createTemp(dir) }
