package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
)

// Source is a folder of files: one of [Dir] or of [FS].
type Source struct {
	path string
	fsys fs.FS
	sub  []string
}

// Dir is a folder on disk. It is opened when the app is set up, and what a path in it leads to is opened below it: links
// inside of the folder are followed, those that lead out of it are not there. Every [Options.Recheck] Soay looks whether
// the path leads to another folder by now, as it does after a deployment that changes a link.
func Dir(path string) Source { return Source{path: path} }

// FS is a file system such as an [embed.FS], or the folder dir in it. Its files are read when the app is set up, for
// their tags; those that have no time, as embedded ones, are taken to stay as they are. Use [Dir] for a folder on disk: an
// [os.DirFS] follows links out of it.
func FS(fsys fs.FS, dir ...string) Source { return Source{fsys: fsys, sub: dir} }

// tree is an open source. Names are those of [fs.ValidPath].
type tree interface {
	// open opens a file or a folder. It does not wait, as for the other end of a pipe.
	open(name string) (fs.File, error)
	stat(name string) (fs.FileInfo, error)
	// same reports whether two descriptions are those of one version of a file.
	same(a, b fs.FileInfo) bool
	// moved looks whether the source leads elsewhere by now, and takes that if so.
	moved() bool
}

func (s Source) open() (tree, error) {
	switch {
	case len(s.sub) > 1:
		return nil, fmt.Errorf("%d folders; pass one", len(s.sub))
	case s.fsys != nil:
		return openFS(s.fsys, path.Join(append(s.sub, ".")...))
	case s.path == "":
		return nil, errors.New("the source has no folder; make one by files.Dir or files.FS")
	}
	where, err := filepath.Abs(s.path)
	if err != nil {
		return nil, fmt.Errorf("the folder %q: %w", s.path, err)
	}
	t := &dirTree{path: where}
	if t.root, t.info, err = openRoot(where); err != nil {
		return nil, fmt.Errorf("the folder %q: %w", s.path, err)
	}
	return t, nil
}

// fsTree is a file system.
type fsTree struct{ fs.FS }

func openFS(fsys fs.FS, dir string) (tree, error) {
	sub, err := fs.Sub(fsys, dir)
	if err == nil {
		var info fs.FileInfo
		if info, err = fs.Stat(fsys, dir); err == nil && !info.IsDir() {
			err = errors.New("it is no folder")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the folder %q: %w", dir, err)
	}
	return fsTree{sub}, nil
}

func (t fsTree) open(name string) (fs.File, error)     { return t.Open(name) }
func (t fsTree) stat(name string) (fs.FileInfo, error) { return fs.Stat(t.FS, name) }
func (t fsTree) moved() bool                           { return false }

func (t fsTree) same(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// dirTree is a folder on disk.
type dirTree struct {
	path string

	lock sync.RWMutex
	root *os.Root // never closed here, for answers may still use it: its finalizer does that
	info fs.FileInfo
}

func openRoot(path string) (*os.Root, fs.FileInfo, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := root.Stat(".")
	if err != nil {
		root.Close()
		return nil, nil, err
	}
	return root, info, nil
}

func (t *dirTree) current() *os.Root {
	t.lock.RLock()
	defer t.lock.RUnlock()
	return t.root
}

func (t *dirTree) open(name string) (fs.File, error)     { return openIn(t.current(), name) }
func (t *dirTree) stat(name string) (fs.FileInfo, error) { return t.current().Stat(name) }

// openIn opens a file in a root.
func openIn(root *os.Root, name string) (fs.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|noWaiting, 0)
	if err != nil {
		return nil, err // not a nil *os.File
	}
	return f, nil
}

func (t *dirTree) same(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

func (t *dirTree) moved() bool {
	now, err := os.Stat(t.path)
	if err != nil {
		return false // it may be about to be replaced
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if os.SameFile(now, t.info) {
		return false
	}
	root, info, err := openRoot(t.path)
	if err != nil {
		return false
	}
	t.root, t.info = root, info
	return true
}
