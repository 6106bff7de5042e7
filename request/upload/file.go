package upload

import (
	"io"
)

// File is a file that a client has sent. It is a small value, and its copies are the same file. The zero value is no file:
// none was sent. A File belongs to its request and ends with it, see [File.Detach]; a use after that panics in development
// and tests, and is an error that is logged once in production. It is safe for concurrent use.
type File struct{ c *content }

// Sent reports whether there is a file. A form in which nobody has chosen one sends none. An empty file is a file.
func (f File) Sent() bool { return f.c != nil }

// Name returns the name of the file as the client tells it, without folders and control characters: for people to read.
// It may be empty, and be anything that a file system does not take; see SafeName.
func (f File) Name() string { return f.about().name() }

// RawName returns the name exactly as it was sent.
func (f File) RawName() string { return f.about().rawName }

// SafeName returns a name that is fit for a disk, made of Name: letters, digits, spaces, dots, hyphens and underscores, with
// no dot at its beginning or end, and 100 bytes at most. The name of a device of Windows gets an underscore in front. It is
// "file" if nothing is left. Two files may have the same one.
func (f File) SafeName() string { return safeName(f.Name()) }

// ContentType returns the media type that the client claims, without parameters, and "" for none.
func (f File) ContentType() string { return f.about().contentType }

// DetectedType returns the media type that the first 512 bytes look like, without parameters:
// application/octet-stream if nothing is known of them. It is [http.DetectContentType], with image/svg+xml for what
// contains <svg. A file that looks like an image may be something else behind that.
func (f File) DetectedType() string { return f.about().detected }

// Size returns the number of bytes.
func (f File) Size() int64 {
	if f.c == nil {
		return 0
	}
	return f.c.size
}

func (f File) about() about {
	if f.c == nil {
		return about{}
	}
	return f.c.about
}

// Open returns a reader of the file. Each has a position of its own. It fails if no file was sent. A reader is not safe for
// concurrent use, and ends with the file.
func (f File) Open() (io.ReadSeekCloser, error) {
	if f.c == nil {
		return nil, errNotSent
	}
	if _, err := f.c.file(); err != nil {
		return nil, err
	}
	return &reader{c: f.c}, nil
}

// Bytes returns the whole file, in new memory.
func (f File) Bytes() ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	b := make([]byte, f.c.size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return b, nil
}

// Detach returns a copy of the file that lives on when the request has ended, for work in the background. It shares the
// temporary file, which is closed when the request has ended and all copies are closed. Call Close when it is no longer
// needed; the garbage collector closes what was forgotten, at some time.
func (f File) Detach() (File, error) {
	if f.c == nil {
		return File{}, errNotSent
	}
	if _, err := f.c.file(); err != nil {
		return File{}, err
	}
	s := f.c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 || f.c.released || s.ended && !f.c.detached { // just now
		return File{}, errEnded
	}
	s.users++
	c := *f.c
	c.detached = true
	return File{&c}, nil
}

// Close ends a file that Detach has returned. It does nothing for one that belongs to a request, and at a second call.
func (f File) Close() error {
	if f.c == nil || !f.c.detached {
		return nil
	}
	s := f.c.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.c.released {
		return nil
	}
	f.c.released = true
	return s.release()
}
