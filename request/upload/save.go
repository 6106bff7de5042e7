package upload

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
)

// Save writes the file into a folder under a name that no file there has. An existing file, or a link, is never written
// to or replaced: the error is one for which errors.Is with [fs.ErrExist] is true, and of several Saves of one name exactly
// one succeeds. The file is there as a whole or not at all, with mode 0600, and its bytes are on the disk when Save returns
// nil.
//
// The name is one segment without a path. It must not be hidden, that is begin with a dot, end in a dot or a space, be the
// name of a device of Windows, or contain a slash, a backslash, a colon or a control character; see [File.SafeName]. A full
// disk is an error with status 507. The folder must be on a file system with hard links.
func (f File) Save(root *os.Root, name string) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("upload: save a file as %q: %w", name, err)
	}
	if f.c == nil {
		return errNotSent
	}
	if _, err := f.c.file(); err != nil {
		return err
	}
	if err := f.save(root, name); err != nil {
		err = fmt.Errorf("upload: save a file of %d bytes as %q in the folder %q: %w", f.c.size, name, root.Name(), err)
		if IsDiskFull(err) {
			return errFull.WithCause(err)
		}
		return err
	}
	return nil
}

// save writes to a name that nobody knows, and gives the complete file its own name by a link, which fails where that name
// is taken. A rename would replace what is there.
func (f File) save(root *os.Root, name string) (err error) {
	temporary := ".upload-" + rand.Text()
	to, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if removed := root.Remove(temporary); err == nil {
			err = removed
		}
	}()
	err = f.c.writeTo(to)
	if err == nil {
		err = to.Sync()
	}
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return root.Link(temporary, name)
}

// writeTo writes all bytes to a file. Those of the temporary file are copied inside the system, by copy_file_range on Linux,
// for which the position of the temporary file is that of all who copy from it.
func (c *content) writeTo(to *os.File) error {
	from, err := c.file()
	if err != nil {
		return err
	}
	if c.at < 0 {
		_, err := to.Write(c.mem)
		return err
	}
	c.store.copying.Lock()
	defer c.store.copying.Unlock()
	if _, err := from.Seek(c.at, io.SeekStart); err != nil {
		return err
	}
	n, err := to.ReadFrom(io.LimitReader(from, c.size))
	if err == nil && n < c.size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// checkName refuses names that are no plain name of one file on every system.
func checkName(name string) error {
	switch {
	case !fs.ValidPath(name) || strings.ContainsAny(name, `/\:`) || strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("it is no name of a file")
	case strings.HasPrefix(name, "."):
		return errors.New("it is hidden")
	case strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return errors.New("it ends in a dot or a space")
	case isDevice(name):
		return errors.New("it is the name of a device")
	}
	return nil
}
