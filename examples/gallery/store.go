package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/soay-go/soay"
	"github.com/soay-go/soay/request/upload"
	"github.com/soay-go/soay/response/problem"
)

// photo is what is known of a photo. The names on the disk come from its ID alone, which nobody but the program chooses.
// What people have typed stands in a file: names of any length, two that are the same, and ../../etc/passwd do no harm.
type photo struct {
	ID    string
	Type  string // the extension
	Title string
	Name  string // as it was on the visitor's disk, for downloads
	Owner string // see visitor
	Added time.Time
}

func (p photo) file() string   { return p.ID + p.Type }
func (p photo) thumb() string  { return p.ID + "-thumb.jpg" }
func (p photo) record() string { return p.ID + recordType }

const recordType = ".json"

var extensions = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}

// newPhoto returns a photo whose ID sorts by time and is never the same as another.
func newPhoto(in NewPhoto, owner string) photo {
	now := time.Now().UTC()
	id := fmt.Sprintf("%013d-%s", now.UnixMilli(), rand.Text())
	return photo{id, extensions[in.Photo.DetectedType()], in.Title, in.Photo.Name(), owner, now}
}

// store keeps photos in a folder: three files for each, of which the record is the last to come and the first to go. So no
// page shows a photo that is there by half.
type store struct{ folder *os.Root }

var errNoPhoto = problem.New(404, "There is no such photo.")

// add saves a photo as a whole or not at all. A full disk is an error with status 507.
func (s store) add(p photo, file soay.File, small []byte) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, s.remove(p))
		}
	}()
	record, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := file.Save(s.folder, p.file()); err != nil {
		return err
	}
	if err := s.write(p.thumb(), small); err != nil {
		return err
	}
	// Another request may list the folder now: it must not find half a record.
	if err := s.write("."+p.record(), record); err != nil {
		return err
	}
	return s.folder.Rename("."+p.record(), p.record())
}

// write writes what is small, with the status that File.Save has on a full disk.
func (s store) write(name string, content []byte) error {
	err := s.folder.WriteFile(name, content, 0o600)
	if upload.IsDiskFull(err) {
		return problem.New(507, "").WithCause(err)
	}
	return err
}

// remove deletes the files of a photo, those that are there.
func (s store) remove(p photo) error {
	var errs []error
	for _, name := range []string{p.record(), "." + p.record(), p.thumb(), p.file()} {
		if err := s.folder.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// get returns the photo with an ID, which comes from a client.
func (s store) get(id string) (p photo, err error) {
	if strings.Trim(id, "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || len(id) > 60 {
		return photo{}, errNoPhoto
	}
	record, err := s.folder.ReadFile(id + recordType)
	if errors.Is(err, fs.ErrNotExist) {
		return photo{}, errNoPhoto
	}
	if err != nil {
		return photo{}, err
	}
	err = json.Unmarshal(record, &p)
	return p, err
}

// pageSize is how many photos a page of the list has.
const pageSize = 24

// list returns photos after one, or the newest ones, and the ID after which the next page begins. A large site has a
// database for this.
func (s store) list(after string) (photos []photo, older string, err error) {
	entries, err := fs.ReadDir(s.folder.FS(), ".") // by name
	if err != nil {
		return nil, "", err
	}
	for _, entry := range slices.Backward(entries) {
		id, isRecord := strings.CutSuffix(entry.Name(), recordType)
		if !isRecord || strings.HasPrefix(id, ".") || after != "" && id >= after {
			continue
		}
		if len(photos) == pageSize {
			return photos, photos[pageSize-1].ID, nil
		}
		p, err := s.get(id)
		if errors.Is(err, errNoPhoto) {
			continue // it was deleted in this moment
		}
		if err != nil {
			return nil, "", err
		}
		photos = append(photos, p)
	}
	return photos, "", nil
}
