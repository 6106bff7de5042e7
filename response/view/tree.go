package view

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The folders of templates.
const (
	pagesFolder    = "pages"
	layoutsFolder  = "layouts"
	partialsFolder = "partials"
)

// tree is the text of all templates.
type tree struct {
	base  string            // the folder that has the folders
	files map[string]string // by their paths in the file system
}

// readTree reads the templates. Folders and files whose names begin with a dot are left alone.
func readTree(fsys fs.FS, extension string) (*tree, error) {
	base, err := findBase(fsys)
	if err != nil {
		return nil, err
	}
	t := &tree{base, map[string]string{}}
	for _, folder := range []string{pagesFolder, layoutsFolder, partialsFolder} {
		err := fs.WalkDir(fsys, path.Join(base, folder), func(name string, d fs.DirEntry, err error) error {
			hidden := strings.HasPrefix(path.Base(name), ".")
			switch {
			case err != nil:
				return err
			case d.IsDir() && hidden:
				return fs.SkipDir
			case d.IsDir() || hidden || path.Ext(name) != extension:
				return nil
			}
			text, err := fs.ReadFile(fsys, name)
			t.files[name] = string(text)
			return err
		})
		if err != nil && !(folder != pagesFolder && errors.Is(err, fs.ErrNotExist)) {
			return nil, fmt.Errorf("read the templates: %w", err)
		}
	}
	return t, nil
}

// findBase returns the folder that has the folder of pages: the root, or the only folder in it that has one, as with
// //go:embed views.
func findBase(fsys fs.FS) (string, error) {
	if isFolder(fsys, pagesFolder) {
		return ".", nil
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return "", fmt.Errorf("read the templates: %w", err)
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() && isFolder(fsys, path.Join(e.Name(), pagesFolder)) {
			found = append(found, e.Name())
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("there is no folder %s", pagesFolder)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("there are several folders with a folder %s: %s; choose one by fs.Sub", pagesFolder, strings.Join(found, ", "))
}

func isFolder(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// of returns the paths of the files in a folder, sorted.
func (t *tree) of(folder string) []string {
	var files []string
	for file := range t.files {
		if strings.HasPrefix(file, path.Join(t.base, folder)+"/") {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	return files
}

// name returns the name of a file in a folder: its path without the folder and the extension.
func (t *tree) name(folder, file string) string {
	name := strings.TrimPrefix(file, path.Join(t.base, folder)+"/")
	return strings.TrimSuffix(name, path.Ext(name))
}
