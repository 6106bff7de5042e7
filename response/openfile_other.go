//go:build !unix

package response

import "os"

func openFile(path string) (*os.File, error) { return os.Open(path) }
