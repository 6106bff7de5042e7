package files

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"path"
	"runtime"
	"sync"
)

// sum is the SHA-256 of some content, zero if it is not known.
type sum [sha256.Size]byte

func sumOf(content []byte) sum { return sha256.Sum256(content) }

func (s sum) isKnown() bool { return s != sum{} }

// tag returns the text of a tag: 128 bits of the hash.
func (s sum) tag() string { return base64.RawURLEncoding.EncodeToString(s[:16]) }

// print returns the fingerprint, "" if the hash is not known.
func (s sum) print() string {
	if !s.isKnown() {
		return ""
	}
	return hex.EncodeToString(s[:fingerprintDigits/2])
}

// hashed is the hash of one version of a file.
type hashed struct {
	info fs.FileInfo
	sum  sum
}

// hashAll hashes the files of a file system.
func (s *Set) hashAll(t fsTree) error {
	var names []string
	err := fs.WalkDir(t.FS, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !isServable(name, s.options.WellKnown) && d.IsDir():
			return fs.SkipDir
		case d.Type().IsRegular() && isServable(name, s.options.WellKnown):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	errs := make([]error, len(names))
	var wait sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, name := range names {
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			errs[i] = s.hashOne(name)
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func (s *Set) hashOne(name string) error {
	f, err := s.tree.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return &fs.PathError{Op: "read", Path: path.Clean(name), Err: err}
	}
	s.hashes.Store(name, hashed{info, sum(h.Sum(nil))})
	return nil
}
