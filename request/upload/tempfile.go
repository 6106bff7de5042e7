package upload

import (
	"errors"
	"os"
)

// createTemp creates a file in a folder, with a name that nobody has, for its owner alone. Where the system allows it the
// name is removed at once; otherwise when the file is closed, which is what the name is returned for.
func createTemp(dir string) (f *os.File, name string, err error) {
	if f, err = os.CreateTemp(dir, "soay-upload-*"); err != nil { // its mode is 0600
		return nil, "", err
	}
	if os.Remove(f.Name()) == nil {
		return f, "", nil
	}
	return f, f.Name(), nil // Windows does not remove a file that is open
}

// closeTemp closes a file of createTemp.
func closeTemp(f *os.File, name string) error {
	err := f.Close()
	if name != "" {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}
