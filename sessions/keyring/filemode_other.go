//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package keyring

import (
	"errors"
	"os"
)

var errSystem = errors.New("files of keys cannot be kept private on this system; use FromEnv or FromKeys")

func openPrivate(string, bool) (*os.File, error) { return nil, errSystem }

func lock(*os.File) error { return errSystem }
